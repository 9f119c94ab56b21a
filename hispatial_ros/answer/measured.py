"""Answers a question from measurements alone, without any model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from hispatial_ros.answer.choices import choose, with_options
from hispatial_ros.answer.forms.table import answer_form
from hispatial_ros.answer.goal import STAND_OFF, with_target
from hispatial_ros.answer.named_regions import NamedRegions
from hispatial_ros.answer.perspective import observed
from hispatial_ros.answer.phrasing import bare
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import Option, ParsedQuestion, mentions
from hispatial_ros.language.relation_forms import Holds
from hispatial_ros.language.text import MAX_LENGTH
from hispatial_ros.language.upright import depends_on_up
from hispatial_ros.measure.engine import DEFAULT, measure, pixel
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.points import point_object
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Failure, MeasuredObject, Measurement


def answer_measured(
    question: str | ParsedQuestion,
    frame: Frame,
    regions: Sequence[Region],
    reference_frame: ReferenceFrame | str | None = None,
    options: MeasureOptions = DEFAULT,
    *,
    context: str = "",
    known: Measurement | None = None,
    max_length: int = MAX_LENGTH,
    stand_off: float = STAND_OFF,
) -> Answer:
    """Answer a Level 0-2 question from the point map.

    Only the regions that the question refers to are measured.

    Args:
        question: plain language, or already parsed with the labels of ``regions``.
        frame: with depth.
        regions: the objects that the question may name.
        reference_frame: of positions, "left", "above", ...: "camera" (also "" and None),
            "gravity" or a frame that was looked up; the question may override it.
        options: as for ``measure``.
        context: the question before, whose object "it" means.
        known: what was measured on this frame before, in the optical frame; its objects are not
            measured again.
        max_length: characters of the longest question accepted.
        stand_off: m between an object and the place to stand before it.

    Returns:
        The answer, its geometry in the frame that ``Answer.frame`` names.

    Raises:
        SpatialError: BAD_QUESTION, QUESTION_NOT_UNDERSTOOD, UNKNOWN_OBJECT, AMBIGUOUS_OBJECT,
            UNKNOWN_REFERENCE_FRAME; BACKEND_UNAVAILABLE if only a model can tell; NO_VALID_DEPTH,
            BAD_REGION, ... if an object that is needed cannot be measured; as ``measure``.
    """
    started = time.perf_counter()
    if isinstance(question, str):
        labels = [r.label for r in regions]
        question = parse(question, labels, max_length=max_length, context=context)
    understood = time.perf_counter()
    named = NamedRegions.of(frame.camera, regions)
    question = with_options(question, named.names)
    wanted = named.find_all(mentions(question))
    measurement = measure_regions(frame, wanted, options, known)
    reference_frame = question.frame or reference_frame
    scene = Scene.of(frame, named, measurement, reference_frame, options, question.unit)
    scene = observed(scene, question.viewpoint, question.form)
    measured = time.perf_counter()
    answer = conclude(question, scene, stand_off)
    answer.timing = {
        "understand": understood - started,
        "measure": measured - understood,
        "answer": time.perf_counter() - measured,
    }
    return answer


def conclude(question: ParsedQuestion, scene: Scene, stand_off: float | None = None) -> Answer:
    """The answer to a parsed question.

    Args:
        question: what it mentions was measured for the scene.
        scene: as the question's observer sees it.
        stand_off: m, as for ``answer_measured``; None: no target is wanted.

    Raises:
        SpatialError: as ``answer_measured``.
    """
    resolver = Resolver(scene)
    answer = answer_form(question.form, resolver)
    if depends_on_up(question):
        resolver.note(*scene.about_up)
    if named := [f"'{o.id}'" for o in answer.objects if o.usual]:
        resolver.note(
            f"what is not seen of {', '.join(named)} rests on how large things of that name "
            "usually are"
        )
    for o in answer.objects:
        if o.other_depth is not None:
            resolver.note(
                f"the box of '{o.id}' also shows something at a depth of {o.other_depth:.2f} m "
                "that may be meant; the ± allows for both"
            )
    if question.options:
        choice = choose(question.options, answer, scene.named.names)
        choice = choice or most_probable(question.options, resolver)
        if choice is None:
            resolver.note("none of the options says the same as the measurement")
        answer.choice = choice or answer.choice
    if stand_off is not None:
        answer = with_target(answer, question.form, resolver, stand_off)
    return replace(
        answer,
        text=_as_asked(answer, question),
        question=question.text,
        level=Level(question.level),
        frame=scene.measurement.reference_frame,
        reference_frame=scene.reference_frame,
        measured_text=answer.text,
        notes=[*question.notes, *resolver.notes],
    )


def _as_asked(answer: Answer, question: ParsedQuestion) -> str:
    """The text in the format that the question asks for, if the answer has one."""
    word = answer.text.partition(",")[0]
    if question.format == "yes or no" and word in ("Yes", "No"):
        return word
    if question.format == "letter" and question.options and answer.choice:
        return answer.choice
    if question.format == "number" and len(answer.values) == 1 and not question.options:
        return bare(answer.values[0], answer.unit, question.unit)
    return answer.text


def most_probable(options: Sequence[Option], resolver: Resolver) -> str | None:
    """Label of the likeliest of options that are claims: "The mug is on the board"."""
    likely: dict[str, float] = {}
    for option in options:
        try:
            form = parse(option.text, resolver.scene.named.names.labels).form
            if not isinstance(form, Holds) or form.object.many:
                continue
            if all(map(resolver.scene.has, mentions(form))):
                verdict = resolver.check(form.condition, resolver.one(form.object))
                likely[option.label] = verdict.probability
        except SpatialError:
            continue  # no claim, or about something else
    return max(likely, key=lambda label: likely[label]) if len(likely) > 1 else None


def measure_regions(
    frame: Frame,
    regions: Sequence[Region],
    options: MeasureOptions = DEFAULT,
    known: Measurement | None = None,
) -> Measurement:
    """Measure regions and single pixels that are not ``known`` yet, without their relations.

    Raises:
        SpatialError: as ``measure``.
    """
    boxes = [r for r in regions if not r.is_point]
    if known is not None and known.reference_frame != "camera":
        known = None
    found = {r: obj for r in boxes if known and (obj := _find(r, known.objects))}
    missing = [r for r in boxes if r not in found]
    if missing or known is None or not (options.gravity or known.gravity):
        measurement = measure(frame, missing, options, relations=False)
    else:
        measurement = Measurement([], [], options.gravity or known.gravity)
    measurement.objects[:0] = found.values()
    for region in regions:
        if not region.is_point:
            continue
        try:
            xyz, stddev = pixel(frame, *region.box[:2], options)
        except SpatialError as error:
            measurement.failures.append(Failure(region, error.code, str(error)))
        else:
            measurement.objects.append(point_object(region, xyz, stddev, frame.camera))
    return measurement


def _find(region: Region, known: Sequence[MeasuredObject]) -> MeasuredObject | None:
    for obj in known:
        if obj.label == region.label and obj.region.box == region.box:
            return replace(obj, region=region, id=region.id or obj.id)
    return None
