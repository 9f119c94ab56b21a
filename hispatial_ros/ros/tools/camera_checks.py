"""Checks of the camera's topics for `hispatial doctor`: publishers, QoS, rates, frames."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage

from hispatial_ros.errors import SpatialError
from hispatial_ros.intake import from_ros
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.ros.health.check import Check, Status
from hispatial_ros.ros.health.qos_events import SUBSCRIPTION, incompatibility
from hispatial_ros.ros.inputs import large_images
from hispatial_ros.ros.inputs.subscriptions import camera_info_beside
from hispatial_ros.ros.qos import sensor_data
from hispatial_ros.ros.topics import INPUTS
from hispatial_ros.settings.settings import Settings

GROUP = "camera"
DEPTH_ENCODINGS = ("16UC1", "32FC1", "mono16")
INFO = "sensor_msgs/msg/CameraInfo"
IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
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
        yield Check(
            GROUP, "subscriptions", Status.FAIL, "the node subscribes to no image", "activate it"
        )
        return
    _wait_for_publishers(node, spin, [t for t, kind in topics.items() if not _is_optional(kind)])
    connected = {}
    for topic, kind in topics.items():
        check = _connection(node, topic, kind, base, namespace)
        yield check
        if check.status is Status.OK:
            connected[topic] = kind
    received = _receive(node, spin, connected, seconds)
    for topic, messages in received.items():
        image = topic.removesuffix("/compressed").removesuffix("/compressedDepth")
        infos = len(received.get(camera_info_beside(image), []))
        yield _rate(topic, connected[topic], messages, seconds, infos)
    yield from _frames(node, connected, received)


def _is_optional(kind: str) -> bool:
    return kind not in (*IMAGES, INFO)


def _wait_for_publishers(node: Node, spin: Callable[[float], None], topics: list[str]) -> None:
    """Discovery takes its time; what is not seen by then is not there."""
    end = time.monotonic() + DISCOVERY_S
    while time.monotonic() < end and not all(map(node.count_publishers, topics)):
        spin(0.1)


def _connection(node: Node, topic: str, kind: str, base: str, namespace: str) -> Check:
    """Whether somebody publishes the topic, with a type and QoS that fit."""
    publishers = node.get_publishers_info_by_topic(topic)
    if not publishers:
        return _no_publisher(node, topic, kind)
    senders = ", ".join(f"{p.node_namespace.rstrip('/')}/{p.node_name}" for p in publishers)
    others = {p.topic_type for p in publishers} - {kind}
    if others:
        return Check(
            GROUP,
            topic,
            Status.FAIL,
            f"{senders} publishes {', '.join(others)}, the node takes {kind}",
            "remap to a topic of the right type",
        )
    if why := incompatibility(node, topic, SUBSCRIPTION, (base, namespace)):
        found = "quality of service does not fit, nothing will arrive"
        return Check(GROUP, topic, Status.FAIL, found, why)
    return Check(GROUP, topic, Status.OK, f"{senders}, {_policies(publishers[0].qos_profile)}")


def _no_publisher(node: Node, topic: str, kind: str) -> Check:
    if _is_optional(kind):
        advice = "without it requests bring their regions along (--box, --regions)"
        return Check(GROUP, topic, Status.INFO, "no publisher", advice)
    advice = f"start the publisher, or remap: -r {topic.rsplit('/', 1)[-1]}:=TOPIC"
    similar = sorted(
        other
        for other, kinds in node.get_topic_names_and_types()
        if kind in kinds and node.count_publishers(other)
    )
    if similar:
        advice += f"; of this type are {', '.join(similar)}"
    return Check(GROUP, topic, Status.FAIL, "no publisher", advice)


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
        return Check(
            GROUP,
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
        return Check(GROUP, subject, Status.OK, found)
    last = messages[-1][1]
    found += f", {_size(last)} {_encoding(last)}, frame {last.header.frame_id!r}"
    info_rate = infos / seconds
    lost = large_images.are_lost(len(messages) / seconds, info_rate, infos)
    if lost:
        found += f", but {info_rate:.1f} Hz of camera_info: images are lost on the way"
    if rate >= LOW_RATE_HZ and not lost:
        return Check(GROUP, subject, Status.OK, found)
    advice = large_images.remedy() if lost else f"if the camera sends more: {large_images.remedy()}"
    return Check(GROUP, subject, Status.WARN, found, f"{advice} (docs/install.md)")


def _size(msg: Any) -> str:
    if isinstance(msg, CompressedImage):
        return f"{len(msg.data) / 1e3:.0f} kB"
    return f"{msg.width}x{msg.height}"


def _encoding(msg: Any) -> str:
    return msg.format if isinstance(msg, CompressedImage) else msg.encoding


def _frames(
    node: Node, topics: dict[str, str], received: dict[str, list[tuple[float, Any]]]
) -> Iterator[Check]:
    """Runs the node's own intake on what arrived: pairing, calibration, conversion."""
    messages = {topic: [msg for _, msg in arrivals] for topic, arrivals in received.items()}
    images = [t for t, kind in topics.items() if kind in IMAGES and messages[t]]
    depth = [t for t in images if _encoding(messages[t][-1]).startswith(DEPTH_ENCODINGS)]
    color = [t for t in images if t not in depth]
    infos = [t for t, kind in topics.items() if kind == INFO and messages[t]]
    regions = [t for t, kind in topics.items() if _is_optional(kind) and messages[t]]
    frame_of = {t: messages[t][-1].header.frame_id for t in (*images, *infos)}
    registered = not (color and depth and frame_of[color[0]] != frame_of[depth[0]])
    if not registered:
        yield Check(
            GROUP,
            "depth frame",
            Status.WARN,
            f"depth is in {frame_of[depth[0]]!r}, the image in {frame_of[color[0]]!r}",
            "the node registers it if TF joins the two (not checked here); better subscribe to "
            "the driver's registered (aligned) depth",
        )
        infos = [t for t in infos if frame_of[t] != frame_of[depth[0]]]
        depth = []
    buffer = FrameBuffer(
        Settings(max_frame_age=10.0),
        {
            name: topics[0]
            for name, topics in (("image", color), ("depth", depth), ("camera_info", infos))
            if topics
        },
    )
    now = node.get_clock().now().nanoseconds
    for name, sources, read in (
        ("image", color, from_ros.picture),
        ("depth", depth, from_ros.picture),
        ("camera_info", infos, from_ros.calibration),
        ("regions", regions, from_ros.regions),
    ):
        for topic in sources:
            for msg in messages[topic]:
                buffer.add(name, read(msg), now)
    for topic in color:
        stamp = messages[topic][-1].header.stamp
        yield _age(topic, now / 1e9 - stamp.sec - stamp.nanosec / 1e9)
    try:
        pair = buffer.newest(now, need_depth=bool(depth), with_regions=bool(regions))
        camera = pair.frame().camera
    except SpatialError as error:
        yield Check(GROUP, "frames", Status.FAIL, f"{error.code.name}: {error}")
        return
    lens = f"distortion {camera.distortion_model}" if camera.is_distorted else "no distortion"
    found = f"fx {camera.fx:.1f}, fy {camera.fy:.1f}, {lens}, fits the image"
    yield Check(GROUP, "calibration", Status.OK, found)
    if registered:
        yield _pairing(buffer, bool(depth), now)
    if regions:
        labels = [region.label for region in buffer.regions_at(pair.stamp_ns) or []]
        found = ", ".join(labels) or "none for the newest image"
        yield Check(GROUP, "regions", Status.OK, found)


def _pairing(buffer: FrameBuffer, has_depth: bool, now: int) -> Check:
    if not has_depth:
        return Check(
            GROUP,
            "pairing",
            Status.WARN,
            "no depth image, nothing can be measured",
            "publish registered depth, or set up a depth model (requirements/moge.txt)",
        )
    status = buffer.status(now)
    total = status.paired + status.unpaired
    return Check(
        GROUP,
        "pairing",
        Status.OK if status.paired >= 0.8 * total else Status.WARN,
        f"{status.paired} of {total} images have depth within {buffer.settings.sync.slop:g} s",
        "raise the parameter sync.slop, or synchronise the two streams",
    )


def _age(topic: str, age: float) -> Check:
    found = f"newest is {age * 1e3:.0f} ms old"
    if -0.1 < age < 1.0:
        return Check(GROUP, f"{topic} stamps", Status.OK, found)
    return Check(
        GROUP,
        f"{topic} stamps",
        Status.FAIL,
        found,
        "synchronise the clocks (chrony), or replay with --clock and use_sim_time",
    )
