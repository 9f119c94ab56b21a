"""Checks of the running graph for `hispatial doctor`: node, lifecycle, services, camera."""

import os
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import GetState
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from rclpy.parameter import parameter_value_to_python

from hispatial_ros.health.check import Check, Status
from hispatial_ros.health.component import Component
from hispatial_ros.health.ros2 import has_ros2, start_node
from hispatial_ros.ros.health.components import components
from hispatial_ros.ros.node.private_node import PrivateNode
from hispatial_ros.ros.qos import reliable
from hispatial_ros.ros.tools.camera_checks import Observed, check_camera
from hispatial_ros.settings.parameter import with_values
from hispatial_ros.settings.settings import BY_NAME, Settings

check = partial(Check, "graph")
DISCOVERY_S = 5.0  # longest wait for the node to be seen
SETTLE_S = 1.0
DIAGNOSTICS_S = 3.0  # longest wait for what comes every second
ANSWER_S = 2.0  # longest wait for a service


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
            DiagnosticArray, "/diagnostics", diagnostics.append, reliable(10)
        )
        state = observer.state(full, diagnostics)
        settings = observer.settings(full)
        model = state.get("depth model")
        is_ready = model is not None and model.message.startswith("ready")
        source = settings.depth_source
        observed = Observed(
            observer.node,
            observer.spin,
            base,
            namespace,
            topics=state["lifecycle"].values if "lifecycle" in state else {},
            settings=settings,
            needs_depth=source == "sensor" or (source != "moge" and not is_ready),
        )
        yield from check_camera(observed, seconds)
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
        self.spin(SETTLE_S)  # for its topics and for namesakes to be seen as well
        return self.node.get_node_names_and_namespaces().count((name, namespace))

    def state(self, full: str, arrays: list[DiagnosticArray]) -> dict[str, Component]:
        """What the node says about itself, as soon as it does."""
        end = time.monotonic() + DIAGNOSTICS_S
        while not (found := components(full, arrays)) and time.monotonic() < end:
            self.spin(0.1)
        return found

    def settings(self, full: str) -> Settings:
        """The node's parameters; the defaults where it does not tell them."""
        names = list(BY_NAME)
        found = self.call(
            GetParameters, f"{full}/get_parameters", GetParameters.Request(names=names)
        )
        if found is None or len(found.values) != len(names):
            return Settings()
        values = map(parameter_value_to_python, found.values)
        return with_values(Settings(), dict(zip(names, values, strict=True)))

    def call(self, kind: Any, service: str, request: Any) -> Any:
        """The response of a service; None if none comes."""
        client = self.node.create_client(kind, service)
        try:
            future = client.call_async(request)
            self.executor.spin_until_future_complete(future, timeout_sec=ANSWER_S)
            return future.result() if future.done() else None
        finally:
            self.node.destroy_client(client)


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
        f"{start_node()}, or hispatial demo --keep-running; if it runs elsewhere, "
        "compare ROS_DOMAIN_ID and RMW_IMPLEMENTATION; --node for another name",
    )


def _lifecycle(observer: _Observer, full: str) -> Check:
    response = observer.call(GetState, f"{full}/get_state", GetState.Request())
    if response is None:
        return check(
            "lifecycle",
            Status.FAIL,
            "the node does not tell its state",
            "it hangs, or is not hispatial_ros spatial_node: see its log",
        )
    state = response.current_state.label
    if state == "active":
        return check("lifecycle", Status.OK, state)
    step = "activate" if state == "inactive" else "configure"
    return check(
        "lifecycle",
        Status.FAIL,
        f"{state}: it answers only when active",
        (f"ros2 lifecycle set {full} {step}" if has_ros2() else f"{step} it ({full}/change_state)")
        + f", or start it with autostart: {start_node('-p autostart:=true')}",
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
