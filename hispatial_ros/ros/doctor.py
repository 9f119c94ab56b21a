"""Checks of the running graph for `hispatial doctor`: node, QoS, rates, calibration."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import rclpy
from lifecycle_msgs.srv import GetState
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import (
    QoSCompatibility,
    QoSProfile,
    qos_check_compatible,
    qos_profile_sensor_data,
)
from sensor_msgs.msg import CameraInfo, Image

from hispatial_ros.errors import SpatialError
from hispatial_ros.msg import RegionArray
from hispatial_ros.ros.check import Check, Status
from hispatial_ros.ros.intake.pairing import FrameBuffer, IntakeOptions

GRAPH, CAMERA = "graph", "camera"
DISCOVERY_S = 1.5
DEPTH_ENCODINGS = ("16UC1", "32FC1", "mono16")
LOW_RATE_HZ = 5.0
TYPES = {
    "sensor_msgs/msg/Image": Image,
    "sensor_msgs/msg/CameraInfo": CameraInfo,
    "hispatial_ros/msg/RegionArray": RegionArray,
}


def check_middleware() -> Check:
    """Which ROS, which middleware, which domain."""
    try:
        middleware = rclpy.get_rmw_implementation_identifier()
    except (ImportError, RuntimeError) as error:
        return Check(
            "installation",
            "ROS 2",
            Status.FAIL,
            f"no middleware loads: {error}",
            "install the package of $RMW_IMPLEMENTATION, or unset it",
        )
    distro = os.environ.get("ROS_DISTRO", "from PyPI")
    domain = os.environ.get("ROS_DOMAIN_ID", "0")
    reach = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    found = f"{distro}, {middleware}, ROS_DOMAIN_ID {domain}, discovery {reach}"
    return Check("installation", "ROS 2", Status.OK, found)


def check_graph(name: str, seconds: float) -> Iterator[Check]:
    """Yields the checks of the node called ``name`` and of the camera topics it uses.

    Args:
        name: Node name, with its namespace if it has one.
        seconds: How long messages are counted.
    """
    namespace, _, base = ("/" + name.strip("/")).rpartition("/")
    with _observer() as (node, executor):
        _spin(executor, DISCOVERY_S)
        namespace = namespace or "/"
        namesakes = [n for n in node.get_node_names_and_namespaces() if n == (base, namespace)]
        if not namesakes:
            yield _no_node(node, f"{namespace.rstrip('/')}/{base}")
            return
        full = f"{namespace.rstrip('/')}/{base}"
        yield _node(full, len(namesakes))
        yield _lifecycle(node, executor, full)
        yield from _services(node, base, namespace, full)
        topics = _inputs(node, base, namespace)
        if not topics:
            yield Check(
                CAMERA,
                "subscriptions",
                Status.FAIL,
                f"{full} subscribes to no image",
                f"activate it: ros2 lifecycle set {full} activate",
            )
            return
        connected = []
        for topic, kind in sorted(topics.items()):
            checks = list(_publishers(node, topic, kind, base, namespace))
            yield from checks
            if all(check.status is not Status.FAIL for check in checks):
                connected.append(topic)
        yield from _traffic(node, executor, {t: topics[t] for t in connected}, seconds)


@contextmanager
def _observer() -> Iterator[tuple[Node, SingleThreadedExecutor]]:
    context = Context()
    rclpy.init(context=context)
    node = Node(f"hispatial_doctor_{os.getpid()}", context=context, enable_rosout=False)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        yield node, executor
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown(context=context)


def _spin(executor: SingleThreadedExecutor, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        executor.spin_once(timeout_sec=left)


def _no_node(node: Node, full: str) -> Check:
    others = sorted(
        f"{namespace.rstrip('/')}/{name}"
        for name, namespace in node.get_node_names_and_namespaces()
        if name != node.get_name()
    )
    seen = f"other nodes are: {', '.join(others)}" if others else "no other node either"
    return Check(
        GRAPH,
        full,
        Status.FAIL,
        f"not running ({seen})",
        "ros2 run hispatial_ros spatial_node (or hispatial demo --keep-running); on another "
        "machine or in another terminal compare ROS_DOMAIN_ID and RMW_IMPLEMENTATION",
    )


def _node(full: str, count: int) -> Check:
    if count > 1:
        return Check(
            GRAPH,
            full,
            Status.FAIL,
            f"{count} nodes have this name: requests reach either",
            "stop all but one, or give each a namespace",
        )
    return Check(GRAPH, full, Status.OK, "running")


def _lifecycle(node: Node, executor: SingleThreadedExecutor, full: str) -> Check:
    client = node.create_client(GetState, f"{full}/get_state")
    try:
        if client.wait_for_service(timeout_sec=1.0):
            future = client.call_async(GetState.Request())
            executor.spin_until_future_complete(future, timeout_sec=2.0)
            if future.done():
                state = future.result().current_state.label
                if state == "active":
                    return Check(GRAPH, "lifecycle", Status.OK, state)
                step = "activate" if state == "inactive" else "configure"
                return Check(
                    GRAPH,
                    "lifecycle",
                    Status.FAIL,
                    f"{state}: it answers only when active",
                    f"ros2 lifecycle set {full} {step}, or start it with -p autostart:=true",
                )
    finally:
        node.destroy_client(client)
    return Check(
        GRAPH,
        "lifecycle",
        Status.FAIL,
        "the node does not answer",
        "it hangs or is busy: look at its log, restart it",
    )


def _services(node: Node, base: str, namespace: str, full: str) -> Iterator[Check]:
    served = dict(node.get_service_names_and_types_by_node(base, namespace))
    for service in ("ask", "measure"):
        if f"{full}/{service}" in served:
            yield Check(GRAPH, f"{full}/{service}", Status.OK, "served")
        else:
            yield Check(
                GRAPH,
                f"{full}/{service}",
                Status.FAIL,
                "not served",
                "is this node hispatial_ros spatial_node, and configured?",
            )


def _inputs(node: Node, base: str, namespace: str) -> dict[str, str]:
    """Camera and region topics that the node subscribes to, with their type."""
    subscribed = node.get_subscriber_names_and_types_by_node(base, namespace)
    return {topic: kinds[0] for topic, kinds in subscribed if kinds[0] in TYPES}


def _publishers(node: Node, topic: str, kind: str, base: str, namespace: str) -> Iterator[Check]:
    publishers = node.get_publishers_info_by_topic(topic)
    if not publishers:
        optional = kind == "hispatial_ros/msg/RegionArray"
        similar = sorted(
            other
            for other, kinds in node.get_topic_names_and_types()
            if kind in kinds and other != topic and node.count_publishers(other)
        )
        advice = f"start the publisher, or remap: -r {topic.rsplit('/', 1)[-1]}:=TOPIC"
        if similar:
            advice += f"; published are {', '.join(similar)}"
        if optional:
            advice = "without it requests must bring their regions (--box, --regions)"
        yield Check(CAMERA, topic, Status.WARN if optional else Status.FAIL, "no publisher", advice)
        return
    ours = [
        info.qos_profile
        for info in node.get_subscriptions_info_by_topic(topic)
        if (info.node_name, info.node_namespace) == (base, namespace)
    ]
    for info in publishers:
        sender = f"{info.node_namespace.rstrip('/')}/{info.node_name}"
        if info.topic_type != kind:
            yield Check(
                CAMERA,
                topic,
                Status.FAIL,
                f"{sender} publishes {info.topic_type}, the node expects {kind}",
                "remap to a topic of the right type",
            )
            continue
        for qos in ours:
            compatible, reason = qos_check_compatible(info.qos_profile, qos)
            policies = f"{sender} offers {_policies(info.qos_profile)}"
            if compatible is QoSCompatibility.ERROR:
                yield Check(
                    CAMERA,
                    topic,
                    Status.FAIL,
                    f"{policies}; requested {_policies(qos)}: nothing will arrive ({reason})",
                    "override one side by parameter, as "
                    f"qos_overrides.{topic}.subscription.reliability: best_effort",
                )
            else:
                yield Check(CAMERA, topic, Status.OK, policies)


def _policies(qos: QoSProfile) -> str:
    return f"{qos.reliability.name.lower()}, {qos.durability.name.lower()}"


def _traffic(
    node: Node, executor: SingleThreadedExecutor, topics: dict[str, str], seconds: float
) -> Iterator[Check]:
    """Receives for a while, as the node does, and tells what came and whether frames result."""
    received: dict[str, list] = {topic: [] for topic in topics}

    def receive(topic: str, msg: Any) -> None:
        received[topic].append((time.monotonic(), msg))

    subscriptions = [
        node.create_subscription(
            TYPES[kind], topic, partial(receive, topic), qos_profile_sensor_data
        )
        for topic, kind in topics.items()
    ]
    _spin(executor, seconds)
    for subscription in subscriptions:
        node.destroy_subscription(subscription)
    for topic, messages in received.items():
        yield _rate(topic, topics[topic], [t for t, _ in messages], seconds, messages)
    yield from _frames(node, topics, received)


def _rate(topic: str, kind: str, times: list[float], seconds: float, messages: list) -> Check:
    if not messages:
        optional = kind == "hispatial_ros/msg/RegionArray"
        return Check(
            CAMERA,
            topic,
            Status.WARN if optional else Status.FAIL,
            f"nothing arrived in {seconds:g} s although there is a publisher",
            "the publisher is idle, or a firewall or another network interface is in between",
        )
    rate = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else len(times) / seconds
    found = f"{rate:.1f} Hz"
    last = messages[-1][1]
    if kind == "sensor_msgs/msg/Image":
        found += f", {last.width}x{last.height} {last.encoding}, frame {last.header.frame_id!r}"
        if rate < LOW_RATE_HZ:
            return Check(
                CAMERA,
                topic,
                Status.WARN,
                found,
                "if the camera sends more: publish reliable, or give the middleware a "
                "shared-memory segment that holds whole images (docs/install.md)",
            )
    return Check(CAMERA, topic, Status.OK, found)


def _frames(node: Node, topics: dict[str, str], received: dict[str, list]) -> Iterator[Check]:
    """Runs the node's own intake on what arrived: pairing, calibration, conversion."""
    images = [t for t in topics if topics[t] == "sensor_msgs/msg/Image" and received[t]]
    depth = [t for t in images if received[t][-1][1].encoding in DEPTH_ENCODINGS]
    color = [t for t in images if t not in depth]
    infos = [t for t in topics if topics[t] == "sensor_msgs/msg/CameraInfo" and received[t]]
    detected = [t for t in topics if topics[t] == "hispatial_ros/msg/RegionArray" and received[t]]
    buffer = FrameBuffer(
        IntakeOptions(
            image_topic=color[0] if color else "image",
            depth_topic=depth[0] if depth else "depth",
            camera_info_topic=infos[0] if infos else "camera_info",
            max_frame_age=10.0,
        )
    )
    now = node.get_clock().now().nanoseconds
    for topic in color:
        stamps = [m.header.stamp for _, m in received[topic]]
        age = now - stamps[-1].sec * 10**9 - stamps[-1].nanosec
        yield _age(topic, age / 1e9)
    adders = [
        (color, buffer.add_image),
        (depth, buffer.add_depth),
        (infos, buffer.add_camera_info),
        (detected, buffer.add_regions),
    ]
    for sources, add in adders:
        for topic in sources:
            for _, message in received[topic]:
                add(message, now)
    try:
        pair = buffer.newest(now, need_depth=bool(depth), with_regions=bool(detected))
        frame = pair.frame()
    except SpatialError as error:
        yield Check(CAMERA, "frames", Status.FAIL, f"{error.code.name}: {error}")
        return
    camera = frame.camera
    yield Check(
        CAMERA,
        "calibration",
        Status.OK,
        f"fx {camera.fx:.1f}, fy {camera.fy:.1f}, {'with' if camera.is_distorted else 'no'} "
        "distortion, fits the image",
    )
    status = buffer.status(now)
    if not depth:
        yield Check(
            CAMERA,
            "pairing",
            Status.WARN,
            "no depth: only a backend with a depth model can answer",
            "publish registered depth, or set up MoGe (requirements/moge.txt)",
        )
    else:
        total = status.paired + status.unpaired
        found = f"{status.paired} of {total} images have depth within the slop"
        good = status.paired >= 0.8 * total
        yield Check(
            CAMERA,
            "pairing",
            Status.OK if good else Status.WARN,
            found,
            "raise the slop parameter, or synchronise the streams",
        )
    if detected:
        regions = buffer.regions_at(pair.stamp_ns) or []
        names = ", ".join(region.label for region in regions) or "none for this image"
        yield Check(CAMERA, "regions", Status.OK, names)


def _age(topic: str, age: float) -> Check:
    found = f"newest stamp is {age * 1e3:.0f} ms old"
    if -0.1 < age < 1.0:
        return Check(CAMERA, f"{topic} stamps", Status.OK, found)
    return Check(
        CAMERA,
        f"{topic} stamps",
        Status.FAIL,
        found,
        "synchronise the clocks (chrony), or set use_sim_time and replay with --clock",
    )
