"""``sensor_msgs/CompressedImage`` to arrays: the transports ``compressed`` and ``compressedDepth``.

compressedDepth prepends a header of 12 bytes to a 16-bit PNG, or to `rvl`: the format (int32) and
two float32 parameters a, b. Millimetres (16UC1) are stored as they are; metres (32FC1) as inverse
depth, from which z = a / (value - b), 0 being invalid. (Read from
compressed_depth_image_transport.) The transport compressed may also store depth as it is, as PNG
or TIFF.
"""

import re
import struct

import numpy as np
from PIL import Image

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.images import KNOWN, decode_rgb, decode_samples, open_image, orientation
from hispatial_ros.intake.messages import CompressedMessage
from hispatial_ros.intake.rvl import decode_rvl, rvl_size

HEADER = struct.Struct("<iff")
PNG = b"\x89PNG\r\n\x1a\n"
TIFF = (b"II*\0", b"MM\0*")
JPEG = b"\xff\xd8\xff"
VIDEO = ("h264", "h.264", "avc", "h265", "h.265", "hevc", "av1", "vp8", "vp9", "theora")
PIXELS = ("nv12", "nv21", "i420", "yv12", "yuyv", "yuv422", "uyvy", "bayer", "raw")
NAME = "compressed image"


def check_compressed(msg: CompressedMessage) -> int:
    """Bytes of data, of which only the amount and the beginning are looked at, and of the format.

    Raises:
        SpatialError: BAD_IMAGE if there are none, or they are no single image.
    """
    if not len(msg.data):
        raise _bad("it holds no data")
    start = bytes(msg.data[:12])
    name = msg.format[:60]
    words = re.findall(r"[a-z0-9.]+", name.lower())
    if any(word in VIDEO for word in words):
        raise _bad(
            f"{name!r} is video, of which one message is no image: let the driver publish raw, "
            "jpeg or png, or decode it by a node before this one"
        )
    if words and words[0] in PIXELS and not start.startswith(KNOWN):
        raise _bad(
            f"{name!r} are pixels without their size: let the driver publish them as "
            "sensor_msgs/Image (image_transport: raw), or as jpeg or png"
        )
    return len(msg.data)


def compressed_size(msg: CompressedMessage, max_pixels: int) -> tuple[int, int]:
    """Width and height, from the image's header.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    return _open(msg, max_pixels).size


def compressed_to_rgb(msg: CompressedMessage, max_pixels: int) -> np.ndarray:
    """Colour, [H, W, 3] uint8.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    return decode_rgb(_open(msg, max_pixels), NAME)


def compressed_to_depth(msg: CompressedMessage, max_pixels: int) -> np.ndarray:
    """Depth, [H, W] uint16 millimetres or float32 metres.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    check_compressed(msg)
    data = bytes(msg.data)
    encoding, _, coding = msg.format.partition(";")
    encoding = encoding.strip()
    a = b = 0.0
    if not data.startswith((PNG, JPEG, *TIFF)):
        if len(data) < HEADER.size:
            raise _bad(f"its {len(data)} bytes are shorter than a compressedDepth header")
        _, a, b = HEADER.unpack_from(data)
        data = data[HEADER.size :]
    if data.startswith(JPEG):
        raise _bad("depth cannot be stored as JPEG: set the publisher's format to png")
    if "rvl" in coding.lower() and not data.startswith(PNG):
        values = _rvl(data, max_pixels)
    elif data.startswith((PNG, *TIFF)):
        values = decode_samples(_limited(open_image(data, NAME), max_pixels), NAME)
    else:
        raise _bad(f"depth in format {msg.format[:60]!r} holds neither PNG nor RVL data")
    if encoding == "32FC1" and values.ndim == 2 and values.dtype == np.float32:
        return values
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


def _rvl(data: bytes, max_pixels: int) -> np.ndarray:
    try:
        _check_size(*rvl_size(data), max_pixels)
        return decode_rvl(data)
    except ValueError as error:
        raise _bad(f"RVL depth is damaged or cut short: {error}") from error


def _open(msg: CompressedMessage, max_pixels: int) -> Image.Image:
    check_compressed(msg)
    _check_colour(msg)
    image = _limited(open_image(bytes(msg.data), NAME), max_pixels)
    if (tag := orientation(image, NAME)) != 1:
        raise _bad(
            f"it is turned by its EXIF tag (orientation {tag}), and camera_info cannot tell which "
            "pixels it is about: let the driver publish images without the tag"
        )
    return image


def _check_colour(msg: CompressedMessage) -> None:
    """Depth in place of colour is called so. Raises SpatialError."""
    if "compresseddepth" in msg.format.lower() or bytes(msg.data[HEADER.size :][: len(PNG)]) == PNG:
        raise _bad(
            "it is depth (compressedDepth) where colour is wanted: are the topics of image and "
            "depth, or their remappings, swapped?"
        )


def _limited(image: Image.Image, max_pixels: int) -> Image.Image:
    _check_size(*image.size, max_pixels)
    return image


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise _bad(
            f"its {width}x{height} pixels exceed the limit of {max_pixels} "
            "(parameter max_image_pixels)"
        )


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_IMAGE, f"{NAME}: {message}")
