"""Topic names, quality of service, and messages that are dropped."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import Log
from sensor_msgs.msg import Image

from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.inputs import subscriptions
from hispatial_ros.ros.inputs.subscriptions import ThrottledLog, camera_info_beside
from hispatial_ros.ros.outputs.images import image_to_msg
from hispatial_ros.ros.qos import latched, sensor_data

FAR = "How far is the globe?"


def remap(**topics):
    return ["--ros-args", *(a for k, v in topics.items() for a in ("-r", f"{k}:={v}"))]


@pytest.mark.parametrize(
    ("image", "info"),
    [
        ("/camera/color/image_raw", "/camera/color/camera_info"),
        ("/image", "/camera_info"),
        ("/a/b/c/d", "/a/b/c/camera_info"),
    ],
)
def test_camera_info_is_beside_the_image(image, info):
    assert camera_info_beside(image) == info


def test_calibration_topics_follow_their_images(make_graph):
    graph = make_graph(
        remap(image="/cam/color/image_raw", depth="/cam/aligned/image_raw", __ns="/robot")
    )
    assert graph.node.inputs.topics() == {
        "image": "/cam/color/image_raw",
        "depth": "/cam/aligned/image_raw",
        "camera_info": "/cam/color/camera_info",
        "depth_camera_info": "/cam/aligned/camera_info",
        "regions": "/robot/regions",
        "imu": "/robot/imu",
    } | {k: v for k, v in graph.node.inputs.topics().items() if k == "detections"}
    subscribed = {s.topic_name for s in graph.node.subscriptions}
    assert {"/cam/color/camera_info", "/cam/aligned/camera_info"} <= subscribed


def test_camera_info_may_be_remapped(make_graph):
    graph = make_graph(remap(image="/cam/image", camera_info="/calibration"))
    assert graph.node.inputs.topic("camera_info") == "/calibration"


def error_line(graph, ros):
    """The first error in the log, which may come a moment after what caused it."""
    log = graph.log()
    return ros.wait_until(
        lambda: next((line.msg for line in log if line.level == Log.ERROR), None),
        "an error in the log",
    )


def test_incompatible_quality_of_service_is_an_error_that_names_topic_and_policies(make_graph, ros):
    graph = make_graph(**{"qos_overrides./image.subscription.reliability": "reliable"})
    graph.peer.create_publisher(Image, "image", sensor_data())
    ros.wait_until(lambda: graph.node.qos_events.incompatible, "the event")
    line = error_line(graph, ros)
    for part in ("/image", "/peer", "offered best_effort", "requested reliable"):
        assert part in line
    assert "qos_overrides./image.subscription.reliability" in line
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    image = next(s for s in diagnostics[-1].status if s.name.endswith(": image"))
    assert image.level == image.ERROR
    assert "incompatible" in image.message


def test_a_subscriber_that_asks_for_more_than_is_offered_is_told_of(make_graph, ros):
    graph = make_graph()
    graph.peer.create_subscription(SpatialAnswer, "hispatial/answers", print, latched())
    ros.wait_until(lambda: graph.node.qos_events.incompatible, "the event")
    line = error_line(graph, ros)
    for part in ("/hispatial/answers", "/peer", "offered volatile", "requested transient_local"):
        assert part in line
    assert "qos_overrides./hispatial/answers.publisher.durability" in line


def test_quality_of_service_of_outputs_can_be_overridden(make_graph):
    graph = make_graph(**{"qos_overrides./hispatial/answers.publisher.depth": 77})
    answers = next(p for p in graph.node.publishers if p.topic_name == "/hispatial/answers")
    assert answers.qos_profile.depth == 77


def test_overrides_of_one_node_do_not_leak_into_the_next(make_graph):
    make_graph(**{"qos_overrides./image.subscription.depth": 33})
    image = next(s for s in make_graph().node.subscriptions if s.topic_name == "/image")
    assert image.qos_profile.depth == 5


def test_dropped_messages_are_counted_and_logged_once(make_graph, ros, capfd):
    graph = make_graph()
    graph.connect()
    bad = image_to_msg(np.zeros((4, 4, 3), np.uint8), "rgb8")
    bad.encoding = "utter nonsense"

    def dropped():
        bad.header.stamp = graph.peer.get_clock().now().to_msg()
        graph.publishers["image"].publish(bad)
        counts = graph.node.buffer.status(time.time_ns()).image.dropped
        return counts if sum(counts.values()) >= 20 else None

    dropped = ros.wait_until(dropped, "the messages to be dropped")
    assert set(dropped) == {"malformed"}
    response = graph.ask(FAR)
    assert response.error_code == ErrorCode.BAD_IMAGE
    lines = [t for t in capfd.readouterr().err.splitlines() if "utter nonsense" in t]
    assert len([t for t in lines if "BAD_IMAGE" not in t]) == 1


def test_a_throttled_log_tells_how_much_it_left_out(monkeypatch):
    now, lines = [100.0], []
    # Of this module alone: threads of other tests may still look at the clock.
    monkeypatch.setattr(subscriptions, "time", SimpleNamespace(monotonic=lambda: now[0]))
    log = ThrottledLog(lines.append)
    for _ in range(5):
        log("bad")
    now[0] += subscriptions.LOG_PERIOD
    log("bad again")
    assert lines == ["bad", "bad again (and 4 more dropped messages)"]
