"""What is measured, and how: shared by the benchmark of HiSpatial and the processes it starts."""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.vlm_model import SIZES

MS = 1e3


@dataclass(frozen=True)
class Setup:
    size: str
    device: torch.device
    dtype: torch.dtype
    repeats: int
    together: int  # questions at a time

    @property
    def on_gpu(self) -> bool:
        return self.device.type == "cuda"


@dataclass(frozen=True)
class Row:
    """One line of the table; ``goal`` holds for the 3B model on an H100-class GPU only.

    floor: by arithmetic, in the same unit.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: float | None = None
    at_least: bool = False

    def met(self) -> bool:
        assert self.goal is not None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def median_ms(run: Callable[[], object], repeats: int) -> float:
    """Of runs that end with a result on the host; the first is not counted."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return MS * float(np.median(times))


def read_setup(arguments: Sequence[str]) -> Setup:
    """Of the command line."""
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(prog="python -m benchmarks vlm", description=__doc__)
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    parser.add_argument("--size", choices=SIZES, default="3b" if cuda else "tiny")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"))
    parser.add_argument("--repeats", type=int, default=20 if cuda else 3)
    parser.add_argument(
        "--together", type=int, default=16, help="questions at a time; goals are for 16"
    )
    args = parser.parse_args(arguments)
    device = torch.device(args.device)
    if args.size == "tiny":
        torch.set_num_threads(1)  # several would mostly wait for each other
    dtype = getattr(torch, args.dtype or ("bfloat16" if device.type == "cuda" else "float32"))
    return Setup(args.size, device, dtype, args.repeats, args.together)
