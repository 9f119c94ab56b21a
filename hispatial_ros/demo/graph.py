"""The processes of the demo: the node and a camera player, with their logs in files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

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
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
REGIONS = f"--regions={DESK / 'regions.json'}"


class Graph:
    """Running processes by name."""

    def __init__(self, logs: Path, environment: Mapping[str, str]):
        self._logs = logs
        self._environment = environment
        self._processes: dict[str, subprocess.Popen] = {}
        self._signal = 0  # that came

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

    def leave(self, number: int, frame: FrameType | None) -> None:
        """Handler of signals that end the block."""
        self._signal = number
        self.check()

    def check(self) -> None:
        """Whether to leave.

        Python loses what a handler raises while an object is destroyed or a module of C imported.

        Raises:
            KeyboardInterrupt, SystemExit: SIGINT or another signal has come.
        """
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt
        if self._signal:
            raise SystemExit(128 + self._signal)

    def ended(self) -> str | None:
        """Name of a process that has ended, if one has; raises what `check` does."""
        self.check()
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
    graph = Graph(logs, environment)
    handled = [n for n in SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]  # not with nohup
    before = {number: signal.signal(number, graph.leave) for number in handled}
    try:
        graph.start()
        yield graph
    finally:
        graph.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
