"""ROS calibration files (``ost.yaml``), as camera_calibration and the drivers write them."""

import re
from pathlib import Path
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError

SIZES = {"image_width": "width", "image_height": "height"}
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\.?nan|[-+]?\.?inf", re.I)


def parse_calibration(text: str, path: Path) -> dict[str, Any]:
    """What ``camera.json`` holds, of K and D: the image is taken for a raw one.

    Raises:
        SpatialError: BAD_CALIBRATION.
    """
    description: dict[str, Any] = {}
    for key, name in SIZES.items():
        found = re.search(rf"^{key}:\s*(\d+)\s*$", text, re.M)
        if found is None:
            raise _bad(path, f"it lacks {key}")
        description[name] = int(found[1])
    k = _matrix(text, "camera_matrix")
    if len(k) != 9:
        raise _bad(path, "camera_matrix has no data of 9 numbers")
    description |= {"fx": k[0], "cx": k[2], "fy": k[4], "cy": k[5]}
    description["d"] = _matrix(text, "distortion_coefficients")
    model = re.search(r"^(?:distortion_model|camera_model):\s*['\"]?(\w+)", text, re.M)
    if model is not None:
        description["distortion_model"] = model[1]
    return description


def _matrix(text: str, name: str) -> list[float]:
    """The numbers of ``data`` below a key: [a, b] or one per line."""
    block = re.search(rf"^{name}:[^\n]*\n((?:[ \t]+[^\n]*\n?|[ \t]*\n|- [^\n]*\n?)+)", text, re.M)
    data = re.search(r"data:\s*(\[[^\]]*\]|(?:\s*- [^\n]*)+)", block[1]) if block else None
    return [float(n.replace(".nan", "nan")) for n in NUMBER.findall(data[1])] if data else []


def _bad(path: Path, why: str) -> SpatialError:
    return SpatialError(
        ErrorCode.BAD_CALIBRATION, f"{path} is no ROS calibration file (as ost.yaml): {why}"
    )
