"""What a recording costs: MB/s and processor time, beside watches and a noisy camera at 10 Hz.

python -m benchmarks recording
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.round_trip import FILES, ROOT, START_TIMEOUT, running_graph, wait_until_ready
from benchmarks.watches import CONDITIONS, RATE, cpu_seconds
from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.writer import PARTIAL

WATCHES = 8
ALL = 1000.0  # Hz: every image
NOISE = (4.0, 0.001, 0.002)  # of a colour value; of depth [m], and that grows with its square
VARIANTS = 8  # images that take turns
SETTLE = 3.0  # s
RATIO = 5.0  # how much smaller a recording has to be than one that keeps all as it comes


@dataclass(frozen=True)
class Way:
    """How it is recorded."""

    name: str
    images: str
    rate: float  # images of watches per second

    @property
    def options(self) -> tuple[str, ...]:
        return ("--images", self.images)


WAYS = (
    Way("as it comes, every image", "raw", ALL),
    Way("png, every image", "png", ALL),
    Way("jpeg, every image", "jpeg", ALL),
    Way("png, 2 images/s (default)", "png", 2.0),
    Way("jpeg, 2 images/s", "jpeg", 2.0),
)


@dataclass(frozen=True)
class Cost:
    """Of recording for a while."""

    size: float  # MB/s
    images: float  # per second
    recorder: float  # % of one core
    node: float

    def at_full_rate(self, way: Way) -> float:
        """MB/s on a machine that is not too busy for the camera's rate."""
        return self.size * min(way.rate, RATE) / self.images


def main(argv: Sequence[str], console: Console) -> int:
    """Print the table; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks recording", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    args = parser.parse_args(argv)
    table = Table(
        title=f"Recording a 640x480 RGB-D camera at {RATE:g} Hz and {WATCHES} watches that answer "
        "every image"
    )
    for column in (
        *("recorded", "images/s", "MB/s", "MB/s at full rate", "GB an hour", "smaller by"),
        *("recorder", "node"),
    ):
        table.add_column(column, justify="left" if column == "recorded" else "right")
    costs = {way: cost for way, cost in measure(args.seconds)}
    full = {way: cost.at_full_rate(way) for way, cost in costs.items()}
    first = full[WAYS[0]]
    for way, cost in costs.items():
        table.add_row(
            way.name,
            f"{cost.images:.1f}",
            f"{cost.size:.1f}",
            f"{full[way]:.1f}",
            f"{3.6 * full[way]:.1f}",
            f"{first / full[way]:.1f}",
            f"{cost.recorder:.0f} %",
            f"{cost.node:.0f} %",
        )
    console.print(table)
    console.print(
        "Noise on colour and depth as of a real camera. Processor time of the two processes over "
        "wall time, in % of one core. Full rate: what it would be if the machine were not too busy "
        f"for the camera's. Goal: the default is smaller by {RATIO:g}."
    )
    return int(first / full[WAYS[3]] < RATIO)


def measure(seconds: float) -> Iterator[tuple[Way, Cost]]:
    """Each way with its cost."""
    from hispatial_ros.ros.tools.watch_client import WatchClient

    for rate in sorted({way.rate for way in WAYS}, reverse=True):
        arguments = ("--ros-args", "-p", f"watch.record_rate:={rate}")
        with running_graph(arguments, camera=("benchmarks.recording",)) as node:
            with WatchClient(discovery_timeout=START_TIMEOUT) as client:
                wait_until_ready(client)
                for text in CONDITIONS[:WATCHES]:
                    client.add(condition=text, rate=RATE)
            for way in (way for way in WAYS if way.rate == rate):
                yield way, _cost(way, node.pid, seconds)


def _cost(way: Way, node: int, seconds: float) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        return _cost_in(Path(folder) / "a.mcap", way, node, seconds)


def _cost_in(file: Path, way: Way, node: int, seconds: float) -> Cost:
    with _recorder(file, way) as (pid, partial):
        time.sleep(SETTLE)
        pids = (pid, node)
        began, size, cpu = time.time(), partial.stat().st_size, list(map(cpu_seconds, pids))
        time.sleep(seconds)
        ended = time.time()
        elapsed = ended - began
        grown = (partial.stat().st_size - size) / 1e6 / elapsed
        shares = [
            100 * (now - before) / elapsed
            for now, before in zip(map(cpu_seconds, pids), cpu, strict=True)
        ]
    images = sum(
        1e9 * began < entry.message.log_time <= 1e9 * ended
        for entry in BagReader(file).entries(lambda topic: "/answered/image" in topic)
    )
    return Cost(grown, images / elapsed, *shares)


@contextmanager
def _recorder(file: Path, way: Way) -> Iterator[tuple[int, Path]]:
    """Its process, and the file that it writes."""
    command = [sys.executable, "-m", "hispatial_ros.cli.main", "record", "-o", str(file)]
    process = subprocess.Popen([*command, *way.options], cwd=ROOT, stdout=subprocess.DEVNULL)
    partial = file.with_name(file.name + PARTIAL)
    deadline = time.monotonic() + START_TIMEOUT
    try:
        while not (partial.exists() and partial.stat().st_size > 100_000):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("nothing is recorded")
            time.sleep(0.1)
        yield process.pid, partial
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(START_TIMEOUT)


def camera() -> None:
    """Play the desk with noise until ended."""
    from hispatial_ros.frame.files import load_frame, load_regions
    from hispatial_ros.ros.outputs.images import depth_to_msg, image_to_msg
    from hispatial_ros.ros.tools.player import Player

    frame = load_frame(FILES["rgb"], FILES["depth"], FILES["camera"])
    assert frame.rgb is not None
    assert frame.depth is not None
    noise = np.random.default_rng(0)
    z, (colour, base, grows) = frame.depth / 1000, NOISE
    variants = []
    for _ in range(VARIANTS):
        rgb = np.clip(frame.rgb + noise.normal(0, colour, frame.rgb.shape), 0, 255)
        depth = np.where(z > 0, 1000 * (z + (base + grows * z**2) * noise.normal(size=z.shape)), 0)
        image = image_to_msg(rgb.astype(np.uint8), "rgb8")
        variants.append((image.data, depth_to_msg(np.round(depth).astype(np.uint16)).data))

    class NoisyPlayer(Player):
        """Another noise each time."""

        def publish_once(self) -> None:
            image, depth = next(turns)
            for publisher, message in self._outputs:
                name = publisher.topic_name
                if name in ("/image", "/depth"):
                    message.data = image if name == "/image" else depth
            super().publish_once()

    turns = cycle(variants)
    with NoisyPlayer(frame, load_regions(FILES["regions"]), RATE):
        signal.pause()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        camera()
