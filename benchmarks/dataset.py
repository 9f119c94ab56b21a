"""How fast the data engine is: images and pairs a second and core, and each stage's share."""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from hispatial_ros.dataset import build
from hispatial_ros.dataset.build import build_shard, jobs
from hispatial_ros.dataset.capture import Capture
from hispatial_ros.dataset.run import build_dataset
from hispatial_ros.dataset.select import Selector
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.sources.find import find_items
from hispatial_ros.dataset.sources.topics import Topics
from hispatial_ros.dataset.tools import Tools
from hispatial_ros.simulate.scenes import make_scene, save

IMAGES_OF_THE_PAPER = 5_000_000
FRAMES = 24


def main(arguments: list[str], console: Console) -> int:
    """Tables; exit status 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks dataset", description=__doc__)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--depth-model", default="", help="MoGe-2 file; times images without depth")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rooms"
        for n in range(args.frames):
            save(make_scene(90_000 + n, "room", count=(8, 8)), source / f"{n:03d}")
            if args.depth_model:
                (source / f"{n:03d}" / "depth.png").unlink()
        settings = BuildSettings(select=False, images_per_shard=4, depth_model=args.depth_model)
        seconds, shares, manifest = _stages(source, Path(folder) / "one", settings)
        walls = [_wall(source, Path(folder) / f"w{n}", settings, n) for n in (1, 2)]
    images, pairs = manifest["images"], manifest["pairs"]
    table = Table(title=f"{images} simulated frames of 8 objects, one core")
    table.add_column("stage")
    table.add_column("share of the time", justify="right")
    for stage, share in shares.most_common():
        table.add_row(stage, f"{share / sum(shares.values()):.0%}")
    console.print(table)
    hours = IMAGES_OF_THE_PAPER * seconds / images / 3600
    console.print(
        f"{images / seconds:.1f} images/s and {pairs / seconds:.0f} pairs/s of processor time, "
        f"{pairs / images:.0f} pairs an image (goal 300)\n"
        f"5 M images: 5e6 x {seconds / images:.2f} s / 3600 = {hours:.0f} core-hours\n"
        f"2 workers: {walls[0] / walls[1]:.2f} x 1 (goal 1.7)"
    )
    return int(pairs < 300 * images or walls[0] < 1.7 * walls[1])


def _wall(source: Path, out: Path, settings: BuildSettings, workers: int) -> float:
    """Seconds between the first image that is done and the last: without start-up."""
    times: list[float] = []
    build_dataset(
        find_items([source], Topics()),
        [],
        out,
        settings,
        workers=workers,
        listener=lambda what, value: times.append(time.monotonic()) if what == "image" else None,
    )
    first = settings.images_per_shard * workers  # all workers are at work
    return (times[-1] - times[first - 1]) / (len(times) - first)


def _stages(
    source: Path, out: Path, settings: BuildSettings
) -> tuple[float, Counter[str], dict[str, Any]]:
    """Processor time of one worker, by stage."""
    shares: Counter[str] = Counter()

    def timed(name: str, function: Callable) -> Callable:
        def call(*args: Any, **named: Any) -> Any:
            start = time.process_time()
            result = function(*args, **named)
            shares[name] += time.process_time() - start
            return result

        return call

    (out / "shards").mkdir(parents=True)
    tools = Tools.load(settings)
    tools.encode = timed("files", tools.encode)
    whole = replace(settings, images_per_shard=10**6)
    (job,) = jobs(find_items([source], Topics()), whole)
    items = [replace(item, load=timed("loading", item.load)) for item in job.items]
    original = build.make_sample, build.with_geometry
    build.make_sample = timed("measuring and asking", build.make_sample)
    build.with_geometry = timed("depth model", build.with_geometry)
    select = timed("selection (off by default here)", Selector().why_not)
    try:
        start = time.process_time()
        manifest = build_shard(replace(job, items=items), out, tools)
        seconds = time.process_time() - start
    finally:
        build.make_sample, build.with_geometry = original
    capture: Capture = job.items[0].load()
    assert capture.frame.rgb is not None
    for _ in range(len(items)):
        select(np.array(capture.frame.rgb))
    return seconds, shares, manifest
