"""Gravity from an IMU, over the middleware."""

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import Imu

from hispatial_ros.measure.engine import measure, pixel
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.transform import transform
from hispatial_ros.measure.types import Gravity
from hispatial_ros.ros.outputs.conversions import quaternion, time_to_msg
from hispatial_ros.ros.qos import reliable

OPTICAL = "camera_color_optical_frame"
LEVEL = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # a level camera in the world: -y is up


def tilted(degrees):
    """Orientation [3, 3] of a camera that is turned about its viewing direction."""
    a = np.radians(degrees)
    return LEVEL @ np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])


def imu(world_from_imu, stamp_ns, frame=OPTICAL, variance=1e-4):
    msg = Imu()
    msg.header.stamp, msg.header.frame_id = time_to_msg(stamp_ns), frame
    q = msg.orientation
    q.x, q.y, q.z, q.w = map(float, quaternion(world_from_imu))
    msg.orientation_covariance = np.eye(3).ravel() * variance
    return msg


@pytest.fixture
def graph(make_graph):
    graph = make_graph()
    graph.stamp = graph.show()
    graph.imus = graph.peer.create_publisher(Imu, "imu", reliable(5))
    return graph


def tell(graph, ros, msg):
    """Publish an orientation until the node has got it."""
    orientations = graph.node.gravity.orientations
    before = orientations.status(graph.stamp).received
    ros.wait_until(graph.imus.get_subscription_count, "a subscription")
    graph.imus.publish(msg)
    ros.wait_until(lambda: orientations.status(graph.stamp).received > before, "the IMU")


def positions(response):
    return np.array([(p.x, p.y, p.z) for o in response.objects for p in [o.pose.pose.position]])


def test_the_gravity_frame_and_the_objects_follow_the_imu(graph, ros):
    tell(graph, ros, imu(tilted(8), graph.stamp, variance=4e-4))
    response = graph.measure(reference_frame="gravity")
    assert response.error_code == 0
    assert "gravity: from the IMU on /imu" in response.notes
    up = Gravity(tilted(8)[2], "imu", stddev=0.02)
    known = measure(graph.frame, graph.regions, MeasureOptions(gravity=up))
    expected = transform(known, ReferenceFrame.levelled(known.gravity))
    centers = np.array([o.center for o in expected.objects])
    # What an irregular object is taken for may hang on the last digit of up.
    same = np.abs(positions(response) - centers).max(1) < 1e-3
    assert same.sum() >= len(same) - 2
    covariances = np.array([o.pose.covariance for o in response.objects])
    wanted = np.array([o.covariance.ravel() for o in expected.objects])
    np.testing.assert_allclose(covariances[same], wanted[same], rtol=0.02, atol=1e-4)
    answer = graph.ask("Where is the globe?", reference_frame="gravity").answer
    assert "up in the gravity frame: from the IMU" in answer.notes
    assert "gravity: from the IMU on /imu" in answer.notes


def test_above_follows_the_imu(graph, ros):
    tell(graph, ros, imu(tilted(-90), graph.stamp))
    answer = graph.ask("How much higher is pixel (450, 268) than pixel (250, 268)?").answer
    right, left = (pixel(graph.frame, u, 268)[0] for u in (450, 250))
    assert answer.values[0] == pytest.approx(tilted(-90)[2] @ (right - left), abs=1e-6)


def test_an_imu_without_orientation_is_reported(graph, ros):
    msg = imu(LEVEL, graph.stamp)
    msg.orientation_covariance[0] = -1.0
    tell(graph, ros, msg)
    answer = graph.ask("Where is the globe?", reference_frame="gravity").answer
    assert any("this IMU gives no orientation" in note for note in answer.notes)
    assert "gravity: from the horizontal surfaces in view" in answer.notes
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    states = {status.name: status for status in diagnostics[-1].status}
    assert states["hispatial: gravity"].level == DiagnosticStatus.WARN
    assert "imu_filter_madgwick" in states["hispatial: gravity"].message
    values = {pair.key: pair.value for pair in states["hispatial: imu"].values}
    assert int(values["dropped: no orientation"]) >= 1
