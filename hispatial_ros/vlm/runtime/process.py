"""One model process: how it is started, talked to and ended."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hispatial_ros
from hispatial_ros.vlm.runtime.channel import QueuedChannel, encode

log = logging.getLogger(__name__)

KILL_TIMEOUT = 5.0  # s; a killed process takes longer only when it is stuck in a driver


class ModelProcess:
    """A process that runs ``worker`` and is told to load ``engine``, see ``worker.main``.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, engine: Mapping[str, Any]):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._popen = _start(theirs)
            except OSError:
                ours.close()
                raise
        self.channel = QueuedChannel(ours)
        self.channel.send(encode({"type": "start", **engine}))

    @property
    def pid(self) -> int:
        return self._popen.pid

    def end(self, grace: float) -> str:
        """Give it ``grace`` seconds to end by itself, then kill it; how it ended, in words."""
        self.channel.finish()
        try:
            self._popen.wait(grace)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            try:
                self._popen.wait(KILL_TIMEOUT)
            except subprocess.TimeoutExpired:
                log.error(
                    "process %d does not end when it is killed: a driver holds it, see dmesg; "
                    "its memory stays taken until the machine is restarted",
                    self.pid,
                )
        self.channel.close()
        return _how_it_ended(self._popen.returncode)


def _start(channel: socket.socket) -> subprocess.Popen:
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


def _how_it_ended(returncode: int | None) -> str:
    if returncode is None:
        return "the model process cannot be ended"
    if returncode < 0:
        return f"the model process was ended by {signal.Signals(-returncode).name}"
    return f"the model process ended by itself with status {returncode}"
