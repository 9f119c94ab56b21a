"""Pictures as JPEG, the same bytes for the same pixels and version of Pillow."""

import io

import numpy as np
from PIL import Image


def encode_jpeg(rgb: np.ndarray, quality: int) -> bytes:
    """An image [H, W, 3] uint8, R G B, as a JPEG file."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
