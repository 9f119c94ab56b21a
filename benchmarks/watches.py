"""What standing questions cost: processor time of the node beside a camera at 10 Hz, 640x480.

python -m benchmarks watches
"""

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.round_trip import START_TIMEOUT, running_graph, wait_until_ready

RATE = 10.0  # Hz, of the camera and of every watch
MOST = 60.0  # % of one core
CONDITIONS = (
    "purple chair closer than 1.6 m",
    "blue mug closer than 2.5 m",
    "globe left of blue mug",
    "globe within 0.8 m of yellow die",
    "yellow die on striped board",
    "crisps bag taller than blue mug",
    "green bottle touching tall green bottle",
    "magazine nearer than toy plane",
    "anything closer than 1.2 m",
    "any chair closer than 1.8 m",
)
QUESTIONS = (
    "How far is the globe?",
    "How tall is the tall green bottle?",
    "Where is the blue mug?",
    "What is the distance between the globe and the yellow die?",
    "Which is closer, the purple chair or the yellow chair?",
    "What is closest to the magazine?",
    "Rank the globe, the yellow die and the crisps bag from close to far.",
    "How big is the striped board?",
)
LABELS = (("globe", "blue mug", "toy plane"), ("magazine", "striped board"))


@dataclass
class Load:
    """What the node did in a while."""

    cpu: float  # % of one core
    answers: float  # per second
    relations: float  # messages per second
    evaluated: float  # images per second and watch
    least: float  # the same of the watch that came off worst


def main(argv: Sequence[str], console: Console) -> int:
    """Print the table; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks watches", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    args = parser.parse_args(argv)
    table = Table(title=f"Standing questions, 640x480 RGB-D camera at {RATE:g} Hz, 11 regions")
    for column in (
        *("node", "of one core", "answers/s", "images/s and watch", "per image"),
        *(f"of one core at {RATE:g} Hz", "goal"),
    ):
        table.add_column(column, justify="left" if column == "node" else "right")
    loads = measure(args.seconds)
    idle = next(iter(loads.values())).cpu
    missed = False
    for name, load in loads.items():
        row = [name, f"{load.cpu:.1f} %", f"{load.answers:.0f}"]
        if load.evaluated:
            per_image = (load.cpu - idle) / load.evaluated  # % s
            full = idle + RATE * per_image
            missed |= full > MOST
            row += [
                f"{load.evaluated:.1f} (least {load.least:.1f})",
                f"{10 * per_image:.1f} ms",
                f"{full:.1f} %",
                f"<= {MOST:g} %",
            ]
        table.add_row(*row)
    console.print(table)
    console.print(
        "Processor time of the node's process over wall time; the camera and the subscriber of "
        "~/answers, ~/relations and ~/watch_events are processes of their own. Where the machine "
        "is too busy for the camera's rate, the share at the full rate is what counts."
    )
    return int(missed)


def measure(seconds: float) -> dict[str, Load]:
    """Loads by what the node is doing."""
    from benchmarks.watch_client import CountingClient
    from hispatial_ros.ros.tools.client import Client

    with running_graph(rate=RATE) as node:
        with Client() as client:
            wait_until_ready(client)
        with CountingClient(START_TIMEOUT) as client:
            loads = {"no watch": _load(node.pid, client, seconds)}
            names = [client.add(condition=text, rate=RATE) for text in CONDITIONS]
            names += [client.add(question=text, rate=RATE) for text in QUESTIONS]
            names += [client.add(labels=list(labels), rate=RATE) for labels in LABELS]
            count = len(names)
            loads[f"{count} watches, {RATE:g} Hz"] = _load(node.pid, client, seconds)
            for name in names:
                client.remove(name)
            for text in CONDITIONS:
                client.add(condition=text)
            for text in QUESTIONS:
                client.add(question=text)
            for labels in LABELS:
                client.add(labels=list(labels))
            loads[f"{count} watches, on change"] = _load(node.pid, client, seconds)
    return loads


def _load(pid: int, client: Any, seconds: float) -> Load:
    client.spin(2.0)  # settle
    before, began, counts = cpu_seconds(pid), time.monotonic(), client.counts()
    seen = client.evaluated()
    client.spin(seconds)
    elapsed = time.monotonic() - began
    cpu = 100 * (cpu_seconds(pid) - before) / elapsed
    answers, relations = (b - a for a, b in zip(counts, client.counts(), strict=True))
    per_watch = [n - seen[name] for name, n in client.evaluated().items() if name in seen]
    mean = sum(per_watch) / len(per_watch) / elapsed if per_watch else 0.0
    least = min(per_watch, default=0) / elapsed
    return Load(cpu, answers / elapsed, relations / elapsed, mean, least)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
