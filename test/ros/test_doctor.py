"""The doctor finds what is wrong with a real graph, and nothing where nothing is."""

import array
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sensor_msgs.msg import CameraInfo, CompressedImage

from hispatial_ros.demo import DESK
from hispatial_ros.health.check import Check, Status
from hispatial_ros.ros.outputs.conversions import time_to_msg, time_to_ns
from hispatial_ros.ros.qos import reliable, sensor_data
from hispatial_ros.ros.tools.doctor import check_graph

SECONDS = 0.6


@contextmanager
def streaming(
    graph: Any, shift_ns: dict[str, int] | None = None, frames: dict[str, str] | None = None
) -> Iterator[None]:
    """The camera publishes at 20 Hz.

    Args:
        shift_ns: Added to the stamps of a topic.
        frames: Frame ids of topics that differ from the camera's.
    """
    stop = threading.Event()

    def publish() -> None:
        while not stop.wait(0.05):
            now = time_to_ns(graph.peer.get_clock().now().to_msg())
            for topic, msg in graph.messages.items():
                msg.header.stamp = time_to_msg(now + (shift_ns or {}).get(topic, 0))
                msg.header.frame_id = (frames or {}).get(topic, graph.frame.camera.frame_id)
                graph.publishers[topic].publish(msg)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def examine(graph: Any, name: str = "hispatial") -> list[Check]:
    return list(check_graph(name, SECONDS, graph.domain))


def failed(checks: list[Check]) -> dict[str, Check]:
    return {check.subject: check for check in checks if check.status is Status.FAIL}


def by_subject(checks: list[Check], subject: str) -> Check:
    return next(check for check in checks if check.subject == subject)


def test_healthy_graph_passes(make_graph: Callable[..., Any]):
    graph = make_graph()
    with streaming(graph):
        checks = examine(graph)
    assert failed(checks) == {}
    assert "640x480 rgb8" in by_subject(checks, "/image rate").found
    assert "fx 535.4" in by_subject(checks, "calibration").found
    assert by_subject(checks, "pairing").status is Status.OK
    assert "blue mug" in by_subject(checks, "regions").found
    assert by_subject(checks, "lifecycle").found == "active"


def test_missing_node_is_told_with_those_that_are_there(make_graph):
    graph = make_graph()
    (check,) = examine(graph, "robot/hispatial")
    assert check.status is Status.FAIL
    assert "/robot/hispatial" in check.subject
    assert "/hispatial" in check.found


def test_inactive_node(make_graph):
    graph = make_graph(autostart=False)
    found = failed(examine(graph))
    assert "configure" in found["lifecycle"].advice
    assert "subscriptions" in found


def test_silent_camera(make_graph):
    graph = make_graph()
    graph.connect()
    found = failed(examine(graph))
    assert "nothing arrived" in found["/image rate"].found
    assert "frames" in found


def test_no_camera(make_graph):
    graph = make_graph()
    for topic in ("image", "depth"):
        graph.peer.destroy_publisher(graph.publishers.pop(topic))
        graph.messages.pop(topic)
    found = failed(examine(graph))
    assert "no publisher" in found["/image"].found
    assert "remap" in found["/image"].advice


def test_incompatible_quality_of_service(make_graph):
    graph = make_graph(**{"qos_overrides./image.subscription.reliability": "reliable"})
    msg = graph.messages["image"]
    graph.peer.destroy_publisher(graph.publishers["image"])
    graph.publishers["image"] = graph.peer.create_publisher(type(msg), "image", sensor_data())
    with streaming(graph):
        found = failed(examine(graph))
    assert "quality of service" in found["/image"].found
    assert "best_effort" in found["/image"].advice


def test_uncalibrated_camera(make_graph):
    graph = make_graph()
    graph.messages["camera_info"] = CameraInfo(width=640, height=480)
    with streaming(graph):
        found = failed(examine(graph))
    assert "NO_CAMERA_INFO" in found["frames"].found


def test_calibration_of_another_aspect(make_graph):
    graph = make_graph()
    info = graph.messages["camera_info"]
    info.width, info.height = 1280, 720
    with streaming(graph):
        found = failed(examine(graph))
    assert "BAD_CALIBRATION" in found["frames"].found


@pytest.mark.parametrize("shift", [-100 * 10**9, 100 * 10**9], ids=["behind", "ahead"])
def test_clocks_apart(make_graph, shift):
    graph = make_graph()
    with streaming(graph, dict.fromkeys(graph.messages, shift)):
        found = failed(examine(graph))
    assert "clock" in found["/image stamps"].advice


def test_depth_that_never_pairs(make_graph):
    graph = make_graph()
    with streaming(graph, {"depth": -10 * 10**9}):
        checks = examine(graph)
    problem = by_subject(checks, "frames")
    assert problem.status is Status.FAIL
    assert "NO_DEPTH" in problem.found


def test_depth_in_another_frame(make_graph):
    graph = make_graph()
    with streaming(graph, frames={"depth": "depth_optical_frame"}):
        checks = examine(graph)
    assert failed(checks) == {}
    check = by_subject(checks, "depth frame")
    assert check.status is Status.WARN
    assert "'depth_optical_frame'" in check.found


def test_compressed_camera(make_graph):
    graph = make_graph(image_transport="compressed", depth_transport="compressed")
    for topic, path in (("image", "rgb.png"), ("depth", "depth.png")):
        graph.peer.destroy_publisher(graph.publishers.pop(topic))
        graph.messages.pop(topic)
        msg = CompressedImage(format="png" if topic == "image" else "16UC1; png compressed ")
        msg.data = array.array("B", (DESK / path).read_bytes())
        name = f"{topic}/compressed"
        graph.messages[name] = msg
        graph.publishers[name] = graph.peer.create_publisher(CompressedImage, name, reliable(5))
    with streaming(graph):
        checks = examine(graph)
    assert failed(checks) == {}
    assert "png" in by_subject(checks, "/image/compressed rate").found
    assert by_subject(checks, "pairing").status is Status.OK
