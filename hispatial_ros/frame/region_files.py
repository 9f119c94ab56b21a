"""Regions from files: our own JSON, COCO, labelme, and YOLO's text.

Each entry becomes a box with a label, and an outline where the file has one:

- ours: ``[{"label": "mug", "box_xyxy": [x0, y0, x1, y1], "id": .., "outline": [[u, v], ..]}, ..]``
- COCO: ``annotations`` with ``bbox`` [x, y, width, height] and ``segmentation``, names from
  ``categories``; of the image whose file name is that of the colour image
- labelme: ``shapes`` with ``label``, ``points`` and ``shape_type`` (rectangle, polygon, point)
- YOLO: lines ``class x_center y_center width height [confidence]`` or ``class x1 y1 x2 y2 ..`` as
  shares of the image; names from ``classes.txt``, ``obj.names`` or ``data.yaml`` beside it
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.reading import read_text
from hispatial_ros.frame.region import Region

NAME_FILES = ("classes.txt", "obj.names", "data.yaml", "dataset.yaml")


def read_regions(path: Path, size: tuple[int, int] | None = None, image: str = "") -> list[Region]:
    """Regions of any of these files, not checked against an image.

    Args:
        size: width and height of the image, which YOLO needs.
        image: name of the image's file, where a file is about several.

    Raises:
        SpatialError: BAD_REQUEST if a file cannot be read, BAD_REGION if it is malformed.
    """
    text = read_text(path)
    if path.suffix.lower() == ".txt":
        return _yolo(text, path, size)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(f"{path} is not valid JSON: {error}") from error
    try:
        if isinstance(content, dict) and "annotations" in content:
            return _coco(content, path, image)
        if isinstance(content, dict) and "shapes" in content:
            return [_labelme(shape) for shape in content["shapes"]]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _bad(f"{path} is malformed: {type(error).__name__}: {error}") from error
    if not isinstance(content, list):
        raise _bad(
            f'{path}: a list [{{"label": .., "box_xyxy": [x0, y0, x1, y1]}}, ..] is needed, or a '
            "COCO, labelme or YOLO (.txt) file"
        )
    return [_own(entry, f"{path}, region {i + 1}") for i, entry in enumerate(content)]


def numbers(values: Any, count: int | None = None) -> list[float]:
    """A JSON list of numbers; ValueError if it is anything else."""
    if not isinstance(values, list) or (count is not None and len(values) != count):
        raise ValueError(f"a list of {count or ''} numbers is needed")
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise ValueError("a list of numbers is needed")
    return [float(v) for v in values]


def _own(entry: Any, where: str) -> Region:
    if not isinstance(entry, dict):
        entry = {}
    label, region_id = entry.get("label"), entry.get("id", "")
    try:
        if not isinstance(label, str) or not isinstance(region_id, str):
            raise ValueError("label and id are strings")
        x0, y0, x1, y1 = numbers(entry.get("box_xyxy"), 4)
        outline = entry.get("outline")
        if outline is not None:
            if not isinstance(outline, list):
                raise ValueError("outline is a list of [u, v]")
            outline = np.array([numbers(vertex, 2) for vertex in outline]).reshape(-1, 2)
    except (ValueError, OverflowError) as error:
        raise _bad(
            f'{where}: {{"label": "mug", "box_xyxy": [x0, y0, x1, y1]}} is needed: {error}'
        ) from error
    return Region(label, (x0, y0, x1, y1), outline, region_id)


def _coco(content: dict, path: Path, image: str) -> list[Region]:
    names = {c["id"]: str(c["name"]) for c in content.get("categories", ())}
    images = {i["id"]: Path(str(i.get("file_name", ""))).name for i in content.get("images", ())}
    wanted = set(images)
    if len(images) > 1:
        wanted = {number for number, name in images.items() if name == Path(image).name}
        if not wanted:
            raise _bad(
                f"{path} is about {len(images)} images, and none is called {Path(image).name!r}: "
                "give a file of one image, or the image under its own name"
            )
    regions = []
    for entry in content["annotations"]:
        if wanted and entry.get("image_id") not in wanted:
            continue
        x, y, width, height = numbers(entry["bbox"], 4)
        label = names.get(entry["category_id"], f"class {entry['category_id']}")
        parts = entry.get("segmentation")
        # Several parts, or a run-length mask, are no single outline.
        outline = None
        if isinstance(parts, list) and len(parts) == 1 and len(parts[0]) >= 6:
            outline = np.array(numbers(parts[0])).reshape(-1, 2)
        regions.append(Region(label, (x, y, x + width, y + height), outline))
    return regions


def _labelme(shape: dict) -> Region:
    points = np.array([numbers(point, 2) for point in shape["points"]])
    kind = shape.get("shape_type", "polygon")
    if kind == "circle":  # centre, and a point on it
        radius = np.linalg.norm(points[1] - points[0])
        low, high = points[0] - radius, points[0] + radius
    else:
        low, high = points.min(0), points.max(0)
    outline = points if kind == "polygon" and len(points) >= 3 else None
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    return Region(str(shape["label"]), (x0, y0, x1, y1), outline)


def _yolo(text: str, path: Path, size: tuple[int, int] | None) -> list[Region]:
    if size is None:
        raise _bad(
            f"{path} is taken for a YOLO file, whose boxes are shares of an image: give the image "
            "with --rgb"
        )
    names = _yolo_names(path)
    regions = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            index, values = int(words[0]), [float(word) for word in words[1:]]
        except ValueError:
            index, values = -1, []
        if index < 0 or len(values) < 4:
            raise _bad(f"{path}, line {number}: class x_center y_center width height is needed")
        label = names[index] if index < len(names) else f"class {index}"
        scale = np.array(size, float)
        if len(values) in (4, 5):
            center, extent = np.array(values[:2]) * scale, np.array(values[2:4]) * scale
            low, high, outline = center - extent / 2, center + extent / 2, None
        elif len(values) % 2 == 0:
            outline = np.array(values).reshape(-1, 2) * scale
            low, high = outline.min(0), outline.max(0)
        else:
            raise _bad(f"{path}, line {number}: an outline has as many x as y")
        (x0, y0), (x1, y1) = low.tolist(), high.tolist()
        regions.append(Region(label, (x0, y0, x1, y1), outline))
    return regions


def _yolo_names(path: Path) -> Sequence[str]:
    """Names of the classes, from beside the file or the folder above."""
    for folder in (path.parent, path.parent.parent):
        for file in NAME_FILES:
            if (folder / file).is_file():
                text = read_text(folder / file)
                return _yaml_names(text) if file.endswith(".yaml") else text.split("\n")
    return ()


def _yaml_names(text: str) -> list[str]:
    """``names: [a, b]``, or one per line below ``names:``."""
    match = re.search(r"^names:\s*(\[.*?\]|(?:\n[ \t-].*)+)", text, re.M | re.S)
    if match is None:
        return []
    found = match[1].strip("[]").split("," if match[1].startswith("[") else "\n")
    names = [re.sub(r"^\s*(-|\d+\s*:)?\s*", "", name).strip(" '\"") for name in found]
    return [name for name in names if name]


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_REGION, message)
