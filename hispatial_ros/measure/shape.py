"""Completes the visible surfaces of the objects to whole solids."""

import numpy as np

from hispatial_ros.measure.discrepancy import HIDDEN, SEEN, discrepancy, face_squares, widen
from hispatial_ros.measure.evidence import SIDE, Planes, Samples
from hispatial_ros.measure.fit import OUTLIER, Hypotheses, covariance, fit, refine
from hispatial_ros.measure.hypotheses import propose
from hispatial_ros.measure.irregular import doubt, enclose, is_irregular
from hispatial_ros.measure.primitives import FREE, WIDTH, YAW
from hispatial_ros.measure.solid import (
    BOX,
    CYLINDER,
    IRREGULAR,
    LYING_X,
    LYING_Z,
    SPHERE,
    Solids,
    aligned,
)

FIRST = (3 * OUTLIER,)  # steps of every hypothesis, on a part of the samples
MORE = (2 * OUTLIER, OUTLIER)  # of the better ones, on all of them
# [hypotheses] Kept after the first steps. Larger: slower. Smaller: the right kind of solid may be
# dropped too early. Chosen on simulated rooms.
KEPT = 2
# [samples] Stride of the first steps on the samples of the fits. Larger: faster, more kinds
# mistaken. Smaller: slower. Chosen on simulated rooms.
COARSE = 2
# Standard deviation of real sizes from the ideal solid's, as a share. Cartons bulge; what looks
# like a ball is seldom one: fruit, or the polyhedra of renderers, whose faces lie further in.
IMPERFECT = np.array([0.006, 0.005, 0.03, 0.008, 0.008, 0.0])  # by kind
TURNED = np.array([BOX, CYLINDER, SPHERE, LYING_Z, LYING_X, IRREGULAR])  # by 90 degrees
# [ratio] Weight of a difference in log-likelihood, below 1 since surfaces are not ideal. Larger:
# the second best kind is ruled out too soon, intervals come out too narrow. Smaller: too wide ones.
# Chosen on simulated rooms.
TRUST = 0.5
# [m] Difference below which lengths are the same. Larger: slightly oblong things are averaged away.
# Smaller: rounding errors choose. Numerics.
EQUAL = 1e-6
# [ratio] Doubt up to which a solid stands for itself. Larger: the kind of real things changes from
# image to image. Smaller: noise makes ideal solids irregular. Chosen on simulated rooms.
SOLID = 0.4
# [ratio] Doubt from which on nothing of it is left. Larger: what is no solid is completed like one.
# Smaller: estimates jump. Chosen on simulated rooms.
REFUTED = 3.0


