"""Checks of the camera's topics for `hispatial doctor`: publishers, QoS, rates."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage

from hispatial_ros.health.check import Check, Status
from hispatial_ros.ros.health.qos_events import SUBSCRIPTION, incompatibility
from hispatial_ros.ros.inputs import large_images
from hispatial_ros.ros.inputs.subscriptions import camera_info_beside
from hispatial_ros.ros.qos import sensor_data
from hispatial_ros.ros.tools.frame_checks import (
    IMAGES,
    INFO,
    by_kind,
    check,
    check_frames,
    encoding,
)
from hispatial_ros.ros.topics import INPUTS

LOW_RATE_HZ = 5.0
DISCOVERY_S = 5.0
# Type as the graph has it -> class, of everything that the node takes in.
TYPES = {topic.type_name: topic.type for topic in INPUTS if topic.type is not None}
TYPES["sensor_msgs/msg/CompressedImage"] = CompressedImage


def check_camera(
    node: Node, spin: Callable[[float], None], base: str, namespace: str, seconds: float
) -> Iterator[Check]:
    """Yields the checks of every topic that the node ``namespace/base`` takes in.

    Args:
        node: Observes the graph.
        spin: Lets messages arrive for so many seconds.
        seconds: How long messages are counted.
    """
    subscribed = node.get_subscriber_names_and_types_by_node(base, namespace)
    topics = {topic: kinds[0] for topic, kinds in sorted(subscribed) if kinds[0] in TYPES}
    if not set(IMAGES) & set(topics.values()):
        yield check("subscriptions", Status.FAIL, "the node subscribes to no image", "activate it")
        return
    _wait_for_publishers(node, spin, [t for t, kind in topics.items() if not _is_optional(kind)])
    connected = {}
    for topic, kind in topics.items():
        connection = _connection(node, topic, kind, base, namespace)
        yield connection
        if connection.status is Status.OK:
            connected[topic] = kind
    received = _receive(node, spin, connected, seconds)
    for topic, messages in received.items():
        image = topic.removesuffix("/compressed").removesuffix("/compressedDepth")
        infos = len(received.get(camera_info_beside(image), []))
        yield _rate(topic, connected[topic], messages, seconds, infos)
    arrived = {t: [msg for _, msg in arrivals] for t, arrivals in received.items() if arrivals}
    yield from check_frames(by_kind(connected, arrived), node.get_clock().now().nanoseconds)


def _is_optional(kind: str) -> bool:
    return kind not in (*IMAGES, INFO)


def _wait_for_publishers(node: Node, spin: Callable[[float], None], topics: list[str]) -> None:
    """Discovery takes its time; what is not seen by then is not there."""
    end = time.monotonic() + DISCOVERY_S
    while time.monotonic() < end and not all(map(node.count_publishers, topics)):
        spin(0.1)


def _connection(node: Node, topic: str, kind: str, base: str, namespace: str) -> Check:
    """Whether the topic is published, with a type and QoS that fit."""
    publishers = node.get_publishers_info_by_topic(topic)
    if not publishers:
        return _no_publisher(node, topic, kind)
    senders = ", ".join(f"{p.node_namespace.rstrip('/')}/{p.node_name}" for p in publishers)
    others = {p.topic_type for p in publishers} - {kind}
    if others:
        return check(
            topic,
            Status.FAIL,
            f"{senders} publishes {', '.join(others)}, the node takes {kind}",
            "remap to a topic of the right type",
        )
    if why := incompatibility(node, topic, SUBSCRIPTION, (base, namespace)):
        found = "quality of service does not fit, nothing will arrive"
        return check(topic, Status.FAIL, found, why)
    return check(topic, Status.OK, f"{senders}, {_policies(publishers[0].qos_profile)}")


def _no_publisher(node: Node, topic: str, kind: str) -> Check:
    if _is_optional(kind):
        advice = "without it requests bring their regions along (--box, --regions)"
        return check(topic, Status.INFO, "no publisher", advice)
    advice = f"start the publisher, or remap: -r {topic.rsplit('/', 1)[-1]}:=TOPIC"
    similar = sorted(
        other
        for other, kinds in node.get_topic_names_and_types()
        if kind in kinds and node.count_publishers(other)
    )
    if similar:
        advice += f"; of this type are {', '.join(similar)}"
    return check(topic, Status.FAIL, "no publisher", advice)


def _policies(qos: QoSProfile) -> str:
    return f"{qos.reliability.name.lower()}, {qos.durability.name.lower()}"


def _receive(
    node: Node, spin: Callable[[float], None], topics: dict[str, str], seconds: float
) -> dict[str, list[tuple[float, Any]]]:
    """Messages of each topic with the time of arrival [s], subscribed as the node does."""
    received: dict[str, list[tuple[float, Any]]] = {topic: [] for topic in topics}

    def receive(topic: str, msg: Any) -> None:
        received[topic].append((time.monotonic(), msg))

    subscriptions = [
        node.create_subscription(TYPES[kind], topic, partial(receive, topic), sensor_data())
        for topic, kind in topics.items()
    ]
    spin(seconds)
    for subscription in subscriptions:
        node.destroy_subscription(subscription)
    return received


def _rate(
    topic: str,
    kind: str,
    messages: list[tuple[float, Any]],
    seconds: float,
    infos: int,
) -> Check:
    subject = f"{topic} rate"
    if not messages:
        return check(
            subject,
            Status.WARN if _is_optional(kind) else Status.FAIL,
            f"nothing arrived in {seconds:g} s although there is a publisher",
            "the publisher is idle, or a firewall or another network interface is in between",
        )
    times = [arrival for arrival, _ in messages]
    span = times[-1] - times[0]
    rate = (len(times) - 1) / span if span > 0 else len(times) / seconds
    found = f"{rate:.1f} Hz"
    if kind not in IMAGES:
        return check(subject, Status.OK, found)
    last = messages[-1][1]
    size = (
        f"{len(last.data) / 1e3:.0f} kB"
        if isinstance(last, CompressedImage)
        else f"{last.width}x{last.height}"
    )
    found += f", {size} {encoding(last)}, frame {last.header.frame_id!r}"
    info_rate = infos / seconds
    lost = large_images.are_lost(len(messages) / seconds, info_rate, infos)
    if lost:
        found += f", but {info_rate:.1f} Hz of camera_info: images are lost on the way"
    if rate >= LOW_RATE_HZ and not lost:
        return check(subject, Status.OK, found)
    advice = large_images.remedy() if lost else f"if the camera sends more: {large_images.remedy()}"
    return check(subject, Status.WARN, found, f"{advice} (docs/install.md)")
