"""Completes the visible surfaces of the objects to whole solids."""

import numpy as np

from hispatial_ros.measure.evidence import Contacts, Samples
from hispatial_ros.measure.fit import CONTACT, OUTLIER, Hypotheses, refine
from hispatial_ros.measure.primitives import FREE, WIDTH, YAW
from hispatial_ros.measure.solid import BOX, CYLINDER, LYING_X, LYING_Z, SPHERE, Solids
from hispatial_ros.measure.start import Start, find_start
from hispatial_ros.measure.window import INNER

FIRST = (3 * OUTLIER,) * 3  # steps of every hypothesis
MORE = (2 * OUTLIER, OUTLIER, OUTLIER, OUTLIER)  # of the better ones
FINE = (OUTLIER, OUTLIER)  # of the best, on all samples
KEPT = 3  # hypotheses after the first steps
SIZE_PRIOR = 0.6  # of the apparent size, standard deviation of what can not be seen
YAW_PRIOR = 0.5  # rad
TRUST = 0.5  # weight of a difference in log-likelihood; below 1 since surfaces are not ideal


def complete(samples: Samples, contacts: Contacts) -> Solids:
    """The most plausible solid for each of R objects, in the levelled frame.

    Every kind of solid is fitted to a part of the samples, the best one then to all of them. What
    other kinds would have given widens the covariance as far as they are plausible, too.
    """
    count = len(samples.z)
    thin = np.arange(INNER * INNER).reshape(INNER, INNER)[::2, ::2].ravel()
    few = samples.take(slice(None), thin)
    h = _hypotheses(find_start(few), contacts)
    rows = np.tile(np.arange(count), len(h.kind) // count)
    refine(h, few.take(rows), contacts.take(rows), FIRST)
    kept = np.argsort(_scores(h).reshape(-1, count), axis=0)[:KEPT] * count + np.arange(count)
    kept = np.sort(kept.ravel())  # by kind again
    h, rows = h.take(kept), rows[kept]
    refine(h, few.take(rows), contacts.take(rows), MORE)

    order = np.lexsort((_scores(h), rows)).reshape(count, KEPT).T  # best first
    tried = [_canonical(h.take(which)) for which in order]
    best = h.take(order[0])
    by_kind = np.argsort(best.kind, kind="stable")
    best = best.take(by_kind)
    refine(best, samples.take(by_kind), contacts.take(by_kind), FINE)
    solids = _canonical(best.take(np.argsort(by_kind)))
    scores = _scores(h)[order]
    weights = np.exp(-TRUST * (scores - scores[0]))
    _add_ambiguity(solids, tried, weights / weights.sum(0))
    return solids


def _scores(h: Hypotheses) -> np.ndarray:
    """Cost with what a free parameter has to earn (Bayesian information criterion)."""
    samples = INNER * INNER / 4
    return h.cost + 0.5 * np.log(samples) * np.array([FREE[k] for k in h.kind.tolist()])


def _add_ambiguity(solids: Solids, tried: list[Solids], weights: np.ndarray) -> None:
    """Widen the covariance by what other kinds of solids would have given.

    Args:
        solids: the chosen ones.
        tried: the same as first fitted, then the others.
        weights: [len(tried), R] probability of each.
    """
    chosen = tried[0]
    for other, weight in zip(tried[1:], weights[1:], strict=True):
        size = other.size
        turned = size[:, [2, 1, 0]]
        off = np.abs(np.stack([size, turned]) - chosen.size).sum(-1)
        size = np.where((off[0] <= off[1])[:, None], size, turned)
        gap = np.zeros((len(size), 7))
        gap[:, :3], gap[:, 4:] = other.center - chosen.center, size - chosen.size
        solids.covariance += np.einsum("r,ri,rj->rij", weight, gap, gap)


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
