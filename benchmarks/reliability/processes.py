"""Processes under test: started, signalled, watched, and found again if they leave children."""

import atexit
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NODE = "hispatial_ros.ros.node.spatial_node"
MARK = "HISPATIAL_FAULT_TEST"  # environment variable that children inherit
END = 20.0  # s; far longer than any process may take to leave
LEAVE = 3.0  # s; longer than the node takes
SHARED = re.compile(rb"/dev/shm/(fast\w+)$", re.MULTILINE)  # memory of Fast DDS, in /proc/PID/maps
BESIDE = ("%s", "%s_el", "sem.%s_mutex")  # what belongs to it: locks and a semaphore
_left: set[str] = set()  # by processes that were killed, and still used when they were forgotten


class Process:
    """A module run by this interpreter in a ROS domain; what it says goes to a file.

    Args:
        domain: ROS_DOMAIN_ID.
        module: as for ``python -m``.
        arguments: of the command line.
        environment: more variables.
    """

    def __init__(self, domain: int, module: str, *arguments: str, **environment: str):
        self._mark = uuid.uuid4().hex
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=tempfile.gettempdir(),
            env={
                **os.environ,
                "ROS_DOMAIN_ID": str(domain),
                "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
                "PYTHONPATH": os.pathsep.join(
                    filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
                ),
                "PYTHONUNBUFFERED": "1",
                MARK: self._mark,
                **environment,
            },
        )
        self.pid = self._popen.pid
        self._shared: set[str] = set()  # memory that it may leave behind

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    @property
    def said(self) -> str:
        """Everything written to stdout and stderr so far."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def family(self) -> list[int]:
        """Living processes that descend from this one, itself among them, orphans too."""
        wanted = f"{MARK}={self._mark}".encode()
        return [
            int(folder.name)
            for folder in Path("/proc").iterdir()
            if folder.name.isdigit() and wanted in _read(folder / "environ").split(b"\0")
        ]

    def memory(self) -> int:
        """Resident memory of the family [bytes], its own and shared.

        Without what is mapped from files, such as libraries: the kernel drops and loads that again
        as it likes.
        """
        lines = (
            line.split()
            for pid in self.family()
            for line in _read(Path(f"/proc/{pid}/status")).splitlines()
        )
        wanted = (b"RssAnon:", b"RssShmem:")
        return sum(1024 * int(words[1]) for words in lines if words and words[0] in wanted)

    def send(self, number: int) -> None:
        """Send a signal, unless it has ended; after SIGSTOP it stands still when this returns."""
        if self.running:
            if number == signal.SIGKILL:
                self._shared |= _shared(self.pid)
            self._popen.send_signal(number)
            while number == signal.SIGSTOP and self.running and not self._stopped():
                time.sleep(0.001)

    def _stopped(self) -> bool:
        """Whether all its threads are: on a busy machine that takes the kernel a moment."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/stat")
        return all(b") T " in text for thread in threads if (text := _read(thread)))

    def wait(self, timeout: float = END) -> int:
        """Exit status; raises ``subprocess.TimeoutExpired``."""
        return self._popen.wait(timeout)

    def stop(self, number: int = signal.SIGTERM) -> tuple[float, int]:
        """Send a signal; seconds until it has left, and its exit status."""
        started = time.monotonic()
        self.send(number)
        status = self.wait()
        return time.monotonic() - started, status

    def close(self) -> None:
        """End it, kill whatever is left of the family, and forget what was said."""
        # Who leaves in good order gives back its shared memory, a camera 64 MB of it.
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(LEAVE)
        for pid in self.family():
            self._shared |= _shared(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._popen.wait(END)
        deadline = time.monotonic() + END
        while self.family() and time.monotonic() < deadline:
            time.sleep(0.01)  # what it uses is in use until it is gone
        self._log.close()
        _left.update(self._shared)  # empty if it has left in good order
        tidy()


def tidy(leaving: bool = False) -> None:
    """Remove shared memory that killed processes have left and nobody uses any more.

    Args:
        leaving: what this process uses is no longer needed either.
    """
    if not _left:
        return
    living = {int(name) for name in os.listdir("/proc") if name.isdigit()}
    if leaving:
        living.discard(os.getpid())
    unused = _left.difference(*map(_shared, living))
    _left.difference_update(unused)
    for name in unused:
        Path("/dev/shm", name).unlink(missing_ok=True)


atexit.register(tidy, leaving=True)


def slowdown() -> float:
    """By how much a busy machine is slower than an idle one, at least 1: threads per core."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def node_arguments(*more: str, **parameters: Any) -> list[str]:
    """Arguments for the node; dots in parameter names are written as two underscores."""
    arguments = ["--ros-args", *more]
    for name, value in parameters.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        arguments += ["-p", f"{name.replace('__', '.')}:={text}"]
    return arguments


def lossless(*topics: str, depth: int = 1000) -> dict[str, Any]:
    """Parameters with which the node's subscriptions of these topics lose nothing."""
    return {
        f"qos_overrides./{topic}.subscription.{policy}": value
        for topic in topics
        for policy, value in (("reliability", "reliable"), ("depth", depth))
    }


def _shared(pid: int) -> set[str]:
    """Names of the middleware's shared memory that a process uses, and of what belongs to it."""
    names = map(os.fsdecode, SHARED.findall(_read(Path(f"/proc/{pid}/maps"))))
    return {kind % name for name in names for kind in BESIDE}


def _read(path: Path) -> bytes:
    """Contents of a file of /proc; nothing of a process that has just gone."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
