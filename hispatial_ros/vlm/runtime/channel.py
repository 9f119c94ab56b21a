"""JSON messages with file descriptors between two processes of one machine."""

import json
import logging
import os
import socket
from collections.abc import Sequence
from typing import Any

log = logging.getLogger(__name__)

Message = dict[str, Any]
_MAX_MESSAGE = 1 << 17  # bytes; below the kernel's default socket buffer


class Channel:
    """One end of a Unix socket that keeps message boundaries.

    JSON instead of pickle: nothing that arrives can execute.
    """

    def __init__(self, sock: socket.socket):
        self._socket = sock

    @staticmethod
    def pair() -> tuple["Channel", socket.socket]:
        """This process's end, and the socket to hand to a child."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return Channel(ours), theirs

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Message, fds: Sequence[int] = ()) -> None:
        """Raises OSError when the other end is gone, ValueError when the message is too long."""
        data = json.dumps(message).encode()
        if len(data) > _MAX_MESSAGE:
            raise ValueError(f"a message of {len(data)} bytes, at most {_MAX_MESSAGE} can be sent")
        socket.send_fds(self._socket, [data], list(fds))

    def try_send(self, message: Message) -> None:
        """As ``send``, for what does not matter any more when the other end is gone."""
        try:
            self.send(message)
        except OSError:
            log.debug("the other process is gone; not sent: %s", message["type"])

    def receive(self) -> tuple[Message, list[int]]:
        """Blocks. The caller owns the descriptors. Raises EOFError when the other end is gone."""
        try:
            data, fds, _, _ = socket.recv_fds(self._socket, _MAX_MESSAGE, 1)
        except OSError as error:  # reset by a killed peer, or closed by our side
            raise EOFError(str(error)) from error
        if not data:
            for fd in fds:
                os.close(fd)
            raise EOFError("the other process closed the channel")
        return json.loads(data), fds

    def close(self) -> None:
        self._socket.close()
