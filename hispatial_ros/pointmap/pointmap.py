"""Metric points of the pixels that are asked for."""

from functools import cached_property

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.camera.rays import rays
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.noise import DepthNoise

MAX_RANGE = 30.0  # m; farther depth is taken as invalid


class PointMap:
    """The depth image of a frame as 3D points, computed on demand.

    Nothing is converted up front: depth stays as the sensor sent it, and only the requested pixels
    are turned into metres and rays. Pixels whose depth is 0, negative, NaN, infinite or beyond
    ``max_range`` are invalid and become NaN.

    Pixel coordinates are those of ``Region``: pixel (u, v) of the colour image covers
    [u, u+1) x [v, v+1). Depth of another size shows the same field of view.

    Args:
        frame: with depth [h, w], uint16 mm or float32 m.
        noise: standard deviation of a depth value.
        max_range: m.

    Raises:
        SpatialError: NO_DEPTH without depth; BAD_IMAGE if it is not 2D uint16 or float;
            BAD_CALIBRATION if its aspect differs from the camera's.
    """

    def __init__(self, frame: Frame, noise: DepthNoise | None = None, max_range: float = MAX_RANGE):
        depth = frame.depth
        if depth is None or depth.size == 0:
            raise SpatialError(
                ErrorCode.NO_DEPTH,
                "the frame has no depth image: check that the depth topic is published and "
                "synchronised with the image",
            )
        if depth.ndim != 2 or (depth.dtype != np.uint16 and depth.dtype.kind != "f"):
            raise SpatialError(
                ErrorCode.BAD_IMAGE,
                f"depth is {depth.dtype} with shape {depth.shape}: uint16 millimetres or float32 "
                "metres with shape [height, width] are needed",
            )
        if frame.depth_sigma is not None and frame.depth_sigma.shape != depth.shape:
            raise SpatialError(
                ErrorCode.BAD_IMAGE,
                f"depth has shape {depth.shape}, its standard deviation {frame.depth_sigma.shape}",
            )
        self.depth = depth
        self._flat = depth.ravel()
        self.depth_sigma = frame.depth_sigma
        self.noise = noise or DepthNoise()
        self.max_range = max_range
        self.camera: Camera = frame.camera.scaled(depth.shape[1], depth.shape[0])
        self.scale = (depth.shape[1] / frame.camera.width, depth.shape[0] / frame.camera.height)

    @property
    def width(self) -> int:
        return self.depth.shape[1]

    @property
    def height(self) -> int:
        return self.depth.shape[0]

    def z(self, column: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Depth [m] float32 at integer pixels of the depth image, NaN where invalid."""
        # Taking from the flat image is twice as fast as two indices.
        raw = np.asarray(self._flat.take(row * self.width + column))
        z = raw.astype(np.float32)
        if raw.dtype == np.uint16:
            z *= np.float32(0.001)
        # One comparison catches 0, negatives and NaN, the other +Inf and the far range.
        known = z > 0
        known &= z <= self.max_range
        z[~known] = np.nan
        if self.camera.is_distorted:  # a pixel beyond the lens model's range has no ray
            z[np.isnan(self.rays(column, row)[0])] = np.nan
        return z

    def sigma(self, column: np.ndarray | int, row: np.ndarray | int, z: np.ndarray) -> np.ndarray:
        """Standard deviation [m] of the depth z [m] at integer pixels of the depth image."""
        if self.depth_sigma is None:
            return self.noise.sigma(z)
        return np.where(np.isfinite(z), self.depth_sigma[row, column], np.float32(np.nan))

    def rays(self, column: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Normalised x = X/Z and y = Y/Z, float32, at (sub-)pixels of the depth image.

        Here the centre of the top-left pixel is (0, 0). Lens distortion is undone.
        """
        return rays(self.camera, column, row)

    def sample(self, u: np.ndarray | float, v: np.ndarray | float) -> np.ndarray:
        """Points [..., 3] float32 at colour-image coordinates, NaN where invalid or outside."""
        u, v = np.broadcast_arrays(np.asarray(u, float), np.asarray(v, float))
        with np.errstate(invalid="ignore"):
            column = np.floor(u * self.scale[0])
            row = np.floor(v * self.scale[1])
            inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height)
        column = np.where(inside, column, 0).astype(np.intp)
        row = np.where(inside, row, 0).astype(np.intp)
        z = np.where(inside, self.z(column, row), np.float32(np.nan))
        x, y = self.rays(column, row)
        return np.stack([x * z, y * z, z], -1)

    @cached_property
    def points(self) -> np.ndarray:
        """The whole map, [h, w, 3] float32 with NaN where invalid, for clouds and models."""
        columns, rows = np.arange(self.width)[None, :], np.arange(self.height)[:, None]
        z = self.z(columns, rows)
        x, y = self.rays(columns, rows)
        return np.stack([x * z, y * z, z], -1)
