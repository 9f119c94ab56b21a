"""Robust least squares, as the alignment of depth needs them."""

import numpy as np

FLOOR = 0.004  # relative error below which depths agree perfectly


def robust_fit(basis: np.ndarray, values: np.ndarray, ridge: float) -> np.ndarray:
    """Ridge regression with Cauchy weights."""
    weight = np.ones(len(values))
    penalty = ridge * np.eye(basis.shape[1])
    for _ in range(5):
        weighted = basis * weight[:, None]
        normal = weighted.T @ basis / weight.sum() + penalty
        solution = np.linalg.solve(normal, weighted.T @ values / weight.sum())
        rest = values - basis @ solution
        weight = cauchy(rest, max(spread(rest), FLOOR))
    return solution


def cauchy(rest: np.ndarray, stddev: float) -> np.ndarray:
    """Weights of residuals with this standard deviation."""
    return 1 / (1 + np.square(rest / (2.4 * stddev)))


def spread(rest: np.ndarray) -> float:
    """Standard deviation of the inliers, by the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(rest)))
