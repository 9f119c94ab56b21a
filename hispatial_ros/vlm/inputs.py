"""The model's input for one frame: a squashed image and the metric points of its pixels.

Only the pixels that the model sees are unprojected. The result equals that of the released
preprocessing, which unprojects the whole depth image and then resizes it with nearest neighbour.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from hispatial_ros.camera.rays import rays
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame

FAR = 250.0  # m; where the released preprocessing puts what is farther, infinite or unknown
SENSOR_INVALID = 0.0  # coordinates of invalid pixels of sensor depth, as in the training data
MOGE_INVALID = FAR  # and of depth estimated by MoGe


@dataclass(frozen=True, eq=False)
class ModelInput:
    """rgb: [S, S, 3] uint8, R G B.

    xyz: [4, S, S] float32; x, y, z in metres in the optical frame, and validity (0 or 1).
    """

    rgb: np.ndarray
    xyz: np.ndarray


def prepare(frame: Frame, size: int, invalid: float = SENSOR_INVALID) -> ModelInput:
    """Model input of a frame with depth.

    Args:
        frame: depth of the same field of view as the image, possibly of another size.
        size: side S of the model's image, pixels.
        invalid: SENSOR_INVALID, or MOGE_INVALID if the depth was estimated by MoGe.

    Raises:
        SpatialError: NO_DEPTH or BAD_IMAGE if image or depth is missing or of a wrong type,
            BAD_CALIBRATION if the camera does not fit the depth image.
    """
    depth = frame.depth
    if depth is None or depth.size == 0:
        raise SpatialError(
            ErrorCode.NO_DEPTH,
            "the model needs depth: publish registered depth, or let MoGe estimate it",
        )
    if depth.ndim != 2 or (depth.dtype != np.uint16 and depth.dtype.kind != "f"):
        raise SpatialError(
            ErrorCode.BAD_IMAGE,
            f"depth is {depth.dtype} with shape {depth.shape}: uint16 millimetres or float32 "
            "metres with shape [height, width] are needed",
        )
    rgb = model_image(frame.rgb, size)
    height, width = depth.shape
    camera = frame.camera.scaled(width, height)
    row, column = _sampled(height, size)[:, None], _sampled(width, size)[None]
    xyz = np.empty((4, size, size), np.float32)
    x, y, z, valid = xyz
    z[:] = depth[row, column]
    if depth.dtype == np.uint16:
        z /= np.float32(1000)
    with np.errstate(invalid="ignore", over="ignore"):  # infinite depth is sorted out below
        if camera.is_distorted:
            for coordinate, ray in zip((x, y), rays(camera, column, row), strict=True):
                np.multiply(ray, z, out=coordinate)
        else:  # in the released code's order of operations, for the last bit
            np.multiply(column.astype(np.float32) - np.float32(camera.cx), z, out=x)
            np.multiply(row.astype(np.float32) - np.float32(camera.cy), z, out=y)
            x /= np.float32(camera.fx)
            y /= np.float32(camera.fy)
    valid[:] = np.isfinite(x) & np.isfinite(y) & (z > 0)  # x is not finite where z is not
    np.minimum(xyz[:3], np.float32(FAR), out=xyz[:3])
    np.copyto(xyz[:3], np.float32(invalid), where=valid == 0)
    return ModelInput(rgb, xyz)


def model_image(rgb: np.ndarray | None, size: int) -> np.ndarray:
    """The image squashed to [size, size, 3]. Raises SpatialError BAD_IMAGE."""
    if rgb is None or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        found = "no image" if rgb is None else f"{rgb.dtype} with shape {rgb.shape}"
        raise SpatialError(
            ErrorCode.BAD_IMAGE, f"the model needs a uint8 [height, width, 3] image, got {found}"
        )
    return cv2.resize(rgb, (size, size), interpolation=cv2.INTER_LINEAR)


def _sampled(length: int, size: int) -> np.ndarray:
    """Source index of every model pixel along one side, rounded as cv2.INTER_NEAREST does."""
    scale = 1.0 / (size / length)
    return np.minimum((np.arange(size) * scale).astype(int), length - 1)
