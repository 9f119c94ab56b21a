"""Warm-up with compiling and what it gives, for ``python -m benchmarks vlm``."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.vlm_model import PROMPT, Ours, random_frame, random_model
from benchmarks.vlm_setup import Row, Setup, median_ms, read_setup


def measure_compiled(setup: Setup) -> list[Row]:
    """In processes of their own, with an empty folder of what is compiled and with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        cold, cached = (_compiled_run(setup, folder) for _ in range(2))
    return [
        Row("compiled: warm-up, cold", cold["warm"], "s", goal=60),
        Row("compiled: warm-up, compiled before", cached["warm"], "s", goal=15),
        Row("compiled: in use, as it pays", cached["pays"], ""),
        Row("compiled: new frame", cached["new"], "ms"),
        Row("compiled: second question", cached["second"], "ms"),
    ]


def _compiled_run(setup: Setup, folder: str) -> dict[str, float]:
    environment = {**os.environ, "XDG_CACHE_HOME": folder}
    for name in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        environment.pop(name, None)
    dtype = str(setup.dtype).removeprefix("torch.")
    options = ["--size", setup.size, "--dtype", dtype, "--repeats", str(setup.repeats)]
    root = Path(__file__).parent.parent
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.vlm_compiled", "--device", str(setup.device), *options],
        env=environment, cwd=root, stdout=subprocess.PIPE, text=True, check=True, timeout=280,
    ).stdout  # fmt: skip
    figures: dict[str, float] = json.loads(output.splitlines()[-1])
    return figures


def _compiled_figures(setup: Setup) -> dict[str, float]:
    """Printed by the process."""
    rng = np.random.default_rng(0)
    frames = [random_frame(rng)]
    text = [2, *rng.integers(5, 1000, PROMPT - 1).tolist()]
    ours = Ours(random_model(setup.size, setup.device, setup.dtype), 4, compiled=True)
    features = ours.encode(frames)
    return {
        "warm": ours.until_warm,
        "pays": float(ours.generator.warm_up.compiled),
        "new": median_ms(lambda: ours.answer(ours.encode(frames), [text]), setup.repeats),
        "second": median_ms(lambda: ours.answer(features, [text]), setup.repeats),
    }


if __name__ == "__main__":
    print(json.dumps(_compiled_figures(read_setup(sys.argv[1:]))))
