"""Relations between pairs of measured objects, and how sure they are."""

from collections.abc import Sequence
from functools import cached_property
from math import erf

import numpy as np

from hispatial_ros.measure.closest import closest_points, closest_samples, closest_to_solid
from hispatial_ros.measure.objects import SURFACE, quadratic, solids_of
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.solid import IRREGULAR, reach_gradient, support_point
from hispatial_ros.measure.types import MeasuredObject, Relation

# Predicate and its opposite: the subject's quantity is the smaller one, the larger one.
COMPARED = (
    ("left_of", "right_of"),
    ("below", "above"),
    ("in_front_of", "behind"),
    ("nearer", "farther"),
    ("smaller", "larger"),
    ("shorter", "taller"),
    ("narrower", "wider"),
)
TOUCHING, ON = "touching", "on"
PREDICATES = (*(p for pair in COMPARED for p in pair), TOUCHING, ON)

# [m] What rough surfaces leave between things that touch. Larger: near things touch. Smaller:
# touching ones do not. Chosen on simulated rooms.
CONTACT_GAP = 0.005
# [m] Standard deviation of a distance that says nothing about contact. Larger: contact is claimed
# where nothing is known. Smaller: it is seldom claimed far away. Chosen on simulated rooms.
VAGUE = 0.10
# [m] Below that two solids intersect, and the line between their centres stands for the normal.
# Larger: wrong normals of things that are close. Smaller: normals from rounding errors. Numerics.
INTERSECTING = 1e-3
# [ratio] Of how much closer the boxes of irregular objects are than what was seen of them, in the
# standard deviation. Larger: wider intervals of closest distances. Smaller: hidden backs are
# forgotten. Chosen on simulated rooms.
UNSEEN_BACK = 0.5
BOX_OF = ("kind", "center", "rotation", "size")  # what closest points go by


