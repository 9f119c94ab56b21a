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
# [sigmas] By which a ray has to enter through a cap rather than the side. Larger: caps count too
# late. Smaller: the side holds back a cap that is out of sight. Chosen on simulated rooms.
RIM = 1.5
# [m] Added where a division by zero could happen. Larger: wrong results. Smaller: overflow.
# Numerics: the resolution of float32.
TINY = np.float32(1e-7)
# [m] Where faces are put that a kind does not have. Larger: overflow. Smaller: real faces lie
# beyond. Numerics.
NEVER = np.float32(1e6)


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
_LEADERS = np.stack([_leader(curved) for curved in ROUND])
# Caps: the flat ends of cylinders; of boxes, top and bottom.
_CAPS = np.where(ROUND.any(1, keepdims=True), ~ROUND, [False, True, False])
# By axis [3, kind, 1] each: whether it is round, stands for the diameter, by how much caps have
# to be entered; and how far away what a kind does not have is put: flat faces, the round side.
_KINDS = np.concatenate(
    [
        part.reshape(len(ROUND), -1).T[..., None].astype(np.float32)
        for part in (ROUND, _LEADERS, RIM * _CAPS, NEVER * ROUND, NEVER * ~ROUND.any(1))
    ]
)


@dataclass(eq=False)
class Crossing:
    """Where rays from the origin cross solids, float32."""

    yaw: tuple[np.ndarray, np.ndarray]  # cosine and sine, [H, 1] each
    rays: np.ndarray  # [3, H, N] along the box axes
    center: np.ndarray  # [3, H, 1] along the box axes
    curved: np.ndarray  # [3, H, 1] round axes, 0 or 1
    leader: np.ndarray  # [3, H, 1] the axis whose size stands for the diameter, 0 or 1
    rim: np.ndarray  # [3, H, 1] RIM for the axis of the flat ends, else 0
    radius: np.ndarray  # [H, 1]
    inverse: np.ndarray  # [3, H, N] 1 / rays
    flat: np.ndarray  # [3, H, N] depth of the nearer face of every flat axis, -NEVER: round axis
    enter: np.ndarray  # [H, N] depth of the round side; where it is closest to rays that miss it
    leave: np.ndarray  # [H, N]


def cross(kind: np.ndarray, state: np.ndarray, rays: np.ndarray) -> Crossing:
    """Cross H solids, state [H, 7], with N rays each, [3, H, N]."""
    columns = state.T.astype(np.float32)[:, :, None]
    told = _KINDS.take(kind, 1)
    curved, leader, rim, never = told[:3], told[3:6], told[6:9], told[9:]
    c, s = np.cos(columns[YAW]), np.sin(columns[YAW])
    local, center = np.empty(rays.shape, np.float32), columns[:3].copy()
    for to, (x, _, z) in ((local, rays), (center, columns[:3])):
        np.add(c * x, s * z, out=to[0])
        np.subtract(c * z, s * x, out=to[2])
    np.add(rays[1], TINY, out=local[1])
    half = columns[WIDTH:] / 2
    inverse = 1 / local
    flat = center * inverse
    flat -= half * np.abs(inverse)
    flat -= never[:3]
    across = local * curved
    a = np.einsum("khn,khn->hn", across, local)
    b = np.einsum("khn,kho->hn", across, center)
    radius = (half * leader).sum(0)
    away = (center * center * curved).sum(0) - radius * radius
    root = b * b
    root -= a * away
    np.sqrt(np.maximum(root, 0, out=root), out=root)
    a += TINY
    none = never[3]
    enter, leave = (b - root) / a - none, (b + root) / a + none
    return Crossing((c, s), local, center, curved, leader, rim, radius, inverse, flat, enter, leave)


def residuals(x: Crossing, state: np.ndarray, s: Samples) -> np.ndarray:
    """Signed distance of every sample from its solid's surface, in standard deviations.

    Args:
        x: of the samples' rays.
        state: [H, 7].
        s: [H, N] samples.

    Returns:
        [H, 8, N] float32: derivatives by the seven components of the state, and the residual.
    """
    # At the rim, samples of the side must not hold back a cap that is out of sight.
    sure = x.flat - x.rim * s.sigma
    best = np.maximum(np.maximum(sure[0], sure[1]), sure[2])
    is_flat = (best > x.enter) & (best < x.leave)
    is_round = ~is_flat
    face = (sure == best) & is_flat
    t = np.einsum("khn,khn->hn", x.flat, face)
    t += x.enter * is_round

    outward = x.rays * t
    outward -= x.center
    normal = outward * x.curved
    norm = np.sqrt(np.einsum("khn,khn->hn", normal, normal))
    norm += TINY
    normal /= norm
    facing = np.einsum("khn,khn->hn", normal, x.rays)
    gain = x.inverse * face
    # Across a side the depth noise counts by its cosine; on a face it is the depth itself.
    steep = np.einsum("khn,khn->hn", gain, gain)
    scale = s.variance * np.where(is_flat, 1, facing * facing)
    scale += s.lateral * np.where(is_flat, steep, 1)
    np.sqrt(scale, out=scale)
    np.divide(1, scale, out=scale)
    side = scale * is_round
    gain *= scale

    j = np.empty((len(state), 8, s.z.shape[1]), np.float32)
    t -= s.z
    error = np.where(is_flat, t, norm - x.radius - facing * t)
    np.multiply(error, scale, out=j[:, RESIDUAL])
    size = j[:, WIDTH:RESIDUAL].swapaxes(0, 1)
    np.abs(gain, out=size)
    size += side * x.leader
    size *= np.float32(-0.5)
    normal *= side
    gain -= normal  # by the centre along the box axes
    # Turning moves surface point and centre in the box's axes alike: a' = b, b' = -a.
    np.subtract(gain[2] * outward[0], gain[0] * outward[2], out=j[:, YAW])
    c, sn = x.yaw
    np.subtract(c * gain[0], sn * gain[2], out=j[:, CX])
    j[:, CY] = gain[1]
    np.add(sn * gain[0], c * gain[2], out=j[:, CZ])
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
