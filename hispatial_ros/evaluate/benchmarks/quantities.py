"""Q-Spatial and SpatialRGPT-Bench: lengths in metres."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.evaluate import rules
from hispatial_ros.evaluate.files import Row, bad, find, picture, rows
from hispatial_ros.evaluate.question import Question, Rule, View
from hispatial_ros.frame.images import decode_samples, open_image
from hispatial_ros.frame.reading import read_bytes
from hispatial_ros.frame.region import Region
from hispatial_ros.vlm.parse import METRES

# Boxes of SpatialRGPT-Bench as HiSpatial draws them, at the image's own size; more are yellow.
BOXES = (("red", (255, 0, 0)), ("blue", (0, 0, 255)), ("green", (0, 255, 0)))
MORE = ("yellow", (255, 255, 0))
SCANNET_VALID = (0.01, 250.0)  # m


def q_spatial_plus(path: Path, images: Path | None = None) -> Iterator[Question]:
    """Q-Spatial++, hub ``andrewliao11/Q-Spatial-Bench``. Raises SpatialError BAD_REQUEST."""
    yield from _q_spatial(path, "QSpatial_plus", lambda cell, name: _colour(cell, name, images))


def q_spatial_scannet(
    path: Path, images: Path | None = None, sensor_depth: bool = False
) -> Iterator[Question]:
    """Q-Spatial-ScanNet, whose images come from ScanNet: ``images/SCENE/color/N.jpg``.

    Args:
        sensor_depth: take ``depth/N.png`` (mm) and ``intrinsics_depth.npy`` beside them instead
            of estimating depth.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    if images is None:
        raise bad(
            "the images of Q-Spatial-ScanNet come from ScanNet itself (its licence has to be "
            "signed): give the folder with SCENE/color/N.jpg with --images"
        )
    folder = images
    yield from _q_spatial(
        path, "QSpatial_scannet", lambda cell, name: _scannet(name, folder, sensor_depth)
    )


def _q_spatial(path: Path, split: str, view: Callable[[Any, str], View]) -> Iterator[Question]:
    columns = ("question", "answer_value", "answer_unit", "question_type", "image_path", "image")
    for file in find(path, (f"{split}*.parquet",), split):
        for number, row in enumerate(rows(file, columns, "image")):
            unit = METRES.get(str(row["answer_unit"]).lower())
            if unit is None:
                raise bad(f"{file}, row {number + 1}: the unit {row['answer_unit']!r} is unknown")
            truth = float(row["answer_value"]) * unit
            name = str(row["image_path"])
            yield Question(
                f"{split}-{number:04d}",
                row["question_type"] or split,
                row["question"],
                f"{row['answer_value']:g} {row['answer_unit']}",
                name,
                partial(view, row["image"], name),
                {
                    "official": rules.first_number(truth),
                    "with its unit": rules.length_between(truth),
                },
            )


def _colour(cell: Any, name: str, images: Path | None) -> View:
    return View(picture(cell, name, images))


def _scannet(name: str, folder: Path, sensor_depth: bool) -> View:
    scene, number = Path(name).parent.parent.name, Path(name).stem
    place = folder / scene
    rgb = picture(f"color/{number}.jpg", name, place)
    if not sensor_depth:
        return View(rgb)
    file = place / "depth" / f"{number}.png"
    k_file = place / "intrinsics_depth.npy"
    try:
        k = np.load(k_file, allow_pickle=False)
        fx, fy, cx, cy = (float(k[i]) for i in ((0, 0), (1, 1), (0, 2), (1, 2)))
    except (OSError, ValueError, IndexError) as error:
        raise bad(f"{k_file} cannot be read: {error}; or leave --sensor-depth out") from error
    depth = decode_samples(open_image(read_bytes(file), str(file)), str(file)) / 1000.0
    low, high = SCANNET_VALID
    depth = np.where((depth > low) & (depth < high), depth, np.nan).astype(np.float32)
    height, width = depth.shape
    camera = Camera(width, height, fx, fy, cx, cy).scaled(rgb.shape[1], rgb.shape[0])
    return View(rgb, depth, camera)


