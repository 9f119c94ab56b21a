"""Depth from RGB: time and fidelity against the official package, on the same weights.

The weights are random but for the last layers (see ``moge_checkpoints``), which changes neither the
time nor what fidelity means. Everything that is compared runs in one process, in turns.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import SpatialError
from hispatial_ros.moge.checkpoint import import_official
from hispatial_ros.moge.engine import RawOutput
from hispatial_ros.moge.fusion import fuse
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.moge.postprocess import postprocess

WIDTH, HEIGHT = 640, 480
LEAST_SPEEDUP = 1.4  # over the official package on the CPU, ViT-S, 1200 tokens
MOST_POSTPROCESSING = 2.5  # ms
GPU_RUNTIMES = ("torch", "cuda", "onnxruntime-tensorrt", "tensorrt")
# Size, height, width, tokens, released widths of the heads.
FIDELITY = (
    ("s", 480, 640, 1200, True),
    ("s", 640, 320, 1800, False),
    ("s", 320, 640, 2500, False),
    ("s", 518, 518, 1369, False),
    ("s", 360, 640, 3600, False),
    ("s", 100, 133, 1200, False),
    ("b", 720, 1280, 1800, False),
    ("b", 480, 640, 1200, False),
    ("l", 480, 640, 1200, False),
)


def main(argv: Sequence[str], console: Console) -> int:
    """Prints the tables; returns 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks moge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of every measurement (7)")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (2)")
    parser.add_argument("--fidelity", action="store_true", help="and the fidelity table (minutes)")
    parser.add_argument("--no-speed", action="store_true", help="leave the time tables out")
    group = parser.add_argument_group("GPU, measured where PyTorch sees one")
    group.add_argument("--gpu-only", action="store_true", help="leave the CPU's tables out")
    group.add_argument("--sizes", nargs="+", default=["s", "l", "b"], help="of ViT (s l b)")
    group.add_argument("--tokens", type=int, nargs="+", default=[1200, 1800], help="(1200 1800)")
    group.add_argument(
        "--runtimes", nargs="+", default=GPU_RUNTIMES, help=f"({' '.join(GPU_RUNTIMES)})"
    )
    group.add_argument("--frames", type=int, default=1000, help="to watch memory over (1000)")
    group.add_argument("--profile", action="store_true", help="and time by operator")
    group.add_argument("--device", help="cpu: to see it run, with --sizes tiny")
    args = parser.parse_args(argv)
    try:
        torch, _ = import_official()
    except SpatialError as error:
        console.print(f"not measured: {error}")
        return 0
    torch.set_num_threads(args.threads)
    missed = False
    device = args.device or ("cuda" if torch.cuda.is_available() else None)
    if not args.no_speed and not args.gpu_only:
        missed |= _cpu_table(args.rounds, args.threads, console)
        missed |= _numpy_table(console)
    if not args.no_speed and device is None:
        console.print("GPU: not measured, PyTorch sees none")
    elif not args.no_speed:
        # Beside the official package, which main could import.
        from benchmarks import moge_gpu

        plan = moge_gpu.Plan(
            torch.device(device), args.rounds, args.frames, tuple(args.runtimes), args.profile
        )
        missed |= moge_gpu.measure(plan, args.sizes, args.tokens, console)
    if args.fidelity:
        missed |= _fidelity_table(console)
    return int(missed)


@dataclass(frozen=True)
class Candidate:
    """One way to get depth of the benchmark's image."""

    name: str
    run: Callable[[], Any]


def times(candidates: Sequence[Candidate], rounds: int) -> dict[str, float]:
    """Median seconds of each, taking turns, after a warm-up."""
    taken: dict[str, list[float]] = {c.name: [] for c in candidates}
    for index in range(rounds + 2):
        for candidate in candidates:
            start = time.perf_counter()
            candidate.run()
            if index >= 2:
                taken[candidate.name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in taken.items()}


