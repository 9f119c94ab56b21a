"""MoGe-2 on a GPU: every runtime beside the official package, stage by stage, and the floor.

One process, in turns, from an image in host memory to depth in host memory. Each table is printed
when it is ready. On the CPU the same runs with a tiny network, which only tells that it runs.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch.nn import functional

from benchmarks import moge_checkpoints as checkpoints
from benchmarks import moge_official as official
from hispatial_ros.errors import SpatialError
from hispatial_ros.moge.device_frame import DeviceFrame
from hispatial_ros.moge.estimator import Estimator
from hispatial_ros.moge.export import export
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.moge.recording import record
from hispatial_ros.moge.static_model import Weights
from hispatial_ros.moge.torch_engine import TorchEngine

WIDTH, HEIGHT = 640, 480
# GFLOPs at 640x480 without the normal head, by size and tokens.
GFLOPS = {
    ("s", 1200): 282,
    ("b", 1200): 471,
    ("l", 1200): 1127,
    ("s", 1800): 447,
    ("b", 1800): 752,
    ("l", 1800): 1812,
}
# Goals at 1200 tokens on an H100-class GPU: milliseconds, times the official speed, of the floor.
GOALS = {"s": (4.0, None, 4.0), "l": (10.0, 2.5, 4.0)}


@dataclass(frozen=True)
class Plan:
    """What to measure."""

    device: torch.device
    rounds: int
    frames: int  # to watch memory over
    runtimes: tuple[str, ...]
    profile: bool

    @property
    def on_gpu(self) -> bool:
        return self.device.type == "cuda"

    def median(self, run: Callable[[], object]) -> float:
        """Milliseconds, until the device is done."""
        taken = []
        for _ in range(self.rounds + 2):
            self.wait()
            start = time.perf_counter()
            run()
            self.wait()
            taken.append(time.perf_counter() - start)
        return 1e3 * float(np.median(taken[2:]))

    def wait(self) -> None:
        if self.on_gpu:
            torch.cuda.synchronize(self.device)


def measure(plan: Plan, sizes: Sequence[str], tokens: Sequence[int], console: Console) -> bool:
    """Prints the tables; returns whether a goal was missed."""
    name = torch.cuda.get_device_name(plan.device) if plan.on_gpu else "CPU, only to see it run"
    rate = _matrix_rate(plan)
    up, down = _bus_rates(plan)
    console.print(
        f"{name}; PyTorch {torch.__version__}, CUDA {torch.version.cuda}; matrix products "
        f"{rate / 1e12:.3g} TFLOP/s, upload {up / 1e9:.3g} GB/s, download {down / 1e9:.3g} GB/s"
    )
    missed = False
    for size in sizes:
        for count in tokens:
            with tempfile.TemporaryDirectory() as folder:
                missed |= _case(plan, size, count, Path(folder), (rate, up, down), console)
    return missed


def _case(
    plan: Plan,
    size: str,
    tokens: int,
    folder: Path,
    rates: tuple[float, float, float],
    console: Console,
) -> bool:
    widths = checkpoints.NARROW if size == "tiny" else checkpoints.RELEASED
    settings = checkpoints.config(size, widths, normal=True)
    model = checkpoints.build(0, settings)
    path = checkpoints.save(model, settings, folder / "model.pt")
    image = official.scene(WIDTH, HEIGHT)
    expected, baseline = _official(plan, model.to(plan.device), image, tokens)
    model.cpu()
    gflops = GFLOPS.get((size, tokens))
    floor = 1e12 * gflops / rates[0] if gflops else float("nan")
    table = Table(title=f"ViT-{size.upper()}, {WIDTH}x{HEIGHT}, {tokens} tokens")
    for heading in (
        *("", "ms", "official / it", "it / floor", "mask IoU", "depth", "focal"),
        f"memory over {plan.frames} frames",
    ):
        table.add_column(heading)
    table.add_row("official infer, " + ("float16" if plan.on_gpu else "float32"), f"{baseline:.2f}")
    table.add_row("floor of the network", f"{floor:.2f}")
    needs_onnx = not all(runtime.startswith("torch") for runtime in plan.runtimes)
    exported = _exported(plan, path, tokens, folder, console) if needs_onnx else None
    fastest = float("inf")
    for runtime in plan.runtimes:
        file = path if runtime.startswith("torch") else exported
        if file is None:
            continue
        try:
            estimator = load_estimator(file, runtime, tokens, cache_dir=folder)
        except SpatialError as error:
            console.print(f"{runtime}: not measured, {error}")
            continue
        try:
            taken = plan.median(lambda estimator=estimator: estimator.estimate(image))
            agreement = _agreement(estimator, image, expected)
            growth = _growth(plan, estimator, image)
            if runtime.startswith("torch"):
                console.print(_stages(plan, estimator, image, floor, rates, console))
        except SpatialError as error:
            console.print(f"{runtime}: failed, {error}")
            continue
        finally:
            estimator.close()
        fastest = min(fastest, taken)
        speed = (f"{taken:.2f}", f"{baseline / taken:.2f}", f"{taken / floor:.1f}")
        table.add_row(runtime, *speed, *agreement, growth)
    console.print(table)
    if not plan.on_gpu or tokens != 1200 or size not in GOALS:
        return False
    return _missed(size, fastest, baseline, floor, console)


def _missed(size: str, fastest: float, baseline: float, floor: float, console: Console) -> bool:
    """Whether a goal is, of the fastest runtime; all in milliseconds."""
    most, times, floors = GOALS[size]
    found = [
        (f"at most {most} ms", fastest <= most),
        (f"{floors} floors", fastest <= floors * floor),
    ]
    if times is not None:
        found.append((f"{times} times the official speed", baseline >= times * fastest))
    said = ", ".join(f"{goal}: {'met' if met else 'MISSED'}" for goal, met in found)
    console.print(f"goals for the fastest: {said}")
    return not all(met for _, met in found)


def _official(
    plan: Plan, model: torch.nn.Module, image: np.ndarray, tokens: int
) -> tuple[official.Official, float]:
    """What the official package says in float32, and its milliseconds in half precision."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # float32 in convolutions, too
        expected = official.infer(model, image, tokens)
    return expected, plan.median(lambda: official.infer(model, image, tokens, half=plan.on_gpu))


