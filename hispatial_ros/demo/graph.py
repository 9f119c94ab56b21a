"""The processes of the demo: the node and a camera player, with their logs in files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from hispatial_ros.demo import DESK

RATE_HZ = 10
GRACE_S = 5.0  # for a process to end by itself before it is killed

COMMANDS = {
    "node": ["hispatial_ros.ros.node.spatial_node", "--ros-args", "-p", "autostart:=true"],
    "camera": [
        "hispatial_ros.ros.tools.player",
        f"--rgb={DESK / 'rgb.png'}",
        f"--depth={DESK / 'depth.png'}",
        f"--camera={DESK / 'camera.json'}",
        f"--rate={RATE_HZ}",
    ],
}
REGIONS = f"--regions={DESK / 'regions.json'}"


class Graph:
    """Running processes by name."""

    def __init__(self, logs: Path, environment: Mapping[str, str]):
        self._logs = logs
        self._environment = environment
        self._processes: dict[str, subprocess.Popen] = {}

    def start(self) -> None:
        """Starts every process."""
        self._start("node")
        self._start("camera", REGIONS)

    def replace_camera(self, *, regions: bool) -> None:
        """Unplug the camera and plug in the same one, with or without a detector beside it."""
        _end(self._processes.pop("camera"))
        self._start("camera", *([REGIONS] if regions else []))

    def _start(self, name: str, *more: str) -> None:
        module, *arguments = COMMANDS[name]
        with self.log(name).open("a") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments, *more],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._logs,
                env={**self._environment, "PYTHONPATH": _python_path(self._environment)},
                start_new_session=True,  # Ctrl-C reaches the demo, which then ends them
            )

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def ended(self) -> str | None:
        """Name of a process that has ended, if one has."""
        return next((n for n, p in self._processes.items() if p.poll() is not None), None)

    def stop(self) -> None:
        """Ends every process, gently first."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self._processes.values():
            _end(process)


def _end(process: subprocess.Popen) -> None:
    """Ends a process, gently first."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _python_path(environment: Mapping[str, str]) -> str:
    """Lets the processes import the very package that starts them."""
    paths = [str(DESK.parents[2]), environment.get("PYTHONPATH", "")]
    return os.pathsep.join(path for path in paths if path)


@contextmanager
def running_graph(logs: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Graph]:
    """Starts the processes and ends them however the block ends, SIGTERM included."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    graph = Graph(logs, environment)
    try:
        graph.start()
        yield graph
    finally:
        graph.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
