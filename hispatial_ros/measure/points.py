"""A pixel as an object, so that pixels can be related like objects."""

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import MeasuredObject


def point_object(
    region: Region, xyz: np.ndarray, stddev: np.ndarray, camera: Camera
) -> MeasuredObject:
    """The patch of surface that one pixel sees.

    Args:
        region: the pixel.
        xyz: [3] m, its point in the optical frame, and standard deviation [3].
        camera: gives the size of the patch.
    """
    distance = float(np.linalg.norm(xyz))
    pitch = np.array([1 / camera.fx, 1 / camera.fy, 1 / max(camera.fx, camera.fy)])
    size = np.abs(xyz[2]) * pitch
    covariance = np.zeros((6, 6))
    covariance[:3, :3] = np.diag(np.square(stddev))
    return MeasuredObject(
        id=region.id or region.label,
        label=region.label,
        region=region,
        center=xyz,
        rotation=np.eye(3),
        size=size,
        size_stddev=size,
        covariance=covariance,
        extent=size,
        extent_stddev=size,
        nearest=xyz,
        distance=distance,
        distance_stddev=float(np.linalg.norm(stddev * xyz / distance)),
        num_points=1,
        valid_fraction=1.0,
        surface=xyz[None].astype(np.float32),
    )
