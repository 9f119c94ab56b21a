"""Time of the measuring engine as a ratio to unprojecting the whole depth image once."""

import argparse
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.accuracy import markdown
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.convert import image_to_depth, image_to_rgb
from hispatial_ros.intake.messages import ImageMessage
from hispatial_ros.measure.engine import measure
from hispatial_ros.simulate.scenes import Scene, make_scene

REGIONS = 12
MOST_UNPROJECTIONS = 6.0  # for a whole scene
MOST_PER_BOX = 0.7  # ms


def unproject(depth: np.ndarray, camera) -> np.ndarray:
    """Every pixel of a float32 depth image as a point, [H, W, 3]: the unit of the comparison."""
    height, width = depth.shape
    u = np.arange(width, dtype=np.float32)[None]
    v = np.arange(height, dtype=np.float32)[:, None]
    x = (u - np.float32(camera.cx)) * depth / np.float32(camera.fx)
    y = (v - np.float32(camera.cy)) * depth / np.float32(camera.fy)
    return np.stack([x, y, depth], -1)


def twelve_regions(seed: int) -> tuple[Scene, list[Region]]:
    """A 640x480 scene and exactly twelve regions: its own, some of them twice (moved a little)."""
    scene = make_scene(seed, count=(8, 8))
    regions = list(scene.regions)
    for region in scene.regions[: REGIONS - len(regions)]:
        x0, y0, x1, y1 = region.box
        regions.append(Region(f"{region.label} again", (x0 - 2, y0 - 1, x1 + 1, y1 + 2)))
    return scene, regions


def messages(frame: Frame) -> tuple[ImageMessage, ImageMessage]:
    """The frame as the node receives it, bgr8 and 16UC1."""
    bgr = np.ascontiguousarray(frame.rgb[..., ::-1])
    return message(bgr, "bgr8"), message(frame.depth, "16UC1")


def message(pixels: np.ndarray, encoding: str) -> ImageMessage:
    """[H, W, ...] pixels as a message."""
    height, width = pixels.shape[:2]
    step, data = pixels.nbytes // height, array("B", pixels.tobytes())
    return ImageMessage(0, "camera", height, width, encoding, False, step, data)


def convert_and_measure(pair, camera: Camera, regions: Sequence[Region]) -> object:
    """The whole way from a pair of messages to objects and relations."""
    image, depth = pair
    return measure(Frame(image_to_rgb(image), image_to_depth(depth), camera), regions)


def median_times(jobs: dict[str, Callable[[], object]], repeat: int, tick) -> dict[str, float]:
    """Median seconds of each job; the jobs take turns so that a busy machine slows all alike."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(repeat):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - start)
        tick()
    return {name: float(np.median(t)) for name, t in times.items()}


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks speed", description=__doc__)
    parser.add_argument("--repeat", type=int, default=200, help="rounds")
    parser.add_argument("--scenes", type=int, default=5, help="different scenes, in turn")
    parser.add_argument("--out", type=Path, help="Markdown file to write")
    args = parser.parse_args(arguments)
    console = console or Console()

    setups = [twelve_regions(seed) for seed in range(args.scenes)]
    rounds = max(1, args.repeat // args.scenes)
    sums = np.zeros(5)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("timing", total=rounds * len(setups))
        for scene, regions in setups:
            frame = scene.frame
            pair = messages(frame)
            metres = frame.depth.astype(np.float32) / 1000
            jobs: dict[str, Callable[[], object]] = {
                "unproject": lambda f=frame, z=metres: unproject(z, f.camera),
                "pair": lambda f=frame, p=pair, r=regions: convert_and_measure(p, f.camera, r),
                "relate": lambda f=frame, r=regions: measure(f, r),
                "boxes": lambda f=frame, r=regions: measure(f, r, relations=False),
                "one": lambda f=frame, r=regions: measure(f, r[:1], relations=False),
            }
            times = median_times(jobs, rounds, lambda: progress.advance(task))
            sums += [times[name] for name in jobs]
    unit, whole, related, boxes, one = sums / len(setups)

    table = Table(title="Speed, 640x480, one process, medians")
    for column in ("job", "time", "in unprojections", "goal"):
        table.add_column(column, justify="left" if column == "job" else "right")

    def row(name: str, seconds: float, goal: str = "", met: bool | None = None) -> None:
        mark = {None: "", True: " ✓", False: " ✗"}[met]
        table.add_row(name, f"{1000 * seconds:.2f} ms", f"{seconds / unit:.2f}{mark}", goal)

    ratio, per_box = whole / unit, 1000 * boxes / REGIONS
    row("unproject the whole frame once (float32 numpy)", unit, "1.0 by definition")
    row(
        f"convert the pair, measure {REGIONS} regions and their relations",
        whole,
        f"≤ {MOST_UNPROJECTIONS:.0f}",
        ratio <= MOST_UNPROJECTIONS,
    )
    row(f"measure {REGIONS} regions and their relations", related)
    row(f"measure {REGIONS} regions without relations", boxes)
    row("measure one region", one)
    mark = "✓" if per_box <= MOST_PER_BOX else "✗"
    table.add_row("per box", f"{per_box:.2f} ms {mark}", "", f"≤ {MOST_PER_BOX} ms")
    console.print(table)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(markdown(table))
    return 0 if ratio <= MOST_UNPROJECTIONS and per_box <= MOST_PER_BOX else 1
