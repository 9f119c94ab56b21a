"""A small blocking client of a running node, for the command line and for scripts."""

import time
from collections.abc import Iterable
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.node.private_node import PrivateNode
from hispatial_ros.ros.outputs.conversions import duration_to_msg, region_to_msg, time_to_msg
from hispatial_ros.ros.qos import BURST, reliable
from hispatial_ros.srv import AskSpatial, Measure

DISCOVERY_TIMEOUT = 5.0
# s. Longer than the node needs to answer TIMEOUT by itself: its message says more than ours. Longer
# than 3 s, too: after that Fast DDS repeats a lost response, as the first one is now and then.
GRACE = 5.0


class Client(PrivateNode):
    """Asks the node ``<namespace>/<node>`` through its services. Not thread-safe."""

    def __init__(
        self,
        node: str = "hispatial",
        namespace: str = "",
        discovery_timeout: float = DISCOVERY_TIMEOUT,
        domain_id: int | None = None,
    ):
        """
        Args:
            node: Name of the node to ask, with or without its namespace.
            namespace: Its namespace, if ``node`` has none.
            discovery_timeout: Longest wait for the node to appear, seconds.
            domain_id: ROS domain; None takes ROS_DOMAIN_ID.
        """
        super().__init__("hispatial_client", domain_id)
        path = [*namespace.split("/"), *node.split("/")]
        self._target = "/" + "/".join(part for part in path if part)
        self._discovery_timeout = discovery_timeout
        # Every client receives the responses to all clients and picks its own. With the default
        # depth of 10, responses to a busy client would push ours out of the queue.
        self._ask, self._measure = (
            self.node.create_client(kind, f"{self._target}/{name}", qos_profile=reliable(BURST))
            for kind, name in ((AskSpatial, "ask"), (Measure, "measure"))
        )

    def wait_for_node(self, timeout: float | None = None) -> None:
        """Wait until both services are there.

        Raises:
            SpatialError: TIMEOUT.
        """
        for service in (self._ask, self._measure):
            self._wait_for_service(service, timeout)

    def ask(
        self,
        question: str,
        regions: Iterable[Region] = (),
        *,
        stamp_ns: int = 0,
        reference_frame: str = "",
        timeout: float = 0.0,
        backend: str = "",
        raw: bool = False,
        context: str = "",
    ) -> SpatialAnswer:
        """Ask one question; see ``srv/AskSpatial``.

        Args:
            stamp_ns: Of the image to answer about; 0: the newest.
            timeout: Longest wait in seconds; 0: what the node's parameter says.
            context: The question before.

        Raises:
            SpatialError: what the node answered, or TIMEOUT if it is not there.
        """
        request = AskSpatial.Request(
            question=question,
            regions=[region_to_msg(region) for region in regions],
            stamp=time_to_msg(stamp_ns),
            reference_frame=reference_frame,
            timeout=duration_to_msg(timeout),
            backend=backend,
            raw=raw,
            context=context,
        )
        return self._call(self._ask, request, timeout).answer

    def measure(
        self,
        regions: Iterable[Region] = (),
        *,
        stamp_ns: int = 0,
        reference_frame: str = "",
        timeout: float = 0.0,
        skip_relations: bool = False,
    ) -> Measure.Response:
        """Measure regions (none: those of the regions topic); see ``srv/Measure``.

        Raises:
            SpatialError: what the node answered, or TIMEOUT if it is not there.
        """
        request = Measure.Request(
            regions=[region_to_msg(region) for region in regions],
            stamp=time_to_msg(stamp_ns),
            reference_frame=reference_frame,
            timeout=duration_to_msg(timeout),
            skip_relations=skip_relations,
        )
        return self._call(self._measure, request, timeout)

    def _wait_for_service(self, service: Any, timeout: float | None) -> None:
        timeout = self._discovery_timeout if timeout is None else timeout
        if not service.wait_for_service(timeout):
            raise SpatialError(
                ErrorCode.TIMEOUT,
                f"no node offers {service.srv_name} (waited {timeout:g} s): start it with "
                "`ros2 run hispatial_ros spatial_node --ros-args -p autostart:=true`, and check "
                "its name, its namespace and ROS_DOMAIN_ID",
            )

    def _call(self, service: Any, request: Any, timeout: float) -> Any:
        """The response; asks again if the node was restarted. Raises SpatialError."""
        # Without a timeout of ours the node's own applies, and it keeps it even when busy. Then we
        # only notice when the node has gone.
        deadline = time.monotonic() + timeout + GRACE if timeout > 0 else float("inf")
        while True:
            self._wait_for_service(service, None)
            future = service.call_async(request)
            try:
                if self._await(service, future, deadline):
                    break
            finally:
                service.remove_pending_request(future)
        response = future.result()
        if response.error_code != ErrorCode.NONE:
            raise SpatialError(_code(response.error_code), response.error_msg)
        return response

    def _await(self, service: Any, future: Any, deadline: float) -> bool:
        """Whether the response has come; False: it never will, since its node has gone."""
        asked = self._incarnations()
        while not future.done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise SpatialError(
                    ErrorCode.TIMEOUT,
                    f"{self._target} did not respond: it hangs, see its log and `hispatial top`",
                )
            # Not spin_until_future_complete: each of its turns leaves a task behind, and the next
            # call would have to work through all of them.
            self.executor.spin_once(timeout_sec=min(1.0, left))
            if future.done():
                break
            # A killed node stays in the graph for a while: a second publisher is the next node.
            # The request may have reached the killed node only. So it is repeated when the
            # publishers change, and once more when the killed node leaves the graph.
            present = self._incarnations()
            asked = asked or present
            if not service.service_is_ready() or present != asked:
                return False
        return True

    def _incarnations(self) -> set[bytes]:
        """Tells a node from its successor of the same name, by the ids of its publishers."""
        publishers = self.node.get_publishers_info_by_topic(f"{self._target}/answers")
        return {bytes(publisher.endpoint_gid) for publisher in publishers}


def _code(value: int) -> ErrorCode:
    """A node of a newer version may send codes that this one does not know."""
    return ErrorCode(value) if value in set(ErrorCode) else ErrorCode.INTERNAL
