"""The scalar Levenberg-Marquardt takes scipy's steps."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from hispatial_ros.moge.least_squares import minimize


def projection(rng: np.random.Generator, noise: float, spread: float):
    """Residual and slope of a shift along z, as in the post-processing."""
    z = 1 + spread * rng.random(500)
    ray = rng.uniform(-0.5, 0.5, 500)
    x = ray * (z + rng.uniform(-0.5, 2)) + noise * rng.standard_normal(500)
    return lambda s: x / (z + s) - ray, lambda s: -x / np.square(z + s)


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.5])
@pytest.mark.parametrize("seed", range(20))
def test_ends_where_scipy_ends(seed: int, noise: float):
    residual, slope = projection(np.random.default_rng(seed), noise, spread=3.0)
    expected = least_squares(
        lambda s: residual(s[0]), x0=0, jac=lambda s: slope(s[0])[:, None], ftol=1e-3, method="lm"
    )
    assert minimize(residual, slope) == pytest.approx(float(expected.x[0]), rel=1e-9, abs=1e-12)


def test_ends_at_once_without_slope():
    assert minimize(lambda s: np.ones(3), lambda s: np.zeros(3)) == 0.0


def test_ends_on_residuals_that_are_no_numbers():
    assert minimize(lambda s: np.full(3, np.nan), lambda s: np.full(3, np.nan)) == 0.0
