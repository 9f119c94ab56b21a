"""First guesses of the solids that the visible samples may belong to."""

import numpy as np

from hispatial_ros.measure.evidence import Planes, Samples, in_order
from hispatial_ros.measure.fit import STANDING_GAP, STANDING_SLACK, Hypotheses
from hispatial_ros.measure.primitives import CX, CY, CZ, WIDTH, YAW
from hispatial_ros.measure.solid import BOX, CYLINDER, LYING_X, LYING_Z, SPHERE
from hispatial_ros.measure.start import Start, find_start

# [ratio] Standard deviation, by the apparent size, of sizes that cannot be seen. Larger: hidden
# depths drift and are said to be unknown. Smaller: all things come out as deep as wide. Chosen on
# simulated rooms.
SIZE_PRIOR = 0.6
# [rad] Standard deviation of the first guess of yaw. Larger: round things spin. Smaller: a wrong
# guess stays. Chosen on simulated rooms.
YAW_PRIOR = 0.5
# [rad] The same seen from above, where only the outline tells. Larger, smaller: as above. Chosen on
# simulated rooms.
YAW_ABOVE = 0.05
# [quantile] Of the samples' range taken as the nearest point. Larger: spheres start too far away.
# Smaller: flying pixels pull them near. Chosen on simulated rooms.
NEAR_QUANTILE = 0.05
# [m] By which an object may reach below the plane it stands on. Larger: things below a table stand
# on it. Smaller: noise lifts them off it. Sensor: 3.5 sigma at 3 m.
BELOW_FLOOR = 0.05
# [ratio] Way down to a plane, by the largest size seen, from which on what hides its foot stands on
# something else; from half a size less on it may. Larger: bottles on a table that is out of sight
# reach the floor. Smaller: hidden legs are lost. Chosen on simulated rooms.
FAR_BELOW = 1.5
# [m] Least size of a first guess. Larger: sheets start too thick. Smaller: steps start too short.
# Numerics.
LEAST_GUESS = 0.01
# [ratio] Least width by the depth, and depth by the width, of a first guess. Larger: slats start
# too thick. Smaller: a face seen alone starts as a sheet. Chosen on simulated rooms.
SLENDER = 0.3


def propose(samples: Samples, planes: Planes) -> Hypotheses:
    """Solids to fit to each of R objects: kind by kind, every kind for all objects."""
    start = find_start(samples)
    low, high = start.low, start.high.copy()
    high[:, 1] = np.where(stands(low, high, planes) > 0.5, planes.floor, high[:, 1])
    wide, tall, deep = np.maximum(high - low, LEAST_GUESS).T
    box = np.stack([np.maximum(wide, SLENDER * deep), tall, np.maximum(deep, SLENDER * wide)], 1)
    width = _width(start, planes)
    upright, along, toward = (width, tall, width), (wide, tall, tall), (tall, tall, deep)
    sizes = np.stack([box, *(np.stack(size, 1) for size in (upright, along, toward))])
    behind = _behind(start, low, high, sizes)
    states = dict(zip((BOX, CYLINDER, LYING_X, LYING_Z), behind, strict=True))
    states[SPHERE] = _sphere(samples, planes)
    kind = np.repeat(list(states), len(low))
    state = np.concatenate(list(states.values()))
    prior, stddev = state.copy(), np.full(state.shape, np.inf)
    scale = np.tile(np.sqrt(wide * tall), len(kind) // len(wide))[:, None]
    prior[:, WIDTH:], stddev[:, WIDTH:] = scale, SIZE_PRIOR * scale
    above = np.tile(planes.above, len(kind) // len(wide))
    stddev[:, YAW] = np.where(above, YAW_ABOVE, YAW_PRIOR)
    return Hypotheses(kind, state, prior, stddev)


def stands(low: np.ndarray, high: np.ndarray, planes: Planes) -> np.ndarray:
    """Chance [R] that objects stand on the plane below them, though they are not seen to.

    What hides the bottom, or the object's own shape, also hides where it meets the plane. The
    farther that is below what is seen, the more likely the object stands on something hidden.

    Args:
        low, high: [R, 3] m, ends of what is seen along right, down, away.
        planes: of each object.
    """
    gap = np.where(np.isfinite(planes.floor), planes.floor - high[:, 1], -np.inf)
    near = gap < STANDING_GAP * (high - low)[:, 1] + STANDING_SLACK
    hidden = FAR_BELOW - gap / (high - low).max(1)
    chance = np.where(near | planes.above, 1, np.where(planes.open[:, 3], hidden, 0))
    return np.where(gap > -BELOW_FLOOR, 2 * chance, 0).clip(0, 1)


def _behind(start: Start, low, high, size: np.ndarray) -> np.ndarray:
    """Solids of sizes [K, R, 3] behind the visible surfaces, [K, R, 7]."""
    across, behind = size[..., 0], size[..., 2]
    away = low[:, 2] + behind / 2
    # The end that is nearer to the camera's axis is the one that was seen.
    left = np.abs(low[:, 0]) < np.abs(high[:, 0])
    right = np.where(left, low[:, 0] + across / 2, high[:, 0] - across / 2)
    right = np.where(across > high[:, 0] - low[:, 0], right, (low[:, 0] + high[:, 0]) / 2)
    c, s = np.cos(start.yaw), np.sin(start.yaw)
    state = np.empty((*size.shape[:2], 7))
    state[..., CX], state[..., CZ] = c * right - s * away, s * right + c * away
    state[..., CY] = high[:, 1] - size[..., 1] / 2
    state[..., YAW], state[..., WIDTH:] = start.yaw, size
    return state


def _width(start: Start, planes: Planes) -> np.ndarray:
    """Distance [R] between the left and right tangent plane where the object is seen."""
    middle = (start.low + start.high) / 2
    c, s = np.cos(start.yaw), np.sin(start.yaw)
    right, away = middle[:, 0], middle[:, 2]
    center = np.stack([c * right - s * away, middle[:, 1], s * right + c * away], 1)
    reach = np.einsum("rtk,rk->rt", planes.normal, center)
    return np.maximum(reach[:, 0] + reach[:, 2], LEAST_GUESS)


def _sphere(samples: Samples, planes: Planes) -> np.ndarray:
    """A ball between the tangent planes, as near as the nearest samples."""
    n = planes.normal
    direction = _cross(n[:, 0] - n[:, 2], n[:, 1] - n[:, 3])
    direction /= np.sqrt(np.square(direction).sum(1, keepdims=True))
    sines = np.einsum("rk,rtk->rt", direction, n[:, :4])
    # A hidden side stands too close.
    sine = np.where(planes.open.any(1), sines.max(1), sines.mean(1)).clip(0.001, 0.8)
    norm = np.sqrt(np.square(samples.points).sum(0))
    distance = _nearest(norm, samples.used) / (1 - sine)
    center, diameter = direction * distance[:, None], 2 * distance * sine
    return np.stack([*center.T, np.zeros(len(sine)), *[diameter] * 3], 1)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products of [R, 3]; NumPy's own takes several times as long for few of them."""
    ahead, behind = [1, 2, 0], [2, 0, 1]
    return a[:, ahead] * b[:, behind] - a[:, behind] * b[:, ahead]


def _nearest(distance: np.ndarray, used: np.ndarray) -> np.ndarray:
    """A low quantile of the used samples' distance, [R]."""
    ordered = in_order(distance, used)
    at = (NEAR_QUANTILE * used.sum(1)).astype(int)
    near = ordered[np.arange(len(at)), at]
    return np.where(np.isfinite(near), near, 1.0).astype(float)
