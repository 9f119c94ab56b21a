"""How far samples are from the surface of a solid, with derivatives.

All solids share one state: centre x, y, z, yaw, width, height, depth (see ``solid``), so that every
kind is fitted, compared and reported alike. Sizes that a kind ties together (``TIES``) move
together. Arrays are [H, N]: H solids, N samples each; a leading 3 counts the box axes.
"""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.evidence import Samples
from hispatial_ros.measure.solid import ROUND, reach_gradient, support_point

CX, CY, CZ, YAW, WIDTH, HEIGHT, DEPTH, RESIDUAL = range(8)
RIM = 1.5  # standard deviations by which a ray has to enter through a cap rather than the side
TINY = np.float32(1e-7)
NEVER = np.float32(1e6)  # m


def _ties(curved: np.ndarray) -> np.ndarray:
    """State [7] as a linear function of free parameters [7]: round axes follow the first one."""
    matrix = np.eye(7)
    axes = np.flatnonzero(curved)
    for axis in axes[1:]:
        matrix[WIDTH + axis] = matrix[WIDTH + axes[0]]
    if curved[[0, 2]].all():  # turning changes nothing
        matrix[YAW] = 0
    return matrix


def _leader(curved: np.ndarray) -> np.ndarray:
    """The axis [3] whose size stands for the diameter."""
    return curved & (np.cumsum(curved) == 1)


TIES = np.stack([_ties(curved) for curved in ROUND])  # by kind
FREE = np.linalg.matrix_rank(TIES)
_LEADER = np.stack([_leader(curved) for curved in ROUND])
# Caps: the flat ends of cylinders; of boxes, top and bottom.
_CAP = np.where(ROUND.any(1, keepdims=True), ~ROUND, [False, True, False])


@dataclass(eq=False)
class Crossing:
    """Where rays from the origin cross solids, float32."""

    rays: np.ndarray  # [3, H, N] along the box axes
    center: np.ndarray  # [3, H, 1] along the box axes
    curved: np.ndarray  # [3, H, 1] bool: round axes
    radius: np.ndarray  # [H, 1]
    inverse: np.ndarray  # [3, H, N] 1 / rays
    flat: np.ndarray  # [3, H, N] depth of the nearer face of every flat axis, -NEVER: round axis
    enter: np.ndarray  # [H, N] depth of the round side; where it is closest to rays that miss it
    leave: np.ndarray  # [H, N]


def cross(kind: np.ndarray, state: np.ndarray, rays: np.ndarray) -> Crossing:
    """Cross H solids, state [H, 7], with N rays each, [3, H, N]."""
    s7 = state.astype(np.float32)
    c, s = np.cos(s7[:, YAW, None]), np.sin(s7[:, YAW, None])
    local = np.empty(rays.shape, np.float32)
    local[0] = c * rays[0] + s * rays[2]
    local[1] = rays[1]
    local[2] = c * rays[2] - s * rays[0]
    local += TINY
    x, y, z = s7[:, CX, None], s7[:, CY, None], s7[:, CZ, None]
    center = np.stack([c * x + s * z, y, c * z - s * x])
    half = s7[:, WIDTH:].T[:, :, None] / 2
    curved = ROUND[kind].T[:, :, None]
    inverse = 1 / local
    flat = center * inverse
    flat -= half * np.abs(inverse)
    flat -= NEVER * curved
    across = local * curved
    a = np.einsum("khn,khn->hn", across, local)
    b = np.einsum("khn,kho->hn", across, center)
    radius = (half * _LEADER[kind].T[:, :, None]).sum(0)
    away = (center * center * curved).sum(0) - radius * radius
    root = np.sqrt(np.maximum(b * b - a * away, 0))
    none = NEVER * ~curved.any(0)
    a += TINY
    enter, leave = (b - root) / a - none, (b + root) / a + none
    return Crossing(local, center, curved, radius, inverse, flat, enter, leave)


def residuals(kind: np.ndarray, state: np.ndarray, s: Samples) -> np.ndarray:
    """Signed distance of every sample from its solid's surface, in standard deviations.

    Args:
        kind: [H].
        state: [H, 7].
        s: [H, N] samples.

    Returns:
        [H, 8, N] float32: derivatives by the seven components of the state, and the residual.
    """
    x = cross(kind, state, s.rays)
    # At the rim, samples of the side must not hold back a cap that is out of sight.
    rim = RIM * _CAP[kind].T[:, :, None].astype(np.float32)
    sure = x.flat - rim * s.sigma
    best = np.maximum(np.maximum(sure[0], sure[1]), sure[2])
    is_flat = (best > x.enter) & (best < x.leave)
    face = (sure == best) & is_flat
    t = np.where(is_flat, np.einsum("khn,khn->hn", x.flat, face), x.enter)

    outward = x.rays * t - x.center
    normal = outward * x.curved
    norm = np.sqrt(np.einsum("khn,khn->hn", normal, normal)) + TINY
    normal /= norm
    facing = np.einsum("khn,khn->hn", normal, x.rays)
    gain = x.inverse * face
    # Across a side the depth noise counts by its cosine; on a face it is the depth itself.
    steep = gain[0] + gain[1] + gain[2]
    steep *= steep
    variance = np.where(is_flat, s.variance + s.lateral * steep, s.variance * facing**2 + s.lateral)
    scale = 1 / np.sqrt(variance)
    side = scale * ~is_flat
    gain *= scale

    j = np.empty((len(state), 8, s.z.shape[1]), np.float32)
    error = np.where(is_flat, t - s.z, facing * (s.z - t) + norm - x.radius)
    np.multiply(error, scale, out=j[:, RESIDUAL])
    size = np.abs(gain)
    size += side * _LEADER[kind].T[:, :, None]
    size *= np.float32(-0.5)
    j[:, WIDTH:RESIDUAL] = size.swapaxes(0, 1)
    gain -= normal * side  # by the centre along the box axes
    # Turning moves surface point and centre in the box's axes alike: a' = b, b' = -a.
    j[:, YAW] = gain[2] * outward[0] - gain[0] * outward[2]
    yaw = state[:, YAW, None].astype(np.float32)
    c, sn = np.cos(yaw), np.sin(yaw)
    j[:, CX] = c * gain[0] - sn * gain[2]
    j[:, CY] = gain[1]
    j[:, CZ] = sn * gain[0] + c * gain[2]
    return j


def clearances(kind: np.ndarray, state: np.ndarray, normal: np.ndarray):
    """Distance of the solids' nearest points from planes through the origin.

    Args:
        kind: [H].
        state: [H, 7].
        normal: [H, T, 3] unit, levelled frame.

    Returns:
        [H, T] min of normal . p over the solid, and its derivative by the state [H, T, 7].
    """
    c, s = np.cos(state[:, YAW, None]), np.sin(state[:, YAW, None])
    outwards = np.empty(normal.shape)
    outwards[..., 0] = -c * normal[..., 0] - s * normal[..., 2]
    outwards[..., 1] = -normal[..., 1]
    outwards[..., 2] = s * normal[..., 0] - c * normal[..., 2]
    size = state[:, None, WIDTH:]
    point = support_point(kind[:, None], size, outwards)
    gradient = -reach_gradient(point, size, outwards)
    gradient[..., :3] = normal
    value = (normal * state[:, None, :3]).sum(-1) - (point * outwards).sum(-1)
    return value, gradient
