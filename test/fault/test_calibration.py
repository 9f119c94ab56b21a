"""Resolution and lens change while the camera streams: no image is measured with another's K."""

import itertools
import threading
import time

import pytest

from benchmarks.reliability.coded import CodedCamera
from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import time_to_msg, time_to_ns

PERIOD = 0.03  # s between frames
STRETCH = 8  # frames until the next change
ANSWERS = 150
CAMERAS = (CodedCamera(64, 48, 60.0), CodedCamera(32, 24, 60.0), CodedCamera(64, 48, 150.0))


class ChangingCamera:
    """Publishes from a thread; camera_info comes last, and late."""

    def __init__(self, robot):
        self.robot = robot
        self.taken_with = {}  # stamp -> camera
        self._messages = {camera: camera.messages() for camera in CAMERAS}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        for camera in itertools.cycle(camera for camera in CAMERAS for _ in range(STRETCH)):
            messages, stamp = self._messages[camera], time.time_ns()
            self.taken_with[stamp] = camera
            camera.stamp(messages, stamp)
            for topic in ("regions", "image", "depth"):
                self.robot.publishers[topic].publish(messages[topic])
            self._stop.wait(PERIOD / 2)
            self.robot.publishers["camera_info"].publish(messages["camera_info"])
            if self._stop.wait(PERIOD / 2):
                return


@pytest.fixture(scope="module")
def lasting_robot(make_lasting_robot):
    return make_lasting_robot().connect()


@pytest.mark.parametrize("by_stamp", [False, True], ids=["newest", "by stamp"])
def test_no_image_is_measured_with_another_calibration(lasting_robot, by_stamp):
    robot = lasting_robot
    seen = set()
    with ChangingCamera(robot) as camera:
        robot.recovers()
        answers = 0
        while answers < ANSWERS:
            newest = max(camera.taken_with, default=0)
            stamp = time_to_msg(newest if by_stamp else 0)
            response = robot.peer.measure(stamp=stamp, skip_relations=True)
            if response.error_code:
                # It has not arrived completely.
                assert response.error_code in (
                    ErrorCode.FRAME_TOO_OLD,
                    ErrorCode.NO_DEPTH,
                    ErrorCode.NO_CAMERA_INFO,
                    ErrorCode.NO_REGIONS,
                ), response.error_msg
                continue
            stamp = robot.measured_stamp(response)
            if stamp not in camera.taken_with:  # of the test before
                continue
            answers += 1
            used = camera.taken_with[time_to_ns(response.header.stamp)]
            seen.add(used)
            width = response.objects[0].size.x
            assert width == pytest.approx(used.plate_width(stamp), rel=0.2), used
    assert seen == set(CAMERAS)
    robot.unharmed()
