"""How far samples are from the surface of a solid, with derivatives.

All solids share one state: centre x, y, z, yaw, width, height, depth (see ``solid``), so that every
kind is fitted, compared and reported alike. Arrays are [R, N]: R solids, N samples each.
"""

import numpy as np

from hispatial_ros.measure.evidence import Evidence
from hispatial_ros.measure.solid import AXIS, BOX, SPHERE, reach_gradient, support_point

CX, CY, CZ, YAW, WIDTH, HEIGHT, DEPTH = range(7)
TINY = np.float32(1e-6)

# Columns: free parameters; rows: their effect on the state.
_FREE = {
    "box": np.eye(7),
    # cx, cy, cz, diameter, height
    "cylinder": np.array(
        [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0],
         [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]], float),
    # cx, cy, cz, diameter
    "sphere": np.array(
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0],
         [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]], float),
    # cx, cy, cz, yaw, length, diameter
    "lying x": np.array(
        [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0],
         [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1]], float),
    "lying z": np.array(
        [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0],
         [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0]], float),
}  # fmt: skip
FREE = tuple(_FREE.values())  # by kind


def residuals(kind: int, state: np.ndarray, e: Evidence):
    """Signed distance of every sample from the surface, in standard deviations.

    Args:
        kind: of all the solids.
        state: [R, 7].

    Returns:
        Residual [R, N] and its derivative by the state [R, 7, N].
    """
    state = state.astype(np.float32)
    if kind == BOX:
        return _box(state, e)
    if kind == SPHERE:
        return _sphere(state, e)
    return _cylinder(state, e, AXIS[kind])


def _local(state: np.ndarray, vector: np.ndarray):
    """Components of vectors [3, R, N] along the solids' right and away axes."""
    c, s = np.cos(state[:, YAW, None]), np.sin(state[:, YAW, None])
    return c * vector[0] + s * vector[2], c * vector[2] - s * vector[0], c, s


def _box(state, e: Evidence):
    # Where the ray enters: the last of the three nearer faces that it crosses.
    ra, rb, c, s = _local(state, e.rays)
    cx, cy, cz, _, w, h, d = (state[:, i, None] for i in range(7))
    ca, cb = c * cx + s * cz, c * cz - s * cx
    entries = []
    for ray, center, size in ((ra, ca, w), (e.rays[1], cy, h), (rb, cb, d)):
        ray = np.where(np.abs(ray) < TINY, TINY, ray)
        side = np.sign(ray)
        entries.append(((center - side * (size / 2)) / ray, ray, side))
    (ta, ra, sa), (ty, ry, sy), (tb, rb, sb) = entries
    face_a = (ta > ty) & (ta > tb)
    face_y = ~face_a & (ty > tb)
    face_b = ~face_a & ~face_y
    t = np.where(face_a, ta, np.where(face_y, ty, tb))
    inverse = 1 / np.where(face_a, ra, np.where(face_y, ry, rb))
    scale = 1 / np.sqrt(e.variance + e.lateral * np.square(inverse))
    gain = inverse * scale
    j = np.zeros((len(state), 7, e.z.shape[1]), np.float32)
    ga, gy, gb = gain * face_a, gain * face_y, gain * face_b
    j[:, CX] = ga * c - gb * s
    j[:, CY] = gy
    j[:, CZ] = ga * s + gb * c
    j[:, YAW] = ga * (cb - t * rb) - gb * (ca - t * ra)
    j[:, WIDTH] = ga * sa * -0.5
    j[:, HEIGHT] = gy * sy * -0.5
    j[:, DEPTH] = gb * sb * -0.5
    return (t - e.z) * scale, j


def _sphere(state, e: Evidence):
    center = state[:, :3].T[:, :, None]
    away = e.points - center
    norm = np.sqrt((away * away).sum(0)) + TINY
    normal = away / norm
    facing = (normal * e.rays).sum(0)
    scale = 1 / np.sqrt(e.variance * np.square(facing) + e.lateral)
    j = np.zeros((len(state), 7, e.z.shape[1]), np.float32)
    j[:, :3] = (-normal * scale).swapaxes(0, 1)
    j[:, WIDTH] = -0.5 * scale
    return (norm - state[:, WIDTH, None] / 2) * scale, j


