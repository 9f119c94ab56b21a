"""``sensor_msgs/CompressedImage`` to arrays: the transports ``compressed`` and ``compressedDepth``.

compressedDepth prepends a header of 12 bytes to a 16-bit PNG: the format (int32) and two float32
parameters a, b. Millimetres (16UC1) are stored as they are; metres (32FC1) as inverse depth, from
which z = a / (value - b), 0 being invalid. (Read from compressed_depth_image_transport.)
"""

import struct

import numpy as np
from PIL import Image

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.images import decode_rgb, decode_samples, open_image
from hispatial_ros.intake.messages import CompressedMessage

HEADER = struct.Struct("<iff")
PNG = b"\x89PNG\r\n\x1a\n"
NAME = "compressed image"


def check_compressed(msg: CompressedMessage) -> int:
    """Bytes of data, of which only the amount is looked at.

    Raises:
        SpatialError: BAD_IMAGE if there are none.
    """
    if not len(msg.data):
        raise _bad("it holds no data")
    return len(msg.data)


def compressed_size(msg: CompressedMessage, max_pixels: int) -> tuple[int, int]:
    """Width and height, from the image's header.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    return _open(bytes(msg.data), max_pixels).size


def compressed_to_rgb(msg: CompressedMessage, max_pixels: int) -> np.ndarray:
    """Colour, [H, W, 3] uint8.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    return decode_rgb(_open(bytes(msg.data), max_pixels), NAME)


def compressed_to_depth(msg: CompressedMessage, max_pixels: int) -> np.ndarray:
    """Depth, [H, W] uint16 millimetres or float32 metres.

    Raises:
        SpatialError: BAD_IMAGE; among others for the rvl coding.
    """
    data = bytes(msg.data)
    encoding, _, coding = msg.format.partition(";")
    encoding = encoding.strip()
    if "rvl" in coding.lower():
        raise _bad("rvl is not supported: set the publisher's compressedDepth format to png")
    a = b = 0.0
    if not data.startswith(PNG):
        if len(data) < HEADER.size:
            raise _bad(f"its {len(data)} bytes are shorter than a compressedDepth header")
        _, a, b = HEADER.unpack_from(data)
        data = data[HEADER.size :]
        if not data.startswith(PNG):
            raise _bad(f"depth in format {msg.format[:60]!r} does not hold PNG data")
    values = decode_samples(_open(data, max_pixels), NAME)
    if values.ndim != 2 or values.dtype != np.uint16:
        raise _bad(f"depth is stored as {values.dtype} {values.shape}, 16-bit grey is needed")
    if encoding in ("16UC1", "mono16", ""):
        return values
    if encoding != "32FC1":
        raise _bad(f"depth encoding {encoding[:40]!r} is neither 16UC1 nor 32FC1")
    if not (np.isfinite(a) and np.isfinite(b) and a > 0):
        raise _bad(f"the quantisation ({a:g}, {b:g}) in its header is not usable")
    with np.errstate(divide="ignore"):
        metres = np.float32(a) / (values - np.float32(b))
    metres[values == 0] = np.nan
    return metres


def _open(data: bytes, max_pixels: int) -> Image.Image:
    image = open_image(data, NAME)
    if image.width * image.height > max_pixels:
        raise _bad(
            f"its {image.width}x{image.height} pixels exceed the limit of {max_pixels} "
            "(parameter max_image_pixels)"
        )
    return image


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_IMAGE, f"{NAME}: {message}")
