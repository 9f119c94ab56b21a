"""Mean of many measurements of one quantity whose errors are partly the same each time.

A measurement states the covariance of its whole error. What varies from one to the next shows in
their scatter and averages away; the rest (calibration, the unseen back of an object) is common to
all of them and stays, however many there are:

    covariance of the mean = common + scatter / n_eff,    common = stated - scatter

which is the law of total variance. n_eff is the number of independent measurements that have as
much to say as these (Kish, 1965, for their weights), less for scatter that is correlated in time:
n (1 - r) / (1 + r) with r the correlation from one to the next.
"""

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
    """Running means of a vector for each of several objects, with their covariances.

    Everything is done for many objects at once: that costs hardly more than for one.

    Args:
        values: [n, k], the first measurement of each.
        stated: [n, k, k], covariances of their whole errors.
    """

    def __init__(self, values: np.ndarray, stated: np.ndarray):
        n, k = values.shape
        self.mean = np.zeros((n, k))
        self.count = np.zeros(n, int)  # measurements that it rests on
        self.moves = np.zeros(n, int)  # how often it has begun anew
        self._stated = np.zeros((n, k, k))
        self._scatter = np.zeros((n, k, k))
        self._successive = np.zeros(n)
        self._residual = np.zeros((n, k))
        self._weight = np.zeros(n)  # sums of the weights and of their squares
        self._square = np.zeros(n)
        self._unit = np.zeros(n)  # variance that has weight 1
        self._recent = np.zeros((n, RECENT, k))
        self._begin(np.arange(n), values, stated)

    def _begin(self, rows: np.ndarray, values: np.ndarray, stated: np.ndarray) -> None:
        self.mean[rows] = self._recent[rows, -1] = values
        self._stated[rows] = stated
        self._scatter[rows] = SCATTER * stated
        self._unit[rows] = _trace(stated)
        self._successive[rows] = CORRELATION * SCATTER * self._unit[rows]
        self._residual[rows] = 0.0
        self._weight[rows] = self._square[rows] = 1.0
        self.count[rows] = 1

    def keep(self, rows: np.ndarray) -> None:
        """Forget all objects but these."""
        for name, values in vars(self).items():
            setattr(self, name, values[rows])

    def append(self, values: np.ndarray, stated: np.ndarray) -> None:
        """Begin more objects, as the first ones."""
        more = vars(Fused(values, stated))
        for name, own in vars(self).items():
            setattr(self, name, np.concatenate([own, more[name]]))

    @property
    def scatter(self) -> np.ndarray:
        """[n, k, k], of one measurement about the mean of many."""
        return self._scatter_of(np.arange(len(self.count)))

    def _scatter_of(self, rows: np.ndarray) -> np.ndarray:
        # A sphere's width, height and depth scatter as one: alone that would have no inverse.
        scatter = self._scatter[rows]
        each = np.arange(scatter.shape[-1])
        scatter[:, each, each] += LEAST_SCATTER * self._stated[rows][:, each, each]
        return scatter

    @property
    def n_eff(self) -> np.ndarray:
        """[n] independent measurements that have as much to say."""
        r = np.clip(self._successive / np.maximum(_trace(self._scatter), 1e-12), 0.0, 0.95)
        return np.maximum(self._weight**2 / self._square * (1 - r) / (1 + r), 1.0)

    @property
    def covariance(self) -> np.ndarray:
        """[n, k, k], of the whole error of each mean."""
        root = np.linalg.cholesky(self._stated)
        inverse = np.linalg.inv(root)
        share, axes = np.linalg.eigh(inverse @ self._scatter @ inverse.swapaxes(1, 2))
        common = np.maximum(1 - share, LEAST_COMMON)
        fused = common + np.maximum(share, 0) / self.n_eff[:, None]
        return root @ (axes * fused[:, None]) @ axes.swapaxes(1, 2) @ root.swapaxes(1, 2)

    def add(self, rows: np.ndarray, values: np.ndarray, stated: np.ndarray) -> None:
        """Take in a measurement of some objects.

        Args:
            rows: [m] numbers of the objects, each once.
            values: [m, k].
            stated: [m, k, k], covariances of their whole errors.
        """
        residual = values - self.mean[rows]
        share = 1 + 1 / np.maximum(self._weight[rows], 1.0)
        expected = self._scatter_of(rows) * share[:, None, None]
        away = np.linalg.solve(expected, residual[..., None])[..., 0]
        far = np.sqrt(np.maximum((residual * away).mean(1), 0.0))
        self._recent[rows] = np.concatenate([self._recent[rows, 1:], values[:, None]], axis=1)
        self.count[rows] += 1
        moved = self._is_away(rows, MOVED)
        if moved.any():
            again = rows[moved]
            self._begin(again, self._recent[again, -2:].mean(1), stated[moved])
            self.moves[again] += 1
            rows, residual, stated, far = (a[~moved] for a in (rows, residual, stated, far))
        limit = np.minimum(1.0, OUTLIER / np.maximum(far, 1e-9))
        weight = self._unit[rows] / np.maximum(_trace(stated), 1e-12) * limit
        fade = 1 - 1 / WINDOW
        self._square[rows] = self._square[rows] * fade**2 + weight**2
        self._weight[rows] = self._weight[rows] * fade + weight
        gain = weight / self._weight[rows]
        # About the mean before this measurement, whose own variance 1 - gain takes out.
        learnt = 1 / np.minimum(self.count[rows] + WORTH, WINDOW)
        limited = residual * limit[:, None]
        product = limited[:, :, None] * limited[:, None] * (1 - gain)[:, None, None]
        self._scatter[rows] += learnt[:, None, None] * (product - self._scatter[rows])
        lagged = (self._residual[rows] * limited).sum(1)
        second = self.count[rows] == 2  # which has no residual before it
        self._successive[rows] += np.where(second, 0, learnt * (lagged - self._successive[rows]))
        self._residual[rows] = limited
        self.mean[rows] += gain[:, None] * residual
        self._stated[rows] += gain[:, None, None] * (stated - self._stated[rows])

    @property
    def steady(self) -> np.ndarray:
        """[n] whether the last measurements agree with the mean: what moves slowly leaves it
        behind."""
        return ~self._is_away(np.arange(len(self.count)), LAGGING)

    def _is_away(self, rows: np.ndarray, deviations: float) -> np.ndarray:
        """[m] whether the median of the last measurements is further from the mean than that."""
        away = np.median(self._recent[rows], 1) - self.mean[rows]
        scatter = np.diagonal(self._scatter_of(rows), axis1=1, axis2=2)
        stated = np.diagonal(self._stated[rows], axis1=1, axis2=2)
        variance = np.minimum(scatter, MOST_SCATTER * stated)
        beyond = (away**2 > deviations**2 * MEDIAN_VARIANCE * variance).any(1)
        return beyond & (self.count[rows] >= RECENT)


def _trace(matrices: np.ndarray) -> np.ndarray:
    return np.trace(matrices, axis1=-2, axis2=-1)
