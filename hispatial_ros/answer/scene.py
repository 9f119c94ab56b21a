"""What a question is answered on: the frame, its named regions, and what was measured of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hispatial_ros.answer.choosing import fulfilling, selected
from hispatial_ros.answer.perspective import observe
from hispatial_ros.answer.phrasing import length, the
from hispatial_ros.answer.quantities import Quantity, along, axis_of, quantity
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language.names import Names
from hispatial_ros.language.question import ParsedQuestion, mentions
from hispatial_ros.language.terms import Attribute, Kind, Mention, Order
from hispatial_ros.measure import reference_frame as frames
from hispatial_ros.measure.engine import unique_ids
from hispatial_ros.measure.points import point_object
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.transform import express
from hispatial_ros.measure.types import (
    Failure,
    Gravity,
    MeasuredObject,
    Measurement,
    Relation,
)

Measure = Callable[[Sequence[Region]], Measurement]
Sample = Callable[[float, float], tuple[np.ndarray, np.ndarray]]  # u, v -> xyz, stddev [3]
_LEVEL = Gravity(np.array([0, -1.0, 0]), "camera")
_UP = {
    "imu": "from the IMU",
    "tf": "from TF",
    "support plane": "across the horizontal surface in view",
    "facing plane": "square to the surface right before the camera, taken as what things lie on",
    "wall": "along the wall in view; the camera is taken not to roll",
}


class Scene:
    """Resolves the references of one question to measured objects."""

    def __init__(
        self,
        frame: Frame,
        regions: Sequence[Region],
        measure: Measure,
        sample: Sample,
        unit: str | None = None,
    ):
        self.frame = frame
        self.sample = sample
        self.unit = unit
        ids = unique_ids(regions)
        self.regions = [replace(r, id=i) for r, i in zip(regions, ids, strict=True)]
        self.names = Names([r.label for r in regions])
        self.notes: list[str] = []
        self._measure = measure
        self._measurement: Measurement | None = None
        self._measured: dict[Any, MeasuredObject | Failure] = {}
        self._relations: Relations | None = None
        self._named: dict[Mention, list[Region]] = {}
        self._remembered: dict[Mention, MeasuredObject] = {}
        self.reference = frames.ReferenceFrame.camera()
        self.observer: MeasuredObject | None = None  # whose front and back is meant

    def prepare(self, question: ParsedQuestion, frame: frames.ReferenceFrame | str | None) -> None:
        """Measure what the question refers to, all at once.

        Args:
            question: says what is needed, and perhaps a frame or a viewpoint of its own.
            frame: what positions, "left", "above", ... refer to unless the question says: "camera"
                (also "" and None), "gravity" or a frame that was looked up.

        Raises:
            SpatialError: if a name can not be resolved; UNKNOWN_REFERENCE_FRAME; as ``measure``.
        """
        wanted: dict[Any, Region] = {}
        for reference in mentions(question):
            for region in self._regions(reference):
                wanted[_key(region)] = region
        points = [r for r in wanted.values() if r.is_point]
        measured = self._measure([r for r in wanted.values() if not r.is_point])
        for region in points:
            self._add_point(region, measured)
        gravity = measured.gravity or _LEVEL
        self.reference = frames.resolve(question.frame or frame, gravity)
        measured = express(measured, self.reference)
        if self.reference.name == "gravity":
            self.note(f"up in the gravity frame: {_UP[gravity.source]}")
        self._measurement = measured
        for obj in measured.objects:
            self._measured[_key(obj.region)] = obj
        for failure in measured.failures:
            self._measured[_key(failure.region)] = failure
        if question.viewpoint is not None:
            observe(question, self)

    @property
    def measurement(self) -> Measurement:
        if self._measurement is None:
            raise RuntimeError("prepare() comes first")
        return self._measurement

    @property
    def frame_name(self) -> str:
        return f"{self.measurement.reference_frame} frame"

    # References

    def one(self, reference: Mention) -> MeasuredObject:
        """The object meant.

        Raises:
            SpatialError: AMBIGUOUS_OBJECT or UNKNOWN_OBJECT, or why it could not be measured.
        """
        if reference in self._remembered:
            return self._remembered[reference]
        found = self.all(reference)
        if reference.selector is not None:
            return selected(found, reference, self)
        if len(found) != 1:
            names = ", ".join(o.id for o in found)
            raise SpatialError(
                ErrorCode.AMBIGUOUS_OBJECT,
                f"'{reference}' may be any of {names}: name one of them",
            )
        return found[0]

    def all(self, reference: Mention) -> list[MeasuredObject]:
        """Every object the reference may stand for, in the order of the regions.

        Of several, those that can not be measured are left out with a note.

        Raises:
            SpatialError: if none can be named or measured.
        """
        results = [self._measured[_key(r)] for r in self._regions(reference)]
        failures = [r for r in results if isinstance(r, Failure)]
        objects = [r for r in results if isinstance(r, MeasuredObject)]
        if failures and not objects:
            raise SpatialError(failures[0].code, failures[0].message)
        for failure in failures:
            self.note(f"left out: {failure.message}")
        chosen = reference.many or reference.selector is not None
        if reference.condition is not None and (chosen or len(objects) > 1):
            objects = fulfilling(objects, reference, self)
        return objects

    def remember(self, reference: Mention, obj: MeasuredObject) -> None:
        """Make a reference stand for an object."""
        self._remembered[reference] = obj

    def each(self, references: Iterable[Mention]) -> list[MeasuredObject]:
        """All objects of several references, each once; "the nearest chair" is one."""
        objects: list[MeasuredObject] = []
        for reference in references:
            found = self.all(reference) if reference.many else [self.one(reference)]
            objects.extend(o for o in found if o not in objects)
        return objects

    def pair(self, first: Mention, second: Mention | None) -> tuple[MeasuredObject, MeasuredObject]:
        """Two objects: one of each reference, or the two that the first names ("the chairs")."""
        if second is not None:
            return self.one(first), self.one(second)
        found = self.all(first)
        if len(found) != 2:
            names = ", ".join(o.id for o in found)
            raise SpatialError(
                ErrorCode.AMBIGUOUS_OBJECT,
                f"there are {len(found)} of '{first}': {names}; name two",
            )
        return found[0], found[1]

    def _add_point(self, region: Region, measured: Measurement) -> None:
        u, v = region.box[:2]
        try:
            xyz, stddev = self.sample(u, v)
        except SpatialError as error:
            measured.failures.append(Failure(region, error.code, str(error)))
        else:
            measured.objects.append(point_object(region, xyz, stddev, self.frame.camera))

    def named(self, reference: Mention) -> list[Region]:
        """The regions that a reference stands for, measurable or not."""
        return self._regions(reference)

    def region(self, pixel: Mention) -> Region:
        """A pixel as a region."""
        return self._regions(pixel)[0]

    def measurable(self, reference: Mention) -> list[MeasuredObject]:
        """The objects among ``named`` that could be measured."""
        results = [self._measured[_key(r)] for r in self._regions(reference)]
        return [r for r in results if isinstance(r, MeasuredObject)]

    def _regions(self, reference: Mention) -> list[Region]:
        if reference.kind is Kind.CAMERA:
            return []
        if reference.kind is Kind.PIXEL:
            assert reference.pixel is not None
            camera = self.frame.camera
            box = reference.pixel.box(camera.width, camera.height)
            if reference.pixel.u1 is None:
                return [Region(f"pixel ({box[0]:.0f}, {box[1]:.0f})", box)]
            return [Region(f"region ({', '.join(f'{v:.0f}' for v in box)})", box)]
        named = self._named.get(reference)
        if named is None:
            named = [self.regions[i] for i in self.names.resolve(reference)]
            self._named[reference] = named
        return named

    # Measurements

    def value(self, obj: MeasuredObject, order: Order) -> Quantity:
        """What an object is ordered by."""
        if order.anchor is not None and order.attribute is Attribute.GAP:
            return self.between_surfaces(obj, self.one(order.anchor))
        if order.anchor is not None:
            return self.between_centers(obj, self.one(order.anchor))
        return quantity(obj, order.attribute, self.reference)

    def sorted(self, objects: Sequence[MeasuredObject], order: Order) -> list[MeasuredObject]:
        """The objects in this order, without the one that distances are taken from."""
        sign = -1 if order.descending else 1
        anchor = self.one(order.anchor) if order.anchor else None
        others = [o for o in objects if o is not anchor]
        return sorted(others, key=lambda o: sign * self.value(o, order).value)

    def check_different(self, a: MeasuredObject, b: MeasuredObject) -> None:
        """Raises SpatialError, BAD_QUESTION, if the two are one."""
        if a is b:
            raise SpatialError(
                ErrorCode.BAD_QUESTION,
                f"{the(self.name(a))} is compared with itself: name two different objects",
            )

    def relation(
        self, subject: MeasuredObject, other: MeasuredObject, predicate: str = "left_of"
    ) -> Relation:
        """How two objects relate; distances do not depend on the predicate.

        Raises:
            SpatialError: BAD_QUESTION if they are the same.
        """
        self.check_different(subject, other)
        if self._relations is None:
            objects = [o for o in self._measured.values() if isinstance(o, MeasuredObject)]
            self._relations = Relations(objects, self.reference)
        return self._relations.between(subject, other, predicate)

    def between_centers(self, a: MeasuredObject, b: MeasuredObject) -> Quantity:
        return along(a, b, np.eye(3))

    def between_surfaces(self, a: MeasuredObject, b: MeasuredObject) -> Quantity:
        relation = self.relation(a, b)
        return Quantity(relation.closest_distance, relation.closest_distance_stddev)

    def axis(self, attribute: Attribute) -> np.ndarray:
        """Unit vector [3] of a coordinate attribute."""
        axis = axis_of(attribute, self.reference)
        if axis is None:
            raise ValueError(f"{attribute} is not measured along an axis")
        return axis

    def length(self, q: Quantity) -> str:
        """A measured length, in the unit that was asked for."""
        return length(q.value, q.stddev, self.unit)

    def name(self, obj: MeasuredObject) -> str:
        """The label, numbered where it repeats."""
        repeated = sum(r.label == obj.label for r in self.regions) > 1
        return obj.id if repeated else obj.label

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _key(region: Region) -> tuple[str, tuple[float, ...], str]:
    return region.label, tuple(region.box), region.id
