"""Robust least-squares fit of solids to the evidence."""

from dataclasses import dataclass, field

import numpy as np

from hispatial_ros.measure.evidence import Planes, Samples
from hispatial_ros.measure.primitives import (
    CY,
    HEIGHT,
    RESIDUAL,
    TIES,
    WIDTH,
    Crossing,
    clearances,
    cross,
    residuals,
)

# [sigmas] Residual at which a sample counts a quarter. Larger: what is not the object pulls.
# Smaller: fits end in local minima. Chosen on simulated rooms, within the usual 3 to 5.
OUTLIER = 4.0
# [ratio] Times as much for a plane. Larger: a wrong side of a box bends the solid. Smaller: right
# ones are given up while the fit is still far off. Chosen on simulated rooms.
FAR_SIDE = 5.0
# [m] Standard deviation of a contact with the plane below. Larger: heights are less exact. Smaller:
# things on carpets or feet are stretched to the floor. Chosen on simulated rooms.
FLOOR_STDDEV = 0.005
# [ratio] Gap to the plane below, by the height, across which an object still stands on it. Larger:
# things that hang are stretched to the floor. Smaller: hidden bottoms float. Chosen on simulated
# rooms.
STANDING_GAP = 0.35
# [m] Added to that gap, for flat things. Larger, smaller: as above. Sensor: 3 sigma at 2 m.
STANDING_SLACK = 0.02
# [m] Least size. Larger: sheets and cards come out too thick. Smaller: divisions by almost nothing.
# Chosen on simulated rooms.
SMALLEST = 0.004
# [rad] Longest turn in one step. Larger: steps leave the model's range. Smaller: more steps are
# needed. Chosen on simulated rooms.
TURN = 0.3
# [m] Least length that a step may have, beside half of the size. Larger: small solids jump.
# Smaller: they creep. Chosen on simulated rooms.
LEAST_STEP = 0.02
# [ratio] Added to the diagonal of the normal equations. Larger: shorter steps. Smaller: long steps
# along what the evidence does not tell. Numerics: Levenberg's damping.
LEVENBERG = 1e-3
DAMPING = 1 + LEVENBERG * np.eye(7)
# By kind: parameters that move nothing.
IDLE = np.logical_not(TIES.any(axis=1))[:, :, None] * np.eye(7)


@dataclass(eq=False)
class Hypotheses:
    """H solids to be fitted."""

    kind: np.ndarray  # [H]
    state: np.ndarray  # [H, 7]
    prior: np.ndarray  # [H, 7] what is plausible where nothing is seen
    prior_stddev: np.ndarray  # [H, 7], inf: anything
    cost: np.ndarray = field(init=False)  # [H] negative log-likelihood, once fitted

    def __post_init__(self) -> None:
        self.cost = np.full(len(self.kind), np.inf)

    def take(self, rows: np.ndarray) -> "Hypotheses":
        taken = Hypotheses(
            self.kind[rows], self.state[rows], self.prior[rows], self.prior_stddev[rows]
        )
        taken.cost = self.cost[rows]
        return taken


@dataclass(eq=False)
class Fit:
    """How H solids agree with their evidence."""

    crossing: Crossing  # of the samples' rays
    samples: np.ndarray  # [H, 8, N] residuals of the samples below their derivatives, float32
    planes: np.ndarray  # [H, T + 1, 8] of the planes and the floor, beside their derivatives
    gap: np.ndarray  # [H, T] m, how far short of the planes the solids end
    of_samples: np.ndarray  # [H, 8, 8] normal equations (last row and column: J'Wr), float64
    cost: np.ndarray  # [H] negative log-likelihood of the samples


def fit(h: Hypotheses, samples: Samples, planes: Planes, outlier: float) -> Fit:
    """Compare solids with samples and planes of each.

    Args:
        h: H hypotheses.
        samples: of each.
        planes: of each.
        outlier: residual in standard deviations from which a sample's influence falls.
    """
    crossing = cross(h.kind, h.state, samples.rays)
    j = residuals(crossing, h.state, samples)
    square = np.square(j[:, RESIDUAL])
    # Geman-McClure: bounded influence, so that what is not the object does not pull.
    damp = 1 / (1 + square * np.float32(1 / outlier**2))
    weight = samples.used * damp
    cost = np.einsum("hn,hn->h", weight, square).astype(float) / 2
    weight *= damp
    normal = np.matmul(j * weight[:, None, :], j.swapaxes(1, 2)).astype(float)
    of_planes, gap = plane_residuals(h.kind, h.state, planes)
    return Fit(crossing, j, of_planes, gap, normal, cost)


def refine(h: Hypotheses, samples: Samples, planes: Planes, outliers: tuple[float, ...]) -> None:
    """Gauss-Newton steps towards the maximum a posteriori solids, in place.

    Args:
        h: H hypotheses; gets state and cost.
        samples: of each hypothesis.
        planes: of each hypothesis.
        outliers: for each step, the residual in standard deviations that counts as an outlier.
    """
    for outlier in outliers:
        now = fit(h, samples, planes, outlier)
        _step(h, now.of_samples, now.cost, now.planes, outlier)


