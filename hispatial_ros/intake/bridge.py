"""Colour conversion by the installed bridge: cv_bridge of a ROS installation, else rosbags-image.

Both get a well-formed message of 8-bit samples without row padding, for which they agree; whatever
they treat differently (padding, byte order, rounding of 16-bit samples) is settled before.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError

PROBE = """
import numpy
from cv_bridge.boost.cv_bridge_boost import cvtColor2
cvtColor2(numpy.zeros((2, 2, 3), numpy.uint8), "bgr8", "rgb8")
"""


def to_rgb(pixels: np.ndarray, encoding: str) -> np.ndarray:
    """Convert [H, W] or [H, W, C] uint8 samples of a ``sensor_msgs`` encoding to RGB, [H, W, 3].

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if neither bridge is installed.
    """
    height, width = pixels.shape[:2]
    message = SimpleNamespace(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=pixels.nbytes // height,
        data=pixels.data,
    )
    return load()[1](message, "rgb8")


@cache
def load() -> tuple[str, Callable[[Any, str], np.ndarray]]:
    """Name and conversion function of the installed bridge; the first call may take a second.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if neither bridge is installed.
    """
    if importlib.util.find_spec("cv_bridge") and _cv_bridge_works():
        from cv_bridge import CvBridge

        return "cv_bridge", CvBridge().imgmsg_to_cv2
    try:
        from rosbags.image import image_to_cvimage
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"no converter of image encodings works ({error}): pip install rosbags-image, or "
            "install ros-<distro>-cv-bridge and the NumPy it was built for (numpy<2 up to Jazzy)",
        ) from error
    return "rosbags-image", image_to_cvimage


def _cv_bridge_works() -> bool:
    """Whether cv_bridge converts; one built for NumPy 1 crashes its process beside NumPy 2."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", PROBE]
    return not subprocess.run(command, env=environment, capture_output=True).returncode
