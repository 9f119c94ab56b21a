"""One frame measured again and again: fresh depth noise, boxes that jitter as detectors' do.

The spread of every number stands against the standard deviation that is stated for it.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import markdown
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.pointmap.noise import DepthNoise

JITTER = 4.0  # px, standard deviation of every side of a box
SAME = 0.95  # share of the repetitions in which the solid should be the same
QUANTITIES = ("distance", "width", "height", "depth", "centre x", "centre y", "centre z")


@dataclass(eq=False)
class Spread:
    """What the repetitions gave for one object, by QUANTITIES."""

    label: str
    spread: np.ndarray  # [7] m, standard deviation
    stated: np.ndarray  # [7] m, root of the mean variance
    shapes: Counter[str]
    missing: int

    @property
    def same(self) -> float:
        return self.shapes.most_common(1)[0][1] / max(self.shapes.total(), 1)


def load(folder: Path) -> tuple[Frame, list[Region]]:
    """A folder with ``rgb.png``, ``depth.png``, ``camera.json`` and ``regions.json``."""
    camera = json.loads((folder / "camera.json").read_text())
    depth = cv2.imread(str(folder / "depth.png"), cv2.IMREAD_UNCHANGED)
    rgb = cv2.imread(str(folder / "rgb.png"), cv2.IMREAD_COLOR)
    k = {name: float(camera[name]) for name in ("fx", "fy", "cx", "cy")}
    d = tuple(camera.get("d", ()))
    model = camera.get("distortion_model", "plumb_bob")
    height, width = depth.shape
    frame = Frame(
        np.ascontiguousarray(rgb[..., ::-1]),
        depth,
        Camera(width, height, **k, d=d, distortion_model=model),
    )
    listed = json.loads((folder / "regions.json").read_text())
    return frame, [
        Region(r["label"], tuple(float(v) for v in r["box_xyxy"]), id=f"o{i}")
        for i, r in enumerate(listed)
    ]


def again(frame: Frame, region_list: list[Region], rng: np.random.Generator):
    """The frame with fresh depth noise, and regions with jittering sides."""
    z = frame.depth / 1000
    noisy = np.where(z > 0, z + DepthNoise().sigma(z) * rng.standard_normal(z.shape), 0)
    depth = np.round(1000 * noisy).clip(0, 65535).astype(np.uint16)
    moved = []
    for region in region_list:
        x0, y0, x1, y1 = np.array(region.box) + rng.normal(0, JITTER, 4)
        box = (float(x0), float(y0), float(max(x1, x0 + 2)), float(max(y1, y0 + 2)))
        moved.append(replace(region, box=box))
    return replace(frame, depth=depth), moved


def numbers(o: MeasuredObject) -> tuple[np.ndarray, np.ndarray]:
    """The quantities of an object and their standard deviations."""
    of_center = np.sqrt(np.diag(o.covariance)[:3])
    return (
        np.array([o.distance, *o.size, *o.center]),
        np.array([o.distance_stddev, *o.size_stddev, *of_center]),
    )


def repeat(frame: Frame, region_list: list[Region], times: int, seed: int = 0) -> list[Spread]:
    rng = np.random.default_rng(seed)
    found: dict[str, list[MeasuredObject]] = {r.id: [] for r in region_list}
    for _ in range(times):
        for o in measure(*again(frame, region_list, rng), relations=False).objects:
            found[o.id].append(o)
    result = []
    for region in region_list:
        objects = found[region.id]
        if not objects:
            continue
        values, stddevs = (np.array(a) for a in zip(*map(numbers, objects), strict=True))
        result.append(
            Spread(
                region.label,
                values.std(0),
                np.sqrt(np.square(stddevs).mean(0)),
                Counter(o.shape for o in objects),
                times - len(objects),
            )
        )
    return result


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks repeatability", description=__doc__)
    parser.add_argument("path", type=Path, help="folder of the frame")
    parser.add_argument("--times", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="Markdown file to write")
    args = parser.parse_args(arguments)
    console = console or Console()
    spreads = repeat(*load(args.path), args.times, args.seed)
    table = Table(title=f"Spread and stated standard deviation in cm, {args.times} repetitions")
    for name in ("object", *QUANTITIES, "solid"):
        table.add_column(name, justify="left" if name in ("object", "solid") else "right")
    for s in spreads:
        cells = [
            f"{100 * a:.1f}/{100 * b:.1f}{' ✗' if a > b else ''}"
            for a, b in zip(s.spread, s.stated, strict=True)
        ]
        shapes = ", ".join(f"{name} {n}" for name, n in s.shapes.most_common())
        table.add_row(s.label, *cells, f"{shapes}{'' if s.same >= SAME else ' ✗'}")
    console.print(table)
    spread = np.array([s.spread for s in spreads])
    held = np.array([s.spread <= s.stated for s in spreads])
    same = sum(s.same >= SAME for s in spreads)
    by_quantity = zip(QUANTITIES, 100 * np.median(spread, 0), strict=True)
    console.print(
        f"median spread {100 * np.median(spread):.2f} cm "
        f"({', '.join(f'{name} {value:.2f}' for name, value in by_quantity)}); "
        f"spread within the stated deviation: {100 * held.mean():.0f} %; "
        f"the same solid in {100 * SAME:.0f} %: {same} of {len(spreads)} objects"
    )
    if args.out:
        args.out.write_text(markdown(table))
    return 0 if held.all() and same == len(spreads) else 1
