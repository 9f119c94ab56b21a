"""A smooth correction of depth on a coarse grid over column, row and log depth.

J. Chen, S. Paris, F. Durand, "Real-time edge-aware image processing with the bilateral grid",
SIGGRAPH 2007.
"""

import numpy as np

from hispatial_ros.moge.robust import FLOOR, cauchy, spread

CELLS = 16  # of the grid along the longer image side
LOG_DEPTH_CELL = 0.15
SUPPORT = 6.0  # anchors that outweigh the coarser scale


class BilateralGrid:
    """A smooth function of column, row and log depth, from scattered values."""

    def __init__(self, shape: tuple[int, int], log_depth: np.ndarray):
        height, width = shape
        self._width = width
        self._cell = max(height, width) / CELLS
        self._low = float(log_depth.min())
        layers = int((float(log_depth.max()) - self._low) / LOG_DEPTH_CELL) + 2
        self._size = (layers, int(height / self._cell) + 2, int(width / self._cell) + 2)
        self._field = np.zeros(self._size, np.float32)
        self._uncertainty = np.zeros(self._size, np.float32)
        self.error = FLOOR

    def fit(self, pixels: np.ndarray, log_depth: np.ndarray, values: np.ndarray) -> None:
        """Smooths the values; outliers lose their weight in a few rounds."""
        corners = self._corners(pixels, log_depth)
        nearest = np.ravel_multi_index(
            tuple(np.rint(c).astype(np.intp) for c in corners), self._size
        )
        weight = np.ones(len(values))
        for _ in range(4):
            self._smooth(nearest, weight, values)
            rest = values - self.at(pixels, log_depth)[0]
            self.error = max(spread(rest), FLOOR)
            weight = cauchy(rest, self.error)

    def at(self, pixels: np.ndarray, log_depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Value and its standard deviation (trilinear)."""
        corners = self._corners(pixels, log_depth)
        floors = [
            np.minimum(c.astype(np.int32), n - 2) for c, n in zip(corners, self._size, strict=True)
        ]
        (k, i, j), (a, b, c) = floors, [x - f for x, f in zip(corners, floors, strict=True)]
        _, rows, columns = self._size
        first = (k * rows + i) * columns + j
        value = np.zeros(len(pixels), np.float32)
        uncertainty = np.zeros(len(pixels), np.float32)
        for dk, wk in ((0, 1 - a), (1, a)):
            for di, wi in ((0, 1 - b), (1, b)):
                for dj, wj in ((0, 1 - c), (1, c)):
                    index, weight = first + ((dk * rows + di) * columns + dj), wk * wi * wj
                    value += weight * self._field.ravel()[index]
                    uncertainty += weight * self._uncertainty.ravel()[index]
        return value, np.hypot(uncertainty, self.error)

    def _corners(self, pixels: np.ndarray, log_depth: np.ndarray) -> list[np.ndarray]:
        """Grid coordinates (layer, row, column) of pixels, float32."""
        v, u = np.divmod(pixels, self._width)
        layer = np.clip((log_depth - self._low) / LOG_DEPTH_CELL, 0, self._size[0] - 1.001)
        cell = np.float32(self._cell)
        return [layer.astype(np.float32), v.astype(np.float32) / cell, u.astype(np.float32) / cell]

    def _smooth(self, cells: np.ndarray, weight: np.ndarray, values: np.ndarray) -> None:
        """From coarse to fine, each scale as far as it has data.

        What a scale adds where it has data is the error to expect where it has none.
        """
        count = int(np.prod(self._size))
        total = np.bincount(cells, weight * values, count).reshape(self._size)
        mass = np.bincount(cells, weight, count).reshape(self._size)
        field, variance = np.zeros(self._size), np.zeros(self._size)
        for step in (8, 4, 2, 1, 0):
            blurred, support = (_blur(total, step), _blur(mass, step)) if step else (total, mass)
            trust = support / (support + SUPPORT)
            finer = (blurred + SUPPORT * field) / (support + SUPPORT)
            added = np.sum(mass * np.square(finer - field)) / mass.sum()
            variance += np.square(1 - trust) * added
            if step:
                field = finer
        self._field = field.astype(np.float32)
        self._uncertainty = np.sqrt(variance).astype(np.float32)


def _blur(grid: np.ndarray, step: int) -> np.ndarray:
    """Kernel 1/2 1 1/2 along every axis, its taps ``step`` cells apart."""
    for axis in range(grid.ndim):
        if grid.shape[axis] > step:
            near = [slice(None)] * grid.ndim
            far = list(near)
            near[axis], far[axis] = slice(None, -step), slice(step, None)
            result = 2 * grid
            result[tuple(near)] += grid[tuple(far)]
            result[tuple(far)] += grid[tuple(near)]
            grid = result / 2
    return grid
