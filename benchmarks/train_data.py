"""Does the data keep up: samples a second of the loader, and the time that a step waits for it."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from hispatial_ros.dataset.run import build_dataset
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.sources.find import find_items
from hispatial_ros.dataset.sources.topics import Topics
from hispatial_ros.simulate.scenes import make_scene, save
from hispatial_ros.train.batch import Batch
from hispatial_ros.train.data.loader import BatchLoader
from hispatial_ros.train.data.source import Source
from hispatial_ros.train.data.stream import Plan
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.vlm.checkpoint import load_model
from hispatial_ros.vlm.tokenizer import PromptTokenizer

ROOT = Path(__file__).parents[1]
MOST_WAITING = 0.05  # share of the time of a step
WARM_UP = 2  # batches before the clock starts: workers start, caches fill


def main(arguments: list[str], console: Console) -> int:
    """A table; exit status 1 if steps wait for more than `MOST_WAITING` of their time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks train-data", description=__doc__)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--batches", type=int, default=8)
    args = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "test" / "vlm"))
    from tiny_tokenizer import save_tokenizer

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_tokenizer(folder / "tokenizer.json")
        shutil.copy(ROOT / "test/vlm/golden/tiny/config.json", folder)
        for n in range(args.frames):
            save(make_scene(91_000 + n, "tabletop"), folder / "frames" / f"{n:03d}")
        build_dataset(
            find_items([folder / "frames"], Topics()),
            [],
            folder / "data",
            BuildSettings(select=False, detector=False, images_per_shard=4),
        )
        model = load_model(ROOT / "test/vlm/golden/tiny")
        tokenizer = PromptTokenizer(folder, model.config)
        plan = Plan([Source(folder / "data")], tokenizer, model.config, tokens=640, rows=1)
        config = type(model.config).from_dict(model.config.to_dict())
        config.vision_config.image_size = 448
        large = replace(plan, config=config, tokens=2560)
        made = samples_per_cpu_second(large, args.batches)
        step = training_step(TrainingModel(model, softcap=50.0))
        speed, seconds, waited = timed(plan, step, args.batches, 1)
    table = Table(title=f"640x480 images of the open layout, {os.cpu_count()} cores")
    table.add_column("what")
    table.add_column("", justify="right")
    table.add_row("samples of 448 px, per second of one core", f"{made:.0f}")
    table.add_row("tiny model of 224 px with 1 worker: samples/s", f"{speed:.1f}")
    table.add_row("its step", f"{1000 * seconds:.0f} ms")
    table.add_row("waiting for data", f"{1000 * waited * seconds:.1f} ms ({waited:.1%})")
    console.print(table)
    console.print(f"waiting for data: {waited:.1%} of a step (goal {MOST_WAITING:.0%})")
    return int(waited > MOST_WAITING)


def samples_per_cpu_second(plan: Plan, batches: int) -> float:
    """Of processor time, so that what else the machine does counts little."""
    loader = BatchLoader(plan)
    next(loader)
    start, samples = time.process_time(), loader.samples
    for _ in range(batches):
        next(loader)
    return (loader.samples - samples) / (time.process_time() - start)


def timed(
    plan: Plan, step: Callable[[Batch], None], batches: int, workers: int
) -> tuple[float, float, float]:
    """Samples a second, seconds of a step with its waiting, and the share that it waited.

    Args:
        plan: of the batches. step: made with each batch; returns when it is done.
        batches: to time, after a few to warm up. workers: processes that read.
    """
    loader = BatchLoader(plan, workers=workers)
    for _ in range(WARM_UP):
        step(next(loader))
    start, waited, samples = time.perf_counter(), loader.waited, 0
    for _ in range(batches):
        batch = next(loader)
        samples += batch.samples
        step(batch)
    seconds, waited = time.perf_counter() - start, loader.waited - waited
    loader.close()
    return samples / seconds, seconds / batches, waited / seconds


def training_step(model: TrainingModel) -> Callable[[Batch], None]:
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-5)

    def step(batch: Batch) -> None:
        loss = model(batch) / batch.total
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step
