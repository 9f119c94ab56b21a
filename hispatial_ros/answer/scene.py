"""What a question is answered on: the frame, its named regions, and what was measured of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hispatial_ros.answer.named_regions import Key, NamedRegions, key_of
from hispatial_ros.answer.phrasing import length, the
from hispatial_ros.answer.quantities import Quantity, along, quantity
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.language.terms import Attribute, Mention, Order
from hispatial_ros.measure.engine import pixel
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame, resolve
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.transform import express
from hispatial_ros.measure.types import Failure, Gravity, MeasuredObject, Measurement, Relation
from hispatial_ros.measure.up import describe_up

_LEVEL = Gravity(np.array([0, -1.0, 0]), "camera")


@dataclass(frozen=True, eq=False)
class Scene:
    """Read-only: many questions may be answered on one scene."""

    frame: Frame
    named: NamedRegions
    measurement: Measurement  # of every region that the question needs, in the reference frame
    results: Mapping[Key, MeasuredObject | Failure]  # the same by region
    relations: Relations
    reference_frame: ReferenceFrame  # says what right, up and forward are
    options: MeasureOptions  # of the measurement
    observer: MeasuredObject | None = None  # whose front and back is meant
    unit: str | None = None  # of lengths, if the question asks for one
    notes: tuple[str, ...] = ()  # what was assumed about the reference frame and the observer

    @classmethod
    def of(
        cls,
        frame: Frame,
        named: NamedRegions,
        measurement: Measurement,
        reference_frame: ReferenceFrame | str | None,
        options: MeasureOptions,
        unit: str | None = None,
    ) -> Scene:
        """The scene in a reference frame.

        Args:
            measurement: in the optical frame.
            reference_frame: "camera" (also "" and None), "gravity" or a frame that was looked up.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME.
        """
        gravity = measurement.gravity or _LEVEL
        resolved = resolve(reference_frame, gravity)
        expressed = express(measurement, resolved)
        results: dict[Key, MeasuredObject | Failure] = {
            key_of(o.region): o for o in expressed.objects
        }
        results |= {key_of(f.region): f for f in expressed.failures}
        relations = Relations(expressed.objects, resolved)
        in_gravity = resolved.name == "gravity"
        notes = describe_up(gravity, "up in the gravity frame") if in_gravity else ()
        return cls(
            frame, named, expressed, results, relations, resolved, options, unit=unit, notes=notes
        )

    @property
    def about_up(self) -> tuple[str, ...]:
        """What up was taken from, unless that is among the notes."""
        if self.reference_frame.name == "gravity":
            return ()
        return describe_up(self.measurement.gravity or _LEVEL)

    @property
    def frame_name(self) -> str:
        return f"{self.measurement.reference_frame} frame"

    def find(self, mention: Mention) -> list[MeasuredObject | Failure]:
        """What was measured of each region that a mention may stand for.

        Raises:
            SpatialError: UNKNOWN_OBJECT or AMBIGUOUS_OBJECT.
        """
        return [self.results[key_of(region)] for region in self.named.find(mention)]

    def has(self, mention: Mention) -> bool:
        """Whether all that a mention may stand for was looked at. Raises as `find`."""
        return all(key_of(region) in self.results for region in self.named.find(mention))

    def sample(self, u: float, v: float) -> tuple[np.ndarray, np.ndarray]:
        """The point [3] that a pixel sees, in the optical frame, and its standard deviation [3].

        Raises:
            SpatialError: REGION_OUTSIDE_IMAGE or NO_VALID_DEPTH.
        """
        return pixel(self.frame, u, v, self.options)

    def name(self, obj: MeasuredObject) -> str:
        """The label, numbered where it repeats."""
        repeated = sum(r.label == obj.label for r in self.named.regions) > 1
        return obj.id if repeated else obj.label

    def length(self, q: Quantity) -> str:
        """A measured length, in the unit that was asked for."""
        return length(q.value, q.stddev, self.unit)

    def value(
        self, obj: MeasuredObject, attribute: Attribute, anchor: MeasuredObject | None = None
    ) -> Quantity:
        """An attribute of an object; with an anchor, what is measured between the two.

        Raises:
            SpatialError: BAD_QUESTION if the anchor is the object itself.
        """
        if anchor is None:
            return quantity(obj, attribute, self.reference_frame)
        if attribute is Attribute.GAP:
            relation = self.relation(obj, anchor)
            return Quantity(relation.closest_distance, relation.closest_distance_stddev)
        self.check_different(obj, anchor)
        return along(obj, anchor, np.eye(3))

    def sorted(
        self, objects: Sequence[MeasuredObject], order: Order, anchor: MeasuredObject | None
    ) -> list[MeasuredObject]:
        """The objects in this order, without the one that distances are taken from."""
        sign = -1 if order.descending else 1
        others = [o for o in objects if o is not anchor]
        return sorted(others, key=lambda o: sign * self.value(o, order.attribute, anchor).value)

    def relation(
        self, subject: MeasuredObject, other: MeasuredObject, predicate: str = "left_of"
    ) -> Relation:
        """How two objects relate; distances do not depend on the predicate.

        Raises:
            SpatialError: BAD_QUESTION if they are the same.
        """
        self.check_different(subject, other)
        return self.relations.between(subject, other, predicate)

    def check_different(self, a: MeasuredObject, b: MeasuredObject) -> None:
        """Raises SpatialError, BAD_QUESTION, if the two are one."""
        if a is b:
            raise SpatialError(
                ErrorCode.BAD_QUESTION,
                f"{the(self.name(a))} is compared with itself: name two different objects",
            )
