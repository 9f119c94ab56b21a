"""The model process: ``python -m hispatial_ros.vlm.runtime.worker FD``, started by a Supervisor.

It loads the engine named in the first message, then answers questions until its parent stops it
or is gone.
"""

import faulthandler
import importlib
import logging
import os
import queue
import socket
import sys
import threading

from hispatial_ros.errors import SpatialError, first_line
from hispatial_ros.structured_log import RequestFormatter
from hispatial_ros.vlm.runtime.channel import BlockingChannel, Message
from hispatial_ros.vlm.runtime.scheduler import Inbox, Scheduler

log = logging.getLogger("hispatial_ros.vlm.runtime.worker")  # not __main__, to be forwarded

LONGEST_LINE = 10_000  # characters that are passed on of a line


def main(argv: list[str]) -> int:
    """The start message's "factory" is "module:function"; it is called with the message's
    "options" and ``progress(text, fraction)``, and returns a scheduler.TextEngine.
    """
    faulthandler.enable()
    channel = BlockingChannel(socket.socket(fileno=int(argv[1])))
    try:
        start, _ = channel.receive()
    except EOFError:
        return 0
    forward_logging(channel)

    def tell(message: Message) -> None:
        try:
            channel.send(message)
        except ConnectionError:
            os._exit(0)  # the node is gone

    inbox: Inbox = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(channel, inbox), daemon=True).start()

    def progress(text: str, fraction: float) -> None:
        tell({"type": "progress", "text": text, "progress": fraction})

    module, function = start["factory"].split(":")
    try:
        engine = getattr(importlib.import_module(module), function)(start["options"], progress)
    except SpatialError as error:
        # Another start would meet the same: report it instead of dying in a loop.
        tell({"type": "failed", "message": str(error)})
        return 1
    except Exception as error:
        log.error("the model cannot be loaded: %s: %s", type(error).__name__, first_line(error))
        raise
    tell({"type": "ready", "details": engine.stats()})
    try:
        Scheduler(engine, tell).run(inbox)
    except Exception as error:
        log.error("the model process ends: %s: %s", type(error).__name__, first_line(error))
        raise
    return 0


class _ChannelHandler(logging.Handler):
    """Lines of this process appear in the node's log."""

    def __init__(self, channel: BlockingChannel):
        super().__init__()
        self._channel = channel
        self.setFormatter(RequestFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)[:LONGEST_LINE]
        try:
            self._channel.send({"type": "log", "level": record.levelno, "text": text})
        except OSError:
            self.handleError(record)  # the node is gone


def forward_logging(channel: BlockingChannel) -> None:
    """Send what the package logs in this process over the channel."""
    package = logging.getLogger("hispatial_ros")
    package.addHandler(_ChannelHandler(channel))
    package.setLevel(logging.INFO)
    package.propagate = False


def _receive(channel: BlockingChannel, inbox: Inbox) -> None:
    while True:
        try:
            inbox.put(channel.receive())
        except EOFError:
            os._exit(0)  # the node is gone; the main thread may be deep in a kernel


if __name__ == "__main__":
    sys.exit(main(sys.argv))
