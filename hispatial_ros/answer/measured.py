"""Answers a question from measurements alone, without any model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from hispatial_ros.answer import (  # noqa: F401 - register the question forms
    level0,
    level1,
    level2_bearing,
    level2_condition,
    level2_distance,
    level2_order,
)
from hispatial_ros.answer.choices import candidates_from_options, choose
from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.goal import STAND_OFF, target_of
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import ParsedQuestion
from hispatial_ros.language.text import MAX_LENGTH
from hispatial_ros.measure.engine import measure, pixel
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Gravity, MeasuredObject, Measurement
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.pointmap.pointmap import MAX_RANGE


def answer_measured(
    question: str | ParsedQuestion,
    frame: Frame,
    regions: Sequence[Region],
    reference: ReferenceFrame | str | None = None,
    *,
    noise: DepthNoise | None = None,
    gravity: Gravity | None = None,
    known: Measurement | None = None,
    max_range: float = MAX_RANGE,
    max_length: int = MAX_LENGTH,
    stand_off: float = STAND_OFF,
) -> Answer:
    """Answer a Level 0-2 question from the point map.

    Only the regions that the question refers to are measured.

    Args:
        question: plain language, or already parsed with the labels of ``regions``.
        frame: with depth.
        regions: the objects that the question may name.
        reference: frame of positions, "left", "above", ...: "camera" (also "" and None),
            "gravity" or a frame that was looked up; the question may override it.
        noise, gravity, max_range: as for ``measure``.
        known: what was measured on this frame before, in the optical frame; its objects are not
            measured again.
        max_length: characters of the longest question accepted.
        stand_off: m between an object and the place to stand before it.

    Returns:
        The answer, its geometry in the frame that ``Answer.frame`` names.

    Raises:
        SpatialError: BAD_QUESTION, QUESTION_NOT_UNDERSTOOD, UNKNOWN_OBJECT, AMBIGUOUS_OBJECT,
            UNKNOWN_REFERENCE_FRAME; BACKEND_UNAVAILABLE if only a model can tell; NO_VALID_DEPTH,
            BAD_REGION, ... if an object that is needed can not be measured; as ``measure``.
    """
    started = time.perf_counter()
    options = MeasureOptions(noise or DepthNoise(), gravity, max_range)
    labels = [r.label for r in regions]
    asked = (
        parse(question, labels, max_length=max_length) if isinstance(question, str) else question
    )
    understood = time.perf_counter()

    def run(wanted: Sequence[Region]) -> Measurement:
        return _measure_missing(frame, wanted, options, known)

    def sample(u: float, v: float):
        return pixel(frame, u, v, options)

    scene = Scene(frame, regions, run, sample, asked.unit)
    asked = candidates_from_options(asked, scene.names)
    scene.prepare(asked, reference)
    measured = time.perf_counter()
    answer = conclude(asked, scene, stand_off)
    answer.timing = {
        "understand": understood - started,
        "measure": measured - understood,
        "answer": time.perf_counter() - measured,
    }
    return answer


def conclude(question: ParsedQuestion, scene: Scene, stand_off: float | None = None) -> Answer:
    """The answer to a parsed question on a scene that was prepared for it.

    Args:
        question: what ``scene`` was prepared for.
        scene: with everything measured.
        stand_off: m, as for ``answer_measured``; None: nobody wants to go there.

    Raises:
        SpatialError: as ``answer_measured``.
    """
    answer = answer_form(question.form, scene)
    answer.question = question.text
    answer.level = Level(question.level)
    answer.frame, answer.reference = scene.measurement.reference_frame, scene.reference
    if question.options:
        answer.choice = choose(question.options, answer, scene)
    if stand_off is not None:
        answer.target = target_of(question.form, answer, scene, stand_off)
    answer.measured_text = answer.text
    answer.notes = [*question.notes, *scene.notes]
    return answer


def _measure_missing(
    frame: Frame,
    regions: Sequence[Region],
    options: MeasureOptions,
    known: Measurement | None,
) -> Measurement:
    """Measure the regions that ``known`` has not measured, and put both together."""

    def fresh(wanted: Sequence[Region]) -> Measurement:
        return measure(frame, wanted, options, relations=False)

    if known is None or known.reference_frame != "camera":
        return fresh(regions)
    found: dict[int, MeasuredObject] = {}
    for i, region in enumerate(regions):
        for obj in known.objects:
            if obj.label == region.label and obj.region.box == region.box:
                found[i] = replace(obj, region=region, id=region.id or obj.id)
                break
    missing = [r for i, r in enumerate(regions) if i not in found]
    if not missing:
        return Measurement(list(found.values()), [], options.gravity or known.gravity)
    rest = fresh(missing)
    return Measurement([*found.values(), *rest.objects], rest.failures, rest.gravity)
