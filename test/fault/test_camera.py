"""The camera comes, goes, stutters and changes."""

import signal
import time

import numpy as np
import pytest

from benchmarks.reliability.coded import CodedCamera
from benchmarks.reliability.peer import wait_until
from benchmarks.reliability.processes import lossless
from hispatial_ros.camera.rays import rays
from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import time_to_msg, time_to_ns
from hispatial_ros.srv import Measure

TOPICS = ("image", "depth", "camera_info", "regions")
CAMERA = "benchmarks.reliability.camera"


def test_unplugged_and_back(make_robot):
    robot = make_robot(max_frame_age=0.5)
    assert robot.refuses(ErrorCode.NO_FRAME).objects == []
    for _ in range(2):
        camera = robot.start(CAMERA)
        robot.recovers()
        robot.measured_stamp(robot.peer.measure())
        camera.send(signal.SIGKILL)
        camera.wait()
        response = robot.refuses(ErrorCode.FRAME_TOO_OLD)
        assert "has been silent for" in response.error_msg
        wait_until(
            lambda: "silent for" in getattr(robot.peer.status("image"), "message", ""),
            "the diagnostics to tell",
        )
    robot.unharmed()


def test_depth_lost_and_back(robot):
    robot.refuses(ErrorCode.NO_DEPTH, lambda: robot.show(None, "image", "camera_info", "regions"))
    robot.answers()
    robot.unharmed()


def test_depth_lost_falls_back_as_configured(make_robot, tmp_path):
    """To MoGe-2, here a network that sees everything at three metres; and back.

    No plate is ever that far away.
    """
    tiny_onnx = pytest.importorskip("test.moge.tiny_onnx")
    camera = CodedCamera()
    x, y = rays(camera.model, np.arange(64)[None, :], np.arange(48)[:, None])
    flat = 3.0 * np.stack(np.broadcast_arrays(x, y, 1.0), -1)
    model = tiny_onnx.save(tmp_path / "flat.onnx", flat, np.ones(flat.shape[:2]))
    robot = make_robot(camera, **{"moge.model": str(model)}).connect()
    robot.answers()

    def estimated():
        robot.show(None, "image", "camera_info", "regions")
        response = robot.peer.measure()
        distances = [obj.distance for obj in response.objects]
        return response if distances == [pytest.approx(3.0, abs=0.05)] else None

    response = wait_until(estimated, "an answer without the sensor")
    assert any("the sensor's depth is not used" in note for note in response.notes)
    robot.answers()
    robot.unharmed()


def test_camera_info_lost_from_the_start(make_robot):
    robot = make_robot().connect()
    response = robot.refuses(
        ErrorCode.NO_CAMERA_INFO, lambda: robot.show(None, "image", "depth", "regions")
    )
    assert "camera_info" in response.error_msg
    robot.answers()


def test_duplicate_and_reordered_stamps(make_robot):
    robot = make_robot(**lossless(*TOPICS, depth=100)).connect()
    base = time.time_ns() - 300_000_000
    stamps = [base + 10_000_000 * n for n in range(20)]
    for stamp in [*stamps[10:], *stamps[:10], *reversed(stamps)]:
        robot.show(stamp)
    wait_until(
        lambda: all(robot.peer.values(t).get("received") == "40" for t in TOPICS), "all frames"
    )
    for stamp in stamps:
        response = robot.peer.measure(stamp=time_to_msg(stamp))
        assert robot.measured_stamp(response) == stamp
    assert robot.peer.counts("image", "dropped") == {"duplicate stamp": 20}
    assert robot.peer.counts("depth", "dropped") == {"duplicate stamp": 20}
    assert robot.peer.values("image")["reordered"] == "10"
    robot.unharmed()


def test_a_stalled_network_is_waited_out(patient_middleware, make_robot):
    """The publisher's process stands still for two seconds, then the node's."""
    robot = make_robot()
    camera = robot.start(CAMERA)
    robot.recovers()
    camera.send(signal.SIGSTOP)
    time.sleep(2.0)
    assert robot.peer.measure().error_code == ErrorCode.FRAME_TOO_OLD
    camera.send(signal.SIGCONT)
    robot.recovers()
    robot.node.send(signal.SIGSTOP)
    pending = [robot.peer.measure_client.call_async(Measure.Request()) for _ in range(20)]
    time.sleep(2.0)
    assert not any(future.done() for future in pending)
    robot.node.send(signal.SIGCONT)
    resumed = time.time_ns()
    codes = set()
    for future in pending:
        response = robot.peer.result(future)
        codes.add(response.error_code)
        if not response.error_code:
            assert robot.measured_stamp(response) > resumed - 1_500_000_000, "an old frame"
    # Of what was sent meanwhile the middleware keeps the newest of each topic, not of each frame.
    missing = {ErrorCode.NO_DEPTH, ErrorCode.NO_CAMERA_INFO, ErrorCode.NO_REGIONS}
    assert codes <= {ErrorCode.NONE, ErrorCode.FRAME_TOO_OLD, ErrorCode.TIMEOUT, *missing}
    robot.recovers()
    assert time_to_ns(robot.peer.measure().header.stamp) > resumed
    assert robot.peer.duplicates == 0
    robot.unharmed()
