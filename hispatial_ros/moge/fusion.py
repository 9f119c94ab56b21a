"""Filling the holes of a depth sensor with aligned monocular depth.

Monocular depth errs by a scale and shift of the whole frame and by smooth deformations within it,
while its edges and planes are good. So the sensor's valid pixels say, robustly, how the monocular
depth has to be bent, and the bent depth fills the holes:

1. scale and shift in depth, and a quadratic trend over the image, by iteratively reweighted least
   squares of relative errors;
2. the remaining log ratio of both depths as a smooth field on a coarse grid over column, row and
   log depth (a bilateral grid: J. Chen, S. Paris, F. Durand, "Real-time edge-aware image processing
   with the bilateral grid", SIGGRAPH 2007), so that surfaces at different depths do not mix.

Pixels at depth edges and outliers of either map take no part in the fit.
"""

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np

from hispatial_ros.pointmap.noise import DepthNoise

MONOCULAR_NOISE = DepthNoise(a=0.0, b=0.0, c=0.0, relative=0.05, scale=0.05)

MAX_ANCHORS = 20_000  # pixels taken for the fit
MIN_ANCHORS = 400
MIN_OVERLAP = 0.01  # share of the image
MIN_INLIERS = 0.5  # share of the anchors that agree with scale, shift and trend
INLIER = 0.15  # relative error of those
EDGE = 0.08  # relative depth step between neighbours that makes an edge
CELLS = 16  # of the grid along the longer image side
LOG_DEPTH_CELL = 0.15
SUPPORT = 6.0  # anchors that outweigh the coarser scale
FLOOR = 0.004  # relative error below which depths agree perfectly


class Source(IntEnum):
    """Where a pixel's depth comes from."""

    NONE = 0
    SENSOR = 1
    FILLED = 2  # monocular depth, aligned to the sensor's


@dataclass(frozen=True, eq=False)
class FusedDepth:
    """Depth of one image; arrays at the sensor's resolution."""

    depth: np.ndarray  # [H, W] float32, m, NaN where neither knows
    source: np.ndarray  # [H, W] uint8, Source
    sigma: np.ndarray  # [H, W] float32, m, standard deviation of depth, NaN where invalid
    aligned: bool  # False: the sensor alone, for the reason in ``note``
    note: str  # how good the alignment is, or why there is none


def fuse(
    sensor: np.ndarray,
    monocular: np.ndarray,
    noise: DepthNoise | None = None,
) -> FusedDepth:
    """Sensor depth where it is valid, aligned monocular depth elsewhere.

    Args:
        sensor: [H, W], uint16 mm (0 invalid) or float32 m (NaN, infinite and <= 0 invalid).
        monocular: [h, w] float32 m, NaN invalid, of the same field of view.
        noise: of the sensor.

    Returns:
        Sensor pixels are kept bit by bit. If too few pixels overlap or agree, the holes stay.
    """
    noise = noise or DepthNoise()
    depth = _to_metres(sensor)
    known = np.isfinite(depth)
    other = _resampled(monocular, depth.shape)
    with np.errstate(invalid="ignore"):
        other = np.where((other > 0) & np.isfinite(other), other, np.float32(np.nan))
    source = np.where(known, np.uint8(Source.SENSOR), np.uint8(Source.NONE))
    sigma = noise.sigma(depth).astype(np.float32)

    alignment = _align(depth, other)
    if isinstance(alignment, str):
        return FusedDepth(depth, source, sigma, False, alignment)
    holes = np.flatnonzero(~known & np.isfinite(other))
    filled, error = alignment.apply(holes, other.ravel()[holes])
    depth.ravel()[holes] = filled
    sigma.ravel()[holes] = error * filled
    source.ravel()[holes] = Source.FILLED
    return FusedDepth(depth, source, sigma, True, alignment.note)