def _exported(
    plan: Plan, checkpoint: Path, tokens: int, folder: Path, console: Console
) -> Path | None:
    precision = "float16" if plan.on_gpu else "float32"
    try:
        return export(checkpoint, HEIGHT, WIDTH, tokens, folder / "static.onnx", precision).path
    except SpatialError as error:
        console.print(f"ONNX files: not measured, {error}")
        return None


def _agreement(
    estimator: Estimator, image: np.ndarray, expected: official.Official
) -> tuple[str, str, str]:
    """Against the official package in float32: overlap of masks, mean relative differences."""
    estimate = estimator.estimate(image)
    both = estimate.mask & expected.mask
    overlap = both.sum() / max(1, (estimate.mask | expected.mask).sum())
    depth = np.abs(estimate.depth[both] / expected.depth[both] - 1).mean()
    focal = abs(estimate.K[0, 0] / expected.K[0, 0] - 1)
    return f"{overlap:.5f}", f"{depth:.1e}", f"{focal:.1e}"


def _growth(plan: Plan, estimator: Estimator, image: np.ndarray) -> str:
    """What is gone of the device's memory after many frames."""
    if not plan.on_gpu:
        return "-"

    def allocations() -> int:
        return int(torch.cuda.memory_stats(plan.device).get("allocation.all.allocated", 0))

    free, made = torch.cuda.mem_get_info(plan.device)[0], allocations()
    for _ in range(plan.frames):
        estimator.estimate(image)
    lost = (free - torch.cuda.mem_get_info(plan.device)[0]) / 1e6
    return f"{lost:+.0f} MB, {(allocations() - made) / plan.frames:.1f} allocations a frame"


