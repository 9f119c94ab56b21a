"""Depth as a 16-bit PNG on a logarithmic scale, as the released HiSpatial data stores it.

d = near^(1-t) far^t with t = (v - 1) / 65533; v = 0 has no depth, 65535 is infinite. ``near`` and
``far`` [m] are text chunks of the PNG. A step is at most ln(far/near) / 65533 of the depth.
"""

import io

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from hispatial_ros.errors import ErrorCode, SpatialError

STEPS = 65533


def encode_log_depth(depth: np.ndarray) -> bytes:
    """PNG of depth [H, W] in metres; NaN and values that are not positive have none."""
    metres = np.asarray(depth, np.float64)
    finite = np.isfinite(metres) & (metres > 0)
    near, far = (metres[finite].min(), metres[finite].max()) if finite.any() else (1.0, 2.0)
    far = max(far, near * 1.001)
    share = np.log(np.where(finite, metres, near) / near) / np.log(far / near)
    value = np.where(finite, np.round(share * STEPS) + 1, 0)
    value[np.isposinf(metres)] = 65535
    text = PngInfo()
    text.add_text("near", repr(float(near)))
    text.add_text("far", repr(float(far)))
    buffer = io.BytesIO()
    Image.fromarray(value.astype(np.uint16)).save(buffer, "PNG", pnginfo=text, compress_level=4)
    return buffer.getvalue()


def decode_log_depth(data: bytes) -> np.ndarray:
    """Depth [H, W] float32 in metres, NaN without, of such a PNG.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    try:
        image = Image.open(io.BytesIO(data))
        near, far = float(image.info["near"]), float(image.info["far"])
        value = np.asarray(image)
    except (OSError, KeyError, ValueError, SyntaxError) as error:
        raise SpatialError(
            ErrorCode.BAD_IMAGE, f"no 16-bit depth PNG with near and far: {error}"
        ) from error
    if value.ndim != 2 or value.dtype.kind not in "iu" or value.min() < 0 or value.max() > 65535:
        raise SpatialError(ErrorCode.BAD_IMAGE, "no 16-bit depth PNG: it has other pixels")
    table = near * (far / near) ** ((np.arange(65536) - 1) / STEPS)
    table[0], table[65535] = np.nan, np.inf
    return table.astype(np.float32)[value]
