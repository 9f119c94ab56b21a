"""Turns fitted solids into measured objects with propagated uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hispatial_ros.frame.region import Region
from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.nearest import PATCH, below_mask, nearest_seen
from hispatial_ros.measure.solid import (
    AXIS,
    IRREGULAR,
    NAMES,
    SPHERE,
    Solids,
    kind_of,
    project,
    reach_gradient,
    support_point,
)
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.measure.window import Windows, mean_over, number
from hispatial_ros.pointmap.noise import share_in_common
from hispatial_ros.pointmap.pointmap import PointMap

# [ratio] Change of an extent by the lean and the other extents. Larger: wider intervals. Smaller:
# too narrow ones. Derived: sides lean to both directions, half of the change on average.
LEAN = 0.5
# [samples] Most points of the visible surface kept with an object. Larger: closest points are more
# exact and slower. Smaller: distances to irregular things come out too long. Chosen on simulated
# rooms.
SURFACE = 128
# [px] Standard deviation of where a calibrated camera's optical axis is. Larger: wider intervals of
# positions. Smaller: too narrow ones. Sensor: as the simulated one's.
PRINCIPAL = 0.3
# [ratio] Of the way from the extent of an irregular object's box to that of something round, both
# turned, where its own is. Larger: furniture comes out too small. Smaller: bottles too large.
# Chosen on simulated rooms.
EMPTY = 0.4
# [ratio] Standard deviation of that. Larger: wider intervals. Smaller: too narrow ones. Chosen on
# simulated rooms.
EMPTY_STDDEV = 0.15
# [ratio] Standard deviation of all lengths by what else may be the object, from which on it is
# told. Larger: wide intervals without a reason. Smaller: notes where nothing is in doubt.
# Convention.
TOLD = 0.02
# [m] Standard deviation of the nearest point among samples. Larger: wider intervals of distances.
# Smaller: too narrow ones. Chosen on simulated rooms.
SEEN_STDDEV = 0.006
# [ratio] Of how much nearer the plane below is at the bottom of the box, where the object was not
# seen to reach that, in the standard deviation. Larger: wider intervals of distances. Smaller: flat
# feet are forgotten. Chosen on simulated rooms.
UNSEEN_FOOT = 0.4
# [share] Chance that what was taken for something in front is the object's own. Larger: wider
# intervals of distances. Smaller: too narrow ones. Chosen on simulated rooms.
OWN_AFTER_ALL = 0.1


@dataclass(frozen=True, eq=False)
class Seen:
    """R regions and what is seen in them."""

    regions: Sequence[Region]
    ids: Sequence[str]
    windows: Windows
    foreground: Foreground
    support: Support
    points: PointMap
    usual: np.ndarray  # [R] bool: the names told something about the sizes


@dataclass(frozen=True, eq=False)
class _Boxes:
    """The boxes of R solids in the optical frame."""

    kind: np.ndarray  # [R]
    nearest: np.ndarray  # [R], see ``Solids``
    center: np.ndarray  # [R, 3] m
    rotation: np.ndarray  # [R, 3, 3], columns are the box axes
    size: np.ndarray  # [R, 3] m
    own: np.ndarray  # [R, 7, 7] of centre along the box axes, yaw, size
    camera: np.ndarray  # [R, 3] m, the camera's place in the box axes, from the box's centre


def build_objects(solids: Solids, seen: Seen, keep: np.ndarray) -> list[MeasuredObject]:
    """Objects of the regions marked in ``keep`` [R], in the optical frame.

    Standard deviations follow from the solids' covariance by first-order propagation; the scale
    of the depth noise adds what all lengths of the frame have in common.
    """
    boxes = _to_optical(solids, seen.support)
    extent, extent_variance = extents(boxes.kind, boxes.size, boxes.rotation, boxes.own)
    shared = _shared_depth_error(seen)
    nearest, distance, distance_variance = _nearest(boxes, seen, keep, shared)
    rival = _of_rival(boxes, seen)
    stretch = seen.points.noise.scale**2 + np.square(rival)
    own = _with_common_errors(boxes, seen, stretch, shared)
    extent_stddev = np.sqrt(extent_variance + stretch[:, None] * np.square(extent))
    distance_stddev = np.sqrt(distance_variance + stretch * np.square(distance))
    size_stddev = np.sqrt(np.einsum("rii->ri", own)[:, 4:])
    covariance = pose_covariance(own, boxes.rotation, seen.support.up_stddev)
    mask = seen.foreground.mask
    samples = number(mask)
    surfaces = _surfaces(seen.windows, mask, samples)
    return [
        MeasuredObject(
            id=seen.ids[i],
            label=seen.regions[i].label,
            region=seen.regions[i],
            center=boxes.center[i],
            rotation=boxes.rotation[i],
            size=boxes.size[i],
            size_stddev=size_stddev[i],
            covariance=covariance[i],
            extent=extent[i],
            extent_stddev=extent_stddev[i],
            nearest=nearest[i],
            distance=float(distance[i]),
            distance_stddev=float(distance_stddev[i]),
            num_points=int(samples[i]),
            valid_fraction=float(seen.foreground.valid_fraction[i]),
            surface=surfaces[i],
            shape=NAMES[boxes.kind[i]],
            axis=AXIS[boxes.kind[i]],
            own_covariance=own[i],
            usual=bool(seen.usual[i]),
            other_depth=float(seen.foreground.rival_depth[i]) if rival[i] > TOLD else None,
        )
        for i in np.flatnonzero(keep).tolist()
    ]


def _to_optical(solids: Solids, support: Support) -> _Boxes:
    """From the levelled frame, with what the error of up adds: lean trades extents."""
    turn = solids.rotation()  # box axes in the levelled frame
    rotation = support.axes.T @ turn
    center = solids.center @ support.axes
    own = to_own_axes(solids.covariance, turn)
    square = np.square(solids.size)
    others = square.sum(1, keepdims=True) - square
    lean = np.square(LEAN * support.up_stddev) * others
    np.einsum("rii->ri", own)[:, 4:] += lean
    np.einsum("rii->ri", own)[:, :3] += lean / 4
    camera = np.einsum("rji,rj->ri", rotation, -center)
    return _Boxes(solids.kind, solids.nearest, center, rotation, solids.size, own, camera)


def _nearest(
    boxes: _Boxes, seen: Seen, keep: np.ndarray, shared: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points nearest to the camera [R, 3] m, their distance [R] m and its variance [R]."""
    near = project(boxes.nearest, boxes.size, boxes.camera)
    nearest = np.einsum("rij,rj->ri", boxes.rotation, near) + boxes.center
    distance = np.sqrt(np.square(nearest).sum(-1))
    towards = (boxes.camera - near) / np.maximum(distance, 1e-9)[:, None]
    variance = quadratic(reach_gradient(near, boxes.size, towards), boxes.own) + shared
    if len(which := np.flatnonzero((boxes.kind == IRREGULAR) & keep)):
        # Their boxes have empty corners: only what was seen of them is known to be there.
        point, found, lead = nearest_seen(seen.points, seen.windows, seen.foreground.mask, which)
        foot = np.maximum(found - below_mask(seen.windows, seen.foreground)[which], 0)
        of_mean = seen.points.noise.sigma(found) * share_in_common(np.array(PATCH))
        of_seen = np.square(of_mean + SEEN_STDDEV) + np.square(lead)
        of_seen += np.square(UNSEEN_FOOT * foot)
        # Where a solid is hardly in doubt it goes on telling, so that little jumps with the name.
        share = variance[which] / (variance[which] + of_seen)
        off = distance[which] - found
        nearest[which] -= share[:, None] * (nearest[which] - point)
        distance[which] = np.sqrt(np.square(nearest[which]).sum(-1))
        both = share * of_seen + (1 - share) * variance[which]
        variance[which] = both + share * (1 - share) * np.square(off)
    return nearest, distance, variance + OWN_AFTER_ALL * np.square(seen.foreground.in_front)


