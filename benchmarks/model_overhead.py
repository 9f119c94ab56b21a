"""What node, queue and process add to a bare generate call, with a tiny model on the CPU.

python -m benchmarks.model_overhead
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.round_trip import FILES, ROOT, running_graph, wait_until_ready
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame

MOST_ON_TOP = 10.0  # ms, median
TOKENS = 12
QUESTION = "how far is the chair"
PARAMETERS = {
    "model.device": "cpu",
    "model.max_batch": 1,
    "model.max_prompt_tokens": 64,
    "model.max_new_tokens": TOKENS,
    "model.max_reasoning_tokens": TOKENS,
}


def make_checkpoint(folder: Path) -> None:
    """The tiny checkpoint of the tests with a tokenizer."""
    sys.path.insert(0, str(ROOT / "test/vlm"))
    from tiny_tokenizer import save_tokenizer

    for name in ("config.json", "weights.pt"):
        shutil.copy(ROOT / "test/vlm/golden/tiny" / name, folder)
    save_tokenizer(folder / "tokenizer.json", talkative=True)


def main(argv: Sequence[str], console: Console) -> int:
    """Print the table; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_overhead")
    parser.add_argument("--repeat", type=int, default=60)
    args = parser.parse_args(argv)
    os.environ["OMP_NUM_THREADS"] = "1"  # a tiny model's threads only wait for each other
    import torch

    from hispatial_ros.ros.tools.client import Client
    from hispatial_ros.vlm.inputs import prepare
    from hispatial_ros.vlm.runtime.engine import create

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        make_checkpoint(Path(folder))
        options = {
            "checkpoint": folder,
            "revision": "main",
            "device": "cpu",
            "dtype": "fp32",
            "attn_implementation": "sdpa",
            "compile": False,
            "max_batch": 1,
            "max_text": 64,
            "max_new_tokens": TOKENS,
        }
        engine = create(options, lambda text, fraction: None)
        frame = load_frame(FILES["rgb"], FILES["depth"], FILES["camera"])

        def bare() -> None:
            prepared = prepare(frame, 224)
            (features,) = engine.encode([engine.prepare(prepared.rgb, prepared.xyz)])
            (answer,) = engine.add([(features, engine.prompt(QUESTION, TOKENS), TOKENS)])
            while not engine.progress(answer).finished:
                engine.step()

        overrides = {"model.checkpoint": folder, **PARAMETERS}
        ros_args = [a for name, value in overrides.items() for a in ("-p", f"{name}:={value}")]
        trips, alone = [], []
        with running_graph(["--ros-args", *ros_args]), Client() as client:
            wait_until_ready(client)
            _wait_for_model(client)
            for _ in range(args.repeat):
                begin = time.perf_counter()
                client.ask(QUESTION, backend="model", raw=True)
                middle = time.perf_counter()
                bare()
                trips.append(middle - begin)
                alone.append(time.perf_counter() - middle)
    on_top = 1e3 * float(np.median(trips) - np.median(alone))
    table = Table(title="Question through the node against a bare generate call, tiny model [ms]")
    for column in ("round trip", "generate alone", "on top", "goal"):
        table.add_column(column, justify="right")
    met = "✓" if on_top <= MOST_ON_TOP else "✗"
    table.add_row(
        f"{1e3 * np.median(trips):.1f}",
        f"{1e3 * np.median(alone):.1f}",
        f"{on_top:.1f} {met}",
        f"<= {MOST_ON_TOP:g}",
    )
    console.print(table)
    return int(on_top > MOST_ON_TOP)


def _wait_for_model(client: object, timeout: float = 120.0) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            client.ask(QUESTION, backend="model", raw=True)  # type: ignore[attr-defined]
            return
        except SpatialError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console()))
