"""Which camera_info belongs to an image, while resolution and lens change."""

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.frame_buffer import FrameBuffer

MS = 1_000_000
WIDE, TELE = 500.0, 1000.0  # px


class Camera:
    """Times in milliseconds after T0."""

    def __init__(self, make):
        self._make = make
        self.buffer = FrameBuffer()

    def _ns(self, ms):
        return self._make.T0 + ms * MS

    def shoot(self, ms, focal=None):
        """Colour and depth, and the calibration unless that is still on its way."""
        stamp = self._ns(ms)
        for name, pixels, encoding in (
            ("image", np.zeros((6, 8, 3), np.uint8), "rgb8"),
            ("depth", np.full((6, 8), 1000, np.uint16), "16UC1"),
        ):
            msg = self._make.image(pixels, encoding, stamp=stamp)
            assert not self.buffer.add(name, msg, stamp)
        if focal:
            self.calibrate(ms, focal)

    def calibrate(self, ms, focal):
        k = (focal, 0.0, 4.0, 0.0, focal, 3.0, 0.0, 0.0, 1.0)
        stamp = self._ns(ms)
        self.buffer.add("camera_info", self._make.camera_info(8, 6, k=k, stamp=stamp), stamp)

    def newest(self, now):
        pair = self.buffer.newest(self._ns(now))
        return (pair.stamp_ns - self._make.T0) // MS, pair.camera.fx

    def at(self, ms, now):
        return self.buffer.at(self._ns(ms), self._ns(now)).camera.fx


@pytest.fixture
def camera(make):
    camera = Camera(make)
    for ms in (0, 33, 66):
        camera.shoot(ms, WIDE)
    return camera


def refused(camera, ms, now):
    with pytest.raises(SpatialError, match="camera_info of this image has not arrived") as error:
        camera.at(ms, now)
    return error.value.code is ErrorCode.NO_CAMERA_INFO


def test_an_image_waits_for_its_calibration(camera):
    camera.shoot(100)
    assert camera.newest(105) == (66, WIDE)
    assert refused(camera, 100, 105)
    camera.calibrate(100, TELE)
    assert camera.newest(106) == (100, TELE)
    assert camera.at(100, 106) == TELE
    assert camera.at(66, 106) == WIDE


def test_a_lost_calibration_is_the_last_one_after_a_while(camera):
    camera.shoot(100)
    assert camera.newest(700) == (100, WIDE)
    assert camera.at(100, 700) == WIDE


def test_between_two_calibrations_nothing_is_guessed(camera):
    camera.shoot(100)
    camera.shoot(133, TELE)
    assert refused(camera, 100, 700)
    assert camera.at(133, 700) == TELE


def test_a_lost_message_between_equal_calibrations_does_no_harm(camera):
    camera.shoot(100)
    camera.shoot(133, WIDE)
    assert camera.at(100, 140) == WIDE


def test_a_calibration_that_is_late_holds_for_its_image_only_until_the_next(camera):
    camera.shoot(100)
    camera.shoot(133, WIDE)
    camera.calibrate(100, TELE)
    assert camera.at(100, 140) == TELE
    assert camera.at(133, 140) == WIDE


def test_one_that_is_sent_once_holds_until_there_is_another(make):
    camera = Camera(make)
    camera.calibrate(0, WIDE)
    for ms in (10, 43, 76):
        camera.shoot(ms)
        assert camera.newest(ms) == (ms, WIDE)
    camera.calibrate(80, TELE)
    camera.shoot(110)
    assert camera.newest(110) == (110, TELE)