@torch.inference_mode()
def _stages(
    plan: Plan,
    estimator: Estimator,
    image: np.ndarray,
    floor: float,
    rates: tuple[float, float, float],
    console: Console,
) -> Table:
    """Where the time of the PyTorch runtime goes, each stage recorded by itself."""
    engine = estimator.engine
    assert isinstance(engine, TorchEngine)
    frame = engine.frame(HEIGHT, WIDTH)
    network = frame.network

    def resize() -> None:
        pixels = frame._image.permute(2, 0, 1)[None].float() / 255
        network.resize_rows @ pixels @ network.resize_columns

    def recorded(run: Callable[[], None]) -> float:
        return plan.median(record(run, frame.device))

    def whole(frame: DeviceFrame) -> None:
        frame.see()
        frame.begin_to_solve()
        frame.finish()

    stages = {
        "upload": (plan.median(lambda: frame.upload(image)), 1e3 * image.nbytes / rates[1]),
        "resize alone, part of the next": (recorded(resize), None),
        "resize, network, upsampling": (recorded(frame.see), floor),
        "focal and shift": (recorded(frame.begin_to_solve), None),
        "depth": (recorded(frame.finish), None),
        "download": (plan.median(frame.download), 1e3 * 4 * WIDTH * HEIGHT / rates[2]),
        "upload to download": (plan.median(lambda: estimator.estimate(image)), None),
        "device part, not recorded": (plan.median(lambda: whole(frame)), None),
    }
    if plan.profile:
        with torch.profiler.profile() as profile:
            whole(frame)
            plan.wait()
        order = "cuda_time_total" if plan.on_gpu else "cpu_time_total"
        console.print(profile.key_averages().table(sort_by=order, row_limit=15))
    _channels_last(network.weights)
    stages["network with convolutions channels last"] = (recorded(frame.see), None)
    table = Table(title="PyTorch runtime, stage by stage")
    for heading in ("", "ms", "floor ms"):
        table.add_column(heading)
    for name, (taken, least) in stages.items():
        table.add_row(name, f"{taken:.3f}", "" if least is None else f"{least:.3f}")
    return table


@torch.inference_mode(False)
def _channels_last(weights: Weights) -> None:
    model = weights.model
    for stack in (model.neck, model.points_head, model.mask_head, weights.tails):
        if stack is None:
            continue
        stack.to(memory_format=torch.channels_last)
        for module in stack.modules():
            if isinstance(module, torch.nn.Conv2d) and module.padding_mode == "replicate":
                module._conv_forward = _convolve_channels_last


def _convolve_channels_last(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    """3x3 with the border replicated, which PyTorch does in the order of rows and columns only."""
    rows = x.permute(0, 2, 3, 1)[:, None]
    padded = functional.pad(rows, (0, 0, 1, 1, 1, 1), mode="replicate")[:, 0]
    return functional.conv2d(padded.permute(0, 3, 1, 2), weight, bias)


def _matrix_rate(plan: Plan) -> float:
    """Multiply-adds of matrix products, FLOP/s; half precision on a GPU."""
    n = 8192 if plan.on_gpu else 512
    dtype = torch.float16 if plan.on_gpu else torch.float32
    a = torch.randn(n, n, device=plan.device, dtype=dtype)
    return 2e3 * n**3 / plan.median(lambda: a @ a)


def _bus_rates(plan: Plan) -> tuple[float, float]:
    """Upload and download from and to page-locked memory, bytes/s."""
    host = torch.zeros(1 << 26, dtype=torch.uint8, pin_memory=plan.on_gpu)
    device = host.to(plan.device)
    upload = plan.median(lambda: device.copy_(host, non_blocking=True))
    download = plan.median(lambda: host.copy_(device, non_blocking=True))
    return 1e3 * host.nbytes / upload, 1e3 * host.nbytes / download
