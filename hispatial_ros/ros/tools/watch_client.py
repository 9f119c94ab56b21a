"""Adds, removes, lists and follows the watches of a running node."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.msg import WatchEvent, WatchSpec, WatchState
from hispatial_ros.ros.outputs.conversions import region_to_msg
from hispatial_ros.ros.qos import BURST, latched, reliable
from hispatial_ros.ros.tools.client import Client
from hispatial_ros.srv import Watch


class WatchClient(Client):
    """As ``Client``, for watches as well. Not thread-safe."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._watch = self.node.create_client(
            Watch, f"{self._target}/watch", qos_profile=reliable(BURST)
        )

    def add(
        self,
        *,
        name: str = "",
        question: str = "",
        labels: Iterable[str] = (),
        condition: str = "",
        regions: Iterable[Region] = (),
        rate: float = 0.0,
        margin: float = 0.0,
        reference_frame: str = "",
        replace: bool = False,
        tell: Callable[[str], None] = lambda note: None,
    ) -> str:
        """Add a watch and return its name; see ``msg/WatchSpec``.

        Args:
            tell: gets what the node notes about the watch.

        Raises:
            SpatialError: what the node answered, or TIMEOUT if it is not there.
        """
        spec = WatchSpec(
            name=name,
            question=question,
            labels=list(labels),
            condition=condition,
            regions=[region_to_msg(region) for region in regions],
            rate=float(rate),
            margin=float(margin),
            reference_frame=reference_frame,
        )
        request = Watch.Request(command=Watch.Request.ADD, spec=spec, replace=replace)
        response = self._call(self._watch, request, 0.0)
        for note in response.notes:
            tell(note)
        return response.name

    def remove(self, name: str) -> list[WatchState]:
        """Remove a watch; returns those that are left.

        Raises:
            SpatialError: what the node answered, or TIMEOUT if it is not there.
        """
        request = Watch.Request(command=Watch.Request.REMOVE, spec=WatchSpec(name=name))
        return self._call(self._watch, request, 0.0).watches

    def watches(self) -> list[WatchState]:
        """All watches with their states.

        Raises:
            SpatialError: TIMEOUT if the node is not there.
        """
        request = Watch.Request(command=Watch.Request.LIST)
        return self._call(self._watch, request, 0.0).watches

    def follow(
        self, name: str = "", seconds: float = float("inf"), earlier: bool = False
    ) -> Iterator[WatchEvent]:
        """Events from now on, of one watch or of all, for so many seconds.

        Args:
            earlier: the last events before that as well.

        Raises:
            SpatialError: TIMEOUT if the node is not there, or leaves.
        """
        self._wait_for_service(self._watch, None)
        arrived: deque[WatchEvent] = deque()
        subscription = self.node.create_subscription(
            WatchEvent,
            f"{self._target}/watch_events",
            lambda event: arrived.append(event),  # rclpy wants to see its signature
            latched(BURST) if earlier else reliable(BURST),
        )
        return self._events(name, seconds, arrived, subscription)

    def _events(
        self, name: str, seconds: float, arrived: deque[WatchEvent], subscription: Any
    ) -> Iterator[WatchEvent]:
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self.executor.spin_once(timeout_sec=min(1.0, left))
                while arrived:
                    event = arrived.popleft()
                    if name in ("", event.watch):
                        yield event
                if not self._watch.service_is_ready():
                    raise SpatialError(
                        ErrorCode.TIMEOUT, f"{self._target} has gone: it was stopped, see its log"
                    )
        finally:
            self.node.destroy_subscription(subscription)
