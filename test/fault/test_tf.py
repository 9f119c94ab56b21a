"""Transforms stop while the camera goes on, and come back. Runs where tf2_ros is installed."""

import time

import numpy as np
import pytest

pytest.importorskip("tf2_ros", reason="tf2_ros is not installed (PyPI has none)")

from geometry_msgs.msg import TransformStamped
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from benchmarks.reliability.coded import FRAME, CodedCamera
from benchmarks.reliability.peer import wait_until
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import SpatialObjectArray, WatchEvent, WatchSpec
from hispatial_ros.ros.outputs.conversions import camera_to_msg, quaternion, time_to_msg, time_to_ns
from hispatial_ros.ros.qos import reliable
from hispatial_ros.srv import Watch

# Of the optical axes (x right, y down, z forward) in a body frame (x forward, y left, z up).
BODY = np.array([[0, 0, 1.0], [-1, 0, 0], [0, -1, 0]])
DEPTH_FRAME = "depth_optical_frame"
ADVICE = "ros2 run tf2_ros tf2_echo"


def transform(parent, child, rotation, x, stamp_ns=0):
    msg = TransformStamped(child_frame_id=child)
    msg.header.frame_id, msg.header.stamp = parent, time_to_msg(stamp_ns)
    msg.transform.translation.x = float(x)
    q = msg.transform.rotation
    q.x, q.y, q.z, q.w = map(float, quaternion(rotation))
    return msg


class Moving:
    """Shows frames, with a transform for each of them as long as TF works.

    Args:
        parent, child: of the transform.
        step: how far it moves along x with each frame [m].
    """

    def __init__(self, robot, parent, child, step):
        self.robot, self.works = robot, True
        self._parent, self._child, self._step = parent, child, step
        self._broadcaster = TransformBroadcaster(robot.peer.node)
        self.x = {}  # stamp of a frame that has a transform -> m
        self.without = set()  # stamps of those since it failed

    def resume(self):
        """TF comes back; it interpolates over the outage."""
        self.works = True
        self.without.clear()

    def show(self):
        stamp = time.time_ns()
        if self.works:
            x = self.x[stamp] = self._step * len(self.x)
            self._broadcaster.sendTransform(
                transform(self._parent, self._child, np.eye(3), x, stamp)
            )
        else:
            self.without.add(stamp)
        self.robot.show(stamp)

    def measures(self, frame, code=ErrorCode.NONE):
        """Show frames until a new one has this outcome; the response."""
        first = time.time_ns()

        def outcome():
            self.show()
            response = self.robot.peer.measure(reference_frame=frame)
            new = response.error_code or time_to_ns(response.header.stamp) >= first
            return response if new and response.error_code == code else None

        return wait_until(outcome, f"{code!r} in {frame}")

    def until(self, condition, what):
        """Show frames until the condition holds."""

        def holds():
            self.show()
            self.robot.peer.measure()
            return condition()

        return wait_until(holds, what)


def listen(peer, kind, topic):
    """A list that fills with what the node publishes."""
    received = []
    peer.on_executor(
        lambda: peer.node.create_subscription(
            kind, f"{peer.target}/{topic}", received.append, reliable(100)
        )
    )
    return received


