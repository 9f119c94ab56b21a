"""Completes the visible surfaces of the objects to whole solids."""

import numpy as np

from hispatial_ros.measure.evidence import Contacts, Samples
from hispatial_ros.measure.fit import CONTACT, OUTLIER, Hypotheses, refine
from hispatial_ros.measure.primitives import FREE, WIDTH, YAW
from hispatial_ros.measure.solid import BOX, CYLINDER, LYING_X, LYING_Z, SPHERE, Solids
from hispatial_ros.measure.start import Start, find_start
from hispatial_ros.measure.window import INNER

COARSE = (3 * OUTLIER, 3 * OUTLIER, OUTLIER, OUTLIER)
FINE = (OUTLIER, OUTLIER)
SIZE_PRIOR = 0.6  # of the apparent size, standard deviation of what can not be seen
YAW_PRIOR = 0.5  # rad


def complete(samples: Samples, contacts: Contacts) -> Solids:
    """The most plausible solid for each of R objects, in the levelled frame.

    Every kind of solid is fitted to a part of the samples, the best one then to all of them.
    """
    count = len(samples.z)
    thin = np.arange(INNER * INNER).reshape(INNER, INNER)[::2, ::2].ravel()
    few = samples.take(slice(None), thin)
    start = find_start(few)
    h = _hypotheses(start, contacts)
    rows = np.tile(np.arange(count), len(h.kind) // count)
    refine(h, few.take(rows), contacts.take(rows), COARSE)
    cost = h.cost + 0.5 * np.log(thin.size) * np.array([FREE[k] for k in h.kind.tolist()])
    best = cost.reshape(-1, count).argmin(0)
    chosen = best * count + np.arange(count)
    order = np.argsort(h.kind[chosen], kind="stable")
    h = h.take(chosen[order])
    refine(h, samples.take(order), contacts.take(order), FINE)
    back = np.argsort(order)
    return _canonical(h.take(back))


def _hypotheses(start: Start, contacts: Contacts) -> Hypotheses:
    """Solids to try for each object, kind by kind."""
    low, high = start.low, start.high.copy()
    # What hides the bottom, or the object's own shape, also hides where it meets the floor.
    with np.errstate(invalid="ignore"):
        gap = contacts.floor - high[:, 1]
        near = gap < CONTACT * (high - low)[:, 1] + 0.02
        stands = (gap > -0.05) & (np.isinf(contacts.outwards[:, 3]) | near)
    high[:, 1] = np.where(stands, contacts.floor, high[:, 1])
    size = np.maximum(high - low, 0.01)
    scale = np.sqrt(size[:, 0] * size[:, 1])
    across, upright = _apparent(start, contacts)
    ball = (across + upright) / 2
    wide, tall, deep = size.T
    quarter = np.pi / 2
    trials = (
        (BOX, 0.0, (np.maximum(wide, 0.3 * deep), tall, np.maximum(deep, 0.3 * wide))),
        (CYLINDER, 0.0, (across, tall, across)),
        (SPHERE, 0.0, (ball, ball, ball)),
        (LYING_X, 0.0, (wide, tall, tall)),
        (LYING_X, quarter, (deep, tall, tall)),
    )
    kinds, states = [], []
    for kind, turn, sizes in trials:
        kinds.append(np.full(len(low), kind))
        states.append(_state(start, low, high, turn, np.stack(sizes, 1)))
    state = np.concatenate(states)
    prior = state.copy()
    stddev = np.full(state.shape, np.inf)
    scale = np.tile(scale, len(trials))[:, None]
    prior[:, WIDTH:], stddev[:, WIDTH:] = scale, SIZE_PRIOR * scale
    stddev[:, YAW] = YAW_PRIOR
    return Hypotheses(np.concatenate(kinds), state, prior, stddev)


def _apparent(start: Start, contacts: Contacts) -> tuple[np.ndarray, np.ndarray]:
    """Width and height [R] between the tangent planes where the object is seen."""
    middle = (start.low + start.high) / 2
    c, s = np.cos(start.yaw), np.sin(start.yaw)
    right, away = middle[:, 0], middle[:, 2]
    center = np.stack([c * right - s * away, middle[:, 1], s * right + c * away], 1)
    reach = np.einsum("rtk,rk->rt", contacts.tangent, center)
    return np.maximum(reach[:, 0] + reach[:, 2], 0.01), np.maximum(reach[:, 1] + reach[:, 3], 0.01)


def _state(start: Start, low, high, turn: float, size: np.ndarray) -> np.ndarray:
    """A solid behind the visible surface, [R, 7]; ``turn`` exchanges its width and depth."""
    across, behind = (size[:, 2], size[:, 0]) if turn else (size[:, 0], size[:, 2])
    away = low[:, 2] + behind / 2
    # The end that is nearer to the camera's axis is the one that was seen.
    left = np.abs(low[:, 0]) < np.abs(high[:, 0])
    right = np.where(left, low[:, 0] + across / 2, high[:, 0] - across / 2)
    right = np.where(across > high[:, 0] - low[:, 0], right, (low[:, 0] + high[:, 0]) / 2)
    down = high[:, 1] - size[:, 1] / 2
    c, s = np.cos(start.yaw), np.sin(start.yaw)
    yaw = start.yaw + turn
    return np.stack([c * right - s * away, down, s * right + c * away, yaw, *size.T], 1)


def _canonical(h: Hypotheses) -> Solids:
    """Name the box axes so that yaw is within 45 degrees; round solids face the camera."""
    kind, state, covariance = h.kind.copy(), h.state.copy(), h.covariance
    turns = np.rint(state[:, YAW] / (np.pi / 2)).astype(int)
    state[:, YAW] -= turns * (np.pi / 2)
    odd = np.flatnonzero(turns % 2)
    state[odd] = state[odd][:, [0, 1, 2, 3, 6, 5, 4]]
    swap = np.eye(7)[[0, 1, 2, 3, 6, 5, 4]]
    covariance[odd] = swap @ covariance[odd] @ swap.T
    kind[odd] = np.where(kind[odd] == LYING_X, LYING_Z, kind[odd])
    symmetric = (kind == CYLINDER) | (kind == SPHERE)
    facing = np.arctan2(-state[:, 0], state[:, 2])
    state[:, YAW] = np.where(symmetric, facing.clip(-np.pi / 4, np.pi / 4), state[:, YAW])
    return Solids(kind, state[:, :3], state[:, YAW], state[:, WIDTH:], covariance)
