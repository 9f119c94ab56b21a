"""How far samples are from the surface of a solid, with derivatives.

All solids share one state: centre x, y, z, yaw, width, height, depth (see ``solid``), so that every
kind is fitted, compared and reported alike. Sizes that a kind ties together (``TIES``) are moved
together. Arrays are [H, N]: H solids, N samples each.
"""

import numpy as np

from hispatial_ros.measure.evidence import Samples
from hispatial_ros.measure.solid import (
    BOX,
    CYLINDER,
    LYING_X,
    SPHERE,
    reach_gradient,
    support_point,
)

CX, CY, CZ, YAW, WIDTH, HEIGHT, DEPTH, RESIDUAL = range(8)
RIM = 1.5  # standard deviations by which a ray has to enter through a cap rather than the side
TINY = np.float32(1e-6)


def _ties(*pairs: tuple[int, int], fixed: tuple[int, ...] = ()) -> np.ndarray:
    """State [7] as a linear function of free parameters [7]; rows follow columns."""
    matrix = np.eye(7)
    for follower, leader in pairs:
        matrix[follower] = 0
        matrix[follower, leader] = 1
    matrix[list(fixed)] = 0
    return matrix


TIES = {
    BOX: _ties(),
    CYLINDER: _ties((DEPTH, WIDTH), fixed=(YAW,)),
    SPHERE: _ties((HEIGHT, WIDTH), (DEPTH, WIDTH), fixed=(YAW,)),
    LYING_X: _ties((DEPTH, HEIGHT)),
}
FREE = {kind: int(np.linalg.matrix_rank(ties)) for kind, ties in TIES.items()}


def residuals(groups: list[tuple[int, slice]], state: np.ndarray, s: Samples):
    """Signed distance of every sample from its solid's surface, in standard deviations.

    Args:
        groups: kind of each run of rows.
        state: [H, 7].
        s: [H, N] samples.

    Returns:
        [H, 8, N] float32: derivatives by the seven components of the state, and the residual.
    """
    state = state.astype(np.float32)
    j = np.zeros((len(state), 8, s.z.shape[1]), np.float32)
    for kind, rows in groups:
        fill = {BOX: _box, SPHERE: _sphere, CYLINDER: _upright, LYING_X: _lying}[kind]
        fill(state[rows, :, None], s.take(rows), j[rows])
    return j


def _local(state: np.ndarray, vector: np.ndarray):
    """Components of vectors [3, H, N] along the solids' right and away axes."""
    c, s = np.cos(state[:, YAW]), np.sin(state[:, YAW])
    return c * vector[0] + s * vector[2], c * vector[2] - s * vector[0]


def _center(state: np.ndarray):
    """The centre's components along right and away, with the cosine and sine of yaw; [H, 1]."""
    c, s = np.cos(state[:, YAW]), np.sin(state[:, YAW])
    return c * state[:, CX] + s * state[:, CZ], c * state[:, CZ] - s * state[:, CX], c, s


def _box(state, s: Samples, j):
    # Where the ray enters: the last of the three nearer faces that it crosses.
    ra, rb = _local(state, s.rays)
    ca, cb, c, sn = _center(state)
    ia, iy, ib = (1 / np.where(np.abs(x) < TINY, TINY, x) for x in (ra, s.rays[1], rb))
    half = state[:, WIDTH:] / 2
    ta = ca * ia - half[:, 0] * np.abs(ia)
    ty = state[:, CY] * iy - half[:, 1] * np.abs(iy)
    tb = cb * ib - half[:, 2] * np.abs(ib)
    t = np.maximum(ta, tb)
    # At the rim, samples of the sides must not hold back a top that is out of sight.
    on_y = ty > t + RIM * np.sqrt(s.variance)
    t = np.where(on_y, ty, t)
    ga = ia * (ta == t)
    gy = iy * on_y
    gb = ib * ((tb == t) & ~on_y)
    scale = 1 / np.sqrt(s.variance + s.lateral * np.square(ga + gy + gb))
    ga *= scale
    gy *= scale
    gb *= scale
    j[:, RESIDUAL] = (t - s.z) * scale
    j[:, CX] = ga * c - gb * sn
    j[:, CY] = gy
    j[:, CZ] = ga * sn + gb * c
    j[:, YAW] = ga * (cb - t * rb) - gb * (ca - t * ra)
    j[:, WIDTH] = np.abs(ga) * -0.5
    j[:, HEIGHT] = np.abs(gy) * -0.5
    j[:, DEPTH] = np.abs(gb) * -0.5


