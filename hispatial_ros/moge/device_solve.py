"""Focal length and shift on the device: the steps of ``least_squares``, without a look at a value.

The search of ``least_squares.minimize`` branches on what it finds. Here every branch is computed
and one is selected, all in tensors of one number, so that a GPU runs it without the host, and a
fixed number of evaluations can be recorded as a CUDA graph. Most searches end after three. A state
that is not done goes on from where it is, so that the result is always that of the host's search.

With one unknown MINPACK's search for the damping ends after one correction: its lower bound is the
exact answer.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from hispatial_ros.moge.least_squares import FIRST_RADIUS, FTOL, GTOL, XTOL

# Places in a state, float64: the unknown; of its residuals the product with their slope, the norm
# of the slope and their norm; scale of the unknown; trust radius and damping; whether no step was
# accepted yet; whether the search goes on.
STATE = ("x", "gradient", "steepness", "norm", "scale", "radius", "damping", "first", "live")


@dataclass(frozen=True, eq=False)
class Problem:
    """Minimise |f xy / (z + s) - ray| over s, where f is 1 or in closed form."""

    xy: Tensor  # [2, N] float64, 0 where unusable
    z: Tensor  # [N] float64, infinite where unusable
    rays: Tensor  # [2, N] float64, 0 where unusable
    calibrated: Tensor  # bool: f is 1
    solvable: Tensor  # bool: there are samples enough

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
        f = torch.where(self.calibrated, 1.0, pt / pp)
        df = torch.where(self.calibrated, 0.0, (2 * f * qp - qt) / pp)
        r = torch.stack((f * p - self.rays, df * p - f * q)).flatten(1)
        (rr, rdr), (_, drdr) = (r[:, None] * r).sum(-1)
        return rdr, drdr.sqrt(), rr.sqrt()


def start(problem: Problem) -> Tensor:
    """The state of a search at s = 0."""
    gradient, steepness, norm = problem.evaluate(torch.zeros_like(problem.z[0]))
    zero, one = torch.zeros_like(norm), torch.ones_like(norm)
    live = problem.solvable & ~_stationary(gradient, steepness, norm)
    return torch.stack(
        (zero, gradient, steepness, norm, zero, FIRST_RADIUS * one, zero, one, live.double())
    )


def advance(problem: Problem, state: Tensor, evaluations: int) -> Tensor:
    """The state after so many evaluations more, at most."""
    for _ in range(evaluations):
        state = _advance(problem, state)
    return state


def _advance(problem: Problem, state: Tensor) -> Tensor:
    x, gradient, steepness, norm, scale, radius, damping, first, live = state.unbind()
    # From here on in units of the scaled unknown, scale * x.
    scale = torch.maximum(scale, steepness)
    curvature = (steepness / scale).square()
    slope = gradient / scale
    damping = _damping(slope.abs(), curvature, radius, damping)
    step = -slope / (curvature + damping)
    length = step.abs()
    radius = torch.where(first != 0, torch.minimum(radius, length), radius)
    tried = x + step / scale
    new = problem.evaluate(tried)

    # What the step brought, beside what the quadratic model predicted.
    relative = (length / norm).square()
    undamped, damped = curvature * relative, damping * relative
    far_worse = 0.1 * new[2] >= norm
    gain = torch.where(0.1 * new[2] < norm, 1 - (new[2] / norm).square(), -1.0)
    predicted = undamped + 2 * damped
    ratio = torch.where(predicted != 0, gain / predicted, 0.0)

    # Trust the model less or more.
    fall = undamped + damped
    shrink = torch.where(gain < 0, 0.5 * fall / (fall - 0.5 * gain), 0.5)
    shrink = torch.where(far_worse | (shrink < 0.1), 0.1, shrink)
    poor, good = ratio <= 0.25, (damping == 0) | (ratio >= 0.75)
    less = shrink * torch.minimum(radius, 10 * length)
    radius = torch.where(poor, less, torch.where(good, 2 * length, radius))
    damping = torch.where(poor, damping / shrink, torch.where(good, 0.5 * damping, damping))

    accepted = (live != 0) & (ratio >= 1e-4)
    x = torch.where(accepted, tried, x)
    gradient, steepness, norm = (
        torch.where(accepted, after, before)
        for after, before in zip(new, (gradient, steepness, norm), strict=True)
    )
    done = (gain.abs() <= FTOL) & (predicted <= FTOL) & (ratio <= 2)
    done |= radius <= XTOL * scale * x.abs()
    done |= _stationary(gradient, steepness, norm)
    first = torch.where(accepted, 0.0, first)
    live = torch.where(done, 0.0, live)
    return torch.stack((x, gradient, steepness, norm, scale, radius, damping, first, live))


def _damping(slope: Tensor, curvature: Tensor, radius: Tensor, damping: Tensor) -> Tensor:
    """The damping whose step is as long as the trust radius, within 10 %."""
    high = slope / radius
    low = high - curvature  # exact
    kept = torch.minimum(torch.maximum(damping, low), high)
    close = (slope / (curvature + kept) - radius).abs() <= 0.1 * radius
    within = slope / curvature <= 1.1 * radius
    return torch.where(within, 0.0, torch.where(close, kept, low))


def _stationary(gradient: Tensor, steepness: Tensor, norm: Tensor) -> Tensor:
    return ~steepness.isfinite() | (gradient.abs() <= GTOL * steepness * norm)