def settle(h: Hypotheses, planes: Planes, steps: int) -> np.ndarray:
    """Steps towards boxes that touch their planes, whatever the samples; in place.

    Their faces move linearly with their state, as long as they hardly turn.

    Returns:
        [H, 7, 7] covariance of the states.
    """
    start = h.state
    value, gradient = clearances(h.kind, start, planes.normal)
    value -= planes.offset
    for _ in range(steps):
        gap = value + np.matmul(gradient, (h.state - start)[..., None])[..., 0]
        a, _ = _of_planes(h, _by_deviation(gap, gradient, h.state, planes), OUTLIER)
        move = np.linalg.solve(a[:, :7, :7] * DAMPING, -a[:, :7, 7:])[..., 0]
        h.state = h.state + np.where(np.isfinite(move).all(1, keepdims=True), move, 0)
        h.state[:, WIDTH:] = np.maximum(h.state[:, WIDTH:], SMALLEST)
    j, gap = plane_residuals(h.kind, h.state, planes)
    return covariance(h, np.zeros((len(start), 8, 8)), j, gap, planes)


def _step(h: Hypotheses, of_samples: np.ndarray, cost: np.ndarray, j: np.ndarray, outlier: float):
    ties = TIES[h.kind]
    back = ties.swapaxes(1, 2)
    of_planes, more = _of_planes(h, j, outlier)
    both = of_samples + of_planes
    a = back @ both[:, :7, :7] @ ties + IDLE[h.kind]
    g = back @ both[:, :7, 7:]
    step = np.linalg.solve(a * DAMPING, -g)
    # What is left by the quadratic model, so that no further evaluation is needed.
    h.cost = cost + more + (step * (g + a @ step / 2)).sum((1, 2))
    move = (ties @ step)[..., 0]
    # Nonsense, such as a solid around the camera, stays where it is.
    lost = ~np.isfinite(move).all(1)
    h.cost[lost], move[lost] = np.inf, 0
    longest = np.full(move.shape, TURN)
    half = h.state[:, WIDTH:].max(1, keepdims=True) / 2
    longest[:, :3] = longest[:, WIDTH:] = np.maximum(half, LEAST_STEP)
    h.state = h.state + (longest / (np.abs(move) + 1e-9)).min(1, initial=1)[:, None] * move
    h.state[:, WIDTH:] = np.maximum(h.state[:, WIDTH:], SMALLEST)


def covariance(
    h: Hypotheses, of_samples: np.ndarray, j: np.ndarray, gap: np.ndarray, planes: Planes
) -> np.ndarray:
    """[H, 7, 7] of the states, given how they fit (see `Fit`) their samples and planes."""
    # A half-hidden side that holds the object back from shrinking says little about its size.
    soft = np.where(gap > 0, planes.inwards / np.maximum(planes.inwards, planes.outwards), 1)
    j = j.copy()
    j[:, :-1] *= soft[..., None]
    a = (of_samples + _of_planes(h, j, OUTLIER)[0])[:, :7, :7]
    ties, idle = TIES[h.kind], IDLE[h.kind]
    back = ties.swapaxes(1, 2)
    return ties @ (np.linalg.inv(back @ a @ ties + idle) - idle) @ back


def _of_planes(h: Hypotheses, j: np.ndarray, outlier: float):
    """Normal equations [H, 8, 8] of the planes and the prior, cost [H]."""
    square = np.square(j[..., RESIDUAL])
    # A side that is far off is no side of this object after all.
    damp = 1 / (1 + square / (FAR_SIDE * outlier) ** 2)
    j = j * damp[..., None]
    a = j.swapaxes(1, 2) @ j
    precision = 1 / np.square(h.prior_stddev)
    off = h.state - h.prior
    pull = precision * off
    np.einsum("hii->hi", a)[:, :RESIDUAL] += precision
    a[:, :7, RESIDUAL] += pull
    return a, ((damp * square).sum(1) + (pull * off).sum(1)) / 2


def plane_residuals(kind: np.ndarray, state: np.ndarray, planes: Planes):
    """How far a solid is from touching its planes and the floor.

    Returns:
        [H, T + 1, 8] in standard deviations: derivatives by the state, and the residual itself;
        [H, T] m, how far short of the planes it ends.
    """
    value, gradient = clearances(kind, state, planes.normal)
    value -= planes.offset
    return _by_deviation(value, gradient, state, planes), value


def _by_deviation(
    value: np.ndarray, gradient: np.ndarray, state: np.ndarray, planes: Planes
) -> np.ndarray:
    """[H, T + 1, 8] as in ``plane_residuals``, given what ``clearances`` says."""
    count = value.shape[1]
    j = np.zeros((len(state), count + 1, 8))
    inverse = 1 / np.where(value > 0, planes.inwards, planes.outwards)
    np.multiply(gradient, inverse[..., None], out=j[:, :count, :RESIDUAL])
    np.multiply(value, inverse, out=j[:, :count, RESIDUAL])
    height = state[:, HEIGHT]
    gap = planes.floor - state[:, CY] - height / 2
    stands = (np.abs(gap) < STANDING_GAP * height + STANDING_SLACK) / FLOOR_STDDEV
    j[:, count, CY] = -stands
    j[:, count, HEIGHT] = -stands / 2
    j[:, count, RESIDUAL] = np.where(stands > 0, gap, 0) * stands
    return j