def _sphere(state, s: Samples, j):
    x, y, z = s.rays
    cx, cy, cz = (state[:, i] for i in range(3))
    radius = state[:, WIDTH] / 2
    square = x * x + y * y + z * z
    t = _entry(square, x * cx + y * cy + z * cz, cx * cx + cy * cy + cz * cz, radius)
    dx, dy, dz = t * x - cx, t * y - cy, t * z - cz
    norm = np.sqrt(dx * dx + dy * dy + dz * dz) + TINY
    facing = (dx * x + dy * y + dz * z) / norm
    scale = 1 / np.sqrt(s.variance * np.square(facing) + s.lateral)
    j[:, RESIDUAL] = (facing * (s.z - t) + (norm - radius)) * scale
    inward = scale / -norm
    j[:, CX] = dx * inward
    j[:, CY] = dy * inward
    j[:, CZ] = dz * inward
    j[:, WIDTH] = -0.5 * scale


def _entry(square, along, distance, radius):
    """Where a ray enters a ball or disc; where it passes closest to the centre if it misses.

    Args:
        square: ray . ray.
        along: ray . centre.
        distance: centre . centre.
        radius: of the ball.
    """
    root = along * along - square * (distance - radius * radius)
    return (along - np.sqrt(np.maximum(root, 0))) / square


def _upright(state, s: Samples, j):
    along = (s.rays[1], state[:, CY], state[:, HEIGHT])
    across = ((s.rays[0], state[:, CX]), (s.rays[2], state[:, CZ]))
    j[:, RESIDUAL], gain_along, gain, side, _ = _round(s, along, across, state[:, WIDTH] / 2)
    j[:, CX], j[:, CY], j[:, CZ] = gain[0], gain_along, gain[1]
    j[:, HEIGHT] = np.abs(gain_along) * -0.5
    j[:, WIDTH] = side


def _lying(state, s: Samples, j):
    ra, rb = _local(state, s.rays)
    ca, cb, c, sn = _center(state)
    along = (ra, ca, state[:, WIDTH])
    across = ((s.rays[1], state[:, CY]), (rb, cb))
    j[:, RESIDUAL], gain_along, gain, side, t = _round(s, along, across, state[:, HEIGHT] / 2)
    j[:, CX] = c * gain_along - sn * gain[1]
    j[:, CY] = gain[0]
    j[:, CZ] = sn * gain_along + c * gain[1]
    j[:, WIDTH] = np.abs(gain_along) * -0.5
    j[:, HEIGHT] = side
    # Turning moves the surface point and the centre in the solid's axes: a' = b, b' = -a.
    j[:, YAW] = gain_along * (cb - t * rb) - gain[1] * (ca - t * ra)


def _round(s: Samples, along, across, radius):
    """A cylinder: its round side, and the cap that faces the camera.

    Args:
        s: samples.
        along: ray [H, N], centre [H, 1] and length [H, 1] in the axis' direction.
        across: ray and centre in two directions across it.
        radius: [H, 1].

    Returns:
        Residual; its derivatives by the centre along the axis, across it (two), and by the
        diameter; the depth at which the ray enters.
    """
    ray, center, length = along
    inverse = 1 / np.where(np.abs(ray) < TINY, TINY, ray)
    cap = center * inverse - length / 2 * np.abs(inverse)
    (x, cx), (y, cy) = across
    t = _entry(x * x + y * y, x * cx + y * cy, cx * cx + cy * cy, radius)
    # A ray that meets the side's prolongation before the cap's plane enters through the cap.
    on_cap = (cap > t + RIM * np.sqrt(s.variance)) & (
        np.square(cap * x - cx) + np.square(cap * y - cy) < np.square(radius)
    )
    dx, dy = t * x - cx, t * y - cy
    norm = np.sqrt(dx * dx + dy * dy) + TINY
    facing = (dx * x + dy * y) / norm
    # Across the side the depth noise counts by its cosine; on the cap it is the depth itself.
    gain = np.where(on_cap, inverse, 1)
    share = np.where(on_cap, 1, facing)
    scale = 1 / np.sqrt(s.variance * np.square(share) + s.lateral * np.square(gain))
    error = np.where(on_cap, cap - s.z, facing * (s.z - t) + (norm - radius))
    side = np.where(on_cap, 0, scale)
    inward = side / -norm
    t = np.where(on_cap, cap, t)
    return error * scale, inverse * (scale - side), (dx * inward, dy * inward), -0.5 * side, t


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
    inwards = normal.copy()
    inwards[..., 0] = c * normal[..., 0] + s * normal[..., 2]
    inwards[..., 2] = c * normal[..., 2] - s * normal[..., 0]
    size = state[:, None, WIDTH:]
    point = support_point(kind[:, None], size, -inwards)
    gradient = -reach_gradient(point, size, -inwards)
    gradient[..., :3] = normal
    value = (normal * state[:, None, :3]).sum(-1) + (point * inwards).sum(-1)
    return value, gradient
