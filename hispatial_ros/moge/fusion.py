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

from hispatial_ros.moge.bilateral_grid import BilateralGrid
from hispatial_ros.moge.robust import robust_fit
from hispatial_ros.pointmap.noise import DepthNoise

MAX_ANCHORS = 20_000  # pixels taken for the fit
MIN_ANCHORS = 400
MIN_OVERLAP = 0.01  # share of the image
MIN_INLIERS = 0.5  # share of the anchors that agree with scale, shift and trend
INLIER = 0.15  # relative error of those
EDGE = 0.08  # relative depth step between neighbours that makes an edge


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
        self._trend = robust_fit(basis, ratio, ridge=1e-3)
        rest = ratio - basis @ self._trend
        self.inliers = float(np.mean(np.abs(rest) < INLIER))
        self._grid = BilateralGrid(shape, np.log(self.scale * z + self.shift))
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
    factor, offset = np.array([1.0, 0.0]) + robust_fit(basis, 1 - basis[:, 0], ridge=1e-2)
    shift = float(offset * np.median(target))
    if not 0.5 < factor < 2 or abs(shift) > 0.3 * scale * float(z.min()):
        return scale, 0.0
    return float(factor) * scale, shift


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
