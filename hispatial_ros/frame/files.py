"""Frames and regions from files.

A frame is a colour image (PNG, JPEG, TIFF, ...), a registered depth image (16-bit PNG, float TIFF,
``.npy`` or ``.npz``) and a calibration, see `camera_file`. Formats of regions: see `region_files`.
"""

import io
import zipfile
from pathlib import Path

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.camera_file import CameraFile, read_camera
from hispatial_ros.frame.depth_unit import find_unit_mistake, in_unit
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.images import decode_rgb, decode_samples, open_image
from hispatial_ros.frame.region import Region
from hispatial_ros.frame.region_files import read_regions

MAX_RANGE = 30.0  # m; beyond, nothing is measured
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
        rgb = load_rgb(rgb_path)
        camera = camera.scaled(rgb.shape[1], rgb.shape[0])
    depth = None
    if depth_path:
        depth = _to_depth(_read_depth(Path(depth_path)), said, Path(depth_path))
        camera.scaled(depth.shape[1], depth.shape[0])  # raises if it shows another field of view
    return Frame(rgb, depth, camera, frame_id=camera.frame_id, notes=notes)


def load_rgb(path: Path | str) -> np.ndarray:
    """Read a colour image, [H, W, 3] uint8.

    Raises:
        SpatialError: BAD_REQUEST if the file cannot be read, BAD_IMAGE if it is no colour image.
    """
    return decode_rgb(open_image(_read(Path(path)), str(path)), str(path))


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


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{path} cannot be read: {error.strerror or error}"
        ) from error


def _read_depth(path: Path) -> np.ndarray:
    if path.suffix.lower() in (".npy", ".npz"):
        depth = _read_array(path)
    else:
        depth = decode_samples(open_image(_read(path), str(path)), str(path))
    picture = " (of what `hispatial depth` wrote, give the .npz)" if depth.ndim == 3 else ""
    if depth.ndim != 2 or depth.size == 0 or depth.dtype not in (np.uint16, np.float32, np.float64):
        raise SpatialError(
            ErrorCode.BAD_IMAGE,
            f"{path} holds {depth.dtype} of shape {depth.shape}: depth is one channel of 16-bit "
            f"integers or floats{picture}",
        )
    return depth


def _read_array(path: Path) -> np.ndarray:
    try:
        loaded = np.load(io.BytesIO(_read(path)), allow_pickle=False)
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
        raise SpatialError(ErrorCode.BAD_IMAGE, f"{path} is no array file: {error}") from error


def _to_depth(raw: np.ndarray, said: CameraFile, path: Path) -> np.ndarray:
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
        none = depth.dtype.type(0 if depth.dtype.kind in "iu" else np.nan)
        depth = np.where(raw == said.invalid_depth, none, depth)
    if said.depth_unit is None and (mistake := find_unit_mistake(depth, MAX_RANGE)):
        raise SpatialError(ErrorCode.BAD_IMAGE, f"{path}: {mistake}; say so in the camera file")
    return depth.astype(np.float32, copy=False) if depth.dtype.kind == "f" else depth
