"""Everyday things: how far measurements are off, and how often the truth is inside their ±.

Frames of a folder (``rgb.jpg``, ``depth.png`` in mm, ``camera.json``, ``truth.json`` each), or
simulated tables and rooms. Regions are tight boxes (``box``), those with outlines (``mask``), or
boxes whose sides are off by 4 % (``loose``).
"""

import argparse
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import markdown
from benchmarks.evaluate import Z95
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.foreground import select
from hispatial_ros.measure.gravity import detect_support
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.measure.window import sample_windows
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.simulate.scenes import Scene, make_scene
from hispatial_ros.simulate.shapes import Solid

MODES = ("box", "mask", "loose")
LOOSE = 0.04  # standard deviation of a side, by the box's length
# Seeds of the simulated frames: what is tuned on, and what is only looked at for a report.
DEVELOPMENT, FROZEN = 0, 50_000
FIGURES = ("center", "extent", "size", "distance")  # whose coverage is counted


@dataclass(eq=False)
class Thing:
    """One object as it is, optical frame, m."""

    label: str
    kind: str
    box: tuple[float, float, float, float]
    outline: np.ndarray | None
    span: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # low, high along unit axes [3, 3]
    distance: float | None
    mask: np.ndarray | None = None  # [H, W] bool, the pixels that show it


@dataclass(eq=False)
class View:
    name: str
    group: str  # "tabletop" or "furniture"
    frame: Frame
    things: list[Thing]


@dataclass(eq=False)
class Row:
    """Errors of one object; NaN where it was not measured."""

    view: str
    index: int  # in the view
    group: str
    mode: str
    label: str
    kind: str
    shape: str = "none"
    center: float = np.nan  # m
    distance: float = np.nan  # m
    size: np.ndarray = field(default_factory=lambda: np.full(3, np.nan))  # share
    extent: np.ndarray = field(default_factory=lambda: np.full(3, np.nan))  # share
    ratios: dict[str, np.ndarray] = field(default_factory=dict)  # errors over stated deviations
    errors: dict[str, np.ndarray] = field(default_factory=dict)  # m, signed
    stddevs: dict[str, np.ndarray] = field(default_factory=dict)  # m


def load(folder: Path) -> View:
    """A frame with its truth from a folder."""
    truth = json.loads((folder / "truth.json").read_text())
    camera = json.loads((folder / "camera.json").read_text())
    rgb = cv2.imread(str(folder / "rgb.jpg"), cv2.IMREAD_COLOR)
    depth = cv2.imread(str(folder / "depth.png"), cv2.IMREAD_UNCHANGED)
    height, width = depth.shape
    intrinsics = {name: float(camera[name]) for name in ("fx", "fy", "cx", "cy")}
    frame = Frame(np.ascontiguousarray(rgb[..., ::-1]), depth, Camera(width, height, **intrinsics))
    things = []
    for o in truth["objects"]:
        hull = np.array(o["hull"])
        outline = np.array(o["outline"], float) if o.get("outline") else None
        things.append(
            Thing(o["label"], o["kind"], tuple(o["box"]), outline, _of_points(hull), o["distance"])
        )
    furniture = "furniture" in truth["source"]
    return View(folder.name, "furniture" if furniture else "tabletop", frame, things)


