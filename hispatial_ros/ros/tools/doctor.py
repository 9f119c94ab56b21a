"""Checks of the running graph for `hispatial doctor`: node, lifecycle, services, camera."""

import os
import time
from collections.abc import Iterator
from functools import partial

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import GetState
from rclpy.node import Node

from hispatial_ros.health.check import Check, Status
from hispatial_ros.ros.health.components import components
from hispatial_ros.ros.node.private_node import PrivateNode
from hispatial_ros.ros.tools.camera_checks import check_camera

check = partial(Check, "graph")
DISCOVERY_S = 5.0  # longest wait for the node to be seen
SETTLE_S = 1.0  # for its topics and for namesakes to be seen as well


def check_graph(name: str, seconds: float, domain_id: int | None = None) -> Iterator[Check]:
    """Yields the checks of the node called ``name`` and of the camera topics it uses.

    Args:
        name: Node name, with its namespace if it has one.
        seconds: How long messages are counted.
        domain_id: ROS domain; None takes ROS_DOMAIN_ID.
    """
    with _Observer(f"hispatial_doctor_{os.getpid()}", domain_id) as observer:
        namespace, _, base = ("/" + name.strip("/")).rpartition("/")
        namespace = namespace or "/"
        present = observer.find(base, namespace)
        full = f"{namespace.rstrip('/')}/{base}"
        yield _node(observer.node, full, present)
        if not present:
            return
        lifecycle = _lifecycle(observer, full)
        yield lifecycle
        yield from _services(observer.node, base, namespace, full)
        diagnostics: list[DiagnosticArray] = []
        subscription = observer.node.create_subscription(
            DiagnosticArray, "/diagnostics", diagnostics.append, 10
        )
        yield from check_camera(observer.node, observer.spin, base, namespace, seconds)
        observer.node.destroy_subscription(subscription)
        yield from _diagnostics(full, diagnostics)


class _Observer(PrivateNode):
    def find(self, name: str, namespace: str) -> int:
        """How many nodes have the name, as soon as one is there."""
        end = time.monotonic() + DISCOVERY_S
        while time.monotonic() < end:
            if (name, namespace) in self.node.get_node_names_and_namespaces():
                break
            self.spin(0.1)
        self.spin(SETTLE_S)
        return self.node.get_node_names_and_namespaces().count((name, namespace))


def _node(node: Node, full: str, present: int) -> Check:
    if present > 1:
        return check(
            full,
            Status.FAIL,
            f"{present} nodes have this name: a request reaches either",
            "stop all but one, or give each a namespace",
        )
    if present:
        return check(full, Status.OK, "running")
    others = sorted(
        f"{namespace.rstrip('/')}/{name}"
        for name, namespace in node.get_node_names_and_namespaces()
        if name != node.get_name()
    )
    seen = f"other nodes are: {', '.join(others)}" if others else "no other node either"
    return check(
        full,
        Status.FAIL,
        f"not running ({seen})",
        "ros2 run hispatial_ros spatial_node, or hispatial demo --keep-running; if it runs "
        "elsewhere, compare ROS_DOMAIN_ID and RMW_IMPLEMENTATION; --node for another name",
    )


def _lifecycle(observer: _Observer, full: str) -> Check:
    client = observer.node.create_client(GetState, f"{full}/get_state")
    try:
        future = client.call_async(GetState.Request())
        observer.executor.spin_until_future_complete(future, timeout_sec=2.0)
        if not future.done():
            return check(
                "lifecycle",
                Status.FAIL,
                "the node does not tell its state",
                "it hangs, or is not hispatial_ros spatial_node: see its log",
            )
        state = future.result().current_state.label
    finally:
        observer.node.destroy_client(client)
    if state == "active":
        return check("lifecycle", Status.OK, state)
    step = "activate" if state == "inactive" else "configure"
    return check(
        "lifecycle",
        Status.FAIL,
        f"{state}: it answers only when active",
        f"ros2 lifecycle set {full} {step}, or start it with -p autostart:=true",
    )


def _services(node: Node, base: str, namespace: str, full: str) -> Iterator[Check]:
    served = dict(node.get_service_names_and_types_by_node(base, namespace))
    for service in (f"{full}/ask", f"{full}/measure"):
        if service in served:
            yield check(service, Status.OK, "served")
        else:
            yield check(
                service,
                Status.FAIL,
                "not served",
                "is this node hispatial_ros spatial_node, and configured?",
            )


def _diagnostics(full: str, arrays: list[DiagnosticArray]) -> Iterator[Check]:
    """What the node says about itself."""
    for name, component in sorted(components(full, arrays).items()):
        found = component.message
        if component.level is not Status.OK and component.values:
            found += "; " + ", ".join(f"{key} {v}" for key, v in component.values.items())
        yield Check("diagnostics", name, component.level, found)
