"""What facts are made of: objects with sizes, places and distances, each with its deviation.

`World` is the interface that tasks see. `MeasuredWorld` has what the measuring engine found;
a simulated scene's exact truth can stand in its place, which is how labels are checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, isfinite
from typing import Protocol

import numpy as np

from hispatial_ros.dataset.occlusion import hiding
from hispatial_ros.dataset.orientation import Facing
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.types import Gravity, MeasuredObject

# Gravity of these sources is known well enough to teach "above" and "height".
TRUSTED_UP = ("imu", "tf", "support plane", "given")


# [share of the image's side] A box this near to the border may go on beyond it.
BORDER = 0.01
# [share of its box] That the box of a nearer object covers of a partly hidden one. Larger: sizes of
# what is hidden are taught. Smaller: hardly anything on a full table is asked about.
COVERED = 0.15


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


UNKNOWN = Quantity(float("nan"), float("nan"))


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

    def hides(self, i: int, j: int) -> float:
        """Probability that i hides part of j from the camera."""

    def facing(self, i: int) -> Facing | None:
        """Where the front of the object points; None: not known."""


def along(world: World, i: int, j: int, axis: np.ndarray) -> Quantity:
    """How much farther the centre of j lies than that of i along a unit vector [3]."""
    (a, ca), (b, cb) = world.center(i), world.center(j)
    return Quantity(float((b - a) @ axis), float(np.sqrt(max(axis @ (ca + cb) @ axis, 0.0))))


class MeasuredWorld:
    """Objects as measured on one frame.

    Of an object that the image's border cuts, or that nearer ones cover in part, nobody knows how
    large it is: its sizes are not known here, and its centre may lie half its extent elsewhere.

    Args:
        objects: measured.
        gravity: of the frame.
        size: width and height of the image.
        facings: of the objects; empty: not known.
    """

    def __init__(
        self,
        objects: Sequence[MeasuredObject],
        gravity: Gravity | None,
        size: tuple[int, int],
        facings: Sequence[Facing | None] = (),
    ):
        self._size, self._facings = size, facings
        self.objects = list(objects)
        self.count = len(self.objects)
        self._partly_seen = partly_seen(self.objects, size)
        known = gravity is not None and gravity.source in TRUSTED_UP
        self.up = np.asarray(gravity.up, float) if known and gravity is not None else None
        self._relations = Relations(self.objects, ReferenceFrame.camera(gravity))

    def label(self, i: int) -> str:
        return self.objects[i].label

    def distance(self, i: int) -> Quantity:
        return Quantity(self.objects[i].distance, self.objects[i].distance_stddev)

    def center(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        o = self.objects[i]
        doubt = np.diag(np.square(o.extent / 2)) if self._partly_seen[i] else 0.0
        return o.center, o.covariance[:3, :3] + doubt

    def size(self, i: int, axis: int) -> Quantity:
        if self._partly_seen[i]:
            return UNKNOWN
        return Quantity(float(self.objects[i].size[axis]), float(self.objects[i].size_stddev[axis]))

    def extent(self, i: int, axis: int) -> Quantity:
        if self._partly_seen[i]:
            return UNKNOWN
        o = self.objects[i]
        return Quantity(float(o.extent[axis]), float(o.extent_stddev[axis]))

    def center_distance(self, i: int, j: int) -> Quantity:
        relation = self._relations.between(self.objects[i], self.objects[j], "nearer")
        stddev = float(np.hypot(relation.center_distance_stddev, self._doubt(i, j)))
        return Quantity(relation.center_distance, stddev)

    def closest_distance(self, i: int, j: int) -> Quantity:
        relation = self._relations.between(self.objects[i], self.objects[j], "nearer")
        stddev = float(np.hypot(relation.closest_distance_stddev, self._doubt(i, j)))
        return Quantity(relation.closest_distance, stddev)

    def hides(self, i: int, j: int) -> float:
        return float(self._hiding[i, j])

    @cached_property
    def _hiding(self) -> np.ndarray:
        return hiding(self.objects, self._size)

    def facing(self, i: int) -> Facing | None:
        return self._facings[i] if self._facings else None

    def _doubt(self, i: int, j: int) -> float:
        """Standard deviation [m] of how far the unseen parts of two objects reach."""
        spans = [self.objects[k].extent.max() / 2 for k in (i, j) if self._partly_seen[k]]
        return float(np.linalg.norm(spans)) if spans else 0.0


def partly_seen(objects: Sequence[MeasuredObject], size: tuple[int, int]) -> list[bool]:
    """Which objects the image's border cuts, or nearer objects' boxes cover in part."""
    boxes = np.array([o.region.box for o in objects], float).reshape(-1, 4)
    margin = BORDER * np.array([*size, *size])
    cut = (boxes < margin)[:, :2].any(1) | (boxes > np.array([*size, *size]) - margin)[:, 2:].any(1)
    covered = []
    for i, o in enumerate(objects):
        nearer = [k for k, other in enumerate(objects) if other.distance < o.distance]
        low = np.maximum(boxes[i, :2], boxes[nearer, :2])
        high = np.minimum(boxes[i, 2:], boxes[nearer, 2:])
        shared = np.clip(high - low, 0, None).prod(1)
        covered.append(shared.max(initial=0) > COVERED * (boxes[i, 2:] - boxes[i, :2]).prod())
    return (cut | np.array(covered, bool)).tolist()