def _of_rival(boxes: _Boxes, seen: Seen) -> np.ndarray:
    """Standard deviation [R] of the scale by what else the boxes' objects may be.

    Seen through the same box, what is farther is larger.
    """
    other, depth = seen.foreground.rival_depth, boxes.center[:, 2]
    gap = np.where(np.isfinite(other), np.abs(other / depth - 1), 0)
    return np.sqrt(seen.foreground.rival) * gap


def _shared_depth_error(seen: Seen) -> np.ndarray:
    """Variance [R] m^2 of the depth that all samples of an object have in common."""
    mask, pitch = seen.foreground.mask, seen.windows.pitch
    count = np.maximum(number(mask), 1)
    sigma = mean_over(mask, seen.windows.sigma, count)
    return np.square(sigma * share_in_common(count * np.maximum(pitch, 1).prod(1)))


def _with_common_errors(
    boxes: _Boxes, seen: Seen, stretch: np.ndarray, shared: np.ndarray
) -> np.ndarray:
    """The boxes' ``own`` with the optical axis' error and what all samples have in common.

    Args:
        stretch: [R] variance of the scale; shared: [R] m^2, of the distance.
    """
    stretch = stretch[:, None, None]
    result = boxes.own.copy()
    camera, size, rotation = boxes.camera, boxes.size, boxes.rotation[:, :2]
    sight = camera / np.maximum(np.linalg.norm(camera, axis=1, keepdims=True), 1e-9)
    result[:, :3, :3] += np.einsum("r,ri,rj->rij", shared, sight, sight)
    result[:, :3, :3] += stretch * np.einsum("ri,rj->rij", camera, camera)
    aside = np.square(PRINCIPAL / seen.windows.focal * boxes.center[:, 2])[:, None, None]
    result[:, :3, :3] += aside * np.einsum("rki,rkj->rij", rotation, rotation)
    result[:, 4:, 4:] += stretch * np.einsum("ri,rj->rij", size, size)
    result[:, :3, 4:] -= stretch * np.einsum("ri,rj->rij", camera, size)
    result[:, 4:, :3] -= stretch * np.einsum("ri,rj->rij", size, camera)
    return result


