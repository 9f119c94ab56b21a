"""A client that counts what watches bring."""

import time

from hispatial_ros.msg import SpatialAnswer, SpatialRelationArray, WatchEvent
from hispatial_ros.ros.qos import reliable
from hispatial_ros.ros.tools.watch_client import WatchClient


class CountingClient(WatchClient):
    """Subscribed to everything that watches publish."""

    def __init__(self, discovery_timeout: float):
        super().__init__(discovery_timeout=discovery_timeout)
        self._counts = {"answers": 0, "relations": 0, "watch_events": 0}
        kinds = (SpatialAnswer, SpatialRelationArray, WatchEvent)
        for kind, topic in zip(kinds, self._counts, strict=True):
            self.node.create_subscription(
                kind, f"{self._target}/{topic}", lambda _, t=topic: self._count(t), reliable(100)
            )

    def _count(self, topic: str) -> None:
        self._counts[topic] += 1

    def counts(self) -> tuple[int, int]:
        """Answers and messages of relations so far."""
        return self._counts["answers"], self._counts["relations"]

    def evaluated(self) -> dict[str, int]:
        """Images that each watch has looked at."""
        return {state.spec.name: state.evaluated for state in self.watches()}

    def spin(self, seconds: float) -> None:
        """Receive for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=left)