def complete(samples: Samples, planes: Planes) -> Solids:
    """The most plausible solid for each of R objects, in the levelled frame.

    Every kind of solid is fitted to a part of the samples, the two best then to all of them. What
    the second would have given widens the covariance as far as it is plausible, too.
    """
    count = len(samples.z)
    h = propose(samples, planes)
    rows = np.tile(np.arange(count), len(h.kind) // count)
    refine(h, samples.take(rows, _thinned(COARSE)), planes.take(rows), FIRST)
    order = np.argsort(_scores(h, COARSE).reshape(-1, count), axis=0)
    kept = (order[:KEPT] * count + np.arange(count)).ravel()
    h, rows = h.take(kept), rows[kept]
    refine(h, samples.take(rows), planes.take(rows), MORE)

    scores = _scores(h, 1).reshape(KEPT, count)
    order = np.argsort(scores, axis=0)
    scores = np.take_along_axis(scores, order, 0)
    tried = [h.take(which * count + np.arange(count)) for which in order]
    for one in tried:
        _name_axes(one)
    best = tried[0]
    found = fit(best, samples, planes, OUTLIER)
    spread = covariance(best, found.of_samples, found.planes, found.gap, planes)
    misfit = 2 * found.cost / np.maximum(samples.used.sum(1), 1)
    # What no kind fits well tells little about which it is (the dispersion of quasi-likelihood).
    weights = np.exp(-TRUST * (scores - scores[0]) / np.maximum(1, misfit))
    weights /= weights.sum(0)
    shift, ambiguity = _ambiguity(best.state, tried[1:], weights[1:])
    spread += ambiguity
    _soften(best, spread, misfit)
    telling = discrepancy(best, found, samples)
    seen, hidden = telling @ np.square(SEEN), telling @ np.square(HIDDEN)
    square = face_squares(best.state)
    widen(spread, best.state, seen[:, None] * square, (seen + hidden)[:, None] * square)
    against = np.where(np.isfinite(scores[0]), doubt(best, found, samples, planes), np.inf)
    best.state = best.state + shift
    named = is_irregular(best, found, samples, against)
    kind = best.kind.copy()
    _blend(best, spread, against, named, samples, planes)
    state = best.state
    facing = np.arctan2(-state[:, 0], state[:, 2]).clip(-np.pi / 4, np.pi / 4)
    symmetric = (best.kind == CYLINDER) | (best.kind == SPHERE)
    yaw = np.where(symmetric, facing, state[:, YAW])
    return Solids(best.kind, state[:, :3], yaw, state[:, WIDTH:], spread, kind)


def _blend(
    best: Hypotheses,
    spread: np.ndarray,
    against: np.ndarray,
    named: np.ndarray,
    samples: Samples,
    planes: Planes,
) -> None:
    """Average solids with boxes around what is seen, by what speaks against each; in place.

    What is in between is neither: its estimate moves from one to the other without a jump, and
    their difference widens the covariance. Those that are ``named`` [R] bool are called irregular.
    """
    share = np.clip(np.log(against / SOLID) / np.log(REFUTED / SOLID), 0, 1)
    some = np.flatnonzero((share > 0) | named)
    if not len(some):
        return
    box, around = enclose(best.take(some), spread[some], samples.take(some), planes.take(some))
    share = share[some, None]
    solid = aligned(best.kind[some], best.state[some], box.state[:, YAW])
    usable = (share < 1) & np.isfinite(solid)
    gap = box.state - np.where(usable, solid, box.state)
    gap[:, YAW] = 0
    both = (1 - share)[..., None] * spread[some] + share[..., None] * around
    between = (share * (1 - share))[..., None] * gap[:, :, None] * gap[:, None, :]
    best.state[some] = box.state - (1 - share) * gap
    best.kind[named] = IRREGULAR
    spread[some] = np.where(share[..., None] < 1, both + between, around)


def _thinned(stride: int) -> np.ndarray:
    """Indices of every so many samples in both directions."""
    return np.arange(SIDE * SIDE).reshape(SIDE, SIDE)[::stride, ::stride].ravel()


def _scores(h: Hypotheses, stride: int) -> np.ndarray:
    """Cost with what a free parameter has to earn (Bayesian information criterion)."""
    return h.cost + np.log(SIDE / stride) * FREE[h.kind]


def _ambiguity(
    chosen: np.ndarray, others: list[Hypotheses], weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What other kinds of solids would have given: the mean's step [R, 7], covariance [R, 7, 7].

    Args:
        chosen: [R, 7] states of the best kind.
        others: of the others, fitted to the same samples.
        weights: [len(others), R] probability of each.
    """
    shift, result = np.zeros((len(chosen), 7)), np.zeros((len(chosen), 7, 7))
    for other, weight in zip(others, weights, strict=True):
        # Where it only calls width what the other calls depth, they agree.
        size, turned = other.state[:, WIDTH:], other.state[:, [6, 5, 4]]
        straight, crossed = (np.abs(s - chosen[:, WIDTH:]).sum(1) for s in (size, turned))
        gap = other.state - chosen
        gap[:, YAW] = 0
        # The width and depth of what is round are equal, and compare with the mean of the other's.
        as_named = np.where(np.abs(straight - crossed) < EQUAL, 0.5, straight < crossed)[:, None]
        gap[:, WIDTH:] = as_named * size + (1 - as_named) * turned - chosen[:, WIDTH:]
        gap = np.where(np.isfinite(gap) & (weight > 0)[:, None], gap, 0)
        shift += weight[:, None] * gap
        result += weight[:, None, None] * gap[:, :, None] * gap[:, None, :]
    return shift, result - shift[:, :, None] * shift[:, None, :]


def _soften(h: Hypotheses, spread: np.ndarray, misfit: np.ndarray) -> None:
    """Widen covariances [R, 7, 7] by how far real things are from ideal solids.

    ``misfit`` [R] is the mean robust square of the residuals.
    """
    spread *= np.maximum(1, misfit)[:, None, None]
    off = IMPERFECT[h.kind][:, None] * h.state[:, WIDTH:]
    together = (h.kind == SPHERE)[:, None, None] | np.eye(3, dtype=bool)
    spread[:, WIDTH:, WIDTH:] += off[:, :, None] * off[:, None, :] * together
    spread[:, :3, :3] += np.square(off.mean(1) / 2)[:, None, None] * np.eye(3)


def _name_axes(h: Hypotheses) -> None:
    """Name the box axes so that yaw is within 45 degrees."""
    turns = np.rint(h.state[:, YAW] / (np.pi / 2))
    h.state[:, YAW] -= turns * (np.pi / 2)
    odd = turns % 2 == 1
    h.state = np.where(odd[:, None], h.state[:, [0, 1, 2, 3, 6, 5, 4]], h.state)
    h.prior = np.where(odd[:, None], h.prior[:, [0, 1, 2, 3, 6, 5, 4]], h.prior)
    h.prior[:, YAW] -= turns * (np.pi / 2)
    h.kind = np.where(odd, TURNED[h.kind], h.kind)
