"""Frames and regions from files.

A frame is a colour image (PNG, JPEG, TIFF, ...), a registered depth image (PNG or TIFF of 16 bit or
more, ``.npy`` or ``.npz``) and a ``camera.json``:

    {"width": 640, "height": 480, "fx": 535.4, "fy": 539.2, "cx": 320.1, "cy": 247.6,
     "distortion_model": "plumb_bob", "d": [0, 0, 0, 0, 0], "frame_id": "camera",
     "depth_encoding": "16UC1", "depth_unit": "mm", "invalid_depth": 0}

Only sizes and intrinsics are required. ``depth_unit`` is "mm", "cm", "m" or the number of metres
of one step; without it integers are millimetres and floats metres. A ROS calibration file
(``ost.yaml``) does as well. Formats of regions: see `region_files`.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.calibration_yaml import parse_calibration
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
from hispatial_ros.frame.reading import read_bytes, read_text
from hispatial_ros.frame.region import Region
from hispatial_ros.frame.region_files import numbers, read_regions

METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0}
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
    description = _read_description(Path(camera_path))
    camera = _camera(description, Path(camera_path))
    rgb = None
    if rgb_path:
        rgb = load_rgb(rgb_path, camera)
        camera = camera.scaled(rgb.shape[1], rgb.shape[0])
    depth = None
    if depth_path:
        depth = _to_depth(_read_depth(Path(depth_path)), description, Path(depth_path))
        camera.scaled(depth.shape[1], depth.shape[0])  # raises if it shows another field of view
    return Frame(rgb, depth, camera, frame_id=camera.frame_id)


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
    if camera is None or (_fits(camera, shown) and not _fits(camera, image.size)):
        return decode_rgb(turned_upright(image, str(path)), str(path))
    raise SpatialError(
        ErrorCode.BAD_IMAGE,
        f"{path} is turned by its EXIF tag (orientation {tag}): viewers and detectors show it "
        "turned, and it is open which pixels calibration, depth and boxes are about. If about the "
        f"stored ones, remove the tag (exiftool -Orientation= {path}); else store it turned "
        f"(mogrify -auto-orient {path}) and calibrate for that",
    )


def _fits(camera: Camera, size: tuple[int, int]) -> bool:
    try:
        camera.scaled(*size)
    except SpatialError:
        return False
    return True


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


def _read_description(path: Path) -> Any:
    """What a ``camera.json`` holds, or a ROS calibration file in its terms."""
    if path.suffix.lower() in (".yaml", ".yml"):
        return parse_calibration(read_text(path), path)
    return _read_json(path, ErrorCode.BAD_CALIBRATION)


def _read_json(path: Path, code: ErrorCode) -> Any:
    try:
        return json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise SpatialError(code, f"{path} is not valid JSON: {error}") from error


def _camera(description: Any, path: Path) -> Camera:
    if not isinstance(description, dict):
        raise SpatialError(ErrorCode.BAD_CALIBRATION, f"{path}: a JSON object is needed")
    names = ("width", "height", "fx", "fy", "cx", "cy")
    missing = [name for name in names if name not in description]
    if missing:
        raise SpatialError(ErrorCode.BAD_CALIBRATION, f"{path} lacks {', '.join(missing)}")
    try:
        width, height, *intrinsics = numbers([description[name] for name in names])
        d = numbers(description.get("d", []))
    except (ValueError, OverflowError) as error:
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION, f"{path}: {', '.join(names)} and d are numbers: {error}"
        ) from error
    if width % 1 or height % 1:
        raise SpatialError(ErrorCode.BAD_CALIBRATION, f"{path}: width and height are whole numbers")
    fx, fy, cx, cy = intrinsics
    return Camera(
        width=int(width),
        height=int(height),
        fx=fx,
        fy=fy,
        cx=cx,
        cy=cy,
        distortion_model=str(description.get("distortion_model", "plumb_bob")),
        d=tuple(d),
        frame_id=str(description.get("frame_id") or ""),
    )


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


def _to_depth(raw: np.ndarray, description: dict, path: Path) -> np.ndarray:
    """Stored depth to what `Frame` holds: uint16 millimetres or float32 metres."""
    kind = raw.dtype.kind
    encoding = description.get("depth_encoding")
    if encoding is not None and ENCODING_KIND.get(str(encoding)) != kind:
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"depth_encoding is {encoding!r}, but {path} holds {raw.dtype}: correct "
            "depth_encoding (16UC1 or 32FC1) and depth_unit in the camera file",
        )
    unit = description.get("depth_unit", "mm" if kind == "u" else "m")
    scale = METRES.get(unit) if isinstance(unit, str) else unit
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < np.inf:
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"depth_unit {unit!r} is not one of mm, cm, m or a number of metres",
        )
    invalid = description.get("invalid_depth") or 0
    if isinstance(invalid, bool) or not isinstance(invalid, int | float):
        raise SpatialError(ErrorCode.BAD_CALIBRATION, f"invalid_depth {invalid!r} is no number")
    if raw.dtype == np.uint16 and scale == METRES["mm"]:
        return np.where(raw == invalid, np.uint16(0), raw) if invalid else raw
    metres = (raw * float(scale)).astype(np.float32)
    metres[raw == invalid] = np.nan
    return metres
