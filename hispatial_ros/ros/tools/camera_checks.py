"""Checks of the camera's topics for `hispatial doctor`: publishers, QoS, rates."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage

from hispatial_ros.health.check import Check, Status
from hispatial_ros.health.ros2 import start_node
from hispatial_ros.ros.health.qos_events import SUBSCRIPTION, incompatibility
from hispatial_ros.ros.inputs import large_images
from hispatial_ros.ros.qos import are_reliable, sensor_data
from hispatial_ros.ros.tools.frame_checks import check, check_frames, encoding
from hispatial_ros.ros.topics import INPUTS, TRANSPORTS
from hispatial_ros.settings.settings import Settings

LOW_RATE_HZ = 5.0
DISCOVERY_S = 5.0
# Each comes from one publisher; of two the values would mix.
CAMERA = {"image": "camera_info", "depth": "depth_camera_info"}
SINGLE = (*CAMERA, *CAMERA.values())
WITHOUT = {
    "regions": "without it requests bring their regions along (--box, --regions)",
    "detections": "without it requests bring their regions along (--box, --regions)",
    "imu": "without it up comes from TF (gravity.level_frame) or from the surfaces in view",
    "depth_camera_info": "only depth that is not registered to the image needs it",
}


@dataclass(frozen=True)
class Observed:
    """The node that is looked at, and who looks."""

    node: Node  # sees the graph
    spin: Callable[[float], None]  # lets messages arrive for so many seconds
    name: str
    namespace: str
    topics: Mapping[str, str]  # input -> full name of its topic
    settings: Settings  # of the node
    needs_depth: bool  # False: a depth model is ready

    def is_required(self, name: str) -> bool:
        """Whether nothing can be answered without this input."""
        if name == "image":
            return True
        return self.needs_depth and name in ("depth", "camera_info")


def check_camera(observed: Observed, seconds: float) -> Iterator[Check]:
    """Yields the checks of every topic that a node takes in; messages are counted for so long."""
    node, topics = observed.node, observed.topics
    if not topics:
        yield check("subscriptions", Status.FAIL, "the node subscribes to no image", "activate it")
        return
    _wait_for_publishers(observed, [t for n, t in topics.items() if observed.is_required(n)])
    connected = {}
    # One camera_info beside both images is the colour image's.
    for name, topic in topics.items():
        if name == "depth_camera_info" and topic == topics["camera_info"]:
            continue
        connection = _connection(observed, name, topic)
        yield connection
        if _flows(observed, name, topic):
            connected[name] = topic
    received = _receive(observed, connected, seconds)
    for name, arrivals in received.items():
        infos = received.get(CAMERA.get(name, ""), [])
        yield _rate(observed, name, arrivals, seconds, len(infos))
    arrived = {name: [msg for _, msg in a] for name, a in received.items() if a}
    yield from check_frames(
        arrived, topics, observed.settings, observed.needs_depth, node.get_clock().now().nanoseconds
    )


def _wait_for_publishers(observed: Observed, topics: list[str]) -> None:
    """Discovery takes its time; what is not seen by then is not there."""
    end = time.monotonic() + DISCOVERY_S
    while time.monotonic() < end and not all(map(observed.node.count_publishers, topics)):
        observed.spin(0.1)


def _type_name(observed: Observed, name: str) -> str:
    """Type of an input as the graph has it."""
    kind = _type(observed, name)
    return f"{kind.__module__.split('.')[0]}/msg/{kind.__name__}"


def _type(observed: Observed, name: str) -> Any:
    transports = {
        "image": observed.settings.image_transport,
        "depth": observed.settings.depth_transport,
    }
    if name in transports:
        return TRANSPORTS[transports[name]]
    return next(topic.type for topic in INPUTS if topic.name == name)


def _flows(observed: Observed, name: str, topic: str) -> bool:
    """Whether anything can arrive."""
    publishers = observed.node.get_publishers_info_by_topic(topic)
    owner = (observed.name, observed.namespace)
    return {p.topic_type for p in publishers} == {_type_name(observed, name)} and not (
        incompatibility(observed.node, topic, SUBSCRIPTION, owner)
    )


def _connection(observed: Observed, name: str, topic: str) -> Check:
    """Whether the topic is published, with a type and QoS that fit."""
    node, kind = observed.node, _type_name(observed, name)
    publishers = node.get_publishers_info_by_topic(topic)
    if not publishers:
        return _no_publisher(observed, name, topic, kind)
    senders = ", ".join(f"{p.node_namespace.rstrip('/')}/{p.node_name}" for p in publishers)
    others = {p.topic_type for p in publishers} - {kind}
    if others:
        return check(
            topic,
            Status.FAIL,
            f"{senders} publishes {', '.join(others)}, the node takes {kind}: nothing will arrive",
            _remap(observed, name, kind),
        )
    if why := incompatibility(node, topic, SUBSCRIPTION, (observed.name, observed.namespace)):
        found = "quality of service does not fit, nothing will arrive"
        return check(topic, Status.FAIL, found, why)
    if len(publishers) > 1 and name in SINGLE:
        return check(
            topic,
            Status.FAIL,
            f"{len(publishers)} publishers, {senders}: what they send mixes",
            "stop all but one, or remap one of them",
        )
    return check(topic, Status.OK, f"{senders}, {_policies(publishers[0].qos_profile)}")


def _no_publisher(observed: Observed, name: str, topic: str, kind: str) -> Check:
    if not observed.is_required(name):
        advice = WITHOUT.get(name, "not needed: depth comes from the depth model")
        return check(topic, Status.INFO, "no publisher", advice)
    advice = f"start the publisher, or {_remap(observed, name, kind)}"
    return check(topic, Status.FAIL, "no publisher", advice)


def _remap(observed: Observed, name: str, kind: str) -> str:
    """How to have the node take another topic, of those that others publish."""
    node, owner = observed.node, (observed.name, observed.namespace)
    transport = observed.topics[name].rpartition("/")[2]
    suffix = f"/{transport}" if transport in TRANSPORTS else ""
    own = {topic for topic, _ in node.get_publisher_names_and_types_by_node(*owner)}
    similar = sorted(
        (
            other.removesuffix(suffix)
            for other, kinds in node.get_topic_names_and_types()
            if kind in kinds
            and other.endswith(suffix)
            and node.count_publishers(other)
            and other not in own | set(observed.topics.values())
        ),
        key=lambda other: (("depth" in other) != ("depth" in name), other),
    )
    choice = similar[0] if similar else "TOPIC"
    advice = f"remap: {start_node(f'-r {name}:={choice}')}"
    if len(similar) > 1:
        advice += f" (of this type are also {', '.join(similar[1:])})"
    return advice


def _policies(qos: QoSProfile) -> str:
    return f"{qos.reliability.name.lower()}, {qos.durability.name.lower()}"


def _receive(
    observed: Observed, topics: dict[str, str], seconds: float
) -> dict[str, list[tuple[float, Any]]]:
    """Messages of each input with the time of arrival [s], subscribed as the node does."""
    received: dict[str, list[tuple[float, Any]]] = {name: [] for name in topics}

    def receive(name: str, msg: Any) -> None:
        received[name].append((time.monotonic(), msg))

    subscriptions = [
        observed.node.create_subscription(
            _type(observed, name), topic, partial(receive, name), _qos(observed, topic)
        )
        for name, topic in topics.items()
    ]
    observed.spin(seconds)
    for subscription in subscriptions:
        observed.node.destroy_subscription(subscription)
    return received


def _subscriptions(observed: Observed, topic: str) -> list[Any]:
    """The node's own."""
    return [
        s
        for s in observed.node.get_subscriptions_info_by_topic(topic)
        if (s.node_name, s.node_namespace) == (observed.name, observed.namespace)
    ]


