"""Starting and ending the worker process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import hispatial_ros


def start_worker(channel: socket.socket) -> subprocess.Popen:
    """A worker that talks over ``channel``, which the caller closes on its side."""
    return subprocess.Popen(
        [sys.executable, "-m", "hispatial_ros.vlm.runtime.worker", str(channel.fileno())],
        pass_fds=[channel.fileno()],
        stdin=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,  # a terminal's Ctrl-C is for the node, which then stops us
    )


def _environment() -> dict[str, str]:
    """The child must find this package where the parent found it, installed or in a source tree."""
    here = str(Path(hispatial_ros.__file__).parent.parent)
    paths = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def epitaph(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode < 0:
        return f"the model process was ended by {signal.Signals(-returncode).name}"
    return f"the model process ended by itself with status {returncode}"


def end(process: subprocess.Popen, grace: float) -> None:
    """Wait for the process to end by itself for ``grace`` seconds, then kill and reap it."""
    try:
        process.wait(grace or 0.01)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
