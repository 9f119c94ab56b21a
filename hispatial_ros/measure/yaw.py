"""How the box around an irregular thing is turned."""

import numpy as np

from hispatial_ros.measure.evidence import SIDE, Samples, in_order

# [turns] Yaws tried over 90 degrees. Larger: slower. Smaller: boxes are turned roughly. Derived:
# 5 degrees apart.
FOOTPRINTS = 18
# [ratio] Power of the ground a box covers that its yaw counts by. Larger: yaws jump between images.
# Smaller: boxes are turned roughly. Chosen on simulated rooms.
LITTLE = 10
# [ratio] Weight of a box that faces the camera against all of these. Larger: boxes are turned
# wrongly. Smaller: round things spin. Chosen on simulated rooms.
FRONTAL = 0.5
# [ratio] Weight of upright faces, if all that is seen of a thing is one. Larger: noise turns boxes.
# Smaller: what has faces is turned to the camera. Chosen on simulated rooms.
FACES = 4.0
# [sigmas] By which depth may bend between samples of a face. Larger: edges make faces. Smaller:
# noise hides them. Chosen on simulated rooms.
FACE_BEND = 6.0
# [ratio] Square of the slope up to which a face is upright. Larger: seats and tops count. Smaller:
# noise hides faces. Chosen on simulated rooms.
STEEP = 0.5
# [quantile] Of the samples taken as the ends of the footprint. Larger: thin ends count less.
# Smaller: flying pixels turn the box. Chosen on simulated rooms.
FOOTPRINT_QUANTILE = 0.02
# [m] Least size of a box. Larger: sheets come out too thick. Smaller: divisions by almost nothing.
# Numerics.
LEAST_SIZE = 0.01
# On the grid of the fits: samples with others on all sides, and those across and down.
MIDDLE = np.s_[..., 1:-1, 1:-1]
NEIGHBOURS = (
    (np.s_[..., 1:-1, 2:], np.s_[..., 1:-1, :-2]),
    (np.s_[..., 2:, 1:-1], np.s_[..., :-2, 1:-1]),
)


def turned(samples: Samples) -> np.ndarray:
    """Yaws of boxes around the samples of H objects, [H] rad.

    Upright faces tell, how little ground a box covers, and where the camera is; each as clearly as
    its directions agree. A quarter turn makes the same box, so that they count fourfold.
    """
    middle = (samples.points * samples.used).sum(-1)
    facing = np.arctan2(-middle[0], middle[2])
    mean = _of_footprint(samples) + FRONTAL * np.exp(4j * facing) + FACES * _of_faces(samples)
    return np.angle(mean) / 4


def _of_footprint(samples: Samples) -> np.ndarray:
    """Mean direction [H] of all boxes, by how little ground they cover.

    The least one alone would be another in every image.
    """
    yaw = (np.arange(FOOTPRINTS) / FOOTPRINTS - 0.5) * (np.pi / 2)
    c, s = (f(yaw).astype(np.float32) for f in (np.cos, np.sin))
    turn = np.stack([np.stack([c, s], 1), np.stack([-s, c], 1)])  # [2, K, 2]
    along = np.matmul(turn, samples.points[::2].swapaxes(0, 1)[:, None])  # [H, 2, K, N]
    count, ordered = samples.used.sum(1).astype(int), in_order(along, samples.used[:, None, None])
    at, row = (FOOTPRINT_QUANTILE * count).astype(int), np.arange(len(count))
    last = np.maximum(count - 1 - at, 0)
    sides = np.maximum(ordered[row, :, :, last] - ordered[row, :, :, at], LEAST_SIZE)
    area = sides.prod(1)
    weight = (area.min(1, keepdims=True) / area) ** LITTLE
    return weight @ np.exp(4j * yaw) / weight.sum(1)


def _of_faces(samples: Samples) -> np.ndarray:
    """Mean direction [H] of the samples' normals, 0 for those that do not lie on upright faces.

    Inverse depth is linear in the rays across a plane, and its steps tell the normal.
    """
    shape = (len(samples.z), SIDE, SIDE)
    rays = samples.rays.reshape(3, *shape)
    z, sigma = samples.z.reshape(shape), samples.sigma.reshape(shape)
    inverse, used = 1 / z, samples.used.reshape(shape) > 0
    most = (FACE_BEND * sigma / np.square(z))[MIDDLE]
    on_face, steps = used[MIDDLE].copy(), []
    for one, other in NEIGHBOURS:
        bend = inverse[one] + inverse[other] - 2 * inverse[MIDDLE]
        on_face &= used[one] & used[other] & (np.abs(bend) < most)
        steps += [rays[one] - rays[other], inverse[one] - inverse[other]]
    across, by_column, down, by_row = steps
    ray = rays[MIDDLE]
    normal = by_column * _cross(down, ray) + by_row * _cross(ray, across)
    normal += inverse[MIDDLE] * _cross(across, down)
    x, y, z = normal
    level = x * x + z * z
    on_face &= y * y < STEEP * level
    turn = np.where(on_face, np.square(np.square(x + 1j * z) / np.maximum(level, 1e-30)), 0)
    return turn.sum((1, 2)) / np.maximum(samples.used.sum(1), 1)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products of [3, ...]."""
    ahead, behind = [1, 2, 0], [2, 0, 1]
    return a[ahead] * b[behind] - a[behind] * b[ahead]
