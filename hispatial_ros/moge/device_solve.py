"""Focal length and shift on the device: the steps of ``least_squares``, without a look at a value.

The search of ``least_squares.minimize`` branches on what it finds. Here every branch is computed
and one is selected, all in tensors of one number, so that a GPU runs it without the host, and a
fixed number of evaluations can be recorded as a CUDA graph. Most searches end after three. A state
that is not done goes on from where it is: the steps are those of the host's search, to rounding.

With one unknown MINPACK's search for the damping ends after one correction: its lower bound is the
exact answer.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from hispatial_ros.moge.least_squares import FIRST_RADIUS, FTOL, GTOL, XTOL


class State(NamedTuple):
    """Where a search is; tensors of one number."""

    x: Tensor  # the unknown, float64
    gradient: Tensor  # of its residuals r: r.dr/dx
    steepness: Tensor  # |dr/dx|
    norm: Tensor  # |r|
    scale: Tensor  # of the unknown
    radius: Tensor  # how far the quadratic model is trusted
    damping: Tensor
    first: Tensor  # bool: no step was accepted yet
    live: Tensor  # bool: the search goes on


@dataclass(frozen=True, eq=False)
class Problem:
    """Minimise |f xy / (z + s) - ray| over s, where f is 1 or in closed form."""

    xy: Tensor  # [2, N] float64, 0 where unusable
    z: Tensor  # [N] float64, infinite where unusable
    rays: Tensor  # [2, N] float64, 0 where unusable
    calibrated: Tensor  # bool: f is 1
    solvable: Tensor  # bool: there are samples enough
    # Constants: a number among tensors would be a kernel of its own.
    zero: Tensor
    tenth: Tensor
    half: Tensor
    one: Tensor
    minus_one: Tensor

    @staticmethod
    def of(points: Tensor, usable: Tensor, rays: Tensor, calibrated: Tensor) -> "Problem":
        """From points [N, 3], which of them are usable [N], and rays [N, 2].

        A point with NaN or z = 0, or a pixel without a ray, is not used in any case.
        """
        usable = usable & points.isfinite().all(-1) & (points[:, 2] != 0)
        usable = usable & rays.isfinite().all(-1)
        points = points.double()
        return Problem(
            torch.where(usable, points[:, :2].T, 0.0),
            torch.where(usable, points[:, 2], torch.inf),
            torch.where(usable, rays.double().T, 0.0),
            calibrated,
            usable.sum() >= 2,
            *(torch.full_like(points[0, 0], value) for value in (0.0, 0.1, 0.5, 1.0, -1.0)),
        )

    def focal(self, shift: Tensor) -> Tensor:
        """The best f for a shift, f = p.ray / p.p with p = xy / (z + s); float64."""
        p = self.xy / (self.z + shift)
        return torch.where(self.solvable, (p * self.rays).sum() / (p * p).sum(), 1.0)

    def evaluate(self, s: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of the residuals r at s: r.dr/ds, |dr/ds| and |r|."""
        z = self.z + s
        p = self.xy / z
        q = p / z  # -dp/ds
        parts = torch.stack((q, p, self.rays)).flatten(1)
        (qp, qt), (pp, pt) = (parts[:2, None] * parts[1:]).sum(-1)
        f = torch.where(self.calibrated, self.one, pt / pp)
        df = torch.where(self.calibrated, self.zero, (2 * f * qp - qt) / pp)
        r = torch.stack((f * p - self.rays, df * p - f * q)).flatten(1)
        (rr, rdr), (_, drdr) = (r[:, None] * r).sum(-1)
        return rdr, drdr.sqrt(), rr.sqrt()


def start(problem: Problem) -> State:
    """The state of a search at s = 0."""
    zero = problem.zero.clone()
    at_zero = problem.evaluate(zero)
    live = problem.solvable & ~_stationary(*at_zero)
    radius = torch.full_like(zero, FIRST_RADIUS)
    return State(zero, *at_zero, zero, radius, zero, torch.ones_like(live), live)


def advance(problem: Problem, state: State, evaluations: int) -> State:
    """The state after so many evaluations more, at most."""
    for _ in range(evaluations):
        state = _advance(problem, state)
    return state


def _advance(problem: Problem, state: State) -> State:
    zero, tenth, half, minus_one = problem.zero, problem.tenth, problem.half, problem.minus_one
    # From here on in units of the scaled unknown, scale * x.
    scale = torch.maximum(state.scale, state.steepness)
    curvature = (state.steepness / scale).square()
    slope = state.gradient / scale
    damping = _damping(problem, slope.abs(), curvature, state.radius, state.damping)
    step = slope / (curvature + damping)  # to be subtracted
    length = step.abs()
    radius = torch.where(state.first, torch.minimum(state.radius, length), state.radius)
    tried = state.x - step / scale
    new = problem.evaluate(tried)

    # What the step brought, beside what the quadratic model predicted.
    relative = (length / state.norm).square()
    undamped, damped = curvature * relative, damping * relative
    tenth_of_new = 0.1 * new[2]
    gain = 1 - (new[2] / state.norm).square()
    gain = torch.where(tenth_of_new < state.norm, gain, minus_one)
    predicted = torch.add(undamped, damped, alpha=2)
    ratio = torch.where(predicted != 0, gain / predicted, zero)

    # Trust the model less or more.
    fall = undamped + damped
    shrink = torch.where(gain < 0, fall / torch.sub(2 * fall, gain), half)
    shrink = torch.where((tenth_of_new >= state.norm) | (shrink < 0.1), tenth, shrink)
    poor, good = ratio <= 0.25, (damping == 0) | (ratio >= 0.75)
    less = shrink * torch.minimum(radius, 10 * length)
    radius = torch.where(poor, less, torch.where(good, 2 * length, radius))
    damping = torch.where(poor, damping / shrink, torch.where(good, 0.5 * damping, damping))

    accepted = state.live & (ratio >= 1e-4)
    x = torch.where(accepted, tried, state.x)
    known = (torch.where(accepted, *pair) for pair in zip(new, state[1:4], strict=True))
    gradient, steepness, norm = known
    done = (gain.abs() <= FTOL) & (predicted <= FTOL) & (ratio <= 2)
    done |= radius <= XTOL * scale * x.abs()
    done |= _stationary(gradient, steepness, norm)
    first, live = state.first & ~accepted, state.live & ~done
    return State(x, gradient, steepness, norm, scale, radius, damping, first, live)


def _damping(
    problem: Problem, slope: Tensor, curvature: Tensor, radius: Tensor, damping: Tensor
) -> Tensor:
    """The damping whose step is as long as the trust radius, within 10 %."""
    high = slope / radius
    low = high - curvature  # exact
    kept = torch.minimum(torch.maximum(damping, low), high)
    close = (slope / (curvature + kept) - radius).abs() <= 0.1 * radius
    within = slope <= 1.1 * radius * curvature
    return torch.where(within, problem.zero, torch.where(close, kept, low))


def _stationary(gradient: Tensor, steepness: Tensor, norm: Tensor) -> Tensor:
    return ~steepness.isfinite() | (gradient.abs() <= GTOL * steepness * norm)
