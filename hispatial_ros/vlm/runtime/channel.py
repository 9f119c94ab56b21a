"""JSON messages with file descriptors between two processes of one machine.

They travel over a Unix socket that keeps message boundaries. JSON instead of pickle: nothing that
arrives can execute.
"""

import json
import os
import select
import socket
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from hispatial_ros.vlm.runtime.shared import SharedInput

Message = dict[str, Any]
_MAX_MESSAGE = 1 << 17  # bytes; below the kernel's default socket buffer


def encode(message: Message) -> bytes:
    """Bytes to send. Raises ValueError when they are too many for one message."""
    data = json.dumps(message).encode()
    if len(data) > _MAX_MESSAGE:
        raise ValueError(f"a message of {len(data)} bytes, at most {_MAX_MESSAGE} can be sent")
    return data


class BlockingChannel:
    """The model's end: sending and receiving block."""

    def __init__(self, sock: socket.socket):
        self._socket = sock

    def send(self, message: Message) -> None:
        """Raises OSError when the other end is gone, ValueError when the message is too long."""
        self._socket.send(encode(message))

    def receive(self) -> tuple[Message, list[int]]:
        """The caller owns the descriptors. Raises EOFError when nothing more will come."""
        try:
            data, fds, _, _ = socket.recv_fds(self._socket, _MAX_MESSAGE, 1)
        except OSError as error:  # reset by a killed peer
            raise EOFError(str(error)) from error
        if not data:
            raise EOFError("the other process closed the channel")
        return json.loads(data), fds


@dataclass(frozen=True, eq=False)
class _Outgoing:
    data: bytes
    frame: SharedInput | None
    key: object


class QueuedChannel:
    """The node's end: ``send`` never blocks, even if the other process has stopped reading.

    Messages wait in a queue until the one thread that calls ``exchange`` has written them. The
    caller bounds the queue: it withdraws what it no longer wants.
    """

    def __init__(self, sock: socket.socket):
        sock.setblocking(False)
        self._socket = sock
        self._lock = threading.Lock()
        self._outgoing: deque[_Outgoing] = deque()
        self._wake_up = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll = select.poll()  # select.select fails on descriptors above 1023
        self._poll.register(self._wake_up, select.POLLIN)

    def send(self, data: bytes, frame: SharedInput | None = None, key: object = None) -> None:
        """Queue an encoded message, on any thread, before ``close``.

        Args:
            frame: its descriptor is sent along. It stays open until then, since it is held here.
            key: for ``withdraw``.
        """
        with self._lock:
            self._outgoing.append(_Outgoing(data, frame, key))
            os.eventfd_write(self._wake_up, 1)

    def withdraw(self, key: object) -> bool:
        """Drop the queued message of this key; False if it was written already."""
        with self._lock:
            for waiting in self._outgoing:
                if waiting.key == key:
                    self._outgoing.remove(waiting)
                    return True
        return False

    @property
    def undelivered(self) -> bool:
        """Whether messages wait for the other process to read."""
        return bool(self._outgoing)

    def exchange(self, timeout: float) -> Message | None:
        """Write what fits, and return a message if one arrives within ``timeout`` seconds.

        Raises:
            EOFError: the other end is gone.
            OSError: a message could not be written.
        """
        writing = select.POLLOUT if self._outgoing else 0
        self._poll.register(self._socket, select.POLLIN | writing)
        ready = dict(self._poll.poll(1000 * timeout))
        if self._wake_up in ready:
            os.eventfd_read(self._wake_up)
        self._write()
        if not ready.get(self._socket.fileno(), 0) & ~select.POLLOUT:
            return None
        try:
            data = self._socket.recv(_MAX_MESSAGE)
        except ConnectionError as error:  # reset by a killed peer
            raise EOFError(str(error)) from error
        if not data:
            raise EOFError("the other process closed the channel")
        return json.loads(data)

    def _write(self) -> None:
        with self._lock:
            while self._outgoing:
                first = self._outgoing[0]
                fds = [] if first.frame is None else [first.frame.fd]
                try:
                    socket.send_fds(self._socket, [first.data], fds)
                except BlockingIOError:
                    return  # the socket is full
                except ConnectionError:
                    self._outgoing.clear()  # the other end is gone, which reading will tell
                else:
                    self._outgoing.popleft()

    def finish(self) -> None:
        """Drop what waits and end the other side's ``receive``; it may go on sending."""
        with self._lock:
            self._outgoing.clear()
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Free the descriptors. Only when no thread calls ``send`` or ``exchange`` any more."""
        self._outgoing.clear()
        self._socket.close()
        os.close(self._wake_up)
