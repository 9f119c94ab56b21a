"""Levenberg-Marquardt for one unknown, step for step like scipy's.

The official package calls ``scipy.optimize.least_squares(method="lm", x0=0, ftol=1e-3)``. That
loose tolerance ends the search where the last step gained little, which on an ill-posed problem is
not the minimum: to return the same number, the same steps must be taken. With one unknown,
MINPACK's ``lmder`` and ``lmpar`` (J. J. More, "The Levenberg-Marquardt algorithm: implementation
and theory", 1978), scaled by the slope as scipy does since 1.16, reduce to the scalars below.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FTOL, XTOL, GTOL = 1e-3, 1e-8, 1e-8  # as scipy is called upstream
MAX_EVALUATIONS = 100
FIRST_RADIUS = 100.0

Residual = Callable[[float], np.ndarray]


def minimize(residual: Residual, slope: Residual) -> float:
    """The x near 0 that minimises the sum of squared residuals.

    Args:
        residual: r(x), [N].
        slope: dr/dx, [N].
    """
    # Infinite residuals are part of the search (a step past a pole) and get rejected.
    with np.errstate(all="ignore"):
        return _minimize(residual, slope)


def _minimize(residual: Residual, slope: Residual) -> float:
    x, scale, evaluations = 0.0, 0.0, 1
    r = residual(x)
    norm = _norm(r)
    trust = _Trust()
    while True:
        dr = slope(x)
        gradient, steepness = float(dr @ r), _norm(dr)
        if not np.isfinite(steepness) or abs(gradient) <= GTOL * steepness * norm:
            return x
        # From here on in units of the scaled unknown, scale * x.
        scale = max(scale, steepness)
        curvature = (steepness / scale) ** 2
        accepted = False
        while not accepted:
            step = trust.step(gradient / scale, curvature)
            tried = x + step / scale
            new = residual(tried)
            evaluations += 1
            trial = _Trial(norm, _norm(new), abs(step), curvature, trust.damping)
            trust.adapt(trial)
            accepted = trial.ratio >= 1e-4
            if accepted:
                x, r, norm, trust.first = tried, new, trial.new_norm, False
            small = trust.radius <= XTOL * scale * abs(x)
            if trial.converged or small or evaluations >= MAX_EVALUATIONS:
                return x


@dataclass
class _Trial:
    """What a step brought, beside what the quadratic model predicted."""

    norm: float  # of the residuals before
    new_norm: float  # and after
    length: float
    curvature: float
    damping: float

    def __post_init__(self) -> None:
        relative = (self.length / self.norm) ** 2
        undamped, damped = self.curvature * relative, self.damping * relative
        self.fall = undamped + damped  # of the model along the step
        self.far_worse = 0.1 * self.new_norm >= self.norm
        better = 0.1 * self.new_norm < self.norm
        self.gain = 1 - (self.new_norm / self.norm) ** 2 if better else -1.0
        self.predicted = undamped + 2 * damped
        self.ratio = self.gain / self.predicted if self.predicted else 0.0

    @property
    def converged(self) -> bool:
        return abs(self.gain) <= FTOL and self.predicted <= FTOL and self.ratio <= 2

    @property
    def shrink(self) -> float:
        """By how much to shrink the radius after a step that the model predicted badly."""
        shrink = 0.5
        if self.gain < 0:
            shrink *= self.fall / (self.fall - 0.5 * self.gain)
        return 0.1 if self.far_worse or shrink < 0.1 else shrink


@dataclass
class _Trust:
    """How far the quadratic model is trusted."""

    radius: float = FIRST_RADIUS
    damping: float = 0.0
    first: bool = True  # no step was accepted yet

    def step(self, gradient: float, curvature: float) -> float:
        """The step within the radius."""
        self.damping = _damping(gradient, curvature, self.radius, self.damping)
        step = -gradient / (curvature + self.damping)
        if self.first:
            self.radius = min(self.radius, abs(step))
        return step

    def adapt(self, trial: _Trial) -> None:
        """Trust the model less or more, by how well it predicted."""
        if trial.ratio <= 0.25:
            self.radius = trial.shrink * min(self.radius, 10 * trial.length)
            self.damping /= trial.shrink
        elif self.damping == 0 or trial.ratio >= 0.75:
            self.radius = 2 * trial.length
            self.damping *= 0.5


def _damping(gradient: float, curvature: float, radius: float, damping: float) -> float:
    """MINPACK's lmpar: the damping whose step is as long as the trust radius, within 10 %."""
    excess = abs(gradient) / curvature - radius
    if excess <= 0.1 * radius:
        return 0.0
    low, high = excess * curvature / radius, abs(gradient) / radius
    damping = min(max(damping, low), high) or curvature
    for _ in range(10):
        excess = abs(gradient) / (curvature + damping) - radius
        if abs(excess) <= 0.1 * radius:
            break
        if excess > 0:
            low = max(low, damping)
        else:
            high = min(high, damping)
        damping = max(low, damping + excess * (curvature + damping) / radius)
    return damping


def _norm(r: np.ndarray) -> float:
    return float(np.sqrt(r @ r))
