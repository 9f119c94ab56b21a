"""Colour conversion by the installed bridge: cv_bridge of a ROS installation, else rosbags-image.

Both get a well-formed message of 8-bit samples without row padding, for which they agree; whatever
they treat differently (padding, byte order, rounding of 16-bit samples) is settled before.
"""

from types import SimpleNamespace

import numpy as np

try:
    # CvBridge loads its compiled part only when it first converts, and one built for NumPy 1 does
    # not load beside NumPy 2: find that out now.
    import cv_bridge.boost.cv_bridge_boost  # noqa: F401
    from cv_bridge import CvBridge

    _convert = CvBridge().imgmsg_to_cv2
    NAME = "cv_bridge"
except ImportError:
    from rosbags.image import image_to_cvimage as _convert

    NAME = "rosbags-image"


def to_rgb(pixels: np.ndarray, encoding: str) -> np.ndarray:
    """Convert [H, W] or [H, W, C] uint8 samples of a ``sensor_msgs`` encoding to RGB, [H, W, 3]."""
    height, width = pixels.shape[:2]
    message = SimpleNamespace(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=pixels.nbytes // height,
        data=pixels.data,
    )
    return _convert(message, "rgb8")