def extents(
    kind: np.ndarray, size: np.ndarray, rotation: np.ndarray, own: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Axis-aligned extents [..., 3] and their variances, of turned solids.

    Args:
        kind: [...]; size: [..., 3]; own: [..., 7, 7] covariance along the box axes.
        rotation: [..., 3, 3] box axes as columns, in the frame whose axes count.
    """
    # Rows of the rotation are the frame's axes in the box's axes.
    size, own = size[..., None, :], own[..., None, :, :]
    point = support_point(kind[..., None], size, rotation)
    ball = support_point(np.array(SPHERE), size, rotation)
    # The corners of an irregular object's box may be empty.
    empty = (kind == IRREGULAR)[..., None]
    corner = 2 * ((point - ball) * rotation).sum(-1) * empty
    point = point + EMPTY * (ball - point) * empty[..., None]
    gradient = 2 * reach_gradient(point, size, rotation)
    gradient[..., :3] = 0  # the opposite side moves along with the centre
    variance = quadratic(gradient, own) + np.square(EMPTY_STDDEV * corner)
    return 2 * (point * rotation).sum(-1), variance


def quadratic(gradient: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Variance g' C g for gradients [..., N] and covariances [..., N, N]."""
    return np.einsum("...i,...ij,...j->...", gradient, covariance, gradient)


def to_own_axes(covariance: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """The covariance [R, 7, 7] with the centre along the box axes, columns of ``turn``."""
    change = np.broadcast_to(np.eye(7), covariance.shape).copy()
    change[:, :3, :3] = turn.swapaxes(1, 2)
    return change @ covariance @ change.swapaxes(1, 2)


def pose_covariance(own: np.ndarray, rotation: np.ndarray, tilt_stddev: float) -> np.ndarray:
    """[R, 6, 6] of the centre and of the rotation about x, y, z of the output frame.

    Yaw turns from right towards away: a rotation about up. ``tilt_stddev`` (rad) is how well up
    itself is known.
    """
    change = np.zeros((len(own), 6, 4))
    change[:, :3, :3] = rotation
    change[:, 3:, 3] = -rotation[:, :, 1]
    result = change @ own[:, :4, :4] @ change.swapaxes(1, 2)
    down = rotation[:, :, 1]
    result[:, 3:, 3:] += tilt_stddev**2 * (np.eye(3) - np.einsum("ri,rj->rij", down, down))
    return result


def _surfaces(windows: Windows, mask: np.ndarray, count: np.ndarray) -> list[np.ndarray]:
    """Some of every object's samples, [N, 3] float32 each, in the optical frame.

    Args:
        windows: of R objects.
        mask: [R, G, G] bool, their samples.
        count: [R] of those.
    """
    chosen, end = np.flatnonzero(mask), np.cumsum(count)
    points = (windows.rays.reshape(3, -1).take(chosen, 1) * windows.z.take(chosen)).T
    return [
        points[stop - n : stop : max(1, -(-n // SURFACE))]
        for n, stop in zip(count.tolist(), end.tolist(), strict=True)
    ]


def own_covariance(o: MeasuredObject) -> np.ndarray:
    """[7, 7] as in ``MeasuredObject.own_covariance``; pieced together where that is not known."""
    if o.own_covariance is not None:
        return o.own_covariance
    result = np.diag([0.0, 0, 0, 0, *np.square(o.size_stddev)])
    result[:3, :3] = o.rotation.T @ o.covariance[:3, :3] @ o.rotation
    result[3, 3] = o.rotation[:, 1] @ o.covariance[3:, 3:] @ o.rotation[:, 1]
    return result


def solids_of(objects: Sequence[MeasuredObject]) -> tuple[np.ndarray, np.ndarray]:
    """Kinds [N] of the solids that completed them, and covariances [N, 7, 7] as above."""
    kind = np.array([kind_of(o.shape, o.axis) for o in objects], int)
    return kind, np.array([own_covariance(o) for o in objects]).reshape(-1, 7, 7)
