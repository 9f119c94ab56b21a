"""What the service adds to measuring: a real graph, a camera at 30 Hz, a client beside it.

python -m benchmarks latency [--breakdown]
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.breakdown import NODE as TRACED
from benchmarks.breakdown import Breakdown
from benchmarks.speed import messages
from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.demo import DESK
from hispatial_ros.demo.domain import OwnDomain
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.frame.frame import Frame
from hispatial_ros.intake.convert import image_to_depth
from hispatial_ros.measure.engine import measure
from hispatial_ros.ros.tools.client import Client

ROOT = Path(__file__).parents[1]
RATE = 30  # Hz
MOST_ON_TOP = 5.0  # ms, median
START_TIMEOUT = 30.0  # s
NODE = "hispatial_ros.ros.node.spatial_node"
QUESTION = "How far is the globe from the yellow die?"
FILES = {
    "rgb": DESK / "rgb.png",
    "depth": DESK / "depth.png",
    "camera": DESK / "camera.json",
    "regions": DESK / "regions.json",
}


@contextmanager
def running_graph(
    node_args: Sequence[str] = (),
    rate: float = RATE,
    camera: Sequence[str] = (),
    node: str = NODE,
) -> Iterator[subprocess.Popen[bytes]]:
    """The node and a camera as processes, in a domain of their own; gives the node's.

    Args:
        camera: module and arguments; the player with the desk otherwise.
        node: module.
    """
    player = (
        "hispatial_ros.ros.tools.player",
        f"--rate={rate}",
        *(f"--{k}={v}" for k, v in FILES.items()),
    )
    domain = OwnDomain()
    os.environ["ROS_DOMAIN_ID"] = str(domain.id)
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    commands = (
        [node, *node_args],
        camera or player,
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        yield processes[0]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)
        domain.close()


def wait_until_ready(client: Client) -> None:
    """Return when frames are measured. Raises SpatialError if that takes too long."""
    client.wait_for_node(START_TIMEOUT)
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            client.measure(skip_relations=True)
            return
        except SpatialError:
            time.sleep(0.05)
    client.measure(skip_relations=True)


def time_both(
    call: Callable[[], Any], work: Callable[[], Any], repeat: int
) -> tuple[np.ndarray, np.ndarray, list[dict[str, float]]]:
    """Seconds of the round trips and of the same work in this process, taking turns; stages."""
    trips, works, stages = [], [], []
    for _ in range(repeat):
        begin = time.perf_counter()
        timing = call()
        middle = time.perf_counter()
        work()
        trips.append(middle - begin)
        works.append(time.perf_counter() - middle)
        stages.append({stage.stage: stage.seconds for stage in timing})
    return np.array(trips), np.array(works), stages


def main(argv: Sequence[str], console: Console) -> int:
    """Print the table; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks latency", description=__doc__)
    parser.add_argument("--repeat", type=int, default=200)
    parser.add_argument("--breakdown", action="store_true", help="step by step, and who takes it")
    args = parser.parse_args(argv)
    if args.breakdown:
        return broken_down(args.repeat, console)
    with running_graph(), Client() as client:
        wait_until_ready(client)
        return on_top(client, args.repeat, console)


def kinds_of_request(client: Client) -> dict[str, tuple[Callable[[], Any], Callable[[], Any], Any]]:
    """What is asked, the same work without the node, and the most that may be on top [ms]."""
    frame = load_frame(FILES["rgb"], FILES["depth"], FILES["camera"])
    regions = load_regions(FILES["regions"])
    depth = messages(frame)[1]

    def converted() -> Frame:
        return replace(frame, depth=image_to_depth(depth))

    return {
        f"measure {len(regions)} regions": (
            lambda: client.measure(skip_relations=True).timing,
            lambda: measure(converted(), regions, relations=False),
            MOST_ON_TOP,
        ),
        "ask about two of them": (
            lambda: client.ask(QUESTION).timing,
            lambda: answer_measured(QUESTION, converted(), regions),
            MOST_ON_TOP,
        ),
        f"measure {len(regions)} regions, list all relations": (
            lambda: client.measure().timing,
            lambda: list(measure(converted(), regions).relations),
            None,
        ),
    }


def on_top(client: Client, repeat: int, console: Console) -> int:
    """Round trips against the same work; 1 if a goal is missed."""
    table = Table(title=f"Service round trip beside a 640x480 RGB-D camera at {RATE} Hz [ms]")
    for column in (
        *("request", "round trip", "p90", "conversion and work alone", "on top", "goal"),
        *("of it queue", "messages", "transport"),
    ):
        table.add_column(column, justify="left" if column == "request" else "right")
    missed = False
    for name, (call, work, goal) in kinds_of_request(client).items():
        trips, works, stages = time_both(call, work, repeat)
        more = 1e3 * (np.median(trips) - np.median(works))
        missed |= goal is not None and more > goal
        queue = _median(stages, "queue")
        # Of a question "answer" is part of the work; messages are made after "total".
        made = _median(stages, "answer") if "understand" not in stages[0] else 0.0
        inside = np.array([s["total"] for s in stages])
        table.add_row(
            name,
            _ms(np.median(trips)),
            _ms(np.percentile(trips, 90)),
            _ms(np.median(works)),
            f"{more:.2f}",
            "" if goal is None else f"<= {goal:g}",
            _ms(queue),
            _ms(made),
            _ms(float(np.median(trips - inside))),
        )
    console.print(table)
    console.print(f"medians of {repeat}, round trip and work in turns")
    return int(missed)


def broken_down(repeat: int, console: Console) -> int:
    """The steps of round trips, taking turns with the same work."""
    with ExitStack() as opened:
        breakdown = opened.enter_context(Breakdown())
        opened.enter_context(running_graph([str(breakdown.path)], node=TRACED))
        client = opened.enter_context(Client())
        wait_until_ready(client)
        breakdown.follow()
        kinds = {name: kind for name, kind in kinds_of_request(client).items() if kind[2]}
        for _ in range(repeat):
            for name, (call, work, _) in kinds.items():
                breakdown.call(name, call)
                breakdown.work(name, work)
    breakdown.table(console)
    return 0


def _median(stages: list[dict[str, float]], stage: str) -> float:
    return float(np.median([s.get(stage, 0.0) for s in stages]))


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console(width=None if sys.stdout.isatty() else 160)))
