"""Gravity from an IMU and from TF, over the middleware where that takes no TF."""

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import Imu

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.gravity import GravitySources
from hispatial_ros.measure.engine import measure, pixel
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.transform import transform
from hispatial_ros.measure.types import Gravity
from hispatial_ros.ros.outputs.conversions import quaternion, time_to_msg
from hispatial_ros.ros.qos import reliable

OPTICAL = "camera_color_optical_frame"
NS = 10**9
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


class Settings(dict):
    def __init__(self, **values):
        names = {
            **{"sources": "imu,tf", "level_frame": "", "slop": 0.1, "stddev": 0.01},
            **{"level_frame_is_floor": False},
            **values,
        }
        super().__init__({f"gravity.{name}": value for name, value in names.items()})


def no_tf(target, source, stamp_ns, slop_ns):
    if target == source:
        return np.eye(4)
    raise SpatialError(ErrorCode.UNKNOWN_REFERENCE_FRAME, f"no transform from {source} to {target}")


def turned(target, source, stamp_ns, slop_ns):
    """The transform between a level frame and a camera that looks 30 degrees down."""
    a = np.radians(30)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    return matrix


def test_without_any_source_gravity_is_detected_and_nothing_is_said():
    given = GravitySources(Settings(), no_tf).given(OPTICAL, NS)
    assert given.gravity is None
    assert given.notes == ()


def test_the_imu_tells_with_its_own_deviation():
    sources = GravitySources(Settings(), no_tf)
    sources.orientations.add(imu(tilted(10), NS), NS)
    given = sources.given(OPTICAL, NS)
    np.testing.assert_allclose(given.gravity.up, tilted(10)[2], atol=1e-9)
    assert (given.gravity.source, given.gravity.stddev) == ("imu", pytest.approx(0.01))
    assert given.notes == ("gravity: from the IMU on imu",)


def test_the_imus_frame_is_related_to_the_camera():
    sources = GravitySources(Settings(), turned)
    sources.orientations.add(imu(np.eye(3), NS, "imu_link"), NS)
    expected = turned("", "", 0, 0)[:3, 2]
    np.testing.assert_allclose(sources.given(OPTICAL, NS).gravity.up, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("order", "source"), [("imu,tf", "imu"), ("tf,imu", "tf"), ("tf", "tf"), ("none", None)]
)
def test_the_order_is_a_parameter(order, source):
    sources = GravitySources(Settings(sources=order, level_frame="odom"), turned)
    sources.orientations.add(imu(np.eye(3), NS), NS)
    gravity = sources.given(OPTICAL, NS).gravity
    assert (gravity and gravity.source) == source


def test_a_stale_imu_gives_way_to_tf_with_a_note():
    sources = GravitySources(Settings(level_frame="odom", stddev=0.03), turned)
    sources.orientations.add(imu(np.eye(3), NS), NS)
    given = sources.given(OPTICAL, 4 * NS)
    assert (given.gravity.source, given.gravity.stddev) == ("tf", 0.03)
    np.testing.assert_allclose(given.gravity.up, turned("", "", 0, 0)[:3, 2])
    assert "3.0 s older than the image" in given.notes[0]
    assert given.notes[1] == "gravity: from the TF frame 'odom'"


@pytest.mark.parametrize("source", ["imu", "tf"])
def test_the_level_frame_tells_the_floor_whoever_tells_up(source):
    def above_the_floor(target, source, stamp_ns, slop_ns):
        matrix = turned(target, source, stamp_ns, slop_ns)
        matrix[:3, 3] = (0.3, 0.8, 0.4) - 1.5 * matrix[:3, 2]
        return matrix

    settings = Settings(level_frame="base_footprint", level_frame_is_floor=True)
    sources = GravitySources(settings, above_the_floor)
    if source == "imu":
        sources.orientations.add(imu(np.eye(3), NS), NS)
    gravity = sources.given(OPTICAL, NS).gravity
    assert (gravity.source, gravity.floor_source) == (source, "base_footprint")
    normal = above_the_floor("", "", 0, 0)[:3, 2]
    assert gravity.floor == pytest.approx(normal @ (0.3, 0.8, 0.4) - 1.5)


def test_what_fails_is_said_before_gravity_is_detected():
    sources = GravitySources(Settings(level_frame="odom"), no_tf)
    sources.orientations.add(imu(np.eye(3), NS, "imu_link"), NS)
    given = sources.given(OPTICAL, NS)
    assert given.gravity is None
    assert "no transform from imu_link" in given.notes[0]
    assert "no transform from odom" in given.notes[1]
    assert given.notes[2] == "gravity: from the horizontal surfaces in view"
    assert sources.last is given


# The node


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