def _cylinder(state, e: Evidence, axis: int):
    """A cylinder along box axis 0, 1 or 2: its round side and the cap that faces the camera."""
    pa, pb, c, s = _local(state, e.points)
    ra, rb, _, _ = _local(state, e.rays)
    cx, cy, cz, _, _, _, _ = (state[:, i, None] for i in range(7))
    ca, cb = c * cx + s * cz, c * cz - s * cx
    p, r, m = (pa, e.points[1], pb), (ra, e.rays[1], rb), (ca, cy, cb)
    i, k = (n for n in range(3) if n != axis)
    length, radius = state[:, WIDTH + axis, None], state[:, WIDTH + i, None] / 2

    ray = np.where(np.abs(r[axis]) < TINY, TINY, r[axis])
    facing_side = np.sign(ray)
    t = (m[axis] - facing_side * (length / 2)) / ray
    on_cap = np.square(t * r[i] - m[i]) + np.square(t * r[k] - m[k]) < np.square(radius)

    di, dk = p[i] - m[i], p[k] - m[k]
    norm = np.hypot(di, dk) + TINY
    ni, nk = di / norm, dk / norm
    facing = ni * r[i] + nk * r[k]
    scale_side = 1 / np.sqrt(e.variance * np.square(facing) + e.lateral)
    inverse = 1 / ray
    scale_cap = 1 / np.sqrt(e.variance + e.lateral * np.square(inverse))
    residual = np.where(on_cap, (t - e.z) * scale_cap, (norm - radius) * scale_side)

    gain = [inverse] * 3  # by the centre along right, down, away
    gain[axis] = np.where(on_cap, inverse * scale_cap, 0)
    gain[i] = np.where(on_cap, 0, -ni * scale_side)
    gain[k] = np.where(on_cap, 0, -nk * scale_side)
    j = np.zeros((len(state), 7, e.z.shape[1]), np.float32)
    j[:, CX] = c * gain[0] - s * gain[2]
    j[:, CY] = gain[1]
    j[:, CZ] = s * gain[0] + c * gain[2]
    if axis != 1:
        # Turning moves the sample in the solid's axes: a' = b, b' = -a, for sample and centre.
        turn_cap = (cb - t * rb) if axis == 0 else -(ca - t * ra)
        turn_side = -ni * (cb - pb) if i == 0 else nk * (ca - pa)
        j[:, YAW] = np.where(on_cap, inverse * scale_cap * turn_cap, turn_side * scale_side)
    j[:, WIDTH + axis] = gain[axis] * facing_side * -0.5
    j[:, WIDTH + i] = np.where(on_cap, 0, -0.5 * scale_side)
    return residual, j


def reach(kind: int, state: np.ndarray, normal: np.ndarray):
    """Distance of the solid's nearest point from planes through the origin.

    Args:
        state: [R, 7].
        normal: [R, T, 3] unit, levelled frame.

    Returns:
        [R, T] min of normal . p over the solid, and its derivative by the state [R, 7, T].
    """
    c, s = np.cos(state[:, YAW, None]), np.sin(state[:, YAW, None])
    na, nb = c * normal[..., 0] + s * normal[..., 2], c * normal[..., 2] - s * normal[..., 0]
    inwards = np.stack([na, normal[..., 1], nb], -1)
    size = np.broadcast_to(state[:, None, WIDTH:], inwards.shape)
    point = support_point(np.full(na.shape, kind), size, -inwards)
    gradient = -reach_gradient(point, size, -inwards)
    gradient[..., :3] = normal
    value = np.einsum("rtk,rk->rt", normal, state[:, :3]) + (point * inwards).sum(-1)
    return value, gradient.swapaxes(1, 2)
