"""Reference frames and depth registration by TF, where tf2_ros is installed."""

import time

import numpy as np
import pytest

pytest.importorskip("tf2_ros", reason="tf2_ros is not installed (PyPI has none)")

from geometry_msgs.msg import PoseStamped, TransformStamped
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster
from visualization_msgs.msg import MarkerArray

from hispatial_ros.errors import ErrorCode
from hispatial_ros.measure import engine
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Gravity
from hispatial_ros.msg import SpatialObjectArray, SpatialRelationArray
from hispatial_ros.ros.outputs.conversions import quaternion, time_to_msg
from hispatial_ros.ros.qos import reliable

FAR = "Where is the globe?"
OPTICAL = "camera_color_optical_frame"
# Of the optical axes (x right, y down, z forward) in a body frame (x forward, y left, z up).
BODY = np.array([[0, 0, 1.0], [-1, 0, 0], [0, -1, 0]])
MOUNT = np.array([0.1, 0.0, 1.2])
HIGH_MOUNT = np.array([0.1, 0.0, 1.6])


def transform(parent, child, rotation, translation, stamp_ns=0):
    msg = TransformStamped(child_frame_id=child)
    msg.header.frame_id = parent
    msg.header.stamp = time_to_msg(stamp_ns)
    t, q = msg.transform.translation, msg.transform.rotation
    t.x, t.y, t.z = map(float, translation)
    q.x, q.y, q.z, q.w = map(float, quaternion(rotation))
    return msg


def positions(response):
    return np.array([(p.x, p.y, p.z) for o in response.objects for p in [o.pose.pose.position]])


@pytest.fixture
def graph(make_graph):
    graph = make_graph()
    graph.stamp = graph.show()
    graph.expected = np.array([o.center for o in measure(graph.frame, graph.regions).objects])
    return graph


@pytest.fixture
def mounted(graph, ros):
    StaticTransformBroadcaster(graph.peer).sendTransform(
        transform("base_link", OPTICAL, BODY, MOUNT)
    )
    ros.wait_until(
        lambda: graph.measure(reference_frame="base_link").error_code == 0, "the transform"
    )
    return graph


def test_objects_in_a_body_frame(mounted):
    response = mounted.measure(reference_frame="base_link")
    assert response.header.frame_id == "base_link"
    assert response.header.stamp == mounted.messages["image"].header.stamp
    np.testing.assert_allclose(positions(response), mounted.expected @ BODY.T + MOUNT)


def test_up_and_left_follow_the_body_frame(mounted):
    camera = {(r.subject_id, r.predicate, r.object_id) for r in mounted.measure().relations}
    body = {
        (r.subject_id, r.predicate, r.object_id)
        for r in mounted.measure(reference_frame="base_link").relations
    }
    # The same directions, but for what gravity, unlike the body's z, calls above.
    left = {r for r in camera if r[1] in ("left_of", "in_front_of")}
    assert left == {r for r in body if r[1] in ("left_of", "in_front_of")}


def test_an_optical_tf_frame_keeps_its_axes(graph, ros):
    shift = np.array([0.5, 0.0, 0.0])
    StaticTransformBroadcaster(graph.peer).sendTransform(
        transform("other_optical_frame", OPTICAL, np.eye(3), shift)
    )
    ros.wait_until(
        lambda: graph.measure(reference_frame="other_optical_frame").error_code == 0, "TF"
    )
    response = graph.measure(reference_frame="other_optical_frame")
    np.testing.assert_allclose(positions(response), graph.expected + shift)
    answer = graph.ask(FAR, reference_frame="other_optical_frame").answer
    assert answer.header.frame_id == "other_optical_frame"


def test_the_transform_is_that_of_the_images_stamp(mounted, ros):
    broadcaster = TransformBroadcaster(mounted.peer)
    second = 10**9
    for k in (-1, 0, 1):  # the robot drives 2 m/s along x
        broadcaster.sendTransform(
            transform(
                "odom", "base_link", np.eye(3), (2.0 * k + 1, 0, 0), mounted.stamp + k * second
            )
        )
    ros.wait_until(lambda: mounted.measure(reference_frame="odom").error_code == 0, "TF")
    response = mounted.measure(reference_frame="odom")
    np.testing.assert_allclose(
        positions(response), mounted.expected @ BODY.T + MOUNT + (1, 0, 0), atol=1e-6
    )