def _qos(observed: Observed, topic: str) -> QoSProfile:
    """As the node has it."""
    qos = sensor_data(20)
    for own in _subscriptions(observed, topic)[:1]:
        qos.reliability, qos.durability = own.qos_profile.reliability, own.qos_profile.durability
    return qos


def _rate(
    observed: Observed,
    name: str,
    messages: list[tuple[float, Any]],
    seconds: float,
    infos: int,
) -> Check:
    topic = observed.topics[name]
    subject = f"{topic} rate"
    remedy = large_images.remedy(
        topic,
        are_reliable(observed.node.get_publishers_info_by_topic(topic)),
        are_reliable(_subscriptions(observed, topic)),
    )
    info_rate = infos / seconds
    lost = large_images.are_lost(len(messages) / seconds, info_rate, infos)
    losing = f", but {info_rate:.1f} Hz of camera_info: images are lost on the way" if lost else ""
    if not messages:
        return check(
            subject,
            Status.FAIL if observed.is_required(name) else Status.WARN,
            f"nothing arrived in {seconds:g} s although there is a publisher{losing}",
            remedy
            if lost
            else "the publisher is idle, or a firewall or another network interface is in between",
        )
    times = [arrival for arrival, _ in messages]
    span = times[-1] - times[0]
    rate = (len(times) - 1) / span if span > 0 else len(times) / seconds
    found = f"{rate:.1f} Hz"
    if name not in CAMERA:
        return check(subject, Status.OK, found)
    last = messages[-1][1]
    size = (
        f"{len(last.data) / 1e3:.0f} kB"
        if isinstance(last, CompressedImage)
        else f"{last.width}x{last.height}"
    )
    found += f", {size} {encoding(last)}, frame {last.header.frame_id!r}{losing}"
    if rate >= LOW_RATE_HZ and not lost:
        return check(subject, Status.OK, found)
    advice = remedy if lost else f"if the camera sends more: {remedy}"
    return check(subject, Status.WARN, found, f"{advice} (docs/install.md)")
