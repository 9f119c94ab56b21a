"""Depth of one camera as another camera sees it."""

import math

import numpy as np

from hispatial_ros.camera.distortion import project
from hispatial_ros.camera.model import Camera
from hispatial_ros.camera.rays import rays
from hispatial_ros.errors import ErrorCode, SpatialError


def register(
    depth: np.ndarray, depth_camera: Camera, camera: Camera, transform: np.ndarray
) -> np.ndarray:
    """Project depth forward into another camera, the nearest surface winning.

    The result covers the other camera's field of view at about the depth camera's resolution, so
    that neighbouring depth pixels stay neighbours; what the depth camera did not see stays invalid.

    Args:
        depth: [h, w] uint16 millimetres or float32 metres.
        depth_camera: its calibration; scaled if it is for another size of the same aspect.
        camera: the other camera.
        transform: [4, 4], maps points of the depth camera's optical frame to the other's.

    Returns:
        Depth of the dtype given, at the other camera's size or a fraction of it.

    Raises:
        SpatialError: BAD_CALIBRATION if the transform is no rigid motion, or as `project`.
    """
    transform = np.asarray(transform, float)
    rotation = transform[:3, :3]
    if not np.isfinite(transform).all() or not np.allclose(
        rotation @ rotation.T, np.eye(3), atol=1e-3
    ):
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            "the transform between the depth and the colour camera is no rotation and translation: "
            "check the TF tree",
        )
    depth_camera = depth_camera.scaled(depth.shape[1], depth.shape[0])
    coarser = max(1, math.ceil(camera.fx / depth_camera.fx), math.ceil(camera.fy / depth_camera.fy))
    target = camera.scaled(camera.width // coarser, camera.height // coarser)

    metres = 0.001 if depth.dtype == np.uint16 else 1.0
    row, column = np.nonzero(np.isfinite(depth) & (depth > 0))
    z = depth[row, column] * metres
    x, y = rays(depth_camera, column, row)
    points = np.stack([x * z, y * z, z], -1) @ rotation.T + transform[:3, 3]
    uv = np.rint(project(target, points))
    inside = (uv >= 0).all(1) & (uv[:, 0] < target.width) & (uv[:, 1] < target.height)
    u, v = uv[inside].astype(np.intp).T

    nearest = np.full(target.width * target.height, np.inf)
    np.minimum.at(nearest, v * target.width + u, points[inside, 2])
    nearest[np.isinf(nearest)] = 0
    if depth.dtype == np.uint16:
        nearest = np.rint(np.minimum(nearest / metres, 65535))
    return nearest.reshape(target.height, target.width).astype(depth.dtype)