def test_an_unknown_frame_is_an_error_soon(graph):
    started = time.monotonic()
    response = graph.ask(FAR, reference_frame="nowhere")
    assert response.error_code == ErrorCode.UNKNOWN_REFERENCE_FRAME
    assert "nowhere" in response.error_msg
    assert time.monotonic() - started < 5


def test_an_image_after_the_last_transform_is_an_error(mounted, ros):
    broadcaster = TransformBroadcaster(mounted.peer)
    for k in (-3, -2):
        broadcaster.sendTransform(
            transform("odom", "base_link", np.eye(3), (0, 0, 0), mounted.stamp + k * 10**9)
        )
    time.sleep(0.2)
    response = mounted.measure(reference_frame="odom")
    assert response.error_code == ErrorCode.UNKNOWN_REFERENCE_FRAME


def test_listening_survives_deactivation(mounted, ros):
    trigger = mounted.robot.executor.create_task
    trigger(mounted.node.trigger_deactivate)
    ros.wait_until(lambda: mounted.node.state == "inactive", "deactivation")
    trigger(mounted.node.trigger_activate)
    ros.wait_until(lambda: mounted.node.state == "active", "activation")
    mounted.show()
    # Static transforms are latched: they arrive again.
    ros.wait_until(
        lambda: mounted.measure(reference_frame="base_link").error_code == 0, "the transform"
    )


def test_gravity_from_a_level_frame(make_graph, ros):
    graph = make_graph(**{"gravity.sources": "tf", "gravity.level_frame": "odom"})
    graph.show()
    response = graph.measure(reference_frame="gravity")
    assert any("gravity is not known from the TF frame 'odom'" in n for n in response.notes)
    pitch = np.radians(25)
    lean = np.array(
        [[np.cos(pitch), 0, np.sin(pitch)], [0, 1, 0], [-np.sin(pitch), 0, np.cos(pitch)]]
    )
    StaticTransformBroadcaster(graph.peer).sendTransform(
        transform("odom", OPTICAL, lean @ BODY, (3, 1, 1.2))
    )
    ros.wait_until(
        lambda: "gravity: from the TF frame 'odom'" in graph.measure().notes, "the level frame"
    )
    up = Gravity((lean @ BODY).T[:, 2], "tf", stddev=0.01)
    known = measure(graph.frame, graph.regions, MeasureOptions(gravity=up))
    response = graph.measure(reference_frame="gravity")
    expected = [ReferenceFrame.levelled(known.gravity).points(o.center) for o in known.objects]
    np.testing.assert_allclose(positions(response), expected, atol=0.01)


def test_gravity_from_an_imu_with_a_frame_of_its_own(graph, ros):
    imus = graph.peer.create_publisher(Imu, "imu", reliable(5))
    msg = Imu()
    msg.header.frame_id, msg.header.stamp = "imu_link", time_to_msg(graph.stamp)
    msg.orientation.w = 1.0  # level, while the camera is rolled by 20 degrees against it
    roll = np.radians(20)
    rolled = np.array(
        [[1, 0, 0], [0, np.cos(roll), -np.sin(roll)], [0, np.sin(roll), np.cos(roll)]]
    )
    ros.wait_until(imus.get_subscription_count, "a subscription")

    def notes():
        imus.publish(msg)
        return " ".join(graph.measure(skip_relations=True).notes)

    ros.wait_until(lambda: "no transform from 'imu_link'" in notes(), "an IMU without TF")
    StaticTransformBroadcaster(graph.peer).sendTransform(
        transform("imu_link", OPTICAL, rolled @ BODY, (0, 0, 0.1))
    )
    ros.wait_until(lambda: "gravity: from the IMU on /imu" in notes(), "the transform")
    response = graph.measure(reference_frame="gravity")
    up = Gravity((rolled @ BODY).T[:, 2], "imu", stddev=0.01)
    known = measure(graph.frame, graph.regions, MeasureOptions(gravity=up))
    expected = [ReferenceFrame.levelled(known.gravity).points(o.center) for o in known.objects]
    np.testing.assert_allclose(positions(response), expected, atol=0.01)


