"""Where the time of a request goes that is not work, step by step, and who takes it.

On a busy machine look at the fastest tenth: the median holds what other programs took.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.client import Client as RclpyClient
from rich.console import Console
from rich.table import Table

from benchmarks.traced_node import WORK_CPU

NODE = "benchmarks.traced_node"
# From stamp to stamp: what happens, and whose it is.
STEPS = (
    ("called by client", "sending", "client looks for the node", "hispatial_ros"),
    ("sending", "ready", "request to the node's wait set", "rclpy, DDS"),
    ("sending", "written", "  of it Python to CDR, written", "rclpy, DDS"),
    ("ready", "taken", "CDR to Python", "rclpy"),
    ("taken", "called", "task made, callback begun", "rclpy"),
    ("called", "begun", "request checked, worker's thread woken", "hispatial_ros, Python"),
    ("begun", "worked", "", ""),
    ("worked", "message", "result to message", "rosidl's constructors"),
    ("message", "resumed", "executor woken, coroutine resumed", "rclpy, Python"),
    ("resumed", "returned", "response to the client's wait set, to Python", "rclpy, DDS"),
    ("resumed", "sent", "  of it Python to CDR, written", "rclpy, DDS"),
)


class Breakdown:
    """Of requests to a node that writes its stamps to ``path``."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "requests.jsonl"
        self._client: dict[str, int] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._alone: dict[str, list[tuple[float, float]]] = {}

    def __enter__(self) -> "Breakdown":
        return self

    def __exit__(self, *_: Any) -> None:
        self._folder.cleanup()

    def follow(self) -> None:
        """Stamp what rclpy's clients of this process send."""
        call_async = RclpyClient.call_async

        def stamped(client: Any, request: Any) -> Any:
            self._client["sending"] = time.monotonic_ns()
            future = call_async(client, request)
            self._client["written"] = time.monotonic_ns()
            return future

        RclpyClient.call_async = stamped  # type: ignore[method-assign]

    def call(self, name: str, ask: Callable[[], Any]) -> Any:
        """A request, of those of that name; returns what asking does."""
        self._client["called by client"] = time.monotonic_ns()
        response = ask()
        self._client["returned"] = time.monotonic_ns()
        node = self._last()
        self._rows.setdefault(name, []).append({**node, **self._client})
        return response

    def work(self, name: str, work: Callable[[], Any]) -> None:
        """The same work in this process."""
        wall, cpu = time.perf_counter(), time.thread_time()
        work()
        taken = time.perf_counter() - wall, time.thread_time() - cpu
        self._alone.setdefault(name, []).append(taken)

    def _last(self) -> dict[str, Any]:
        """What the node has stamped of the last request, as soon as it is written."""
        begun = self._client["called by client"]
        while True:
            lines = self.path.read_text().splitlines() if self.path.exists() else []
            if lines and lines[-1].endswith("}"):
                stamps: dict[str, Any] = json.loads(lines[-1])
                if stamps["ready"] > begun:
                    return stamps
            time.sleep(0.001)

    def table(self, console: Console) -> None:
        """Print the steps of each kind of request."""
        for name, rows in self._rows.items():
            table = Table(title=f"{name}: where a request's time goes [ms]")
            table.add_column("step")
            table.add_column("who takes it")
            for column in ("median", "fastest tenth"):
                table.add_column(column, justify="right")
            rest: list[np.ndarray] = []
            for before, after, what, who in STEPS:
                taken = np.array([row[after] - row[before] for row in rows]) / 1e6
                if not what:
                    self._add_work(table, name, taken, rows)
                    continue
                if not what.startswith(" "):
                    rest.append(taken)
                add(table, what, who, taken)
            sums = np.percentile(rest, (50, 10), axis=1).sum(1)
            table.add_row("all but the work, summed up", "", *(f"{total:.2f}" for total in sums))
            whole = [row["returned"] - row["called by client"] for row in rows]
            add(table, "round trip", "", np.array(whole) / 1e6)
            console.print(table)

    def _add_work(
        self, table: Table, name: str, taken: np.ndarray, rows: list[dict[str, Any]]
    ) -> None:
        wall, cpu = 1e3 * np.array(self._alone[name]).T
        in_node = 1e3 * np.array([row[WORK_CPU] for row in rows])
        add(table, "the same work alone, in another process", "", wall)
        add(table, "  of it computing", "", cpu)
        add(table, "work beside the camera", "", taken)
        add(table, "  of it computing", "", in_node)
        add(table, "  waiting for interpreter and cores", "camera's messages", taken - in_node)


def add(table: Table, what: str, who: str, milliseconds: np.ndarray) -> None:
    """A row of it."""
    median, fast = np.percentile(milliseconds, (50, 10))
    table.add_row(what, who, f"{median:.2f}", f"{fast:.2f}")
