"""Rays of whole pixels, remembered for distorted cameras."""

from functools import lru_cache

import numpy as np

from hispatial_ros.camera.distortion import undistort
from hispatial_ros.camera.model import Camera

MAX_TABLE_PIXELS = 2**23  # 72 MiB


def rays(camera: Camera, column: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normalised x = X/Z and y = Y/Z of pixels, lens distortion undone.

    Args:
        camera: of the image.
        column: pixels, any shape; the centre of the first is 0.
        row: the same; broadcast against each other.

    Returns:
        x and y, float32, broadcast to the common shape if the camera is distorted, else of their
        argument's shape; NaN where the lens model has no solution.

    Raises:
        SpatialError: BAD_CALIBRATION as `undistort`.
    """
    if not camera.is_distorted:
        x = (column - np.float32(camera.cx)) / np.float32(camera.fx)
        y = (row - np.float32(camera.cy)) / np.float32(camera.fy)
        return x.astype(np.float32), y.astype(np.float32)
    column, row = np.broadcast_arrays(column, row)
    whole = column.dtype.kind in "iu" and row.dtype.kind in "iu"
    if whole and camera.width * camera.height <= MAX_TABLE_PIXELS:
        xy = _table(camera).rays(column, row)
    else:
        uv = np.stack([column, row], -1).reshape(-1, 2)
        xy = undistort(camera, uv).astype(np.float32).reshape(*column.shape, 2)
    return xy[..., 0], xy[..., 1]


class _Table:
    """Rays by pixel, computed when first asked for: successive frames ask for the same pixels.

    Two threads may compute the same pixel, and write the same value.
    """

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.xy = np.empty((camera.height, camera.width, 2), np.float32)
        self.known = np.zeros((camera.height, camera.width), bool)

    def rays(self, column: np.ndarray, row: np.ndarray) -> np.ndarray:
        new = ~self.known[row, column]
        if new.any():
            u, v = column[new], row[new]
            self.xy[v, u] = undistort(self.camera, np.stack([u, v], -1))
            self.known[v, u] = True
        return self.xy[row, column]


_table = lru_cache(maxsize=4)(_Table)
