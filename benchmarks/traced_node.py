"""The node, stamping what happens to each request, for `benchmarks.breakdown`.

python -m benchmarks.traced_node FILE [ROS arguments]
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.executors import Executor
from rclpy.service import Service

from hispatial_ros.ros.node.process import run
from hispatial_ros.ros.node.rclpy_internals import LeanExecutor
from hispatial_ros.ros.node.spatial_node import SpatialNode
from hispatial_ros.ros.services.services import Responder
from hispatial_ros.service.job import Job
from hispatial_ros.service.worker import Worker

SERVICES = ("ask", "measure")
WORK_CPU = "work, CPU"  # s of the worker's thread


class Trace:
    """Stamps of one request at a time, a line of JSON for each: name to ns, monotonic."""

    def __init__(self, path: Path):
        self._file = path.open("w", buffering=1)
        self._stamps: dict[str, float] = {}
        self._cpu = 0.0

    def begin(self) -> None:
        self._stamps = {}

    def note(self, name: str) -> None:
        self._stamps[name] = time.monotonic_ns()
        if name == "begun":
            self._cpu = time.thread_time()
        elif name == "worked":
            self._stamps[WORK_CPU] = time.thread_time() - self._cpu

    def end(self) -> None:
        self._file.write(json.dumps(self._stamps) + "\n")


def instrument(trace: Trace) -> None:
    """Have the executor, the services and the worker stamp what they do."""

    def stamped(owner: Any, name: str, before: str, after: str = "") -> None:
        """Stamp the calls of a method, if it is about one of SERVICES or about none."""
        method = getattr(owner, name)

        def call(*args: Any) -> Any:
            services = [a for a in args[:2] if isinstance(a, Service)]
            if services and services[0].srv_name.rpartition("/")[2] not in SERVICES:
                return method(*args)
            if before == "ready":
                if not services:
                    return method(*args)
                trace.begin()
            if before:
                trace.note(before)
            result = method(*args)
            if after:
                trace.note(after)
            if after == "sent":
                trace.end()
            return result

        setattr(owner, name, call)

    stamped(LeanExecutor, "_make_handler", "ready")
    stamped(Executor, "_take_service", "", "taken")
    stamped(Worker, "_work", "begun")
    stamped(Job, "succeed", "worked")
    stamped(Service, "send_response", "resumed", "sent")
    answer = Responder.answer

    async def stamping(
        self: Responder, begin: Callable[[Any], Any], to_msg: Callable[[Any], Any]
    ) -> Any:
        def to_msg_stamped(result: Any) -> Any:
            message = to_msg(result)
            trace.note("message")
            return message

        trace.note("called")
        return await answer(self, begin, to_msg_stamped)

    Responder.answer = stamping  # type: ignore[method-assign]


if __name__ == "__main__":
    instrument(Trace(Path(sys.argv[1])))
    sys.exit(run(SpatialNode, sys.argv[2:]))
