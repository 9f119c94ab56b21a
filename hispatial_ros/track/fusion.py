"""Mean of many measurements of one quantity whose errors are partly the same each time.

A measurement states the covariance of its whole error. What varies from one to the next shows in
their scatter and averages away; the rest (calibration, the unseen back of an object) is common to
all of them and stays, however many there are:

    covariance of the mean = common + scatter / n_eff,    common = stated - scatter

which is the law of total variance. n_eff is the number of independent measurements that have as
much to say as these (Kish, 1965, for their weights), less for scatter that is correlated in time:
n (1 - r) / (1 + r) with r the correlation from one to the next.
"""

from collections import deque

import numpy as np

# Measurements that the mean rests on at most; older ones fade. Larger: slower to follow. Smaller:
# less is averaged away. Chosen: six seconds at 10 Hz.
WINDOW = 60.0
# Before measurements show it: share of the stated variance that scatters, correlation of
# successive errors, and how many measurements that assumption is worth. Larger share or smaller
# correlation: the first seconds state too little. Chosen.
SCATTER, CORRELATION, WORTH = 0.5, 0.3, 5.0
# Share of the stated variance that is common at least. Smaller: the mean of many claims more than
# any sensor can. Larger: fusing gains less. Chosen: calibration and depth bias are that much.
LEAST_COMMON = 0.1
# Share of the stated variance that scatters at least, whatever is seen. Larger: the mean claims
# less than it could. Smaller: equal measurements make the next one an outlier. Chosen.
LEAST_SCATTER = 0.01
# [deviations] Beyond, a measurement counts as much as one there (Huber, 1964). Larger: boxes cut
# by something in front pull the mean. Smaller: it follows slowly. Chosen.
OUTLIER = 2.0
# [deviations] of the median of the last measurements from the mean of all: the object has moved.
# Larger: it is noticed later. Smaller: noise restarts the mean. Chosen.
MOVED = 5.0
# The same beyond which the mean may lag behind. Larger: what creeps is stated where it was.
# Smaller: noise makes the mean useless. Chosen.
LAGGING = 2.5
# Measurements in that median. Larger: movement is noticed later. Smaller: two that are off look
# like one. Chosen.
RECENT = 4
# Of the median of four, as a share of one's; 0.35 for independent normal errors, 0.7 at a
# correlation of 0.6.
MEDIAN_VARIANCE = 0.5
# Scatter above this multiple of the stated covariance is movement, not noise. Larger: slow objects
# are followed late. Smaller: a bad detector restarts the mean. Chosen.
MOST_SCATTER = 4.0


class Fused:
    """Running mean of a vector with its covariance.

    Args:
        value: [k], the first measurement.
        stated: [k, k], covariance of its whole error.
    """

    def __init__(self, value: np.ndarray, stated: np.ndarray):
        self._restart(value, stated)
        self.moves = 0  # how often it has restarted

    def _restart(self, value: np.ndarray, stated: np.ndarray) -> None:
        self.mean = np.array(value, float)
        self._recent = deque([self.mean], RECENT)
        self._stated = np.array(stated, float)
        self._scatter = SCATTER * self._stated
        self._successive = CORRELATION * np.trace(self._scatter)
        self._residual: np.ndarray | None = None
        self._weight = self._square = 1.0  # sums of the weights and of their squares
        self._unit = np.trace(self._stated)  # variance that has weight 1
        self.count = 1

    @property
    def scatter(self) -> np.ndarray:
        """[k, k], of one measurement about the mean of many."""
        # A sphere's width, height and depth scatter as one: alone that would have no inverse.
        return self._scatter + LEAST_SCATTER * np.diag(np.diag(self._stated))

    @property
    def n_eff(self) -> float:
        """Independent measurements that have as much to say."""
        r = np.clip(self._successive / max(np.trace(self._scatter), 1e-12), 0.0, 0.95)
        return max(self._weight**2 / self._square * (1 - r) / (1 + r), 1.0)

    @property
    def covariance(self) -> np.ndarray:
        """[k, k], of the whole error of the mean."""
        root = np.linalg.cholesky(self._stated)
        inverse = np.linalg.inv(root)
        share, axes = np.linalg.eigh(inverse @ self._scatter @ inverse.T)
        common = np.maximum(1 - share, LEAST_COMMON)
        fused = (axes * (common + np.maximum(share, 0) / self.n_eff)) @ axes.T
        return root @ fused @ root.T

    def add(self, value: np.ndarray, stated: np.ndarray) -> None:
        """Take a measurement in, with the covariance of its whole error."""
        residual = value - self.mean
        expected = self.scatter * (1 + 1 / max(self._weight, 1.0))
        far = np.sqrt(residual @ np.linalg.solve(expected, residual) / len(residual))
        self._recent.append(np.array(value, float))
        if self._has_moved():
            self._restart(np.mean(list(self._recent)[-2:], 0), stated)
            self.moves += 1
            return
        weight = self._unit / max(np.trace(stated), 1e-12) * min(1.0, OUTLIER / max(far, 1e-9))
        fade = 1 - 1 / WINDOW
        self._square = self._square * fade**2 + weight**2
        self._weight = self._weight * fade + weight
        gain = weight / self._weight
        self.count += 1
        # About the mean before this measurement, whose own variance 1 - gain takes out.
        gain_scatter = 1 / min(self.count + WORTH, WINDOW)
        limited = residual * min(1.0, OUTLIER / max(far, 1e-9))
        product = np.outer(limited, limited) * (1 - gain)
        self._scatter = self._scatter + gain_scatter * (product - self._scatter)
        if self._residual is not None:
            lagged = float(self._residual @ limited)
            self._successive += gain_scatter * (lagged - self._successive)
        self._residual = limited
        self.mean = self.mean + gain * residual
        self._stated = self._stated + gain * (stated - self._stated)

    @property
    def steady(self) -> bool:
        """Whether the last measurements agree with the mean: what moves slowly leaves it behind."""
        return not self._is_away(LAGGING)

    def _has_moved(self) -> bool:
        return self._is_away(MOVED)

    def _is_away(self, deviations: float) -> bool:
        """Whether the median of the last measurements is further from the mean than that."""
        if len(self._recent) < RECENT:
            return False
        away = np.median(self._recent, 0) - self.mean
        variance = np.minimum(np.diag(self.scatter), MOST_SCATTER * np.diag(self._stated))
        return bool((away**2 > deviations**2 * MEDIAN_VARIANCE * variance).any())
