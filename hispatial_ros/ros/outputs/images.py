"""Arrays to ``sensor_msgs/Image``."""

import array
import sys

import numpy as np
from sensor_msgs.msg import Image


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
