"""Robust least-squares fit of solids to the evidence."""

from dataclasses import dataclass, field, replace

import numpy as np

from hispatial_ros.measure.evidence import Planes, Samples
from hispatial_ros.measure.primitives import CY, HEIGHT, TIES, WIDTH, clearances, residuals

OUTLIER = 4.0  # standard deviations at which a sample counts a quarter
FAR_SIDE = 5.0  # times as much for a plane
FLOOR_STDDEV = 0.005  # m, of a contact with the plane below
CONTACT = 0.35  # of its height: gap to the plane below that an object is taken to stand on
SMALLEST = 0.004  # m


@dataclass(eq=False)
class Hypotheses:
    """H solids to be fitted."""

    kind: np.ndarray  # [H]
    state: np.ndarray  # [H, 7]
    prior: np.ndarray  # [H, 7] what is plausible where nothing is seen
    prior_stddev: np.ndarray  # [H, 7], inf: anything
    cost: np.ndarray = field(init=False)  # [H] negative log-likelihood, once fitted
    misfit: np.ndarray = field(init=False)  # [H] root mean robust square of the residuals

    def __post_init__(self) -> None:
        self.cost = self.misfit = np.full(len(self.kind), np.inf)

    def take(self, rows: np.ndarray) -> "Hypotheses":
        taken = Hypotheses(
            self.kind[rows], self.state[rows], self.prior[rows], self.prior_stddev[rows]
        )
        taken.cost, taken.misfit = self.cost[rows], self.misfit[rows]
        return taken


def refine(
    h: Hypotheses, samples: Samples, planes: Planes, outliers: tuple[float, ...]
) -> np.ndarray:
    """Gauss-Newton steps towards the maximum a posteriori solids, in place.

    Args:
        h: H hypotheses; gets state, cost and misfit.
        samples: of each hypothesis.
        planes: of each hypothesis.
        outliers: for each step, the residual in standard deviations that counts as an outlier.

    Returns:
        J'WJ [H, 7, 7] of the samples, for ``covariance``.
    """
    ties = TIES[h.kind]
    back = ties.swapaxes(1, 2)
    idle = (~ties.any(1))[:, :, None] * np.eye(7)  # parameters that move nothing
    longest = np.full((len(ties), 7), 0.3)  # rad; longest step
    for outlier in outliers:
        of_samples, sample_cost = _of_samples(h, samples, outlier)
        of_planes, cost = _of_planes(h, planes, outlier)
        both = of_samples + of_planes
        a = back @ both[:, :7, :7] @ ties + idle
        g = back @ both[:, :7, 7:]
        step = np.linalg.solve(a * (1 + 1e-3 * np.eye(7)), -g)
        # What is left by the quadratic model, so that no further evaluation is needed.
        h.cost = sample_cost + cost + (step * (g + a @ step / 2))[..., 0].sum(1)
        move = (ties @ step)[..., 0]
        reach = np.maximum(h.state[:, WIDTH:].max(1) / 2, 0.02)[:, None]
        longest[:, :3] = longest[:, WIDTH:] = reach
        ratio = (longest / (np.abs(move) + 1e-9)).min(1)
        h.state = h.state + np.minimum(ratio, 1)[:, None] * move
        h.state[:, WIDTH:] = np.maximum(h.state[:, WIDTH:], SMALLEST)
    h.misfit = np.sqrt(2 * sample_cost / np.maximum(samples.used.sum(1), 1))
    return of_samples[:, :7, :7]


def covariance(h: Hypotheses, of_samples: np.ndarray, planes: Planes) -> np.ndarray:
    """[H, 7, 7] of the states, given what ``refine`` returned last."""
    ties = TIES[h.kind]
    back = ties.swapaxes(1, 2)
    idle = (~ties.any(1))[:, :, None] * np.eye(7)
    # A half-hidden side that holds the object back from shrinking says little about its size.
    soft = replace(planes, inwards=np.maximum(planes.inwards, planes.outwards))
    a = of_samples + _of_planes(h, soft, OUTLIER)[0][:, :7, :7]
    return ties @ (np.linalg.inv(back @ a @ ties + idle) - idle) @ back


def _of_samples(h: Hypotheses, samples: Samples, outlier: float):
    """Normal equations [H, 8, 8] of the samples (the last row and column: J'Wr), cost [H]."""
    j = residuals(h.kind, h.state, samples)
    square = np.square(j[:, 7])
    # Geman-McClure: bounded influence, so that what is not the object does not pull.
    damp = 1 / (1 + square * np.float32(1 / outlier**2))
    weight = samples.used * damp
    cost = (weight * square).sum(1).astype(float) / 2
    weight *= damp
    return np.matmul(j * weight[:, None, :], j.swapaxes(1, 2)).astype(float), cost


def _of_planes(h: Hypotheses, planes: Planes, outlier: float):
    """Normal equations [H, 8, 8] of the planes and the prior, cost [H]."""
    j = plane_residuals(h.kind, h.state, planes)
    square = np.square(j[..., 7])
    # A side that is far off is no side of this object after all.
    damp = 1 / (1 + square / (FAR_SIDE * outlier) ** 2)
    cost = (damp * square).sum(1) / 2
    j *= damp[..., None]
    a = j.swapaxes(1, 2) @ j
    precision = 1 / np.square(h.prior_stddev)
    off = h.state - h.prior
    np.einsum("hii->hi", a)[:, :7] += precision
    a[:, :7, 7] += precision * off
    return a, cost + (precision * np.square(off)).sum(1) / 2


def plane_residuals(kind: np.ndarray, state: np.ndarray, planes: Planes):
    """How far a solid is from touching its planes and the floor, in standard deviations.

    Returns:
        [H, T + 1, 8]: derivatives by the state, and the residual itself.
    """
    value, gradient = clearances(kind, state, planes.normal)
    value -= planes.offset
    count = value.shape[1]
    j = np.zeros((len(state), count + 1, 8))
    inverse = 1 / np.where(value > 0, planes.inwards, planes.outwards)
    np.multiply(gradient, inverse[..., None], out=j[:, :count, :7])
    np.multiply(value, inverse, out=j[:, :count, 7])
    gap = planes.floor - state[:, CY] - state[:, HEIGHT] / 2
    stands = (np.abs(gap) < CONTACT * state[:, HEIGHT] + 0.02) / FLOOR_STDDEV
    j[:, count, CY] = -stands
    j[:, count, HEIGHT] = -stands / 2
    j[:, count, 7] = np.where(stands > 0, gap, 0) * stands
    return j
