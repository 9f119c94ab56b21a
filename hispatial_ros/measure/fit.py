"""Robust least-squares fit of solids to the evidence."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hispatial_ros.measure.evidence import FLOOR_STDDEV, Contacts, Samples
from hispatial_ros.measure.primitives import (
    CY,
    HEIGHT,
    TIES,
    WIDTH,
    clearances,
    residuals,
)

OUTLIER = 4.0  # standard deviations at which a sample counts a quarter
FAR_SIDE = 5.0  # times as much for a tangent plane
CONTACT = 0.35  # of its height: gap to the plane below that an object is taken to stand on
SMALLEST = 0.004  # m


@dataclass(eq=False)
class Hypotheses:
    """H solids to be fitted, sorted by kind."""

    kind: np.ndarray  # [H]
    state: np.ndarray  # [H, 7]
    prior: np.ndarray  # [H, 7] what is plausible where nothing is seen
    prior_stddev: np.ndarray  # [H, 7], inf: anything
    cost: np.ndarray | None = None  # [H] negative log-likelihood, once fitted
    misfit: np.ndarray | None = None  # [H] root mean robust square of the samples' residuals
    covariance: np.ndarray | None = None  # [H, 7, 7]

    def groups(self) -> list[tuple[int, slice]]:
        """Runs of one kind."""
        edges = [0, *(np.flatnonzero(np.diff(self.kind)) + 1).tolist(), len(self.kind)]
        return [(int(self.kind[a]), slice(a, b)) for a, b in pairwise(edges) if b > a]

    def take(self, rows: np.ndarray) -> "Hypotheses":
        return Hypotheses(*(a if a is None else a[rows] for a in vars(self).values()))


def refine(h: Hypotheses, samples: Samples, contacts: Contacts, outliers: tuple[float, ...]):
    """Gauss-Newton steps towards the maximum a posteriori solids, in place.

    Args:
        h: H hypotheses; gets state, cost, misfit and covariance.
        samples: of each hypothesis.
        contacts: of each hypothesis.
        outliers: for each step, the residual in standard deviations that counts as an outlier.
    """
    groups = h.groups()
    ties = np.stack([TIES[kind] for kind in h.kind.tolist()])
    idle = np.zeros((len(ties), 7, 7))
    np.einsum("hii->hi", idle)[:] = ~ties.any(1)  # parameters that move nothing
    for outlier in outliers:
        a, g, _, _ = _normal_equations(h, groups, samples, contacts, outlier)
        a = ties.swapaxes(1, 2) @ a @ ties + idle
        np.einsum("hii->hi", a)[:] *= 1.001
        step = np.linalg.solve(a, -(ties.swapaxes(1, 2) @ g[:, :, None]))
        move = (ties @ step)[..., 0]
        limit = np.full(move.shape, 0.3)
        limit[:, :3] = limit[:, WIDTH:] = np.maximum(0.5 * h.state[:, WIDTH:].max(1), 0.02)[:, None]
        ratio = (limit / (np.abs(move) + 1e-9)).min(1)
        h.state += np.minimum(ratio, 1)[:, None] * move
        h.state[:, WIDTH:] = np.maximum(h.state[:, WIDTH:], SMALLEST)
    a, _, sample_cost, rest = _normal_equations(h, groups, samples, contacts, OUTLIER)
    inverse = np.linalg.inv(ties.swapaxes(1, 2) @ a @ ties + idle) - idle
    h.covariance = ties @ inverse @ ties.swapaxes(1, 2)
    h.cost = sample_cost + rest
    h.misfit = np.sqrt(2 * sample_cost / np.maximum(samples.used.sum(1), 1))


def _normal_equations(h: Hypotheses, groups, samples: Samples, contacts: Contacts, outlier):
    """J'WJ [H, 7, 7], J'Wr [H, 7] by the state, and the costs [H] of samples and of the rest."""
    state = h.state
    r, j = residuals(groups, state, samples)
    square = np.square(r)
    # Geman-McClure: bounded influence, so that what is not the object does not pull.
    damp = 1 / (1 + square * np.float32(1 / outlier**2))
    weight = samples.used * np.square(damp)
    jw = j * weight[:, None, :]
    a = np.matmul(jw, j.swapaxes(1, 2)).astype(float)
    g = np.matmul(jw, r[:, :, None])[..., 0].astype(float)
    sample_cost = 0.5 * np.einsum("hn,hn,hn->h", samples.used, square, damp).astype(float)

    value, gradient = clearances(h.kind, state, contacts.tangent)
    distance = np.sqrt(np.square(state[:, :3]).sum(1))
    stddev = np.where(value > 0, contacts.tangent_stddev, contacts.outwards)
    inverse = 1 / (stddev * distance[:, None])
    rt = value * inverse
    # A side that is far off is no side of this object after all.
    damp = 1 / (1 + np.square(rt / (FAR_SIDE * outlier)))
    jt = gradient * (inverse * damp)[..., None]
    a += jt.swapaxes(1, 2) @ jt
    g += (jt.swapaxes(1, 2) @ (rt * damp)[..., None])[..., 0]
    rest = 0.5 * (np.square(rt) * damp).sum(1)

    gap = state[:, CY] + state[:, HEIGHT] / 2 - contacts.floor
    with np.errstate(invalid="ignore"):
        stands = np.abs(gap) < CONTACT * state[:, HEIGHT] + 0.02
    gap = np.where(stands, gap, 0) / FLOOR_STDDEV
    precision = stands / FLOOR_STDDEV**2
    a[:, CY, CY] += precision
    a[:, CY, HEIGHT] += precision / 2
    a[:, HEIGHT, CY] += precision / 2
    a[:, HEIGHT, HEIGHT] += precision / 4
    g[:, CY] += gap / FLOOR_STDDEV
    g[:, HEIGHT] += gap / (2 * FLOOR_STDDEV)
    rest += 0.5 * np.square(gap)

    precision = 1 / np.square(h.prior_stddev)
    off = state - h.prior
    np.einsum("hii->hi", a)[:] += precision
    g += precision * off
    rest += 0.5 * (precision * np.square(off)).sum(1)
    return a, g, sample_cost, rest
