"""Several questions on one image: each object is measured and related once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from hispatial_ros.answer.choices import candidates_from_options
from hispatial_ros.answer.scene import Scene
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language.forms import Form
from hispatial_ros.language.question import ParsedQuestion, mentions
from hispatial_ros.language.terms import Mention
from hispatial_ros.measure.engine import measure, pixel
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Failure, Gravity, MeasuredObject, Measurement
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.pointmap.pointmap import MAX_RANGE

Key = tuple[str, tuple[float, ...], str]


@dataclass(frozen=True)
class _Together(Form):
    """What several questions refer to."""

    level = 2
    name = "together"
    parts: tuple[Mention, ...]


@dataclass(eq=False)
class _Group:
    """Questions that share regions, reference frame and viewpoint, and therefore a scene."""

    scene: Scene
    reference: ReferenceFrame | str
    example: ParsedQuestion  # the frame and viewpoint of all
    names: dict[Mention, None] = field(default_factory=dict)  # what they refer to, each once
    prepared: bool = False
    error: SpatialError | None = None


@dataclass(frozen=True, eq=False)
class Ticket:
    """A question on its way to its answer."""

    question: ParsedQuestion
    group: _Group


class Evaluation:
    """First ``add`` every question, then ``measure`` once, then ask ``scene`` for each."""

    def __init__(
        self,
        frame: Frame,
        *,
        noise: DepthNoise | None = None,
        gravity: Gravity | None = None,
        max_range: float = MAX_RANGE,
    ):
        """
        Args:
            frame: with depth.
            noise, gravity, max_range: as for ``measure``.
        """
        self._frame = frame
        self._options = MeasureOptions(noise or DepthNoise(), gravity, max_range)
        self._groups: dict[Any, _Group] = {}
        self._wanted: dict[Key, Region] = {}
        self._found: dict[Key, MeasuredObject | Failure] = {}

    def add(
        self, question: ParsedQuestion, regions: Sequence[Region], reference: ReferenceFrame | str
    ) -> Ticket:
        """Take in a question.

        Args:
            question: parsed with (at least) the labels of ``regions``.
            regions: the objects it may name. The same list object as before saves work.
            reference: "camera", "gravity", or a frame that was looked up (the same object as
                before saves work).

        Raises:
            SpatialError: UNKNOWN_OBJECT, AMBIGUOUS_OBJECT; REGION_OUTSIDE_IMAGE for pixels.
        """
        name = reference if isinstance(reference, str) else id(reference)
        key = (id(regions), name, question.frame, question.viewpoint)
        group = self._groups.get(key)
        if group is None:
            scene = Scene(self._frame, regions, self._pick, self._sample)
            group = self._groups[key] = _Group(scene, reference, question)
        question = candidates_from_options(question, group.scene.names)
        names = _references(question)
        self._want([region for name in names for region in group.scene.named(name)])
        group.names.update(dict.fromkeys(names))
        return Ticket(question, group)

    def add_names(
        self, names: Sequence[Mention], regions: Sequence[Region], reference: ReferenceFrame | str
    ) -> Ticket:
        """Take in objects that are to be related, as ``add`` does a question."""
        return self.add(ParsedQuestion(_Together(tuple(names))), regions, reference)

    def measure(self) -> None:
        """Measure every object that was named.

        Raises:
            SpatialError: if the frame as a whole can not be measured; as ``measure``.
        """
        regions = [r for r in self._wanted.values() if not r.is_point]
        self._wanted.clear()
        done = measure(self._frame, regions, self._options, relations=False)
        self._options = replace(self._options, gravity=done.gravity)
        self._found |= {_key(o.region): o for o in done.objects}
        self._found |= {_key(f.region): f for f in done.failures}

    def scene(self, ticket: Ticket) -> Scene:
        """The scene to answer a question on; to be used before the next call.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME, or about the viewpoint.
        """
        group = ticket.group
        if not group.prepared:
            group.prepared = True
            shared = ParsedQuestion(
                _Together(tuple(group.names)),
                frame=group.example.frame,
                viewpoint=group.example.viewpoint,
            )
            try:
                group.scene.prepare(shared, group.reference)
            except SpatialError as error:
                group.error = error
        if group.error is not None:
            raise group.error
        group.scene.notes = []
        group.scene.unit = ticket.question.unit
        return group.scene

    def _want(self, regions: Sequence[Region]) -> None:
        for region in regions:
            self._wanted[_key(region)] = region

    def _pick(self, regions: Sequence[Region]) -> Measurement:
        """What was measured of regions that were wanted."""
        found = [(region, self._found[_key(region)]) for region in regions]
        objects = [f for _, f in found if isinstance(f, MeasuredObject)]
        for region, obj in found:
            if isinstance(obj, MeasuredObject):
                obj.id = region.id  # measured beside others of that name, it was numbered
        failures = [f for _, f in found if isinstance(f, Failure)]
        return Measurement(objects, failures, self._options.gravity)

    def _sample(self, u: float, v: float) -> tuple[np.ndarray, np.ndarray]:
        return pixel(self._frame, u, v, self._options)


@lru_cache(maxsize=1024)
def _references(question: ParsedQuestion) -> tuple[Mention, ...]:
    """The same questions are asked of every image."""
    return tuple(mentions(question))


def _key(region: Region) -> Key:
    return region.label, tuple(region.box), region.id
