"""Images that get lost on their way are told, with the profile that helps."""

import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray

from hispatial_ros.ros.health.components import components
from hispatial_ros.ros.inputs import large_images

ROOT = Path(__file__).parents[3]
MIDDLEWARES = {
    "rmw_fastrtps_cpp": large_images.FAST_DDS,
    "rmw_cyclonedds_cpp": large_images.CYCLONE_DDS,
}


@pytest.mark.parametrize("middleware", MIDDLEWARES)
def test_the_remedy_is_a_profile_of_the_middleware_in_use(monkeypatch, middleware):
    monkeypatch.setattr(rclpy, "get_rmw_implementation_identifier", lambda: middleware)
    named = re.search(r"hispatial_ros\)?/(config/\S+)", large_images.remedy("/image"))[1]
    assert named == str(MIDDLEWARES[middleware])
    assert (ROOT / named).is_file()


def test_another_middleware_gets_advice_too(monkeypatch):
    monkeypatch.setattr(rclpy, "get_rmw_implementation_identifier", lambda: "rmw_other")
    assert "rmw_other" in large_images.remedy("/image")


def test_a_reliable_publisher_is_not_told_to_publish_reliable():
    assert "publish reliable" in large_images.remedy("/image")
    remedy = large_images.remedy("/image", is_published_reliable=True)
    assert "publish reliable" not in remedy
    assert "qos_overrides./image.subscription.reliability" in remedy
    remedy = large_images.remedy("/image", is_published_reliable=True, is_taken_reliable=True)
    assert "reliab" not in remedy


@pytest.mark.parametrize("file", MIDDLEWARES.values(), ids=str)
def test_a_profile_is_read_as_its_comment_says(file):
    text = (ROOT / file).read_text()
    assert ET.fromstring(text.encode()) is not None
    variable = "CYCLONEDDS_URI" if "cyclone" in file.name else "FASTRTPS_DEFAULT_PROFILES_FILE"
    assert re.search(rf"export {variable}=\S*\$\(ros2 pkg prefix .*{file}", text)


@pytest.mark.parametrize(
    ("images", "infos", "lost"), [(9.8, 30.0, True), (29.0, 30.0, False), (0.4, 0.5, False)]
)
def test_fewer_images_than_camera_infos_are_lost(images, infos, lost):
    assert large_images.are_lost(images, infos, 100) == lost
    assert not large_images.are_lost(images, infos, 2), "too few to tell"


def test_the_node_tells_when_images_are_lost(make_graph, ros):
    graph = make_graph()
    arrays = graph.listen(DiagnosticArray, "/diagnostics")
    graph.show()
    calls = itertools.count()

    def publish(topic):
        msg = graph.messages[topic]
        msg.header.stamp = graph.peer.get_clock().now().to_msg()
        graph.publishers[topic].publish(msg)

    def warned():
        publish("camera_info")
        if next(calls) % 4 == 0:
            publish("image")
        image = components("/hispatial", arrays[-1:]).get("image")
        return image if image and "lost" in image.message else None

    image = ros.wait_until(warned, "the warning")
    assert "config/" in image.message
    assert "/camera_info" in image.message
