"""Images to messages."""

import array
import sys

import numpy as np
from sensor_msgs.msg import CompressedImage, Image

from hispatial_ros.frame.frame import Frame
from hispatial_ros.intake.messages import CompressedMessage, Picture
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.ros.outputs.conversions import header_to_msg


def image_to_msg(pixels: np.ndarray, encoding: str) -> Image:
    """[H, W] or [H, W, C] to an image in this machine's byte order; the header is left empty."""
    pixels = np.ascontiguousarray(pixels)
    return Image(
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding=encoding,
        is_bigendian=sys.byteorder == "big",
        step=pixels.strides[0],
        # rclpy would check an ndarray byte by byte.
        data=array.array("B", pixels.tobytes()),
    )


def depth_to_msg(depth: np.ndarray) -> Image:
    """uint16 millimetres or float32 metres to an image, by REP 118."""
    return image_to_msg(depth, "16UC1" if depth.dtype == np.uint16 else "32FC1")


def picture_to_msg(picture: Picture) -> Image | CompressedImage:
    """An image as it arrived; the data is not copied."""
    header = header_to_msg(picture.stamp_ns, picture.frame_id)
    if isinstance(picture, CompressedMessage):
        return CompressedImage(header=header, format=picture.format, data=picture.data)
    return Image(
        header=header,
        height=picture.height,
        width=picture.width,
        encoding=picture.encoding,
        is_bigendian=picture.is_bigendian,
        step=picture.step,
        data=picture.data,
    )


def depth_in_image(frame: Frame, max_range: float) -> np.ndarray:
    """Depth at the size of the image, nearest pixels: [H, W] float32 m, NaN where invalid."""
    points = PointMap(frame, max_range=max_range)
    width, height = frame.camera.width, frame.camera.height
    columns = ((np.arange(width) + 0.5) * points.width / width).astype(np.intp)
    rows = ((np.arange(height) + 0.5) * points.height / height).astype(np.intp)
    return points.z(columns[None, :], rows[:, None])
