"""The doctor finds what is wrong with a real graph, and nothing where nothing is."""

import array
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, Imu

from hispatial_ros.demo import DESK
from hispatial_ros.health.check import Check, Status
from hispatial_ros.ros.health.components import components
from hispatial_ros.ros.outputs.conversions import time_to_msg, time_to_ns
from hispatial_ros.ros.outputs.images import depth_to_msg
from hispatial_ros.ros.qos import reliable, sensor_data
from hispatial_ros.ros.tools.doctor import check_graph
from test.ros.conftest import wait_until

SECONDS = 0.6


@contextmanager
def streaming(
    graph: Any, shift_ns: dict[str, int] | None = None, frames: dict[str, str] | None = None
) -> Iterator[None]:
    """The camera publishes at 20 Hz; what arrives has begun to.

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
        with suppress(AssertionError):  # some of these cameras are not heard
            wait_until(lambda: heard(graph), "every topic", 3.0)
        yield
    finally:
        stop.set()
        thread.join()


def heard(graph: Any) -> bool:
    """Whether the node has something of every topic that is published."""
    streams = graph.node.buffer.status(time.time_ns())
    return all(getattr(streams, t).received for t in graph.messages if hasattr(streams, t))


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
    assert re.fullmatch(
        r"the middle of the image is \d\.\d\d ± 0\.\d\d m away", by_subject(checks, "answer").found
    )


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


def replace(graph: Any, topic: str, msg: Any, name: str = "") -> None:
    """Publish another message instead, on the topic of this name."""
    graph.peer.destroy_publisher(graph.publishers.pop(topic))
    graph.messages.pop(topic)
    graph.messages[name or topic] = msg
    graph.publishers[name or topic] = graph.peer.create_publisher(
        type(msg), name or topic, reliable(5)
    )


def test_swapped_remaps(make_graph, ros):
    graph = make_graph()
    messages = graph.messages
    messages["image"], messages["depth"] = messages["depth"], messages["image"]
    arrays = graph.listen(DiagnosticArray, "/diagnostics")
    with streaming(graph):
        found = failed(examine(graph))
        image = ros.wait_until(
            lambda: (
                (c := components("/hispatial", arrays[-1:]).get("image"))
                and "not usable" in c.message
                and c
            ),
            "diagnostics that say so",
        )
    assert "swapped" in found["image and depth"].found
    assert "16UC1" in found["/image contents"].found
    assert image.level is Status.FAIL


def test_every_question_answered_bad_calibration(make_graph, ros):
    graph = make_graph()
    info = graph.messages["camera_info"]
    info.width, info.height = 1280, 720
    arrays = graph.listen(DiagnosticArray, "/diagnostics")
    with streaming(graph):
        info = ros.wait_until(
            lambda: (
                (c := components("/hispatial", arrays[-1:]).get("camera_info"))
                and "not usable" in c.message
                and c
            ),
            "diagnostics that say so",
        )
    assert info.level is Status.FAIL


def test_millimetres_as_floats(make_graph):
    graph = make_graph()
    graph.messages["depth"] = depth_to_msg(graph.frame.depth.astype(np.float32))
    with streaming(graph):
        found = failed(examine(graph))
    assert any("millimetres" in c.found + c.advice for c in found.values()), found


def test_depth_of_doubles(make_graph):
    graph = make_graph()
    msg = depth_to_msg(graph.frame.depth)
    msg.encoding, msg.step = "64FC1", 8 * msg.width
    msg.data = array.array("B", graph.frame.depth.astype(np.float64).tobytes())
    graph.messages["depth"] = msg
    with streaming(graph):
        found = failed(examine(graph))
    assert "64FC1" in found["/depth contents"].found
    assert "no depth image" not in found["/depth contents"].found


def test_two_publishers_of_one_topic(make_graph, ros):
    graph = make_graph()
    graph.peer.create_publisher(Image, "image", reliable(5))
    arrays = graph.listen(DiagnosticArray, "/diagnostics")
    with streaming(graph):
        found = failed(examine(graph))
        ros.wait_until(
            lambda: (
                (c := components("/hispatial", arrays[-1:]).get("image"))
                and "2 publishers" in c.message
                and c.level is Status.WARN
            ),
            "diagnostics that say so",
        )
    assert "2 publishers" in found["/image"].found


@pytest.mark.parametrize("oriented", [True, False])
def test_an_imu(make_graph, oriented):
    graph = make_graph()
    msg = Imu()
    msg.orientation.w = 1.0
    if not oriented:
        msg.orientation_covariance[0] = -1.0
    graph.messages["imu"] = msg
    graph.publishers["imu"] = graph.peer.create_publisher(Imu, "imu", reliable(5))
    with streaming(graph):
        checks = examine(graph)
    assert failed(checks) == {}
    check = by_subject(checks, "/imu orientation")
    assert check.status is (Status.OK if oriented else Status.WARN)


def test_inputs_that_may_be_absent(make_graph):
    """Registered depth without a camera_info of its own, no IMU."""
    graph = make_graph(args=["--ros-args", "-r", "depth:=/aligned/depth"])
    replace(graph, "depth", graph.messages["depth"], "/aligned/depth")
    with streaming(graph):
        checks = examine(graph)
    assert failed(checks) == {}
    info, imu = by_subject(checks, "/aligned/camera_info"), by_subject(checks, "/imu")
    assert info.status is imu.status is Status.INFO
    assert "registered" in info.advice
    assert "regions" not in imu.advice


def test_an_rgb_only_camera_with_a_ready_depth_model(make_graph, monkeypatch):
    graph = make_graph()
    model = SimpleNamespace(
        engine="a stub", file="x", num_tokens=1, inferences=0, last_seconds=None, filled_share=None
    )
    monkeypatch.setattr(graph.node.depth, "model", model, raising=False)
    for topic in ("depth", "camera_info"):
        graph.peer.destroy_publisher(graph.publishers.pop(topic))
        graph.messages.pop(topic)
    with streaming(graph):
        checks = examine(graph)
    assert failed(checks) == {}
    assert by_subject(checks, "/depth").status is Status.INFO
    assert "depth model" in by_subject(checks, "/depth").advice


def test_the_advice_to_remap_works(make_graph):
    graph = make_graph()
    replace(graph, "image", graph.messages["image"], "/cam/color/image")
    replace(graph, "depth", graph.messages["depth"], "/cam/depth/image")
    with streaming(graph):
        found = failed(examine(graph))
    advice = [found[topic].advice for topic in ("/image", "/depth")]
    assert not any("/hispatial/" in text for text in advice), "the node's own outputs"
    remaps = [re.search(r"-r (\w+:=\S+)", text)[1] for text in advice]
    assert remaps == ["image:=/cam/color/image", "depth:=/cam/depth/image"]
    graph = make_graph(args=["--ros-args", "-r", remaps[0], "-r", remaps[1]])
    for old, new in (
        ("image", "/cam/color/image"),
        ("depth", "/cam/depth/image"),
        ("camera_info", "/cam/color/camera_info"),
    ):
        replace(graph, old, graph.messages[old], new)
    inputs = {"/cam/color/image", "/cam/depth/image", "/cam/color/camera_info"}
    with streaming(graph):
        checks = examine(graph)
    assert inputs <= {check.subject for check in checks}
    assert not inputs & set(failed(checks))


def test_fixes_name_no_command_that_is_not_there(make_graph, monkeypatch):
    graph = make_graph(autostart=False)
    for has in (True, False):
        monkeypatch.setattr("hispatial_ros.health.ros2.shutil.which", lambda name, h=has: h or None)
        advice = " ".join(c.advice for c in [*examine(graph), *examine(graph, "other")])
        assert ("ros2 " in advice) == has
        assert ("-m hispatial_ros.ros.node.spatial_node" in advice) != has
