"""Completes the visible surfaces of the objects to whole solids."""

import numpy as np

from hispatial_ros.measure.evidence import Planes, Samples
from hispatial_ros.measure.fit import OUTLIER, Hypotheses, refine
from hispatial_ros.measure.hypotheses import propose
from hispatial_ros.measure.irregular import enclose, refuted
from hispatial_ros.measure.primitives import FREE, WIDTH, YAW
from hispatial_ros.measure.solid import (
    BOX,
    CYLINDER,
    IRREGULAR,
    LYING_X,
    LYING_Z,
    SPHERE,
    Solids,
)
from hispatial_ros.measure.window import INNER

FIRST = (3 * OUTLIER,) * 3  # steps of every hypothesis
MORE = (2 * OUTLIER, OUTLIER, OUTLIER, OUTLIER)  # of the better ones
FINE = (OUTLIER, OUTLIER)  # of the best, on all samples
KEPT = 3  # hypotheses after the first steps
# Standard deviation of real sizes from the ideal solid's, as a share.
IMPERFECT = {BOX: 0.003, CYLINDER: 0.005, LYING_X: 0.008, SPHERE: 0.018}
TRUST = 0.5  # weight of a difference in log-likelihood; below 1 since surfaces are not ideal


def complete(samples: Samples, planes: Planes) -> Solids:
    """The most plausible solid for each of R objects, in the levelled frame.

    Every kind of solid is fitted to a part of the samples, the best one then to all of them. What
    other kinds would have given widens the covariance as far as they are plausible, too.
    """
    count = len(samples.z)
    thin = np.arange(INNER * INNER).reshape(INNER, INNER)[::2, ::2].ravel()
    few = samples.take(slice(None), thin)
    h = propose(few, planes)
    rows = np.tile(np.arange(count), len(h.kind) // count)
    refine(h, few.take(rows), planes.take(rows), FIRST)
    kept = np.argsort(_scores(h).reshape(-1, count), axis=0)[:KEPT] * count + np.arange(count)
    kept = np.sort(kept.ravel())  # by kind again
    h, rows = h.take(kept), rows[kept]
    refine(h, few.take(rows), planes.take(rows), MORE)

    order = np.lexsort((_scores(h), rows)).reshape(count, KEPT).T  # best first
    tried = [_canonical(h.take(which)) for which in order]
    best = h.take(order[0])
    by_kind = np.argsort(best.kind, kind="stable")
    best = best.take(by_kind)
    samples, planes = samples.take(by_kind), planes.take(by_kind)
    refine(best, samples, planes, FINE)
    _soften(best)
    lost = np.flatnonzero(refuted(best, samples, planes))
    kind = best.kind.copy()
    if len(lost):
        yaw = tried[0].yaw[by_kind][lost]
        box = enclose(best.take(lost), samples.take(lost), planes.take(lost), yaw)
        best.state[lost], best.covariance[lost], kind[lost] = box.state, box.covariance, IRREGULAR
    back = np.argsort(by_kind)
    best.kind = kind
    solids = _canonical(best.take(back))
    scores = _scores(h)[order]
    weights = np.exp(-TRUST * (scores - scores[0]))
    regular = solids.kind != IRREGULAR
    _add_ambiguity(solids, tried, weights / weights.sum(0) * regular)
    return solids


def _soften(h: Hypotheses) -> None:
    """Widen the covariance by how far real things are from ideal solids."""
    size = h.state[:, WIDTH:]
    off = np.array([IMPERFECT[k] for k in h.kind.tolist()])[:, None] * size
    tied = (h.kind == SPHERE)[:, None, None]
    h.covariance = h.covariance * np.maximum(1, h.misfit**2)[:, None, None]
    outer = np.einsum("hi,hj->hij", off, off)
    h.covariance[:, WIDTH:, WIDTH:] += np.where(tied, outer, outer * np.eye(3))
    h.covariance[:, :3, :3] += np.square(off.mean(1) / 2)[:, None, None] * np.eye(3)


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