def test_a_level_frame_that_lags_is_good_enough_within_the_slop(make_graph, ros):
    graph = make_graph(**{"gravity.sources": "tf", "gravity.level_frame": "odom"})
    stamp = graph.show()
    broadcaster = TransformBroadcaster(graph.peer)

    def notes(lag_ns):
        broadcaster.sendTransform(transform("odom", OPTICAL, BODY, MOUNT, stamp - lag_ns))
        return " ".join(graph.measure(skip_relations=True).notes)

    ros.wait_until(lambda: "extrapolation" in notes(10**9), "a transform that is too old")
    ros.wait_until(lambda: "gravity: from the TF" in notes(50_000_000), "one that will do")


@pytest.fixture
def driving(make_graph, ros):
    """A node that publishes in the map, and knows the floor from base_footprint."""
    graph = make_graph(
        **{
            "output_frame": "map",
            "gravity.level_frame": "base_footprint",
            "gravity.level_frame_is_floor": True,
        }
    )
    graph.show()
    lean = np.radians(30)
    turn = np.array([[np.cos(lean), 0, np.sin(lean)], [0, 1, 0], [-np.sin(lean), 0, np.cos(lean)]])
    graph.mount = turn @ BODY
    graph.yaw = np.array([[0, -1.0, 0], [1, 0, 0], [0, 0, 1]])
    StaticTransformBroadcaster(graph.peer).sendTransform(
        [
            transform("base_footprint", OPTICAL, graph.mount, HIGH_MOUNT),
            transform("map", "base_footprint", graph.yaw, (5, 2, 0)),
        ]
    )
    ros.wait_until(lambda: graph.measure(reference_frame="map").error_code == 0, "TF")
    return graph


def test_topics_in_the_output_frame(driving, ros):
    objects = driving.listen(SpatialObjectArray, "hispatial/objects")
    relations = driving.listen(SpatialRelationArray, "hispatial/relations")
    markers = driving.listen(MarkerArray, "hispatial/markers")
    answer = driving.ask("What is the distance between the globe and the yellow die?").answer
    assert answer.header.frame_id == OPTICAL
    ros.wait_until(lambda: objects and relations and markers, "topics")
    image = driving.messages["image"].header
    for message in (objects[0], relations[0], *markers[0].markers):
        assert message.header.frame_id == "map"
        assert message.header.stamp == image.stamp
    rotation = driving.yaw @ driving.mount
    translation = driving.yaw @ HIGH_MOUNT + (5, 2, 0)
    expected = positions(answer) @ rotation.T + translation
    np.testing.assert_allclose(positions(objects[0]), expected, atol=1e-6)
    (here,), (there,) = answer.relations, relations[0].relations
    assert (here.predicate, here.reference_frame) == (there.predicate, there.reference_frame)
    assert here.center_distance == there.center_distance
    d = np.array([here.displacement.x, here.displacement.y, here.displacement.z])
    e = np.array([there.displacement.x, there.displacement.y, there.displacement.z])
    np.testing.assert_allclose(e, rotation @ d, atol=1e-6)


def test_a_goal_for_nav2(driving, ros):
    targets = driving.listen(PoseStamped, "hispatial/target")
    answer = driving.ask("Go to the globe", reference_frame="map").answer
    assert any(n.startswith("target:") for n in answer.notes), answer.notes
    ros.wait_until(lambda: targets, "a target")
    (target,) = targets
    assert target.header.frame_id == "map"
    assert target.header.stamp == driving.messages["image"].header.stamp
    p, q = target.pose.position, target.pose.orientation
    assert p.z == pytest.approx(0, abs=1e-6)  # on the floor
    assert (q.x, q.y) == pytest.approx((0, 0), abs=1e-6)  # yaw only
    globe = answer.objects[0].pose.pose.position
    yaw = 2 * np.arctan2(q.z, q.w)
    assert np.arctan2(globe.y - p.y, globe.x - p.x) == pytest.approx(yaw, abs=1e-6)
    assert answer.values == pytest.approx([p.x, p.y, p.z], abs=1e-6)
    assert "floor: of the TF frame base_footprint, 1.60 m below the camera" in " ".join(
        answer.notes
    )


