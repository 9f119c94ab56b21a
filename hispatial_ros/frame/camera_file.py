"""The calibration of a frame from files: ``camera.json``, or ROS's ``ost.yaml``.

    {"width": 640, "height": 480, "fx": 535.4, "fy": 539.2, "cx": 320.1, "cy": 247.6,
     "distortion_model": "plumb_bob", "d": [0, 0, 0, 0, 0], "frame_id": "camera",
     "depth_encoding": "16UC1", "depth_unit": "mm", "invalid_depth": 0}

Only sizes and intrinsics are required. ``depth_unit`` is "mm", "cm", "m" or the number of metres
of one step; without it integers are millimetres and floats metres. The ``depth_scale`` of other
formats does as well: from 100 on it is steps per metre (TUM: 5000), from 0.02 to 10 millimetres of
a step (BOP: 0.1), up to 0.005 metres of a step (librealsense: 0.001).
"""

import difflib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hispatial_ros.camera.distortion import check_middle
from hispatial_ros.camera.model import Camera
from hispatial_ros.camera.plausible import find_mistake
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.calibration_yaml import parse_calibration
from hispatial_ros.frame.reading import read_bytes, read_text
from hispatial_ros.frame.region_files import numbers

REQUIRED = ("width", "height", "fx", "fy", "cx", "cy")
KNOWN = (
    *REQUIRED,
    *("distortion_model", "d", "frame_id", "depth_encoding", "depth_unit", "depth_scale"),
    "invalid_depth",
)
METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0}
# Keys of other formats that change what is measured: distortion one by one, units of depth.
BEARING = re.compile(r"[kps]\d|skew|.*(depth|unit|dist|scale|model).*", re.IGNORECASE)


@dataclass(frozen=True)
class CameraFile:
    """What the file says."""

    camera: Camera
    depth_encoding: str | None
    depth_unit: float | None  # m of a step; None: by the depth's type
    invalid_depth: float
    notes: tuple[str, ...] = ()  # what was assumed, or ignored


def read_camera(path: Path) -> CameraFile:
    """Read it.

    Raises:
        SpatialError: BAD_REQUEST if it cannot be read, BAD_CALIBRATION if its content is of no use.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        description: Any = parse_calibration(read_text(path), path)
    else:
        try:
            description = json.loads(read_bytes(path))
        except (ValueError, RecursionError) as error:
            raise _bad(f"{path} is not valid JSON: {error}") from error
    if not isinstance(description, dict):
        raise _bad(f"{path}: a JSON object is needed")
    camera = _camera(description, path)
    unknown = _unknown_keys(description, path)
    encoding = description.get("depth_encoding")
    invalid = description.get("invalid_depth") or 0
    if isinstance(invalid, bool) or not isinstance(invalid, int | float):
        raise _bad(f"{path}: invalid_depth {invalid!r} is no number")
    unit, assumed = _unit(description, path)
    notes = [f"calibration: {path.name} has {', '.join(unknown)}, ignored"] if unknown else []
    return CameraFile(
        camera,
        None if encoding is None else str(encoding),
        unit,
        invalid,
        (*notes, *assumed),
    )


def _camera(description: dict, path: Path) -> Camera:
    missing = [name for name in REQUIRED if name not in description]
    if missing:
        raise _bad(f"{path} lacks {', '.join(missing)}")
    try:
        width, height, *intrinsics = numbers([description[name] for name in REQUIRED])
        d = numbers(description.get("d", []))
    except (ValueError, OverflowError) as error:
        raise _bad(f"{path}: {', '.join(REQUIRED)} and d are numbers: {error}") from error
    if width % 1 or height % 1:
        raise _bad(f"{path}: width and height are whole numbers")
    fx, fy, cx, cy = intrinsics
    if mistake := find_mistake(int(width), int(height), fx, fy, cx, cy, "the calibration"):
        raise _bad(f"{path}: {mistake}")
    camera = Camera(
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
    check_middle(camera)
    return camera


def _unknown_keys(description: dict, path: Path) -> list[str]:
    """Keys that are not understood and change nothing.

    Raises:
        SpatialError: BAD_CALIBRATION for one that would.
    """
    unknown = [str(key) for key in description if key not in KNOWN]
    for key in unknown:
        near = difflib.get_close_matches(key, KNOWN, 1, 0.8)
        if near or BEARING.fullmatch(key):
            advice = f"is {near[0]} meant?" if near else f"known are {', '.join(KNOWN)}"
            raise _bad(f"{path}: {key[:40]!r} is not known, {advice}")
    return [repr(key[:40]) for key in unknown[:10]]


def _unit(description: dict, path: Path) -> tuple[float | None, tuple[str, ...]]:
    """Metres of a step of the depth, None if it is not said; and a note on what was assumed."""
    if "depth_scale" in description:
        if "depth_unit" in description:
            raise _bad(f"{path}: depth_unit and depth_scale say the same, leave one out")
        return _scale(description["depth_scale"], path)
    if "depth_unit" not in description:
        return None, ()
    unit = description["depth_unit"]
    metres: Any = METRES.get(unit) if isinstance(unit, str) else unit
    if not _is_positive(metres):
        raise _bad(f"{path}: depth_unit {unit!r} is not one of mm, cm, m or a number of metres")
    return float(metres), ()


def _scale(scale: Any, path: Path) -> tuple[float, tuple[str, ...]]:
    if _is_positive(scale):
        for least, most, metres, meaning in (
            (100, 1e6, 1 / scale, "steps per metre"),
            (0.02, 10, scale / 1000, "millimetres of a step"),
            (1e-6, 0.005, scale, "metres of a step"),
        ):
            if least <= scale <= most:
                note = f"depth: depth_scale {scale:g} of {path.name} is taken for {meaning}"
                return float(metres), (note,)
    raise _bad(
        f"{path}: depth_scale {scale!r} may be read in several ways: write depth_unit, the metres "
        "of one step"
    )


def _is_positive(number: Any) -> bool:
    return (
        isinstance(number, int | float)
        and not isinstance(number, bool)
        and 0 < number < float("inf")
    )


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_CALIBRATION, message)
