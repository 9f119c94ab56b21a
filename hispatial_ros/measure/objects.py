"""Turns fitted solids into measured objects with propagated uncertainty."""

from collections.abc import Sequence

import numpy as np

from hispatial_ros.frame.region import Region
from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.solid import NAMES, Solids, half_width, project, yaw_rotation
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.measure.window import Windows
from hispatial_ros.pointmap.noise import DepthNoise

SURFACE = 128  # most points of the visible surface kept with an object
STEP = 1e-4  # m or rad, of numerical derivatives


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

    Standard deviations follow from the solids' covariance by first-order propagation.
    """
    axes = support.axes
    state = np.concatenate([solids.center, solids.yaw[:, None], solids.size], 1)
    value = _derive(state, solids.kind, axes)
    shifted = state[:, None, :] + STEP * np.eye(7)
    kinds = np.broadcast_to(solids.kind[:, None], shifted.shape[:2])
    jacobian = (_derive(shifted, kinds, axes) - value[:, None]) / STEP  # [R, 7, 7]
    spread = np.einsum("rpk,rpq,rqk->rk", jacobian, solids.covariance, jacobian)
    stretch = np.square(noise.scale * value)
    stddev = np.sqrt(spread + stretch)
    rotation = axes.T @ solids.rotation()
    center = solids.center @ axes
    nearest = value[:, 3:6]
    covariance = _pose_covariance(solids.covariance, axes, support.up_stddev)
    covariance[:, :3, :3] += np.square(noise.scale) * np.einsum("ri,rj->rij", center, center)
    size_stddev = np.sqrt(
        np.einsum("rii->ri", solids.covariance)[:, 4:] + np.square(noise.scale * solids.size)
    )
    counts = foreground.mask.sum((1, 2))
    objects = []
    for i in np.flatnonzero(keep):
        objects.append(
            MeasuredObject(
                id=ids[i],
                label=regions[i].label,
                region=regions[i],
                center=center[i],
                rotation=rotation[i],
                size=solids.size[i],
                size_stddev=size_stddev[i],
                covariance=covariance[i],
                extent=value[i, :3],
                extent_stddev=stddev[i, :3],
                nearest=nearest[i],
                distance=float(value[i, 6]),
                distance_stddev=float(stddev[i, 6]),
                num_points=int(counts[i]),
                valid_fraction=float(foreground.valid_fraction[i]),
                surface=_surface(windows, foreground.mask[i], i),
                shape=NAMES[solids.kind[i]],
            )
        )
    return objects


def _derive(state: np.ndarray, kind: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Optical-frame extent [3], nearest point [3] and distance of solids [..., 7] -> [..., 7]."""
    center, yaw, size = state[..., :3], state[..., 3], state[..., 4:]
    rotation = yaw_rotation(yaw)
    local = np.einsum("ji,...jk->...ik", axes, rotation)  # rows: optical axes in the box's axes
    extent = 2 * half_width(kind[..., None], size[..., None, :], local)
    eye = np.einsum("...ji,...j->...i", rotation, -center)
    near = np.einsum("...ij,...j->...i", rotation, project(kind, size, eye)) + center
    distance = np.linalg.norm(near, axis=-1, keepdims=True)
    return np.concatenate([extent, near @ axes, distance], -1)


def _pose_covariance(covariance: np.ndarray, axes: np.ndarray, up_stddev: float) -> np.ndarray:
    """[R, 6, 6] of the centre and the rotation about x, y, z in the optical frame."""
    result = np.zeros((len(covariance), 6, 6))
    # Yaw turns about down; the sense of the levelled frame's yaw is from right to forward,
    # which is a rotation about up.
    turn = np.zeros((6, 4))
    turn[:3, :3] = axes.T
    turn[3:, 3] = -axes[1]
    result = turn @ covariance[:, :4, :4] @ turn.T
    tilt = np.eye(3) - np.outer(axes[1], axes[1])
    result[:, 3:, 3:] += up_stddev**2 * tilt
    return result


def _surface(windows: Windows, mask: np.ndarray, index: int) -> np.ndarray:
    """Some of the object's samples, [N, 3] float32 in the optical frame."""
    chosen = np.flatnonzero(mask)
    chosen = chosen[:: max(1, -(-len(chosen) // SURFACE))]
    rays = windows.rays[:, index].reshape(3, -1)[:, chosen]
    return (rays * windows.z[index].ravel()[chosen]).T
