"""Image files and compressed images, decoded. What cannot be is called by its name."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from hispatial_ros.errors import ErrorCode, SpatialError

# What Pillow may try; it would hand PostScript to an interpreter. Last what its builds may lack.
FORMATS = ("PNG", "JPEG", "BMP", "PPM", "GIF", "TIFF", "JPEG2000", "WEBP", "AVIF")
# How those begin.
EXCHANGED = "are the names of two files exchanged?"
KNOWN = (b"\x89PNG", b"\xff\xd8", b"BM", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
# How other files begin: at which byte, with what, and what they are.
FOREIGN = (
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"#?RGBE", "Radiance HDR"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftyphev", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftypavi", "AVIF"),
    (4, b"ftyp", "a video (MP4)"),
    (0, b"\x1a\x45\xdf\xa3", "a video (Matroska)"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"\0\0\0\1", "video (H.264 or H.265)"),
    (0, b"\0\0\1", "video (H.264 or H.265)"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"PK\3\4", "an archive (zip, npz)"),
    (0, b"\x1f\x8b", "an archive (gzip)"),
    (0, b"\x89HDF", "HDF5"),
    (0, b"MATLAB", "a MATLAB file"),
    (0, b"\x89MCAP", "a recording (MCAP)"),
    (0, b"SQLite", "a recording (SQLite)"),
    (0, b"#ROSBAG", "a recording (ROS 1 bag)"),
    (0, b"ply", "a point cloud (PLY)"),
    (0, b"# .PCD", "a point cloud (PCD)"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "PostScript"),
    (0, b"<", "a web page or SVG"),
    (0, b"version https://git-lfs", "a pointer of Git LFS (`git lfs pull` fetches the file)"),
)
CONVERT = "convert it to PNG, JPEG or TIFF"
TURNED = range(5, 9)  # values of the EXIF orientation that exchange width and height
SAMPLE_FORMAT, FLOAT = 339, (3,)  # of TIFF

# What decoders raise on damaged data.
ERRORS = (
    *(OSError, ValueError, SyntaxError, MemoryError, TypeError, IndexError, struct.error),
    *(AttributeError, Image.DecompressionBombError),
)

# Pillow reads neither half nor double precision of TIFF, nor all of 32 bit: half precision is read
# as the integers of its bits.
for _order, _half, _double, _integer in (
    (b"II", "I;16", "F;64F", "I;32"),
    (b"MM", "I;16B", "F;64BF", "I;32B"),
):
    _modes = TiffImagePlugin.OPEN_INFO
    _modes.setdefault((_order, 1, FLOAT, 1, (16,), ()), (_half, _half))
    _modes.setdefault((_order, 1, FLOAT, 1, (64,), ()), ("F", _double))
    _modes.setdefault((_order, 1, (1,), 1, (32,), ()), ("I", _integer))


def open_image(data: bytes, name: str) -> Image.Image:
    """Read the header of an image; its pixels are decoded when first asked for.

    Args:
        data: PNG, JPEG, TIFF, ...
        name: for error messages.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (UnidentifiedImageError, KeyError) as error:  # KeyError: a format this Pillow lacks
        raise _bad(f"{name} {_what_it_is(data)}") from error
    except ERRORS as error:
        raise _damaged(name, error) from error


def orientation(image: Image.Image, name: str) -> int:
    """Its EXIF orientation: how it is to be turned to be shown upright; 1 is as it is stored.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    found = _decode(lambda: image.getexif().get(ExifTags.Base.Orientation), name)
    return found if found in range(1, 9) else 1


def turned_upright(image: Image.Image, name: str) -> Image.Image:
    """The image as its EXIF orientation says that it is shown.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    return _decode(lambda: ImageOps.exif_transpose(image), name)


def decode_rgb(image: Image.Image, name: str) -> np.ndarray:
    """Colour, [H, W, 3] uint8; 16-bit grey is scaled to 8 bit, transparency dropped.

    Raises:
        SpatialError: BAD_IMAGE.
    """
    if not image.mode.startswith(("I", "F")):
        return _decode(lambda: np.array(image.convert("RGB")), name)
    # Pillow would clip these, not scale them.
    samples = decode_samples(image, name)
    if samples.dtype.kind == "f" or samples.max() > 65535 or samples.min() < 0:
        raise _bad(f"{name} holds no colour (is it depth?)")
    grey = ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def decode_samples(image: Image.Image, name: str) -> np.ndarray:
    """Samples as stored, [H, W] or [H, W, C].

    Raises:
        SpatialError: BAD_IMAGE.
    """
    samples = _decode(lambda: np.array(image), name)
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    if image.mode.startswith("I;16") and getattr(image, "tag_v2", {}).get(SAMPLE_FORMAT) == FLOAT:
        return samples.view(np.float16)
    return samples


def depth_of(samples: np.ndarray, name: str) -> np.ndarray:
    """Depth of whatever type: [H, W] uint16, uint32 where these do not suffice, or float32.

    Negative integers become 0, which is invalid.

    Raises:
        SpatialError: BAD_IMAGE if it is a picture, or has not two dimensions.
    """
    found = samples.squeeze() if samples.ndim > 2 else samples  # [1, H, W], [H, W, 1]
    kind, bits = found.dtype.kind, 8 * found.dtype.itemsize
    if found.ndim != 2 or not found.size or kind not in "iuf" or bits == 8:
        raise _bad(
            f"{name} holds {samples.dtype} of shape {samples.shape}: depth is one channel of "
            "floats, or of 16-bit integers or larger"
        )
    if kind == "f":
        with np.errstate(over="ignore"):
            return found.astype(np.float32, copy=False)
    low, high = int(found.min()), int(found.max())
    if high > 2**32 - 1:
        raise _bad(f"{name} holds integers up to {high}, which are no depth")
    depth = np.maximum(found, 0) if low < 0 else found
    return depth.astype(np.uint16 if high <= 65535 else np.uint32, copy=False)


def _decode(function: Callable[[], Any], name: str) -> Any:
    try:
        return function()
    except ERRORS as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> SpatialError:
    if isinstance(error, Image.DecompressionBombError | MemoryError):
        return _bad(f"{name} has more pixels than can be read: scale it down")
    return _bad(f"{name} is damaged or cut short: {error}")


def _what_it_is(data: bytes) -> str:
    """Of data that is no image, for "NAME ..."."""
    if not data:
        return "is empty (0 bytes)"
    if data.startswith(KNOWN):
        return "is damaged or cut short"
    for at, start, what in FOREIGN:
        if data.startswith(start, at):
            return f"is {what}, which is not read here: {CONVERT}"
    head = data[:500].decode(errors="replace").rstrip("\ufffd")  # a sign may be cut
    if head.lstrip().startswith(("{", "[")):
        return f"is JSON, not an image: {EXCHANGED}"
    if head and all(sign.isprintable() or sign.isspace() for sign in head.replace("\ufffd", "\0")):
        return "is text (CSV?), which is not read here: store numbers as .npy or as 16-bit PNG"
    return f"is of no kind that is read here: {CONVERT}"


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_IMAGE, message)
