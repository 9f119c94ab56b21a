"""Levenberg-Marquardt for one unknown, step for step like scipy's.

The official package calls ``scipy.optimize.least_squares(method="lm", x0=0, ftol=1e-3)``. That
loose tolerance ends the search where the last step gained little, which on an ill-posed problem is
not the minimum: to return the same number, the same steps must be taken. With one unknown,
MINPACK's ``lmder`` and ``lmpar`` (J. J. More, "The Levenberg-Marquardt algorithm: implementation
and theory", 1978), scaled by the slope as scipy does since 1.16, reduce to the scalars below.
"""

from collections.abc import Callable

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
    x, scale, damping, radius = 0.0, 0.0, 0.0, FIRST_RADIUS
    r = residual(x)
    norm, evaluations, first = _norm(r), 1, True
    while True:
        dr = slope(x)
        gradient, steepness = float(dr @ r), _norm(dr)
        if not np.isfinite(steepness) or abs(gradient) <= GTOL * steepness * norm:
            return x
        # From here on in units of the scaled unknown, scale * x.
        if first:
            radius = FIRST_RADIUS
        scale = max(scale, steepness)
        gradient, curvature = gradient / scale, (steepness / scale) ** 2
        accepted = False
        while not accepted:
            damping = _damping(gradient, curvature, radius, damping)
            step = -gradient / (curvature + damping)
            length = abs(step)
            if first:
                radius = min(radius, length)
            new = residual(x + step / scale)
            new_norm = _norm(new)
            evaluations += 1
            gain = 1 - (new_norm / norm) ** 2 if 0.1 * new_norm < norm else -1.0
            undamped = curvature * (length / norm) ** 2
            damped = damping * (length / norm) ** 2
            predicted = undamped + 2 * damped
            ratio = gain / predicted if predicted else 0.0

            if ratio <= 0.25:
                shrink = 0.5
                if gain < 0:
                    shrink *= (undamped + damped) / (undamped + damped - 0.5 * gain)
                if 0.1 * new_norm >= norm or shrink < 0.1:
                    shrink = 0.1
                radius = shrink * min(radius, 10 * length)
                damping /= shrink
            elif damping == 0 or ratio >= 0.75:
                radius = 2 * length
                damping *= 0.5

            accepted = ratio >= 1e-4
            if accepted:
                x, r, norm, first = x + step / scale, new, new_norm, False
            converged = abs(gain) <= FTOL and predicted <= FTOL and ratio <= 2
            if converged or radius <= XTOL * scale * abs(x) or evaluations >= MAX_EVALUATIONS:
                return x


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
