"""Several questions on one image: each object is measured and related once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from hispatial_ros.answer.choices import with_options
from hispatial_ros.answer.measured import measure_regions
from hispatial_ros.answer.named_regions import Key, NamedRegions, key_of
from hispatial_ros.answer.perspective import observed
from hispatial_ros.answer.scene import Scene
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language.question import ParsedQuestion, mentions
from hispatial_ros.language.terms import Mention
from hispatial_ros.measure.engine import DEFAULT
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Failure, Gravity, MeasuredObject, Measurement


@dataclass(eq=False)
class _Group:
    """Questions about the same regions in the same reference frame: they share a scene."""

    regions: Sequence[Region]  # kept with the frame, so that no other object takes their identity
    reference_frame: ReferenceFrame | str
    named: NamedRegions
    wanted: dict[Key, Region] = field(default_factory=dict)
    scene: Scene | SpatialError | None = None  # once it was asked for


@dataclass(frozen=True, eq=False)
class AddedQuestion:
    """A question of an evaluation; None: only the relations of some objects are asked for."""

    question: ParsedQuestion | None
    group: _Group


class Evaluation:
    """First ``add`` every question, then ``measure`` once, then ask ``scene`` for each."""

    def __init__(
        self,
        frame: Frame,
        options: MeasureOptions = DEFAULT,
        known: Measurement | None = None,
    ):
        """
        Args:
            frame: with depth.
            options: as for ``measure``.
            known: what was measured on it before, in the optical frame.
        """
        self._known = known
        self._frame = frame
        self._options = options
        self._groups: dict[tuple[int, str | int], _Group] = {}
        self._gravity: Gravity | None = None
        self._found: dict[Key, MeasuredObject | Failure] = {}

    def add(
        self,
        question: ParsedQuestion,
        regions: Sequence[Region],
        reference_frame: ReferenceFrame | str,
    ) -> AddedQuestion:
        """Take in a question.

        Args:
            question: parsed with (at least) the labels of ``regions``.
            regions: the objects it may name. The same list object as before saves work.
            reference_frame: "camera", "gravity", or a frame that was looked up (the same object
                as before saves work).

        Raises:
            SpatialError: UNKNOWN_OBJECT, AMBIGUOUS_OBJECT.
        """
        group = self._group(regions, question.frame or reference_frame)
        question = with_options(question, group.named.names)
        _want(group, _mentions(question))
        return AddedQuestion(question, group)

    def add_mentions(
        self,
        mentions: Sequence[Mention],
        regions: Sequence[Region],
        reference_frame: ReferenceFrame | str,
    ) -> AddedQuestion:
        """Take in objects that are to be related, as ``add`` does a question."""
        group = self._group(regions, reference_frame)
        _want(group, mentions)
        return AddedQuestion(None, group)

    def measure(self) -> None:
        """Measure every object that was mentioned.

        Raises:
            SpatialError: if the frame as a whole cannot be measured; as ``measure``.
        """
        wanted = {key: r for group in self._groups.values() for key, r in group.wanted.items()}
        done = measure_regions(self._frame, list(wanted.values()), self._options, self._known)
        self._gravity = done.gravity
        self._found = {key_of(o.region): o for o in done.objects}
        self._found |= {key_of(f.region): f for f in done.failures}

    def scene(self, added: AddedQuestion) -> Scene:
        """The scene to answer a question on.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME, or about the viewpoint.
        """
        group, question = added.group, added.question
        if group.scene is None:
            try:
                group.scene = self._scene(group)
            except SpatialError as error:
                group.scene = error
        if isinstance(group.scene, SpatialError):
            raise group.scene
        if question is None:
            return group.scene
        scene = replace(group.scene, unit=question.unit)
        return observed(scene, question.viewpoint, question.form)

    def _group(self, regions: Sequence[Region], reference_frame: ReferenceFrame | str) -> _Group:
        name = reference_frame if isinstance(reference_frame, str) else id(reference_frame)
        group = self._groups.get((id(regions), name))
        if group is None:
            named = NamedRegions.of(self._frame.camera, regions)
            group = self._groups[id(regions), name] = _Group(regions, reference_frame, named)
        return group

    def _scene(self, group: _Group) -> Scene:
        found = [(region, self._found[key]) for key, region in group.wanted.items()]
        objects = [  # measured beside others of that name, they were numbered
            replace(f, id=region.id or f.id) for region, f in found if isinstance(f, MeasuredObject)
        ]
        failures = [f for _, f in found if isinstance(f, Failure)]
        measurement = Measurement(objects, failures, self._gravity)
        return Scene.of(self._frame, group.named, measurement, group.reference_frame, self._options)


def _want(group: _Group, mentions: Iterable[Mention]) -> None:
    group.wanted |= {key_of(region): region for region in group.named.find_all(mentions)}


@lru_cache(maxsize=1024)
def _mentions(question: ParsedQuestion) -> tuple[Mention, ...]:
    """The same questions are asked of every image."""
    return tuple(dict.fromkeys(mentions(question)))
