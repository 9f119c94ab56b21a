"""A frame as ``sensor_msgs/PointCloud2`` with colour."""

import array
import sys

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.pointmap import PointMap

# x, y, z in metres, colour as 0x00RRGGBB in the bits of a float, as PCL has it.
LAYOUT = np.dtype([("x", "f4"), ("y", "f4"), ("z", "f4"), ("rgb", "u4")])
FIELDS = [
    PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
    for i, name in enumerate(LAYOUT.names or ())
]


def cloud_to_msg(frame: Frame, header: Header, organized: bool, max_range: float) -> PointCloud2:
    """One point per depth pixel.

    Args:
        frame: with depth and colour.
        organized: Keep rows and columns of the depth image, NaN where depth is invalid; else only
            the valid points.
        max_range: m.
    """
    points = PointMap(frame, max_range=max_range).points
    height, width = points.shape[:2]
    cloud = np.empty((height, width), LAYOUT)
    for i, axis in enumerate("xyz"):
        cloud[axis] = points[..., i]
    cloud["rgb"] = _packed_colors(frame, height, width)
    if not organized:
        cloud = cloud[np.isfinite(cloud["z"])][None, :]
    return PointCloud2(
        header=header,
        height=cloud.shape[0],
        width=cloud.shape[1],
        fields=FIELDS,
        is_bigendian=sys.byteorder == "big",
        point_step=LAYOUT.itemsize,
        row_step=LAYOUT.itemsize * cloud.shape[1],
        data=array.array("B", cloud.tobytes()),
        is_dense=not organized,
    )


def _packed_colors(frame: Frame, height: int, width: int) -> np.ndarray:
    """Colour of each depth pixel [height, width], nearest pixel where the sizes differ."""
    rgb = frame.rgb
    if rgb is None:
        return np.full((height, width), 0x808080, np.uint32)
    if rgb.shape[:2] != (height, width):
        rows = (np.arange(height) + 0.5) * (rgb.shape[0] / height)
        columns = (np.arange(width) + 0.5) * (rgb.shape[1] / width)
        rgb = rgb[rows.astype(int)[:, None], columns.astype(int)[None, :]]
    channels = rgb.astype(np.uint32)
    return channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2]
