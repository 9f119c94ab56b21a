"""What facts are made of: objects with sizes, places and distances, each with its deviation.

`World` is the interface that tasks see. `MeasuredWorld` has what the measuring engine found;
a simulated scene's exact truth can stand in its place, which is how labels are checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Protocol

import numpy as np

from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.types import Gravity, MeasuredObject

# Gravity of these sources is known well enough to teach "above" and "height".
TRUSTED_UP = ("imu", "tf", "support plane", "given")


@dataclass(frozen=True)
class Quantity:
    """A number with its standard deviation."""

    value: float
    stddev: float = 0.0

    @property
    def known(self) -> bool:
        """Whether value and deviation are finite."""
        return isfinite(self.value) and isfinite(self.stddev)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.value - other.value, hypot(self.stddev, other.stddev))


class World(Protocol):
    """Objects 0 .. count-1 in the optical frame, metres."""

    count: int
    up: np.ndarray | None  # [3] unit vector against gravity; None: not known well enough

    def label(self, i: int) -> str:
        """Class of the object."""

    def distance(self, i: int) -> Quantity:
        """From the camera to the nearest point of the object."""

    def center(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """[3] and its covariance [3, 3]."""

    def size(self, i: int, axis: int) -> Quantity:
        """Width (0), height (1) or depth (2) of the oriented box."""

    def extent(self, i: int, axis: int) -> Quantity:
        """Along an axis of the optical frame."""

    def center_distance(self, i: int, j: int) -> Quantity:
        """Between centres."""

    def closest_distance(self, i: int, j: int) -> Quantity:
        """Between surfaces."""


def along(world: World, i: int, j: int, axis: np.ndarray) -> Quantity:
    """How much farther the centre of j lies than that of i along a unit vector [3]."""
    (a, ca), (b, cb) = world.center(i), world.center(j)
    return Quantity(float((b - a) @ axis), float(np.sqrt(max(axis @ (ca + cb) @ axis, 0.0))))


class MeasuredWorld:
    """Objects as measured on one frame."""

    def __init__(self, objects: Sequence[MeasuredObject], gravity: Gravity | None):
        self.objects = list(objects)
        self.count = len(self.objects)
        known = gravity is not None and gravity.source in TRUSTED_UP
        self.up = np.asarray(gravity.up, float) if known and gravity is not None else None
        self._relations = Relations(self.objects, ReferenceFrame.camera(gravity))

    def label(self, i: int) -> str:
        return self.objects[i].label

    def distance(self, i: int) -> Quantity:
        return Quantity(self.objects[i].distance, self.objects[i].distance_stddev)

    def center(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        return self.objects[i].center, self.objects[i].covariance[:3, :3]

    def size(self, i: int, axis: int) -> Quantity:
        return Quantity(float(self.objects[i].size[axis]), float(self.objects[i].size_stddev[axis]))

    def extent(self, i: int, axis: int) -> Quantity:
        o = self.objects[i]
        return Quantity(float(o.extent[axis]), float(o.extent_stddev[axis]))

    def center_distance(self, i: int, j: int) -> Quantity:
        relation = self._relations.between(self.objects[i], self.objects[j], "nearer")
        return Quantity(relation.center_distance, relation.center_distance_stddev)

    def closest_distance(self, i: int, j: int) -> Quantity:
        relation = self._relations.between(self.objects[i], self.objects[j], "nearer")
        return Quantity(relation.closest_distance, relation.closest_distance_stddev)