def test_topics_in_the_frame_of_the_answer(make_graph, ros):
    graph = make_graph(output_frame="reference")
    graph.show()
    StaticTransformBroadcaster(graph.peer).sendTransform(
        transform("base_link", OPTICAL, BODY, MOUNT)
    )
    ros.wait_until(
        lambda: graph.measure(reference_frame="base_link").error_code == 0, "the transform"
    )
    objects = graph.listen(SpatialObjectArray, "hispatial/objects")
    for count, (asked, frame) in enumerate(
        [("base_link", "base_link"), ("camera", OPTICAL), ("gravity", OPTICAL)], 1
    ):
        response = graph.measure(reference_frame=asked)
        ros.wait_until(lambda count=count: len(objects) >= count, "objects")
        assert objects[-1].header.frame_id == frame
        if asked != "gravity":
            np.testing.assert_allclose(positions(objects[-1]), positions(response), atol=1e-9)


def test_transforms_follow_simulated_time_when_it_starts_anew(make_graph, ros):
    graph = make_graph(use_sim_time=True)
    graph.connect()
    clocks = graph.peer.create_publisher(Clock, "/clock", reliable(5))
    ros.wait_until(clocks.get_subscription_count, "a subscription to the clock")
    broadcaster = TransformBroadcaster(graph.peer)

    def position_at(second, x):
        def set_clock():
            clocks.publish(Clock(clock=time_to_msg(second * 10**9)))
            return abs(graph.node.get_clock().now().nanoseconds / 1e9 - second) < 1

        ros.wait_until(set_clock, "the clock")
        stamp = second * 10**9

        def found():
            for name, msg in graph.messages.items():
                msg.header.stamp, msg.header.frame_id = time_to_msg(stamp), OPTICAL
                graph.publishers[name].publish(msg)
            broadcaster.sendTransform(transform("odom", OPTICAL, BODY, (x, 0, 1), stamp))
            response = graph.measure(reference_frame="odom", stamp=time_to_msg(stamp))
            return not response.error_code and positions(response)[0, 0] - x

        return ros.wait_until(found, f"the transform at {second} s")

    late, early = position_at(1000, 5.0), position_at(100, 7.0)
    assert early == pytest.approx(late)


def test_depth_of_another_camera_is_registered(make_graph, ros):
    graph = make_graph(["--ros-args", "-r", "depth_camera_info:=/depth_camera/camera_info"])
    stamp = graph.show(topics=("camera_info", "image", "regions"))
    depth, info = graph.messages["depth"], graph.messages["camera_info"]
    depth.header.stamp, depth.header.frame_id = time_to_msg(stamp), "depth_optical_frame"
    infos = graph.peer.create_publisher(type(info), "/depth_camera/camera_info", reliable(5))
    pixel = "What are the coordinates of pixel (100, 60)?"

    def code():
        graph.publishers["depth"].publish(depth)
        infos.publish(info)
        return graph.ask(pixel).error_code

    ros.wait_until(lambda: code() == ErrorCode.UNKNOWN_REFERENCE_FRAME, "depth without TF")
    # The same view, moved 2 cm along the optical axis.
    StaticTransformBroadcaster(graph.peer).sendTransform(
        transform(OPTICAL, "depth_optical_frame", np.eye(3), (0, 0, 0.02))
    )
    ros.wait_until(lambda: code() == 0, "registered depth")
    x, y, z = graph.ask(pixel).answer.values
    direct, _ = engine.pixel(graph.frame, 100, 60)
    assert z == pytest.approx(direct[2] + 0.02, abs=0.03)
    assert (x, y) == pytest.approx(tuple(direct[:2]), abs=0.03)
