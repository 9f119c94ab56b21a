"""``sensor_msgs/Image`` to arrays: colour as RGB, depth as the sensor sent it.

The samples are viewed in place where the message allows it (native byte order, no row padding).
"""

from typing import NamedTuple

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake import bridge
from hispatial_ros.intake.compressed import (
    check_compressed,
    compressed_size,
    compressed_to_depth,
    compressed_to_rgb,
)
from hispatial_ros.intake.messages import CompressedMessage, ImageMessage, Picture

DEFAULT_MAX_PIXELS = 2**26  # 8192 x 8192


class _Layout(NamedTuple):
    """How an encoding stores a pixel."""

    dtype: str  # of a sample: kind and bytes
    channels: int
    encoding: str  # of the same pixels at 8 bit, as the bridges name it

    @property
    def pixel_bytes(self) -> int:
        return int(self.dtype[1:]) * self.channels


_COLOUR = {
    "rgb8": _Layout("u1", 3, "rgb8"),
    "bgr8": _Layout("u1", 3, "bgr8"),
    "rgba8": _Layout("u1", 4, "rgba8"),
    "bgra8": _Layout("u1", 4, "bgra8"),
    "mono8": _Layout("u1", 1, "mono8"),
    "8UC1": _Layout("u1", 1, "mono8"),
    "rgb16": _Layout("u2", 3, "rgb8"),
    "bgr16": _Layout("u2", 3, "bgr8"),
    "rgba16": _Layout("u2", 4, "rgba8"),
    "bgra16": _Layout("u2", 4, "bgra8"),
    "mono16": _Layout("u2", 1, "mono8"),
    "yuv422": _Layout("u1", 2, "yuv422"),
    "uyvy": _Layout("u1", 2, "yuv422"),
    "yuv422_yuy2": _Layout("u1", 2, "yuv422_yuy2"),
    "yuyv": _Layout("u1", 2, "yuv422_yuy2"),
    **{
        f"bayer_{pattern}{bits}": _Layout(f"u{bits // 8}", 1, f"bayer_{pattern}8")
        for pattern in ("rggb", "bggr", "gbrg", "grbg")
        for bits in (8, 16)
    },
}

_DEPTH = {
    "16UC1": _Layout("u2", 1, ""),
    "mono16": _Layout("u2", 1, ""),
    "32FC1": _Layout("f4", 1, ""),
}


def image_size(msg: Picture, max_pixels: int = DEFAULT_MAX_PIXELS) -> tuple[int, int]:
    """Width and height of an image, compressed or not.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    if isinstance(msg, CompressedMessage):
        return compressed_size(msg, max_pixels)
    return msg.width, msg.height


def image_to_rgb(msg: Picture, max_pixels: int = DEFAULT_MAX_PIXELS) -> np.ndarray:
    """Colour of any encoding as [H, W, 3] uint8; 16-bit samples are scaled to 8 bit.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    if isinstance(msg, CompressedMessage):
        return compressed_to_rgb(msg, max_pixels)
    layout = _check(msg, _COLOUR, "image", max_pixels)
    pixels = _samples(msg, layout)
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if layout.encoding == "rgb8":
        return pixels
    return bridge.to_rgb(pixels, layout.encoding)


def image_to_depth(msg: Picture, max_pixels: int = DEFAULT_MAX_PIXELS) -> np.ndarray:
    """Depth as [H, W] uint16 millimetres (16UC1, mono16) or float32 metres (32FC1), by REP-118.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    if isinstance(msg, CompressedMessage):
        return compressed_to_depth(msg, max_pixels)
    return _samples(msg, _check(msg, _DEPTH, "depth image", max_pixels))


def check_image(msg: Picture, max_pixels: int = DEFAULT_MAX_PIXELS) -> int:
    """Bytes of data of a colour image that is well-formed, without touching its pixels.

    Raises:
        SpatialError: BAD_IMAGE if `image_to_rgb` would; of compressed data only the amount is
            looked at.
    """
    if isinstance(msg, CompressedMessage):
        return check_compressed(msg)
    _check(msg, _COLOUR, "image", max_pixels)
    return msg.step * msg.height


def check_depth(msg: Picture, max_pixels: int = DEFAULT_MAX_PIXELS) -> int:
    """The same for a depth image."""
    if isinstance(msg, CompressedMessage):
        return check_compressed(msg)
    _check(msg, _DEPTH, "depth image", max_pixels)
    return msg.step * msg.height


def _check(msg: ImageMessage, layouts: dict[str, _Layout], what: str, max_pixels: int) -> _Layout:
    layout = layouts.get(msg.encoding)
    width, height, step = msg.width, msg.height, msg.step
    if layout is None:
        raise _bad(f"{what} encoding {msg.encoding[:40]!r} is not one of {', '.join(layouts)}")
    if width == 0 or height == 0:
        raise _bad(f"{what} is empty ({width}x{height})")
    if width * height > max_pixels:
        raise _bad(
            f"{what} of {width}x{height} exceeds the limit of {max_pixels} pixels: "
            "scale it down, or raise the parameter max_image_pixels"
        )
    row = width * layout.pixel_bytes
    if step < row:
        raise _bad(f"{what} rows have {step} bytes, {width} {msg.encoding} pixels need {row}")
    size = memoryview(msg.data).nbytes
    if size != step * height:
        raise _bad(
            f"{what} holds {size} bytes of data, {height} rows of {step} bytes need "
            f"{step * height}: the message was truncated or its publisher fills it wrongly"
        )
    if layout.channels == 2 and width % 2:
        raise _bad(f"{what} encoding {msg.encoding} needs an even width, got {width}")
    if msg.encoding.startswith("bayer") and (width < 3 or height < 3):
        raise _bad(f"{what} of {width}x{height} is too small to interpolate its Bayer pattern")
    return layout


def _samples(msg: ImageMessage, layout: _Layout) -> np.ndarray:
    """The message's samples, [H, W] or [H, W, C], native byte order, contiguous."""
    width, height, step = msg.width, msg.height, msg.step
    row = width * layout.pixel_bytes
    data = np.frombuffer(msg.data, np.uint8)
    if step != row:
        data = np.ascontiguousarray(data.reshape(height, step)[:, :row])
    dtype = np.dtype(layout.dtype).newbyteorder(">" if msg.is_bigendian else "<")
    samples = data.view(dtype).astype(dtype.newbyteorder("="), copy=False)
    return samples.reshape(
        (height, width, layout.channels) if layout.channels > 1 else (height, width)
    )


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_IMAGE, message)
