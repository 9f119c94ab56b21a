"""Depth of one camera as another camera sees it."""

import numpy as np

from hispatial_ros.camera.distortion import project
from hispatial_ros.camera.model import Camera
from hispatial_ros.camera.rays import rays
from hispatial_ros.errors import ErrorCode, SpatialError

# Pixels of the result are that much larger than those of the depth camera: at equal size rounding
# leaves a few empty.
MARGIN = 1.1


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
        Depth of the dtype given and the other camera's aspect, 0 where invalid.

    Raises:
        SpatialError: BAD_CALIBRATION if the transform is no rigid motion, or as `project`.
    """
    transform = np.asarray(transform, float)
    rotation = transform[:3, :3]
    rigid = np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3)
    if not rigid or not np.isfinite(transform).all():
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            "the transform between the depth and the colour camera is no rotation and translation: "
            "check the TF tree",
        )
    depth_camera = depth_camera.scaled(depth.shape[1], depth.shape[0])
    ratio = MARGIN * max(camera.fx / depth_camera.fx, camera.fy / depth_camera.fy)
    target = camera
    if ratio > 1:
        size = round(camera.width / ratio), round(camera.height / ratio)
        target = camera.scaled(max(size[0], 1), max(size[1], 1))

    unit = np.float32(0.001 if depth.dtype == np.uint16 else 1.0)
    row, column = np.nonzero(np.isfinite(depth) & (depth > 0))
    z = depth[row, column] * unit
    x, y = rays(depth_camera, column, row)
    r, t = rotation.astype(np.float32), transform[:3, 3].astype(np.float32)
    points = [z * (r[i, 0] * x + r[i, 1] * y + r[i, 2]) + t[i] for i in range(3)]
    u, v = np.rint(project(target, np.stack(points, -1))).T
    inside = (u >= 0) & (v >= 0) & (u < target.width) & (v < target.height)
    pixel = v[inside].astype(np.intp) * target.width + u[inside].astype(np.intp)

    nearest = np.full(target.width * target.height, np.inf, np.float32)
    np.minimum.at(nearest, pixel, points[2][inside])
    nearest[np.isinf(nearest)] = 0
    if depth.dtype == np.uint16:
        nearest = np.rint(np.minimum(nearest / unit, 65535))
    return nearest.reshape(target.height, target.width).astype(depth.dtype)
