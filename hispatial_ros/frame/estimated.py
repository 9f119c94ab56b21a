"""Files of depth that was estimated from colour: `hispatial depth` writes them, others read them.

``NAME.npz`` holds the arrays ``depth`` (m, NaN invalid), ``mask`` and ``K``; ``NAME.png`` the same
depth in 16-bit millimetres (0 invalid), with K and the depth's origin in a text chunk. So whoever
reads them knows that no sensor has measured this.
"""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.images import decode_samples, depth_of, open_image
from hispatial_ros.frame.reading import read_bytes

CHUNK = "hispatial depth"  # key of the PNG's text: JSON with K, of depth estimated from colour


def depth_png(depth: np.ndarray, k: np.ndarray) -> bytes:
    """The PNG of a depth image [H, W] float32 m and its K [3, 3]; beyond 65.5 m it is invalid."""
    with np.errstate(invalid="ignore"):
        millimetres = np.rint(1000 * depth)
        stored = np.where(millimetres <= 65535, millimetres, 0).astype(np.uint16)
    text = PngInfo()
    text.add_text(CHUNK, json.dumps({"estimated from": "colour", "K": k.tolist()}))
    file = io.BytesIO()
    Image.fromarray(stored).save(file, "PNG", pnginfo=text)
    return file.getvalue()


def read_estimated(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Depth [H, W] float32 m and K [3, 3] of a file of `hispatial depth`, None of any other.

    Raises:
        SpatialError: BAD_REQUEST if the file cannot be read, BAD_IMAGE if it is such a file and cut
            short.
    """
    data = read_bytes(path)
    try:
        if data.startswith(b"\x89PNG"):
            image = open_image(data, str(path))
            text = getattr(image, "text", {}).get(CHUNK)
            if text is None:
                return None
            millimetres = decode_samples(image, str(path))
            depth = np.where(millimetres > 0, millimetres / 1000, np.nan).astype(np.float32)
            k = np.asarray(json.loads(text)["K"], float)
        elif data.startswith(b"PK"):
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                if not {"depth", "mask", "K"} <= set(arrays.files):
                    return None
                depth, k = arrays["depth"], arrays["K"].astype(float)
        else:
            return None
        return depth_of(depth, str(path)).astype(np.float32), k.reshape(3, 3)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise SpatialError(
            ErrorCode.BAD_IMAGE, f"{path} is damaged or cut short: {error}"
        ) from error
