"""Commands to ``~/watch`` of a running node, each with the one outcome that it deserves."""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message, serialize_message

from benchmarks.reliability.malformed_watch import CODES, MOST, request
from benchmarks.reliability.peer import MEET, Peer, wait_until
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import WatchSpec
from hispatial_ros.ros.outputs.watch_msgs import spec_to_msg
from hispatial_ros.srv import Watch
from hispatial_ros.watch import store
from hispatial_ros.watch.spec import new_name

AT_ONCE = 16  # commands under way


class WatchFuzzer:
    """Knows which watches the node has to have, and compares after each command.

    Args:
        peer: the only one that adds and removes watches.
        seed: the same one sends the same requests.
        file: where the node keeps its watches; in a folder of its own.
    """

    def __init__(self, peer: Peer, seed: int, file: Path):
        self.peer = peer
        self.rng = random.Random(seed)
        self.file = file
        self.sent = 0
        self.outcomes: Counter[str] = Counter()  # by name of the error code
        self._watches: dict[str, WatchSpec] = {}
        self._client = peer.client(Watch, "watch")

    def command(self, count: int, show: Callable[[], None]) -> None:
        """Send commands, several at a time; each changes what it has to, or nothing.

        Args:
            count: how many.
            show: publishes a frame for the watches to be evaluated on.
        """
        wait_until(self._client.service_is_ready, "the service watch")
        for start in range(0, count, AT_ONCE):
            sent = [request(self.rng) for _ in range(start, min(start + AT_ONCE, count))]
            futures = [self._client.call_async(message) for message, _ in sent]
            self.sent += len(sent)
            show()
            for (message, code), future in zip(sent, futures, strict=True):
                self._check(message, code, self.peer.result(future))
            self.check_file()

    def _check(self, message: Watch.Request, code: ErrorCode | None, response: Any) -> None:
        """Of one command, in the order in which they were sent."""
        message = _as_received(message)
        spec = _stripped(message.spec)
        found = ErrorCode(response.error_code)
        self.outcomes[found.name] += 1
        assert bool(response.error_msg) == bool(found)
        expected = code or self._expected(message, spec)
        allowed = {expected} if code is not None else {expected, *CODES}
        assert found in allowed, f"{found.name} ({response.error_msg}), not {expected}: {message}"
        if not found:
            self._change(message, spec, response.name)
        assert [state.spec for state in response.watches] == list(self._watches.values())

    def _expected(self, message: Watch.Request, spec: WatchSpec) -> ErrorCode:
        """Given the watches there are, if there is nothing wrong with the command itself."""
        refused = False
        if message.command == Watch.Request.REMOVE:
            refused = message.spec.name not in self._watches
        elif message.command == Watch.Request.ADD and spec.name in self._watches:
            refused = self._watches[spec.name] != spec and not message.replace
        elif message.command == Watch.Request.ADD:
            refused = len(self._watches) >= MOST
        return ErrorCode.BAD_REQUEST if refused else ErrorCode.NONE

    def _change(self, message: Watch.Request, spec: WatchSpec, name: str) -> None:
        if message.command == Watch.Request.LIST:
            assert name == ""
        elif message.command == Watch.Request.REMOVE:
            assert name == message.spec.name
            del self._watches[name]
        else:
            assert name == (spec.name or new_name(list(self._watches)))
            spec.name = name
            self._watches[name] = spec

    def check_file(self) -> None:
        """It holds them all, and there is nothing beside it. AssertionError if not."""
        kept = [spec_to_msg(spec) for spec in store.load(self.file)]
        assert kept == list(self._watches.values())
        beside = {path.name for path in self.file.parent.iterdir()}
        assert beside <= {self.file.name}, f"left beside the file: {beside}"

    def check_outcomes(self) -> None:
        """The node counted exactly the outcomes that arrived. AssertionError if not."""
        self.peer.check_counted("watches", "command", self.outcomes, self.sent)

    def check_restarted(self) -> None:
        """A node that was started anew has them all. AssertionError if not."""
        found = wait_until(self._listed, "the watches of a restarted node")
        assert found == list(self._watches.values())

    def _listed(self) -> list[WatchSpec] | None:
        """The watches; None if the node is not configured, or does not know us yet."""
        if not self._client.service_is_ready():
            return None
        future = self._client.call_async(Watch.Request(command=Watch.Request.LIST))
        deadline = time.monotonic() + MEET
        while not future.done():
            if time.monotonic() > deadline:
                return None
            time.sleep(0.005)
        response = future.result()
        return None if response.error_code else [state.spec for state in response.watches]


def _as_received(message: Any) -> Any:
    return deserialize_message(serialize_message(message), type(message))


def _stripped(spec: WatchSpec) -> WatchSpec:
    """A copy without the blanks that the node does not care about."""
    spec = _as_received(spec)
    spec.name, spec.question = spec.name.strip(), spec.question.strip()
    spec.condition = spec.condition.strip()
    spec.labels = [label.strip() for label in spec.labels]
    return spec