class Relations(Sequence[Relation]):
    """The relations that more likely hold than not, between every ordered pair of objects.

    Of each pair of opposite predicates exactly one is listed per ordered pair; "touching" and "on"
    where they are likely. Everything is computed on first use.

    Args:
        objects: all in the frame of ``reference``.
        reference: gives right, up and forward their meaning.
    """

    def __init__(self, objects: Sequence[MeasuredObject], reference: ReferenceFrame):
        self._objects = list(objects)
        self._reference = reference

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        pair, backwards, predicate = self._rows[index]
        return self._build(int(pair), bool(backwards), int(predicate))

    def between(self, subject: MeasuredObject, other: MeasuredObject, predicate: str) -> Relation:
        """One relation whatever its confidence.

        Args:
            subject, other: two of the objects given to the constructor.
            predicate: one of ``PREDICATES``.

        Raises:
            KeyError: for other objects or predicates.
        """
        place = {id(o): i for i, o in enumerate(self._objects)}
        i, j = place[id(subject)], place[id(other)]
        if i == j or predicate not in PREDICATES:
            raise KeyError(predicate if i != j else subject.id)
        n, low, high = len(self._objects), min(i, j), max(i, j)
        pair = low * n - low * (low + 1) // 2 + high - low - 1
        return self._build(pair, i > j, PREDICATES.index(predicate))

    @cached_property
    def _pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices [M] of the first and the second object of each pair."""
        first, second = np.triu_indices(len(self._objects), 1)
        return first, second

    @cached_property
    def _stacked(self) -> dict[str, np.ndarray]:
        objects = self._objects
        kind, own = solids_of(objects)
        return {
            "kind": kind,
            "ragged": (kind == IRREGULAR) & np.array([len(o.surface) > 0 for o in objects], bool),
            "center": np.array([o.center for o in objects]).reshape(-1, 3),
            "rotation": np.array([o.rotation for o in objects]).reshape(-1, 3, 3),
            "size": np.array([o.size for o in objects]).reshape(-1, 3),
            "own": own,
        }

    def _pairwise(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        value = self._stacked[name]
        return value[self._pair[0]], value[self._pair[1]]

    @cached_property
    def _centers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Displacement from first to second centre [M, 3], its length and standard deviation."""
        a, b = self._pairwise("center")
        displacement = b - a
        distance = np.sqrt(np.square(displacement).sum(1))
        direction = displacement / np.maximum(distance, 1e-9)[:, None]
        variance = self._center_variance(direction)
        return displacement, distance, np.sqrt(variance)

    def _center_variance(self, direction: np.ndarray) -> np.ndarray:
        """Variance of the displacement along unit vectors [M, 3], or one [3]."""
        total = np.zeros(len(self._pair[0]))
        for rotation, own in zip(self._pairwise("rotation"), self._pairwise("own"), strict=True):
            local = np.einsum("mij,mi->mj", rotation, np.broadcast_to(direction, (len(own), 3)))
            total = total + quadratic(local, own[:, :3, :3])
        return total

    @cached_property
    def _closest(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Closest points [M, 3] of first and second, their distance [M], standard deviation."""
        p, q = self._closest_points()
        gap = q - p
        distance = np.sqrt(np.square(gap).sum(1))
        apart = (distance > INTERSECTING)[:, None]
        direction = np.where(apart, gap, self._centers[0])
        direction /= np.maximum(np.linalg.norm(direction, axis=1), 1e-9)[:, None]
        variance = self._reach_variance(0, direction) + self._reach_variance(1, -direction)
        a, b = self._pairwise("ragged")
        if len(rows := np.flatnonzero(a | b)):
            # Of their backs only the boxes tell, which are not full.
            kind, center, rotation, size = (
                (first[rows], second[rows]) for first, second in map(self._pairwise, BOX_OF)
            )
            first, second = closest_points(kind, center, rotation, size)
            nearer = distance[rows] - np.linalg.norm(second - first, axis=1)
            variance[rows] += np.square(UNSEEN_BACK * np.maximum(nearer, 0))
        return p, q, np.where(apart[:, 0], distance, 0.0), np.sqrt(variance)

    def _closest_points(self) -> tuple[np.ndarray, np.ndarray]:
        """Closest points [M, 3] of first and second; of irregular objects, of what was seen."""
        ragged = self._pairwise("ragged")
        p, q = np.empty((2, len(self._pair[0]), 3))

        def solids(which: int, rows: np.ndarray) -> list[np.ndarray]:
            return [self._pairwise(name)[which][rows] for name in BOX_OF]

        def samples(which: int, rows: np.ndarray) -> np.ndarray:
            return self._samples[self._pair[which][rows]]

        if len(rows := np.flatnonzero(~ragged[0] & ~ragged[1])):
            p[rows], q[rows] = closest_points(*zip(solids(0, rows), solids(1, rows), strict=True))
        if len(rows := np.flatnonzero(ragged[0] & ragged[1])):
            p[rows], q[rows] = closest_samples(samples(0, rows), samples(1, rows))
        if len(rows := np.flatnonzero(ragged[0] & ~ragged[1])):
            p[rows], q[rows] = closest_to_solid(samples(0, rows), *solids(1, rows))
        if len(rows := np.flatnonzero(~ragged[0] & ragged[1])):
            q[rows], p[rows] = closest_to_solid(samples(1, rows), *solids(0, rows))
        return p, q

    @cached_property
    def _samples(self) -> np.ndarray:
        """[N, K, 3] of what was seen of irregular objects, the shorter ones repeated."""
        samples = np.zeros((len(self._objects), SURFACE, 3))
        for i in np.flatnonzero(self._stacked["ragged"]).tolist():
            surface = self._objects[i].surface
            samples[i] = surface[np.arange(SURFACE) % len(surface)]
        return samples

    def _reach_variance(self, which: int, direction: np.ndarray) -> np.ndarray:
        """Variance [M] of how far solids reach along unit vectors [M, 3] or one [3]."""
        kind, rotation = self._pairwise("kind")[which], self._pairwise("rotation")[which]
        size, own = self._pairwise("size")[which], self._pairwise("own")[which]
        local = np.einsum("mij,mi->mj", rotation, np.broadcast_to(direction, (len(own), 3)))
        point = support_point(kind, size, local)
        return quadratic(reach_gradient(point, size, local), own)

    def _reach(self, which: int, direction: np.ndarray) -> np.ndarray:
        """How far solids reach [M] along a unit vector [3]."""
        kind, rotation = self._pairwise("kind")[which], self._pairwise("rotation")[which]
        local = np.einsum("mij,i->mj", rotation, direction)
        reach = (support_point(kind, self._pairwise("size")[which], local) * local).sum(1)
        return reach + self._pairwise("center")[which] @ direction

    @cached_property
    def _confidence(self) -> np.ndarray:
        """[M, 2, len(PREDICATES)] for the first object as subject, and for the second."""
        count = len(self._pair[0])
        result = np.zeros((count, 2, len(PREDICATES)))
        for k, (difference, stddev) in enumerate(self._differences()):
            smaller = normal_cdf(difference / np.maximum(stddev, 1e-9))
            result[:, 0, 2 * k] = result[:, 1, 2 * k + 1] = smaller
            result[:, 0, 2 * k + 1] = result[:, 1, 2 * k] = 1 - smaller
        _, _, distance, stddev = self._closest
        touching = _contact(distance, stddev)
        result[:, :, PREDICATES.index(TOUCHING)] = touching[:, None]
        for which in (0, 1):
            result[:, which, PREDICATES.index(ON)] = self._on(which)
        return result

    def _differences(self):
        """Second minus first, and its standard deviation, for each of ``COMPARED``."""
        displacement = self._centers[0]
        reference = self._reference
        for axis in (reference.right, reference.up, reference.forward):
            yield displacement @ axis, np.sqrt(self._center_variance(axis))
        i, j = self._pair
        distance = np.array([o.distance for o in self._objects])
        spread = np.square([o.distance_stddev for o in self._objects])
        yield distance[j] - distance[i], np.sqrt(spread[i] + spread[j])
        size, own = self._stacked["size"], self._stacked["own"]
        sizes = own[:, 4:, 4:]
        # Of the logarithm of the volume, whose error is symmetric.
        volume, spread = np.log(size).sum(1), quadratic(1 / size, sizes)
        yield volume[j] - volume[i], np.sqrt(spread[i] + spread[j])
        for k in (1, 0):
            yield size[j, k] - size[i, k], np.sqrt(sizes[i, k, k] + sizes[j, k, k])

    def _on(self, subject: int) -> np.ndarray:
        """Probability [M] that one of each pair rests on the other."""
        up, other = np.asarray(self._reference.up, float), 1 - subject
        gap = -self._reach(subject, -up) - self._reach(other, up)
        variance = self._reach_variance(subject, -up) + self._reach_variance(other, up)
        rests = _contact(np.abs(gap), np.sqrt(variance))
        # Its centre has to be above the other's box, whose axis 1 is down.
        center = self._pairwise("center")
        offset = np.einsum(
            "mij,mi->mj", self._pairwise("rotation")[other], center[subject] - center[other]
        )
        beyond = np.abs(offset) - self._pairwise("size")[other] / 2
        spread = np.sqrt(self._center_variance(up) + CONTACT_GAP**2)
        over = normal_cdf(-beyond[:, 0] / spread) * normal_cdf(-beyond[:, 2] / spread)
        higher = (center[subject] - center[other]) @ up > 0
        return rests * over * higher

    @cached_property
    def _rows(self) -> np.ndarray:
        """[L, 3] pair, whether the second is the subject, predicate; by subject and object."""
        confidence = self._confidence
        # Exactly one of two opposites, even at 0.5 each.
        listed = confidence >= 0.5
        count = 2 * len(COMPARED)
        tie = listed[:, :, 0:count:2] & listed[:, :, 1:count:2]
        listed[:, 1, 0:count:2] &= ~tie[:, 1]
        listed[:, 0, 1:count:2] &= ~tie[:, 0]
        pair, backwards, predicate = np.nonzero(listed)
        i, j = self._pair[0][pair], self._pair[1][pair]
        subject, other = np.where(backwards, j, i), np.where(backwards, i, j)
        order = np.lexsort((predicate, other, subject))
        return np.stack([pair, backwards, predicate], 1)[order]

    def _build(self, pair: int, backwards: bool, predicate: int) -> Relation:
        displacement, center, center_stddev = self._centers
        p, q, closest, closest_stddev = self._closest
        first, second = (self._objects[i[pair]] for i in self._pair)
        if backwards:
            first, second, p, q = second, first, q, p
        return Relation(
            subject=first,
            object=second,
            predicate=PREDICATES[predicate],
            center_distance=float(center[pair]),
            center_distance_stddev=float(center_stddev[pair]),
            closest_distance=float(closest[pair]),
            closest_distance_stddev=float(closest_stddev[pair]),
            subject_point=p[pair],
            object_point=q[pair],
            displacement=-displacement[pair] if backwards else displacement[pair],
            confidence=float(self._confidence[pair, int(backwards), predicate]),
        )


def normal_cdf(x: np.ndarray) -> np.ndarray:
    """Probability that a standard normal variable is below x."""
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(np.asarray(x) / np.sqrt(2)))


def _contact(distance: np.ndarray, stddev: np.ndarray) -> np.ndarray:
    """How well a measured gap agrees with none; less where it could be anything."""
    spread = np.hypot(stddev, CONTACT_GAP)
    agreement = 2 * (1 - normal_cdf(distance / spread))
    return agreement * np.minimum(1, VAGUE / spread)
