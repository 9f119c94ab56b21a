"""Subscriptions to the camera and to regions. Their callbacks only store the message."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.qos import (
    QoSCompatibility,
    QoSProfile,
    qos_check_compatible,
    qos_policy_name_from_kind,
)

from hispatial_ros.ros.intake.pairing import FrameBuffer
from hispatial_ros.ros.qos import overridable
from hispatial_ros.ros.topics import INPUTS, Topic

if TYPE_CHECKING:
    from rclpy.node import Node

# Calibration topics, and the image that each is for: unless remapped, they are beside it.
CALIBRATES = {"camera_info": "image", "depth_camera_info": "depth"}
LOG_PERIOD = 5.0  # s between lines about dropped messages of one topic


class Inputs:
    """Subscribed from `subscribe` to `unsubscribe`; feeds a FrameBuffer."""

    def __init__(self, node: "Node", buffer: FrameBuffer):
        self._node = node
        self._buffer = buffer
        self._subscriptions: list[Any] = []
        self._events: dict[str, str] = {}  # topic -> policy, not reported yet
        self.incompatible: dict[str, str] = {}  # topic -> which policies do not fit

    def topic(self, name: str) -> str:
        """Full name of an input after remapping."""
        resolved = self._node.resolve_topic_name(name)
        image = CALIBRATES.get(name)
        if image and resolved == self._node.resolve_topic_name(name, only_expand=True):
            return camera_info_beside(self._node.resolve_topic_name(image))
        return resolved

    def topics(self) -> dict[str, str]:
        """Full topic name of every input."""
        return {topic.name: self.topic(topic.name) for topic in INPUTS if topic.type}

    def subscribe(self) -> None:
        """Start receiving."""
        store: dict[str, Callable[[Any, int], str]] = {
            "image": self._buffer.add_image,
            "depth": self._buffer.add_depth,
            "camera_info": self._buffer.add_camera_info,
            "depth_camera_info": self._buffer.add_depth_camera_info,
            "regions": self._buffer.add_regions,
            "detections": self._buffer.add_regions,
        }
        for topic in INPUTS:
            if topic.type is None:
                continue
            # One camera_info beside both images is the colour image's.
            shared = topic.name == "depth_camera_info" and self.topic(topic.name) == self.topic(
                "camera_info"
            )
            if not shared:
                self._subscriptions.append(self._subscribe(topic, store[topic.name]))

    def unsubscribe(self) -> None:
        """Stop receiving and forget what was received."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()
        self._events.clear()
        self.incompatible.clear()
        self._buffer.clear()

    def _subscribe(self, topic: Topic, store: Callable[[Any, int], str]) -> Any:
        name = self.topic(topic.name)
        clock = self._node.get_clock()
        log = ThrottledLog(self._node.get_logger().warning)

        def receive(msg: Any) -> None:
            dropped = store(msg, clock.now().nanoseconds)
            if dropped:
                log(dropped)

        return self._node.create_subscription(
            topic.type,
            name,
            receive,
            topic.qos(),
            qos_overriding_options=overridable(),
            event_callbacks=SubscriptionEventCallbacks(
                incompatible_qos=partial(self._incompatible, name)
            ),
        )

    def report_incompatible(self) -> None:
        """Log the publishers whose quality of service does not fit; to be called regularly.

        The middleware's event names neither the publisher nor its policies, and comes before the
        graph knows them.
        """
        while self._events:
            name, policy = self._events.popitem()
            mine = next((s.qos_profile for s in self._subscriptions if s.topic_name == name), None)
            why = incompatibility(self._node, name, mine) if mine else ""
            self.incompatible[name] = why or f"its {policy} does not fit"
            self._node.get_logger().error(
                f"{name}: nothing will arrive from a publisher, since its quality of service does "
                f"not fit: {self.incompatible[name]}"
            )

    def _incompatible(self, name: str, event: Any) -> None:
        self._events[name] = qos_policy_name_from_kind(event.last_policy_kind)


class ThrottledLog:
    """Writes at most one line per LOG_PERIOD, with how many were left out.

    rclpy's own throttling goes by the place in the code, which all topics share here.
    """

    def __init__(self, write: Callable[[str], None]):
        self._write = write
        self._next = 0.0
        self._omitted = 0

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if now < self._next:
            self._omitted += 1
            return
        more = f" (and {self._omitted} more dropped messages)" if self._omitted else ""
        self._write(text + more)
        self._next, self._omitted = now + LOG_PERIOD, 0


def camera_info_beside(image_topic: str) -> str:
    """`camera_info` in the image topic's namespace, as image_transport has it."""
    return f"{image_topic.rpartition('/')[0]}/camera_info"


def incompatibility(node: "Node", topic: str, mine: QoSProfile) -> str:
    """Which offered and requested policies contradict each other, and what to set."""
    for publisher in node.get_publishers_info_by_topic(topic):
        offered = publisher.qos_profile
        if qos_check_compatible(offered, mine)[0] != QoSCompatibility.ERROR:
            continue
        differing = [
            (policy, getattr(offered, policy).name.lower(), getattr(mine, policy).name.lower())
            for policy in ("reliability", "durability", "liveliness")
            if getattr(offered, policy) != getattr(mine, policy)
        ]
        listed = ", ".join(
            f"{policy}: offered {theirs}, requested {ours}" for policy, theirs, ours in differing
        )
        policy, theirs, _ = differing[0] if differing else ("deadline", "", "")
        return (
            f"{publisher.node_namespace.rstrip('/')}/{publisher.node_name} ({listed}); set the "
            f"parameter qos_overrides.{topic}.subscription.{policy} to {theirs or 'its value'}"
        )
    return ""
