"""Image files and compressed images, decoded."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from hispatial_ros.errors import ErrorCode, SpatialError


def open_image(data: bytes, name: str) -> Image.Image:
    """Read the header of an image; its pixels are decoded when first asked for.

    Args:
        data: PNG, JPEG, TIFF, ...
        name: for error messages.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    try:
        return Image.open(io.BytesIO(data))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _damaged(name, error) from error


def decode_rgb(image: Image.Image, name: str) -> np.ndarray:
    """Colour, [H, W, 3] uint8; 16-bit grey is scaled to 8 bit, transparency dropped.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    if not image.mode.startswith(("I", "F")):
        return _decode(image.convert, name, "RGB")
    # Pillow would clip these, not scale them.
    samples = _decode(np.array, name, image)
    if image.mode == "F" or samples.max() > 65535 or samples.min() < 0:
        raise SpatialError(ErrorCode.BAD_IMAGE, f"{name} holds no colour (is it depth?)")
    grey = ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def decode_samples(image: Image.Image, name: str) -> np.ndarray:
    """Samples as stored, [H, W] or [H, W, C].

    Raises:
        SpatialError: BAD_IMAGE.
    """
    samples = _decode(np.array, name, image)
    if image.mode == "I" and samples.min() >= 0 and samples.max() <= 65535:
        return samples.astype(np.uint16)  # how some versions of Pillow give 16-bit PNG
    return samples


def _decode(function: Callable, name: str, *args: Any) -> np.ndarray:
    try:
        return np.array(function(*args))
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> SpatialError:
    return SpatialError(ErrorCode.BAD_IMAGE, f"{name} is not an image, or a damaged one: {error}")