def _of_points(hull: np.ndarray):
    def span(axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        along = hull @ axes
        return along.min(0), along.max(0)

    return span


def _of_parts(parts: Sequence[Solid]):
    def span(axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low = np.array([min(-p.support(-axis) for p in parts) for axis in axes.T])
        return low, np.array([max(p.support(axis) for p in parts) for axis in axes.T])

    return span


def simulated(group: str, seed: int) -> View:
    """A frame of a table or a room with everyday things."""
    scene: Scene = make_scene(seed, f"everyday {group}")
    things = []
    for index, (truth, region) in enumerate(zip(scene.truths, scene.regions, strict=True)):
        mask = scene.segmentation == index
        outline = outline_of(mask)
        box = tuple(float(v) for v in region.box)
        span = _of_parts(truth.body.parts)
        things.append(Thing(truth.label, truth.shape, box, outline, span, truth.distance, mask))
    return View(f"{group} {seed}", group, scene.frame, things)


def outline_of(mask: np.ndarray) -> np.ndarray | None:
    """The polygon around the largest piece of a mask [H, W], in pixels of a region."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea)[:, 0].astype(float) + 0.5
    return largest if len(largest) >= 3 else None


def regions(view: View, mode: str) -> list[Region]:
    rng = np.random.default_rng(zlib.crc32(view.name.encode()))
    found = []
    for i, thing in enumerate(view.things):
        box, outline = np.array(thing.box, float), None
        if mode == "loose":
            wide, high = box[2] - box[0], box[3] - box[1]
            box += rng.normal(0, LOOSE, 4) * [wide, high, wide, high]
            limit = [view.frame.camera.width, view.frame.camera.height] * 2
            box = np.clip(box, 0, limit)
        elif mode == "mask":
            outline = thing.outline
        corners = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
        found.append(Region(thing.label, corners, outline, f"o{i}"))
    return found


def judge(view: View, mode: str) -> list[Row]:
    """Measure a frame's regions and compare."""
    result = measure(view.frame, regions(view, mode), relations=False)
    found = {o.id: o for o in result.objects}
    return [
        _row(Row(view.name, i, view.group, mode, t.label, t.kind), t, found.get(f"o{i}"))
        for i, t in enumerate(view.things)
    ]


def _row(row: Row, thing: Thing, o: MeasuredObject | None) -> Row:
    if o is None:
        return row
    row.shape = o.shape
    # What is irregular has no one box: its true box is taken along the measured axes.
    low, high = thing.span(o.rotation)
    center = o.center - o.rotation @ ((low + high) / 2)
    first, last = thing.span(np.eye(3))
    row.center = float(np.linalg.norm(center))
    row.errors = {
        "center": center,
        "extent": o.extent - (last - first),
        "size": o.size - (high - low),
    }
    row.stddevs = {
        "center": np.sqrt(np.diag(o.covariance)[:3]),
        "extent": o.extent_stddev,
        "size": o.size_stddev,
    }
    row.size = row.errors["size"] / (high - low)
    row.extent = row.errors["extent"] / (last - first)
    if thing.distance is not None:
        row.distance = o.distance - thing.distance
        row.errors["distance"] = np.array([row.distance])
        row.stddevs["distance"] = np.array([o.distance_stddev])
    row.ratios = {k: np.abs(e) / np.maximum(row.stddevs[k], 1e-9) for k, e in row.errors.items()}
    return row


def covered(rows: Sequence[Row], figure: str) -> float:
    """Share [%] of true values within 1.96 stated deviations."""
    ratios = [row.ratios[figure] for row in rows if figure in row.ratios]
    return 100 * float((np.concatenate(ratios) <= Z95).mean()) if ratios else float("nan")


def summary(rows: Sequence[Row], by: Callable[[Row], str], title: str) -> Table:
    table = Table(title=title)
    for name in (
        "", "objects", "centre, median/p90 [cm]", "extent x/y/z [%]", "size w/h/d [%]",
        "distance, median/p90 [cm]", "± of centre, size [cm]", "covered: centre", "extent", "size",
        "distance",
    ):  # fmt: skip
        table.add_column(name, justify="right" if name else "left")
    for name in sorted({by(row) for row in rows}):
        mine = [row for row in rows if by(row) == name]
        seen = [row for row in mine if row.ratios]
        if not seen:
            continue
        center = 100 * np.array([row.center for row in seen])
        distance = 100 * np.abs([row.distance for row in seen])
        extent, size = (
            100 * np.median(np.abs([getattr(row, k) for row in seen]), axis=0)
            for k in ("extent", "size")
        )
        stated = [
            100 * 1.96 * np.median([np.median(row.stddevs[k]) for row in seen])
            for k in ("center", "size")
        ]
        table.add_row(
            name,
            f"{len(seen)}/{len(mine)}",
            f"{np.median(center):.1f} / {np.percentile(center, 90):.1f}",
            "/".join(f"{v:.0f}" for v in extent),
            "/".join(f"{v:.0f}" for v in size),
            f"{np.nanmedian(distance):.1f} / {np.nanpercentile(distance, 90):.1f}",
            f"{stated[0]:.1f}, {stated[1]:.1f}",
            *(f"{covered(seen, figure):.0f} %" for figure in FIGURES),
        )
    return table


def picture(view: View, mode: str, index: int, height: int = 240) -> np.ndarray:
    """BGR crop around one object: samples taken for it green, others grey, its box white."""
    points = PointMap(view.frame)
    windows = sample_windows(points, regions(view, mode))
    mask = select(windows, detect_support(points)).mask[index]
    image = np.ascontiguousarray(view.frame.rgb[..., ::-1]) // 2
    x0, y0, x1, y1 = windows.box[index].astype(int)
    margin = 12 + max(x1 - x0, y1 - y0) // 8
    left, top = max(x0 - margin, 0), max(y0 - margin, 0)
    crop = image[top : y1 + margin, left : x1 + margin]
    scale = height / crop.shape[0]
    crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)

    def place(u: float, v: float) -> tuple[int, int]:
        return round((u - left) * scale), round((v - top) * scale)

    cv2.rectangle(crop, place(x0, y0), place(x1, y1), (255, 255, 255), 1)
    thing = view.things[index]
    if thing.outline is not None:
        outline = np.array([place(u, v) for u, v in thing.outline], np.int32)
        cv2.polylines(crop, [outline], True, (0, 200, 255), 1)
    for row, column in zip(*np.nonzero(windows.cell[index]), strict=True):
        at = place(windows.columns[index, column] + 0.5, windows.rows[index, row] + 0.5)
        valid = windows.valid[index, row, column]
        color = (80, 255, 80) if mask[row, column] else (150, 150, 150) if valid else (60, 60, 200)
        cv2.circle(crop, at, 2 if mask[row, column] else 1, color, -1)
    return crop


def views(args: argparse.Namespace) -> Iterator[View]:
    if args.path is not None:
        for folder in sorted(args.path.glob("*/truth.json")):
            yield load(folder.parent)
        return
    first = FROZEN if args.frozen else DEVELOPMENT
    for group in args.groups:
        for seed in range(args.frames):
            yield simulated(group, first + args.skip + seed)


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks everyday", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, help="folder of frames; none: simulated")
    parser.add_argument("--frames", type=int, default=30, help="simulated ones of each group")
    parser.add_argument("--skip", type=int, default=0, help="so many of them")
    parser.add_argument("--groups", nargs="+", default=["tabletop", "furniture"])
    parser.add_argument("--frozen", action="store_true", help="those that nothing was tuned on")
    parser.add_argument("--modes", nargs="+", default=["box", "mask"], choices=MODES)
    parser.add_argument("--by", nargs="*", default=[], choices=["kind", "shape"])
    parser.add_argument("--worst", type=int, default=0, help="list so many objects")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the worst")
    parser.add_argument("--out", type=Path, help="Markdown file to write")
    args = parser.parse_args(arguments)
    console = console or Console()
    seen = {view.name: view for view in views(args)}
    rows = [row for view in seen.values() for mode in args.modes for row in judge(view, mode)]
    tables = [
        summary(rows, lambda r: f"{r.group}, {r.mode}", "Everyday things"),
        *(
            summary(rows, lambda r, by=by: f"{getattr(r, by)}, {r.mode}", f"By {by}")
            for by in args.by
        ),
    ]
    for table in tables:
        console.print(table)
    worst = sorted((row for row in rows if row.ratios), key=lambda row: -row.center)
    if args.pictures:
        args.pictures.mkdir(parents=True, exist_ok=True)
    for place, row in enumerate(worst[: args.worst], 1):
        if args.pictures:
            name = f"{place:02} {row.view} {row.mode} {row.label}.png".replace(" ", "-")
            image = picture(seen[row.view], row.mode, row.index)
            cv2.imwrite(str(args.pictures / name), image)
        size, stated = (100 * row.errors["size"]).round(1), (100 * row.stddevs["center"]).round(1)
        console.print(
            f"{row.view:16} {row.mode:5} {row.label:22} {row.shape:9}"
            f" centre {100 * row.center:5.1f} cm  size {size}"
            f"  distance {100 * row.distance:5.1f} cm  deviations {stated}"
        )
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text("\n".join(map(markdown, tables)))
    return 0