class _Alignment:
    """Monocular to metric depth: exp(trend + field) * (scale * z + shift)."""

    def __init__(
        self, shape: tuple[int, int], pixels: np.ndarray, z: np.ndarray, target: np.ndarray
    ):
        self._shape = shape
        self.scale, self.shift = _scale_and_shift(z, target)
        ratio = np.log(target / (self.scale * z + self.shift))
        basis = self._basis(pixels)
        self._trend = _robust_fit(basis, ratio, ridge=1e-3)
        rest = ratio - basis @ self._trend
        self.inliers = float(np.mean(np.abs(rest) < INLIER))
        self._grid = _Grid(shape, np.log(self.scale * z + self.shift))
        self._grid.fit(pixels, np.log(self.scale * z + self.shift), rest)
        self.note = (
            f"monocular depth scaled by {self.scale:.3f}, shifted by {self.shift:+.3f} m, "
            f"{self.inliers:.0%} of {len(z)} pixels agree, "
            f"{100 * self._grid.error:.1f} % apart"
        )

    def apply(self, pixels: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Metric depth and its relative standard deviation at flat pixel indices."""
        base = np.maximum(self.scale * z + self.shift, 0.2 * self.scale * z)
        field, error = self._grid.at(pixels, np.log(base))
        bend = self._basis(pixels) @ self._trend + field
        return (base * np.exp(bend)).astype(np.float32), error.astype(np.float32)

    def _basis(self, pixels: np.ndarray) -> np.ndarray:
        """Quadratic monomials of the image coordinates, [N, 5]; the constant is the scale."""
        height, width = self._shape
        longest = max(height, width)
        v, u = np.divmod(pixels, width)
        x = ((2 * u - width) / longest).astype(np.float32)
        y = ((2 * v - height) / longest).astype(np.float32)
        return np.stack([x, y, x * x, x * y, y * y], -1)


class _Grid:
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
            self.error = max(_spread(rest), FLOOR)
            weight = _cauchy(rest, self.error)

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


def _align(sensor: np.ndarray, monocular: np.ndarray) -> _Alignment | str:
    """The alignment, or why there is none."""
    both = np.isfinite(sensor) & np.isfinite(monocular)
    if np.count_nonzero(both) < max(MIN_ANCHORS, MIN_OVERLAP * both.size):
        return (
            f"sensor and monocular depth overlap in {np.count_nonzero(both)} pixels only, too few "
            "to align them: holes stay"
        )
    anchors = np.flatnonzero(both & ~_edges(sensor) & ~_edges(monocular))
    if len(anchors) < MIN_ANCHORS:
        return f"only {len(anchors)} pixels of the sensor lie on surfaces: holes stay"
    anchors = anchors[:: -(-len(anchors) // MAX_ANCHORS)]
    alignment = _Alignment(
        sensor.shape,
        anchors,
        monocular.ravel()[anchors].astype(float),
        sensor.ravel()[anchors].astype(float),
    )
    if alignment.inliers < MIN_INLIERS:
        return (
            f"sensor and monocular depth disagree ({alignment.inliers:.0%} of the pixels within "
            f"{INLIER:.0%} after alignment): holes stay"
        )
    return alignment


def _scale_and_shift(z: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Robust a, b with a z + b = target, in relative error; b is held near 0 where undetermined."""
    scale = float(np.median(target / z))
    basis = np.stack([scale * z / target, np.median(target) / target], -1)
    factor, offset = np.array([1.0, 0.0]) + _robust_fit(basis, 1 - basis[:, 0], ridge=1e-2)
    shift = float(offset * np.median(target))
    if not 0.5 < factor < 2 or abs(shift) > 0.3 * scale * float(z.min()):
        return scale, 0.0
    return float(factor) * scale, shift


def _robust_fit(basis: np.ndarray, values: np.ndarray, ridge: float) -> np.ndarray:
    """Ridge regression with Cauchy weights."""
    weight = np.ones(len(values))
    penalty = ridge * np.eye(basis.shape[1])
    for _ in range(5):
        weighted = basis * weight[:, None]
        normal = weighted.T @ basis / weight.sum() + penalty
        solution = np.linalg.solve(normal, weighted.T @ values / weight.sum())
        rest = values - basis @ solution
        weight = _cauchy(rest, max(_spread(rest), FLOOR))
    return solution


def _cauchy(rest: np.ndarray, spread: float) -> np.ndarray:
    return 1 / (1 + np.square(rest / (2.4 * spread)))


def _spread(rest: np.ndarray) -> float:
    """Standard deviation of the inliers, by the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(rest)))


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


def _edges(depth: np.ndarray) -> np.ndarray:
    """Where the 3x3 neighbourhood spans more than a surface would."""
    known = np.isfinite(depth)
    window = np.ones((3, 3), np.uint8)
    far = cv2.dilate(np.where(known, depth, np.float32(0)), window)
    near = cv2.erode(np.where(known, depth, np.float32(np.inf)), window)
    return far / np.float32(1 + EDGE) > near


def _to_metres(sensor: np.ndarray) -> np.ndarray:
    """A copy in float32 metres with NaN where invalid, as ``PointMap`` converts it."""
    depth = sensor.astype(np.float32)
    if sensor.dtype == np.uint16:
        depth *= np.float32(0.001)
    with np.errstate(invalid="ignore"):
        depth[~((depth > 0) & (depth < np.inf))] = np.nan
    return depth


def _resampled(depth: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Nearest pixels: interpolation would mix foreground and background."""
    if depth.shape == shape:
        return depth
    rows, columns = (
        ((np.arange(n) + 0.5) * m / n).astype(np.intp)
        for n, m in zip(shape, depth.shape, strict=True)
    )
    return depth[np.ix_(rows, columns)]