def test_odometry_stops_and_comes_back(make_robot):
    """Requests, topics, gravity and a watch in odom; all else goes on meanwhile."""
    robot = make_robot(
        output_frame="odom",
        gravity__sources="tf",
        gravity__level_frame="odom",
        watch__confirm=1,
        watch__lost_after=0.1,
    ).connect()
    peer = robot.peer
    StaticTransformBroadcaster(peer.node).sendTransform(transform("base_link", FRAME, BODY, 0))
    moving = Moving(robot, "odom", "base_link", step=0.1)
    objects = listen(peer, SpatialObjectArray, "objects")
    events = listen(peer, WatchEvent, "watch_events")
    spec = WatchSpec(name="near", condition="plate closer than 10 m", reference_frame="odom")
    request = Watch.Request(command=Watch.Request.ADD, spec=spec)
    added = peer.call(peer.client(Watch, "watch"), request)
    assert added.error_code == 0, added.error_msg

    def published():
        return {time_to_ns(message.header.stamp) for message in objects}

    def told(kind, since):
        return lambda: [event for event in events[since:] if event.kind == kind]

    for _ in range(2):
        seen = len(events)
        moving.resume()
        response = moving.measures("odom")
        stamp = time_to_ns(response.header.stamp)
        assert response.header.frame_id == "odom"
        optical = peer.measure(reference_frame="camera", stamp=response.header.stamp)
        ahead = optical.objects[0].pose.pose.position.z
        assert response.objects[0].pose.pose.position.x == pytest.approx(moving.x[stamp] + ahead)
        assert "gravity: from the TF frame 'odom'" in response.notes
        moving.until(lambda since=stamp: max(published(), default=0) > since, "topics in odom")
        moving.until(told(WatchEvent.ENTERED, seen), "the watch to see it")

        seen = len(events)
        moving.works = False
        refused = moving.measures("odom", ErrorCode.UNKNOWN_REFERENCE_FRAME)
        assert "no transform from 'camera_optical_frame' to 'odom'" in refused.error_msg
        assert ADVICE in refused.error_msg
        assert refused.objects == []
        robot.measured_stamp(moving.measures("camera"))
        response = moving.measures("gravity")
        assert any("gravity is not known from the TF frame 'odom'" in n for n in response.notes)
        lost = moving.until(told(WatchEvent.LOST, seen), "the watch to be lost")[-1]
        assert lost.error_code == ErrorCode.UNKNOWN_REFERENCE_FRAME
        assert ADVICE in lost.error_msg
        assert not published() & moving.without
    moving.resume()
    moving.measures("odom")
    assert {message.header.frame_id for message in objects} == {"odom"}
    robot.unharmed()


class WithDepthBeside(CodedCamera):
    """Its depth is in a frame of its own, which has to be registered."""

    def messages(self):
        return {**super().messages(), "depth_info": camera_to_msg(self.model)}

    def stamp(self, messages, stamp_ns):
        super().stamp(messages, stamp_ns)
        for name in ("depth", "depth_info"):
            messages[name].header.frame_id = DEPTH_FRAME


def test_depth_can_not_be_registered_for_a_while(make_robot):
    robot = make_robot(WithDepthBeside(), {"depth_camera_info": "depth_info"}).connect()
    moving = Moving(robot, FRAME, DEPTH_FRAME, step=0)
    for _ in range(2):
        moving.resume()
        robot.measured_stamp(moving.measures("camera"))
        moving.works = False
        refused = moving.measures("camera", ErrorCode.UNKNOWN_REFERENCE_FRAME)
        assert DEPTH_FRAME in refused.error_msg
        assert ADVICE in refused.error_msg
    moving.resume()
    robot.measured_stamp(moving.measures("camera"))
    robot.unharmed()


# What is wrong with a transform, and what the refusal says; the rest tf2 drops by itself.
ABSURD = [
    ({"x": np.nan}, "no transform"),
    ({"x": np.inf}, "cannot be: it leads to"),
    ({"x": 1e300}, "cannot be: it leads to (1e+300,"),
    ({"w": 0.0}, "no transform"),
    ({"w": np.nan}, "no transform"),
    ({"w": np.inf}, "no transform"),
    ({"parent": FRAME}, "no transform"),
    ({"child": "odom"}, "no transform"),
    ({"parent": ""}, "no transform"),
    ({"parent": "o" * 5000}, "no transform"),
    ({"child": "od\x07om"}, "no transform"),
]


def test_transforms_that_can_not_be_are_not_used(make_robot):
    robot = make_robot(gravity__sources="tf", gravity__level_frame="odom").connect()
    broadcaster = TransformBroadcaster(robot.peer.node)
    robot.answers()
    for wrong, words in ABSURD:
        parent, child = wrong.get("parent", "odom"), wrong.get("child", FRAME)

        def refused(wrong=wrong, parent=parent, child=child, words=words):
            stamp = time.time_ns()
            msg = transform(parent, child, np.eye(3), wrong.get("x", 0.0), stamp)
            msg.transform.rotation.w = wrong.get("w", 1.0)
            broadcaster.sendTransform(msg)
            robot.show(stamp)
            robot.measured_stamp(robot.peer.measure())
            response = robot.peer.measure(reference_frame="odom")
            assert response.error_code == ErrorCode.UNKNOWN_REFERENCE_FRAME, wrong
            return words in response.error_msg

        wait_until(refused, f"{words!r} for {wrong}")
    robot.unharmed()
