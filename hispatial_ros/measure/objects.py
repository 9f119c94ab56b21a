"""Turns fitted solids into measured objects with propagated uncertainty."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hispatial_ros.frame.region import Region
from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.solid import (
    AXIS,
    IRREGULAR,
    NAMES,
    Solids,
    kind_of,
    project,
    reach_gradient,
    support_point,
)
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.measure.window import Windows
from hispatial_ros.pointmap.noise import DepthNoise

LEAN = 0.5  # change of an extent, by the lean and the other extents
SURFACE = 128  # most points of the visible surface kept with an object
PRINCIPAL = 0.3  # px, standard deviation of where a calibrated camera's optical axis is
SEEN_STDDEV = 0.01  # m, of the nearest point among samples


def build_objects(
    solids: Solids,
    windows: Windows,
    foreground: Foreground,
    support: Support,
    noise: DepthNoise,
    regions: Sequence[Region],
    ids: Sequence[str],
    keep: np.ndarray,
) -> list[MeasuredObject]:
    """Objects of the regions marked in ``keep`` [R], in the optical frame.

    Standard deviations follow from the solids' covariance by first-order propagation; ``noise``
    adds what all lengths of the frame have in common.
    """
    axes, size, count = support.axes, solids.size, len(solids.kind)
    turn = solids.rotation()  # box axes in the levelled frame
    rotation = axes.T @ turn
    center = solids.center @ axes
    own = to_own_axes(solids.covariance, turn)
    _lean(own, size, support.up_stddev)

    local = rotation  # rows: the optical axes in the box's axes
    point = support_point(solids.kind[:, None], size[:, None], local)
    extent = 2 * (point * local).sum(-1)
    gradient = 2 * reach_gradient(point, size[:, None], local)
    gradient[..., :3] = 0  # the opposite side moves along with the centre
    extent_variance = quadratic(gradient, own[:, None])

    eye = np.einsum("rji,rj->ri", rotation, -center)
    near = project(solids.kind, size, eye)
    nearest = np.einsum("rij,rj->ri", rotation, near) + center
    distance = np.sqrt(np.square(nearest).sum(-1))
    ragged = np.flatnonzero((solids.kind == IRREGULAR) & keep)
    if len(ragged):
        # Its box has empty corners: only what was seen of it is known to be there.
        nearest[ragged], distance[ragged] = _nearest_seen(windows, foreground.mask, ragged)
    towards = (eye - near) / np.maximum(distance, 1e-9)[:, None]
    gradient = reach_gradient(near, size, towards)
    distance_variance = quadratic(gradient, own)
    noise_here = np.square(noise.sigma(distance) + SEEN_STDDEV)
    distance_variance = np.where(solids.kind == IRREGULAR, noise_here, distance_variance)

    stretch = noise.scale**2
    own[:, :3, :3] += stretch * np.einsum("ri,rj->rij", eye, eye)
    aside = np.square(PRINCIPAL / windows.focal * center[:, 2])[:, None, None]
    own[:, :3, :3] += aside * np.einsum("rki,rkj->rij", rotation[:, :2], rotation[:, :2])
    own[:, 4:, 4:] += stretch * np.einsum("ri,rj->rij", size, size)
    own[:, :3, 4:] -= stretch * np.einsum("ri,rj->rij", eye, size)
    own[:, 4:, :3] -= stretch * np.einsum("ri,rj->rij", size, eye)
    extent_stddev = np.sqrt(extent_variance + stretch * np.square(extent))
    distance_stddev = np.sqrt(distance_variance + stretch * np.square(distance))
    size_stddev = np.sqrt(np.einsum("rii->ri", own)[:, 4:])
    covariance = pose_covariance(own, rotation, support.up_stddev)
    samples = foreground.mask.reshape(count, -1).sum(1)
    surfaces = _surfaces(windows, foreground.mask, samples)

    objects = []
    for i in np.flatnonzero(keep).tolist():
        objects.append(
            MeasuredObject(
                id=ids[i],
                label=regions[i].label,
                region=regions[i],
                center=center[i],
                rotation=rotation[i],
                size=size[i],
                size_stddev=size_stddev[i],
                covariance=covariance[i],
                extent=extent[i],
                extent_stddev=extent_stddev[i],
                nearest=nearest[i],
                distance=float(distance[i]),
                distance_stddev=float(distance_stddev[i]),
                num_points=int(samples[i]),
                valid_fraction=float(foreground.valid_fraction[i]),
                surface=surfaces[i],
                shape=NAMES[solids.kind[i]],
                axis=AXIS[solids.kind[i]],
                own_covariance=own[i],
            )
        )
    return objects


def _lean(own: np.ndarray, size: np.ndarray, up_stddev: float) -> None:
    """Widen covariances [R, 7, 7] by a lean of the boxes: it trades one extent for the others."""
    square = np.square(size)
    others = square.sum(1, keepdims=True) - square
    lean = np.square(LEAN * up_stddev) * others
    np.einsum("rii->ri", own)[:, 4:] += lean
    np.einsum("rii->ri", own)[:, :3] += lean / 4


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


def _nearest_seen(windows: Windows, mask: np.ndarray, which: np.ndarray):
    """The sample nearest to the camera of some of the objects, [I, 3] m, and its distance [I].

    Depth is averaged over neighbours on the same surface, or noise would pick the nearest.
    """
    mask, z = mask[which], windows.z[which]
    known = np.where(mask, z, np.float32(np.inf))
    padded = np.pad(known, ((0, 0), (1, 1), (1, 1)), constant_values=np.inf)
    around = sliding_window_view(padded, (3, 3), (1, 2)).reshape(*z.shape, 9)
    near = np.abs(around - z[..., None]) < 3 * windows.sigma[which][..., None]
    near &= mask[..., None]
    count = near.sum(-1)
    mean = np.where(near, around, 0).sum(-1) / np.maximum(count, 1)
    sure = count > 2
    sure |= ~sure.any((1, 2), keepdims=True)  # none is: take what there is
    rays = windows.rays[:, which]
    distance = np.where(sure & mask, mean, np.inf) * np.sqrt(np.square(rays).sum(0))
    at = distance.reshape(len(which), -1).argmin(1)
    row = np.arange(len(which))
    nearest = (rays * mean).reshape(3, len(which), -1)[:, row, at].T
    return nearest, distance.reshape(len(which), -1)[row, at]


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


def extents(o: MeasuredObject, rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Axis-aligned extent [3] and its standard deviation, of the object turned by a rotation.

    Args:
        o: the object.
        rotation: [3, 3] box axes as columns, in the frame whose axes count.
    """
    kind = np.full(3, kind_of(o.shape, o.axis))
    size = np.broadcast_to(o.size, (3, 3))
    point = support_point(kind, size, rotation)
    gradient = 2 * reach_gradient(point, size, rotation)
    gradient[:, :3] = 0
    variance = quadratic(gradient, own_covariance(o)[None])
    return 2 * (point * rotation).sum(1), np.sqrt(variance)