def _cpu_table(rounds: int, threads: int, console: Console) -> bool:
    import onnxruntime
    import torch

    from benchmarks import moge_checkpoints as checkpoints
    from benchmarks import moge_official as official
    from hispatial_ros.moge.export import export

    settings = checkpoints.config("s", checkpoints.RELEASED, normal=True)
    model = checkpoints.build(0, settings)
    image = official.scene(WIDTH, HEIGHT)
    with tempfile.TemporaryDirectory() as folder:
        path = checkpoints.save(model, settings, Path(folder) / "model.pt")
        exported = export(path, HEIGHT, WIDTH, 1200, Path(folder) / "static.onnx").path
        estimator = load_estimator(exported, threads=threads)
        seconds = times(
            [
                Candidate("official infer, float32", lambda: official.infer(model, image, 1200)),
                Candidate("static export, ONNX Runtime", lambda: estimator.estimate(image)),
            ],
            rounds,
        )
    baseline, ours = seconds.values()
    table = Table(title=f"ViT-S, {WIDTH}x{HEIGHT}, 1200 tokens, {threads} CPU threads")
    for heading in ("", "ms", "speed-up", "goal"):
        table.add_column(heading)
    table.add_row("official infer, float32", f"{1e3 * baseline:.0f}", "1", "")
    speedup = baseline / ours
    goal = f">= {LEAST_SPEEDUP}"
    table.add_row("static export, ONNX Runtime", f"{1e3 * ours:.0f}", f"{speedup:.2f}", goal)
    console.print(table)
    console.print(f"PyTorch {torch.__version__}, ONNX Runtime {onnxruntime.__version__}")
    return speedup < LEAST_SPEEDUP


def _numpy_table(console: Console) -> bool:
    """Post-processing and fusion, which no runtime does."""
    u, v = np.arange(WIDTH) - 319.5, np.arange(HEIGHT) - 239.5
    x, y = np.meshgrid(u / 530, v / 530)
    noise = np.random.default_rng(0).normal(0, 0.01, x.shape)
    z = (2 / (1 + 0.3 * x - 0.4 * y) + noise).astype(np.float32)
    points = np.stack([x * z, y * z, z - 0.3], -1).astype(np.float32)
    raw = RawOutput(points, np.full(z.shape, 0.9, np.float32), 1.0)
    camera = Camera(WIDTH, HEIGHT, 530, 530, 319.5, 239.5)
    holed = z.copy()
    holed[100:250, 100:400] = np.nan
    candidates = [
        Candidate("post-processing, focal length estimated", lambda: postprocess(raw)),
        Candidate("post-processing, calibrated camera", lambda: postprocess(raw, camera)),
        Candidate("fusion with sensor depth", lambda: fuse(holed, z * np.float32(1.1))),
    ]
    seconds = times(candidates, 50)
    table = Table(title=f"After the network, {WIDTH}x{HEIGHT}")
    for heading in ("", "ms", "goal"):
        table.add_column(heading)
    for name, value in seconds.items():
        goal = f"<= {MOST_POSTPROCESSING}" if name.startswith("post") else ""
        table.add_row(name, f"{1e3 * value:.2f}", goal)
    console.print(table)
    return max(v for n, v in seconds.items() if n.startswith("post")) > 1e-3 * MOST_POSTPROCESSING


def _fidelity_table(console: Console) -> bool:
    from benchmarks import moge_checkpoints as checkpoints
    from benchmarks import moge_official as official
    from hispatial_ros.moge.export import export

    table = Table(title="Static export against the official infer, float32")
    for heading in ("ViT", "image", "tokens", "mask", "depth", "focal", "goal"):
        table.add_column(heading)
    missed = False
    for seed, (size, height, width, tokens, released) in enumerate(FIDELITY):
        widths = checkpoints.RELEASED if released else checkpoints.NARROW
        settings = checkpoints.config(size, widths)
        model = checkpoints.build(seed, settings)
        image = official.scene(width, height, seed)
        with tempfile.TemporaryDirectory() as folder:
            path = checkpoints.save(model, settings, Path(folder) / "model.pt")
            exported = export(path, height, width, tokens, Path(folder) / "static.onnx").path
            estimate = load_estimator(exported).estimate(image)
        expected = official.infer(model, image, tokens)
        differing = int((estimate.mask != expected.mask).sum())
        both = estimate.mask & expected.mask
        depth = float(np.abs(estimate.depth[both] / expected.depth[both] - 1).max())
        focal = abs(estimate.K[0, 0] / expected.K[0, 0] - 1)
        missed |= differing > 0 or depth > 5e-4 or focal > 1e-4
        goal = "0, 5e-4, 1e-4"
        row = (size, f"{width}x{height}", str(tokens), f"{differing}", f"{depth:.1e}")
        table.add_row(*row, f"{focal:.1e}", goal)
    console.print(table)
    return missed
