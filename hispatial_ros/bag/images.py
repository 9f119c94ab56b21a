"""Images as a recording keeps them: in the formats of image_transport, smaller than they came.

Without loss: colour as PNG, and depth in millimetres (16UC1) as compressedDepth, which is a PNG
behind a header of 12 bytes: an int32, and two float32 that only metres need. (Read from
compressed_image_transport and compressed_depth_image_transport.) Depth in metres (32FC1) stays as
it came, since compressedDepth would quantise it.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

KINDS = ("png", "jpeg", "raw")
JPEG_QUALITY = 90
DEPTH_HEADER = bytes(12)  # the format INV_DEPTH, and parameters that 16UC1 does not use

CHANNELS = {"mono8": 1, "rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4}
TO_BGR = {"rgb8": cv2.COLOR_RGB2BGR, "rgba8": cv2.COLOR_RGBA2BGR, "bgra8": cv2.COLOR_BGRA2BGR}


@dataclass(frozen=True)
class Compressed:
    """A ``sensor_msgs/CompressedImage`` but for its header."""

    transport: str  # the topic's last part
    format: str
    data: bytes
    loss: str = ""  # what was lost; empty: the image can be had again as it was


def compress(image: Any, kind: str) -> Compressed | None:
    """What is kept in place of a ``sensor_msgs/Image``; None: it stays as it came.

    Args:
        kind: one of KINDS: colour as PNG, or as JPEG; depth is never lossy. raw: nothing changes.
    """
    if kind == "raw":
        return None
    if image.encoding == "16UC1":
        return _depth(image)
    if image.encoding in CHANNELS:
        return _colour(image, kind)
    return None


def _depth(image: Any) -> Compressed | None:
    rows = _rows(image, 2)
    if rows is None:
        return None
    depth = rows.view(">u2" if image.is_bigendian else "<u2").astype(np.uint16, copy=False)
    data = DEPTH_HEADER + cv2.imencode(".png", depth)[1].tobytes()
    return Compressed("compressedDepth", f"{image.encoding}; compressedDepth png", data)


def _colour(image: Any, kind: str) -> Compressed | None:
    channels = CHANNELS[image.encoding]
    rows = _rows(image, channels)
    if rows is None:
        return None
    pixels = rows.reshape(image.height, image.width, channels)
    if channels == 4 and kind == "png" and not (pixels[..., 3] == 255).all():
        return None  # the format has no place for what is transparent
    if image.encoding in TO_BGR:
        pixels = cv2.cvtColor(pixels, TO_BGR[image.encoding])
    name = f"{image.encoding}; {kind} compressed {'bgr8' if channels > 1 else ''}"
    if kind == "png":
        return Compressed("compressed", name, cv2.imencode(".png", pixels)[1].tobytes())
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    data = cv2.imencode(".jpg", pixels, quality)[1].tobytes()
    return Compressed("compressed", name, data, f"JPEG of quality {JPEG_QUALITY}")


def _rows(image: Any, pixel_bytes: int) -> np.ndarray | None:
    """The bytes of the pixels, [height, width * pixel_bytes]; None if the message contradicts
    itself."""
    data, used = np.frombuffer(image.data, np.uint8), image.width * pixel_bytes
    if not used or not image.height or image.step < used:
        return None
    if data.size != image.step * image.height:
        return None
    return np.ascontiguousarray(data.reshape(image.height, image.step)[:, :used])
