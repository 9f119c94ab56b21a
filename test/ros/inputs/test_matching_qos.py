"""Images arrive whole with the middleware's defaults: the node takes what the publisher offers."""

import os
import subprocess
import sys
import time

import pytest
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image

from benchmarks.reliability.processes import slowdown
from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.qos import (
    as_offered,
    as_offered_latched,
    latched,
    matched,
    reliable,
    sensor_data,
)

FAR = "How far is the globe?"
PERIOD = 0.1
# A camera as drivers have it: reliable, in a process of its own, with defaults of the middleware.
CAMERA = """
import sys, time
import rclpy
from hispatial_ros.demo import DESK
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.msg import RegionArray
from hispatial_ros.ros.outputs.conversions import region_to_msg
from hispatial_ros.ros.outputs.images import depth_to_msg, image_to_msg
from hispatial_ros.ros.qos import reliable
from hispatial_ros.ros.tools.player import camera_to_msg
rclpy.init(args=[], domain_id=int(sys.argv[1]))
node = rclpy.create_node("camera")
frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
regions = RegionArray(regions=[region_to_msg(r) for r in load_regions(DESK / "regions.json")])
messages = {"camera_info": camera_to_msg(frame.camera), "depth": depth_to_msg(frame.depth),
            "image": image_to_msg(frame.rgb, "rgb8"), "regions": regions}
publishers = {t: node.create_publisher(type(m), t, reliable(5)) for t, m in messages.items()}
while True:
    stamp = node.get_clock().now().to_msg()
    for topic, msg in messages.items():
        msg.header.stamp, msg.header.frame_id = stamp, "camera_color_optical_frame"
        publishers[topic].publish(msg)
    time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("offered", "reliability", "durability"),
    [
        ([], "BEST_EFFORT", "VOLATILE"),
        ([sensor_data()], "BEST_EFFORT", "VOLATILE"),
        ([reliable()], "RELIABLE", "VOLATILE"),
        ([reliable(), sensor_data()], "BEST_EFFORT", "VOLATILE"),
        ([latched()], "RELIABLE", "TRANSIENT_LOCAL"),
        ([latched(), reliable()], "RELIABLE", "VOLATILE"),
    ],
    ids=["none", "best effort", "reliable", "both", "latched", "latched and not"],
)
def test_the_strongest_policies_that_all_publishers_offer(offered, reliability, durability):
    found = matched(as_offered_latched(), offered)
    assert (found.reliability.name, found.durability.name) == (reliability, durability)
    assert matched(as_offered(), offered).durability is DurabilityPolicy.VOLATILE
    assert matched(sensor_data(), offered) == sensor_data()


def policies(graph, topic):
    found = graph.peer.get_subscriptions_info_by_topic(topic)
    return [found[0].qos_profile.reliability, found[0].qos_profile.durability] if found else [None]


def test_a_subscription_follows_its_publisher(make_graph, ros):
    graph = make_graph()

    def is_now(policy):
        return policies(graph, "/image")[0] is policy

    ros.wait_until(lambda: is_now(ReliabilityPolicy.RELIABLE), "a reliable subscription")
    graph.show()
    assert graph.ask(FAR).error_code == 0
    graph.peer.destroy_publisher(graph.publishers["image"])
    graph.publishers["image"] = graph.peer.create_publisher(Image, "image", sensor_data())
    ros.wait_until(lambda: is_now(ReliabilityPolicy.BEST_EFFORT), "a best effort subscription")
    graph.node.buffer.clear()
    graph.show()
    assert graph.ask(FAR).error_code == 0
    assert "/image" not in graph.node.qos_events.incompatible


def test_an_override_holds_whatever_is_offered(make_graph, ros):
    graph = make_graph(**{"qos_overrides./image.subscription.reliability": "best_effort"})
    ros.wait_until(
        lambda: policies(graph, "/depth")[0] is ReliabilityPolicy.RELIABLE, "the depth to follow"
    )
    assert policies(graph, "/image")[0] is ReliabilityPolicy.BEST_EFFORT


def test_what_an_override_settles_is_not_subscribed_to_again(make_graph, ros):
    graph = make_graph(**{"qos_overrides./image.subscription.reliability": "reliable"})

    def subscription():
        return next(s for s in graph.node.subscriptions if s.topic_name == "/image")

    before = subscription()
    graph.show()
    ros.wait_until(lambda: graph.node.count_publishers("image"), "the camera")
    for _ in range(3):
        graph.node.inputs.match_publishers()
    assert subscription() is before


def test_a_calibration_that_was_latched_before_the_node_came_is_taken(make_graph):
    graph = make_graph()
    info = graph.messages.pop("camera_info")
    info.header.stamp = graph.peer.get_clock().now().to_msg()
    graph.peer.destroy_publisher(graph.publishers.pop("camera_info"))
    graph.peer.create_publisher(CameraInfo, "camera_info", latched()).publish(info)
    graph.show()
    deadline = time.monotonic() + 10
    while (code := graph.ask(FAR).error_code) and time.monotonic() < deadline:
        graph.node.buffer.clear()
        graph.show()
    assert code == 0


@pytest.fixture
def camera():
    """``camera(domain)`` starts the process; it ends with the test."""
    processes = []
    environment = {k: v for k, v in os.environ.items() if "PROFILES_FILE" not in k}

    def start(domain):
        command = [sys.executable, "-c", CAMERA, str(domain), str(PERIOD)]
        processes.append(subprocess.Popen(command, env=environment))

    yield start
    for process in processes:
        process.terminate()
        process.wait(10)


def test_at_least_19_of_20_questions_are_answered_with_default_middleware(make_graph, ros, camera):
    # On a machine with more to do than it can, the camera itself is late.
    graph = make_graph(max_frame_age=slowdown())
    for publisher in graph.publishers.values():
        graph.peer.destroy_publisher(publisher)
    camera(graph.domain)
    ros.wait_until(lambda: graph.ask(FAR).error_code == 0, "the first answer", 60)
    ros.wait_until(
        lambda: policies(graph, "/image")[0] is ReliabilityPolicy.RELIABLE, "reliable images"
    )
    answered = 0
    for _ in range(20):
        answered += graph.ask(FAR).error_code == 0
        time.sleep(2 * PERIOD)
    assert answered >= 20 - max(1, slowdown())


def test_images_that_are_lost_while_camera_info_arrives_are_told(make_graph, ros):
    graph = make_graph(max_frame_age=0.4)
    graph.connect()

    def ask(expected):
        for _ in range(5):
            info = graph.messages["camera_info"]
            info.header.stamp = graph.peer.get_clock().now().to_msg()
            graph.publishers["camera_info"].publish(info)
            time.sleep(0.02)
        response = graph.ask(FAR)
        lost = "lost on the way" in response.error_msg
        return response.error_msg if lost and response.error_code == expected else None

    message = ros.wait_until(lambda: ask(ErrorCode.NO_FRAME), "NO_FRAME")
    assert "qos_overrides./image.subscription.reliability" in message
    graph.show()
    time.sleep(0.5)
    message = ros.wait_until(lambda: ask(ErrorCode.FRAME_TOO_OLD), "FRAME_TOO_OLD")
    assert "qos_overrides./image.subscription.reliability" in message
    assert "check the camera" not in message
