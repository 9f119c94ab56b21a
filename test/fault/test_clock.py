"""Clocks jump both ways: the camera's, and simulated time."""

import time
from array import array

import pytest
from rosgraph_msgs.msg import Clock

from benchmarks.reliability.coded import belongs
from benchmarks.reliability.peer import wait_until
from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import NS, time_to_msg, time_to_ns

HOUR = 3600 * NS


class SimulatedTime:
    """Publishes /clock; runs on at the rate of the steady clock from wherever it is set."""

    def __init__(self, robot):
        self._publisher = robot.peer.publisher(Clock, "/clock")
        wait_until(self._publisher.get_subscription_count, "a subscription to /clock")
        self.set(1000 * NS)

    def set(self, ns):
        self._begin, self._since = ns, time.monotonic_ns()
        self.tick()

    def tick(self):
        """Publish the time and return it."""
        now = self._begin + time.monotonic_ns() - self._since
        self._publisher.publish(Clock(clock=time_to_msg(now)))
        return now


@pytest.fixture(scope="module")
def robot_in_simulated_time(make_lasting_robot):
    return make_lasting_robot(use_sim_time=True).connect()


@pytest.fixture
def simulated(robot_in_simulated_time):
    """A robot without frames, at 1000 s."""
    robot, clock = robot_in_simulated_time, SimulatedTime(robot_in_simulated_time)
    clock.set(NS)  # what it has seen in the test before is forgotten
    robot.refuses(ErrorCode.NO_FRAME, clock.tick)
    clock.set(1000 * NS)
    return robot, clock


def clock_resets(robot):
    robot.peer.fresh_diagnostics()
    return int(robot.peer.values("pairing")["clock resets"])


def test_no_simulated_time_yet(make_robot):
    robot = make_robot(use_sim_time=True).connect()
    response = robot.refuses(ErrorCode.NO_FRAME, robot.show)
    wait_until(
        lambda: (robot.show(), robot.peer.counts("image", "dropped").get("no clock"))[1],
        "frames to be counted as dropped",
    )
    assert "/clock" in robot.refuses(ErrorCode.NO_FRAME, robot.show).error_msg, response
    clock = SimulatedTime(robot)
    robot.answers(clock.tick)
    robot.unharmed()


@pytest.mark.parametrize("jump", [-HOUR, HOUR], ids=["back", "forth"])
def test_simulated_time_jumps(simulated, jump):
    robot, clock = simulated
    clock.set(2 * HOUR)
    before = robot.answers(clock.tick)
    resets = clock_resets(robot)
    clock.set(2 * HOUR + jump)
    # What was seen before the jump is not taken for a view of now.
    code = ErrorCode.FRAME_TOO_OLD if jump > 0 else ErrorCode.NO_FRAME
    robot.refuses(code, clock.tick)
    after = robot.answers(clock.tick)
    assert abs(after - before - jump) < 60 * NS
    assert clock_resets(robot) - resets == (1 if jump < 0 else 0)
    robot.unharmed()


def test_simulation_is_reset_again_and_again(simulated):
    robot, clock = simulated
    for _ in range(3):
        clock.set(50 * NS)
        for _ in range(20):
            robot.show(clock.tick())
        assert robot.answers(clock.tick) < 100 * NS
        clock.set(900 * NS)
        robot.answers(clock.tick)
    robot.unharmed()


def test_the_cameras_clock_jumps(make_robot):
    """A restarted driver stamps from the past, then from the future."""
    robot = make_robot(max_frame_age=5.0).connect()
    robot.answers()
    # Back by more than is kept: the stream starts anew, and says why nothing is answered.
    response = robot.refuses(ErrorCode.FRAME_TOO_OLD, lambda: robot.show(time.time_ns() - HOUR))
    assert "synchronise the clocks" in response.error_msg
    robot.answers()
    newest = time_to_ns(robot.peer.measure().header.stamp)
    # Forth: not taken, so that it cannot hide what is right.
    wait_until(
        lambda: (
            robot.show(time.time_ns() + HOUR),
            robot.peer.counts("image", "dropped").get("stamp in the future"),
        )[1],
        "frames from the future to be counted",
    )
    response = robot.peer.measure()
    assert response.error_code or robot.measured_stamp(response) == newest
    robot.answers()
    robot.unharmed()


def test_two_frames_of_one_stamp_are_not_confused(simulated):
    """One before a reset, one after it: the later one counts."""
    robot, clock = simulated
    stamp = 1000 * NS + NS // 2
    for shift in (0, 30 * NS):  # another distance at the same stamp
        clock.set(2000 * NS)
        robot.refuses(ErrorCode.NO_FRAME, clock.tick)
        clock.set(1000 * NS)
        robot.camera.stamp(robot.messages, stamp)
        robot.messages["depth"].data = array("B", robot.camera.depth(stamp + shift).tobytes())

        def measured():
            clock.tick()
            for topic, publisher in robot.publishers.items():
                publisher.publish(robot.messages[topic])
            response = robot.peer.measure(stamp=time_to_msg(stamp))
            return None if response.error_code else response

        assert belongs(wait_until(measured, "the frame").objects[0].distance, stamp + shift)
        clock.set(2000 * NS)
        robot.answers(clock.tick)
        clock.set(1000 * NS)
        robot.refuses(ErrorCode.NO_FRAME, clock.tick)
