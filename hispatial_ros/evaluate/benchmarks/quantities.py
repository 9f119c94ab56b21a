"""Q-Spatial and SpatialRGPT-Bench: lengths in metres."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
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
    yield from _q_spatial(path, "QSpatial_plus", lambda cell, name: colour(cell, name, images))


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
        path, "QSpatial_scannet", lambda cell, name: scannet(name, folder, sensor_depth)
    )


def _q_spatial(path: Path, split: str, view: Callable[[Any, str], View]) -> Iterator[Question]:
    columns = ("question", "answer_value", "answer_unit", "question_type", "image_path", "image")
    for file in find(path, (f"{split}*.parquet",), split):
        for number, row in enumerate(rows(file, columns, "image")):
            question = q_spatial_question(row, split, f"{file}, row {number + 1}", view)
            yield replace(question, id=f"{split}-{number:04d}")


def q_spatial_question(
    row: Row, split: str, where: str, view: Callable[[Any, str], View]
) -> Question:
    """The question of a row, its id ``where``.

    Args:
        row: of the published file; "image" may be missing where only ``view`` reads it.
        split: its type, if it has none.
        where: for errors.
        view: ("image", "image_path") -> its view.

    Raises:
        SpatialError: BAD_REQUEST for an unknown unit.
    """
    unit = METRES.get(str(row["answer_unit"]).lower())
    if unit is None:
        raise bad(f"{where}: the unit {row['answer_unit']!r} is unknown")
    truth = float(row["answer_value"]) * unit
    name = str(row["image_path"])
    return Question(
        where,
        row["question_type"] or split,
        row["question"],
        f"{row['answer_value']:g} {row['answer_unit']}",
        name,
        partial(view, row.get("image"), name),
        {"official": rules.first_number(truth), "with its unit": rules.length_between(truth)},
    )


def colour(cell: Any, name: str, images: Path | None) -> View:
    """An image alone; see ``files.picture``."""
    return View(picture(cell, name, images))


def scannet(name: str, folder: Path, sensor_depth: bool) -> View:
    """A view of ScanNet by its name in Q-Spatial. Raises SpatialError BAD_REQUEST, BAD_IMAGE."""
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
            question = spatialrgpt_question(row, str(file), images)
            if question is not None:
                yield question


def is_quantity(qa_info: Any, where: str) -> bool:
    """Whether a row with this "qa_info" asks for a length or a direction."""
    return _structure(qa_info, where)["type"] == "quantitative"


def spatialrgpt_question(row: Row, where: str, images: Path | None) -> Question | None:
    """The question of a row; None if it asks for no quantity.

    Args:
        row: of the published file; "image" may be missing until its view is read.
        where: for errors.
        images: folder of the images, where the row has none.

    Raises:
        SpatialError: BAD_REQUEST if it is malformed.
    """
    try:
        if not is_quantity(row["qa_info"], where):
            return None
        return _spatialrgpt(row, where, images)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise bad(
            f"{where}, {row['id']} is malformed ({type(error).__name__}: {error}): fetch it again"
        ) from error


def _spatialrgpt(row: Row, where: str, images: Path | None) -> Question:
    info, talk, boxes = (_structure(row[c], where) for c in ("qa_info", "conversations", "bbox"))
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
    about = _structure(about, where) if about is not None else {}
    cell = row["image"] if row.get("image") is not None else about.get("file_path")
    rule, counted = _spatialrgpt_rule(truth)
    id_ = str(row["id"])

    def view() -> View:
        seen = colour(cell, f"{where}, {id_}", images)
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


def _structure(cell: Any, where: str) -> Any:
    """Lists and dicts, which the Parquet files hold as Python literals."""
    if not isinstance(cell, str):
        return cell
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError) as error:
        raise bad(f"{where}: {cell[:60]!r} is malformed: {error}") from error
