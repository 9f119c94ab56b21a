"""A frame as ``sensor_msgs/PointCloud2`` with colour."""

import array
import sys

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.pointmap import PointMap

# x, y, z in metres, colour as 0x00RRGGBB in the bits of a float, as PCL has it.
LAYOUT = np.dtype([(name, "f4") for name in ("x", "y", "z", "rgb")])
FIELDS = [
    PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
    for i, name in enumerate(LAYOUT.names or ())
]


def create_own_cloud(header: Header, fields: list[PointField], points: np.ndarray) -> PointCloud2:
    """As ``sensor_msgs_py.point_cloud2.create_cloud`` for a structured array [n]."""
    size = points.dtype.itemsize
    return PointCloud2(
        header=header,
        height=1,
        width=len(points),
        fields=fields,
        is_bigendian=sys.byteorder == "big",
        point_step=size,
        row_step=size * len(points),
        data=array.array("B", points.tobytes()),
    )


try:
    from sensor_msgs_py.point_cloud2 import create_cloud
except ImportError:  # not on PyPI
    create_cloud = create_own_cloud


def empty_cloud(header: Header) -> PointCloud2:
    """A cloud without points, which takes the place of the one before."""
    return create_own_cloud(header, FIELDS, np.empty(0, LAYOUT))


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
    cloud["rgb"].view(np.uint32)[:] = _packed_colors(frame, height, width)
    if not organized:
        cloud = cloud[np.isfinite(cloud["z"])][None, :]
    # Flat: sensor_msgs_py takes the first axis for the width. It fails without points.
    create = create_cloud if cloud.size else create_own_cloud
    msg = create(header, FIELDS, cloud.ravel())
    msg.height, msg.width = cloud.shape
    msg.row_step = msg.point_step * msg.width
    msg.is_dense = not organized
    return msg


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