def spatialrgpt(path: Path, images: Path | None = None) -> Iterator[Question]:
    """SpatialRGPT-Bench's quantities, hub ``a8cheng/SpatialRGPT-Bench``.

    Read from its Parquet files, or from ``SpatialRGPT-Bench_v1.json`` with the images' folder.
    The official code of HiSpatial writes predictions and does not score them; success is that of
    the benchmark's paper, within a quarter of the truth. Directions on the clock stand apart.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    for file in find(path, ("val-*.parquet", "SpatialRGPT-Bench_v1.json*"), "SpatialRGPT-Bench"):
        for row in rows(file, ("id", "qa_info", "conversations", "bbox"), "image"):
            info, talk, boxes = (
                _structure(row[c], file) for c in ("qa_info", "conversations", "bbox")
            )
            try:
                if info["type"] == "quantitative":
                    yield _spatialrgpt(row, info, talk, boxes, file, images)
            except (KeyError, TypeError, IndexError, ValueError) as error:
                raise bad(
                    f"{file}, {row['id']} is malformed ({type(error).__name__}: {error}): fetch "
                    "it again"
                ) from error


def _spatialrgpt(
    row: Row,
    info: Mapping[str, Any],
    talk: Sequence[Mapping[str, str]],
    boxes: Sequence[Sequence[float]],
    file: Path,
    images: Path | None,
) -> Question:
    names = [str(name) for name in info["class"]]
    colours = [BOXES[i][0] if i < len(BOXES) else MORE[0] for i in range(len(names))]
    asked, truth = talk[0]["value"], talk[1]["value"]
    referred = [f"the {n} (highlighted by a {c} box)" for n, c in zip(names, colours, strict=True)]
    # The measuring engine knows the boxes by unique names.
    labels = [n if names.count(n) == 1 else f"{n} {k + 1}" for k, n in enumerate(names)]
    regions = [
        Region(label, (float(b[0]), float(b[1]), float(b[2]), float(b[3])))
        for label, b in zip(labels, boxes, strict=True)
    ]
    about = row.get("image_info")
    about = _structure(about, file) if about is not None else {}
    cell = row["image"] if row.get("image") is not None else about.get("file_path")
    rule, counted = _spatialrgpt_rule(truth)
    id_ = str(row["id"])

    def view() -> View:
        seen = _colour(cell, f"{file}, {id_}", images)
        return replace(seen, regions=regions, drawn=draw_boxes(seen.rgb, boxes))

    return Question(
        id_,
        str(info.get("category", "quantitative")),
        _named(asked, referred),
        truth,
        str(about.get("file_path") or id_),
        view,
        {"success": rule},
        measured_text=_named(asked, [f"the {label}" for label in labels]),
        counted=counted,
    )


def _spatialrgpt_rule(truth: str) -> tuple[Rule, bool]:
    """The rule, and whether it counts in the total."""
    hour = rules.clock_hour(truth)
    if hour is not None:
        return rules.clock(hour), False
    value = rules.length(truth)
    if value is None:
        raise ValueError(f"no length in the truth {truth!r}")
    return rules.spatialrgpt(value), True


def _named(asked: str, names: Sequence[str]) -> str:
    asked = re.sub(r"^\s*<image>\s*", "", asked)
    for name in names:
        asked = asked.replace("<mask>", name, 1)
    return asked


def draw_boxes(rgb: np.ndarray, boxes: Sequence[Sequence[float]]) -> np.ndarray:
    """A copy of an image with its objects' boxes, two pixels wide, in the benchmark's colours."""
    drawn = rgb.copy()
    for k, (x0, y0, x1, y1) in enumerate(boxes):
        colour = BOXES[k][1] if k < len(BOXES) else MORE[1]
        cv2.rectangle(drawn, (int(x0), int(y0)), (int(x1), int(y1)), colour, 2)
    return drawn


def _structure(cell: Any, file: Path) -> Any:
    """Lists and dicts, which the Parquet files hold as Python literals."""
    if not isinstance(cell, str):
        return cell
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError) as error:
        raise bad(f"{file}: {cell[:60]!r} is malformed: {error}") from error
