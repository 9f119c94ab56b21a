"""Frames and regions from files.

A frame is a colour image (PNG, JPEG, TIFF, ...), a registered depth image (PNG or TIFF of 16 bit or
more, ``.npy`` or ``.npz``) and a calibration, see `camera_file`. Formats of regions: see
`region_files`.
"""

import io
import zipfile
from pathlib import Path

import numpy as np

from hispatial_ros.camera.model import Camera, same_aspect
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.camera_file import CameraFile, read_camera
from hispatial_ros.frame.depth_unit import find_unit_mistake, in_unit
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.images import (
    TURNED,
    decode_rgb,
    decode_samples,
    depth_of,
    open_image,
    orientation,
    turned_upright,
)
from hispatial_ros.frame.reading import read_bytes
from hispatial_ros.frame.region import Region
from hispatial_ros.frame.region_files import read_regions

MAX_RANGE = 30.0  # m; beyond, nothing is measured
ARRAYS = (b"\x93NUMPY", b"PK")  # how .npy and .npz begin
ENCODING_KIND = {"16UC1": "u", "mono16": "u", "32FC1": "f"}


def load_frame(
    rgb_path: Path | str | None, depth_path: Path | str | None, camera_path: Path | str
) -> Frame:
    """Read a frame; either image may be missing.

    A calibration for another image size of the same aspect is scaled.

    Raises:
        SpatialError: BAD_REQUEST if a file cannot be read, BAD_IMAGE or BAD_CALIBRATION if its
            content does not fit.
    """
    said = read_camera(Path(camera_path))
    camera, notes = said.camera, said.notes
    rgb = None
    if rgb_path:
        rgb = load_rgb(rgb_path, camera)
        camera = camera.scaled(rgb.shape[1], rgb.shape[0])
    depth, assumed = None, False
    if depth_path:
        raw = _read_depth(Path(depth_path))
        assumed = said.depth_unit is None and (raw.dtype == np.uint16 or raw.dtype.kind == "f")
        depth = _to_depth(raw, said, Path(depth_path), assumed)
        camera.scaled(depth.shape[1], depth.shape[0])  # raises if it shows another field of view
    return Frame(rgb, depth, camera, frame_id=camera.frame_id, unit_assumed=assumed, notes=notes)


def load_rgb(path: Path | str, camera: Camera | None = None) -> np.ndarray:
    """Read a colour image, [H, W, 3] uint8, upright where its EXIF tag says that it is turned.

    Args:
        camera: calibration of the image. It belongs to pixels as they are stored, or as they are
            shown; where the tag makes a difference, only its size can tell.

    Raises:
        SpatialError: BAD_REQUEST if the file cannot be read, BAD_IMAGE if it is no colour image, or
            is turned and the calibration does not tell that it is about the upright image.
    """
    image = open_image(read_bytes(Path(path)), str(path))
    tag = orientation(image, str(path))
    if tag == 1:
        return decode_rgb(image, str(path))
    shown = image.size[::-1] if tag in TURNED else image.size
    if camera is None or (
        same_aspect(shown, (camera.width, camera.height))
        and not same_aspect(image.size, (camera.width, camera.height))
    ):
        return decode_rgb(turned_upright(image, str(path)), str(path))
    raise SpatialError(
        ErrorCode.BAD_IMAGE,
        f"{path} is turned by its EXIF tag (orientation {tag}): viewers and detectors show it "
        "turned, and it is open which pixels calibration, depth and boxes are about. If about the "
        f"stored ones, remove the tag (exiftool -Orientation= {path}); else store it turned "
        f"(mogrify -auto-orient {path}) and calibrate for that",
    )


def load_regions(
    path: Path | str, size: tuple[int, int] | None = None, image: Path | str = ""
) -> list[Region]:
    """Read labelled regions of any format of `region_files`; not checked against an image.

    Args:
        size: width and height of the image, which YOLO needs.
        image: the image's file, where a COCO file is about several.

    Raises:
        SpatialError: BAD_REQUEST if the file cannot be read, BAD_REGION if it is malformed.
    """
    return read_regions(Path(path), size, str(image))


def parse_box(text: str) -> Region:
    """The region of ``LABEL:x0,y0,x1,y1``, or the point of ``LABEL:u,v``.

    Raises:
        SpatialError: BAD_REGION.
    """
    label, colon, numbers = text.rpartition(":")
    try:
        box = [float(number) for number in numbers.split(",")]
    except ValueError:
        box = []
    if len(box) == 2:
        box *= 2
    if not colon or not label.strip() or len(box) != 4:
        raise SpatialError(
            ErrorCode.BAD_REGION,
            f"{text[:80]!r} is not a labelled box: write LABEL:x0,y0,x1,y1 (or LABEL:u,v for a "
            "point) in pixels of the colour image",
        )
    return Region(label.strip(), (box[0], box[1], box[2], box[3]))


def _read_depth(path: Path) -> np.ndarray:
    data = read_bytes(path)
    if data.startswith(ARRAYS):
        return depth_of(_read_array(data, path), str(path))
    image = open_image(data, str(path))
    if orientation(image, str(path)) != 1:
        raise SpatialError(
            ErrorCode.BAD_IMAGE,
            f"{path} is turned by its EXIF tag, which depth cannot be: remove the tag "
            f"(exiftool -Orientation= {path})",
        )
    samples = decode_samples(image, str(path))
    if samples.ndim == 3:
        raise SpatialError(
            ErrorCode.BAD_IMAGE,
            f"{path} is a picture in colours, not depth: are --rgb and --depth exchanged? Depth is "
            "one channel of 16-bit integers or floats",
        )
    return depth_of(samples, str(path))


def _read_array(data: bytes, path: Path) -> np.ndarray:
    try:
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        names = loaded.files
        if "depth" not in names and len(names) != 1:
            raise SpatialError(
                ErrorCode.BAD_IMAGE,
                f"{path} holds the arrays {', '.join(names)[:200]}: name one 'depth'",
            )
        return loaded["depth" if "depth" in names else names[0]]
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise SpatialError(
            ErrorCode.BAD_IMAGE, f"{path} is no array of numbers, or cut short: {error}"
        ) from error


def _to_depth(raw: np.ndarray, said: CameraFile, path: Path, assumed: bool) -> np.ndarray:
    """Stored depth to what `Frame` holds: uint16 millimetres or float32 metres."""
    kind = raw.dtype.kind
    if said.depth_encoding is not None and ENCODING_KIND.get(said.depth_encoding) != kind:
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"depth_encoding is {said.depth_encoding!r}, but {path} holds {raw.dtype}: correct "
            "depth_encoding (16UC1 or 32FC1) and depth_unit in the camera file",
        )
    depth = in_unit(raw, said.depth_unit)
    if said.invalid_depth:
        none = depth.dtype.type(0 if depth.dtype == np.uint16 else np.nan)
        depth = np.where(raw == said.invalid_depth, none, depth)
    if assumed and (mistake := find_unit_mistake(depth, MAX_RANGE)):
        raise SpatialError(ErrorCode.BAD_IMAGE, f"{path}: {mistake}; say so in the camera file")
    return depth
