"""Gravity from an IMU and from TF."""

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.gravity import GravitySources
from hispatial_ros.intake.messages import OrientationMessage
from hispatial_ros.settings.frames import GravitySettings
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.settings import Settings

OPTICAL = "camera_color_optical_frame"
NS = 10**9
HALF = np.sqrt(0.5)
LEVEL = (0.0, 0.0, 0.0, 1.0)
LYING = (-HALF, 0.0, 0.0, HALF)  # of a camera that looks ahead, whose -y is up


def sources_with(transform, **values):
    return GravitySources(LiveSettings(Settings(gravity=GravitySettings(**values))), transform)


def imu(quaternion, stamp_ns=NS, frame=OPTICAL, variance=1e-4):
    return OrientationMessage(stamp_ns, frame, quaternion, np.eye(3).ravel() * variance)


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
    given = sources_with(no_tf).given(OPTICAL, NS)
    assert given.gravity is None
    assert given.notes == ()


def test_the_imu_tells_with_its_own_deviation():
    sources = sources_with(no_tf)
    sources.orientations.add(imu(LYING), NS)
    given = sources.given(OPTICAL, NS)
    np.testing.assert_allclose(given.gravity.up, (0, -1, 0), atol=1e-9)
    assert (given.gravity.source, given.gravity.stddev) == ("imu", pytest.approx(0.01))
    assert given.notes == ("gravity: from the IMU on imu",)


def test_the_imus_frame_is_related_to_the_camera():
    sources = sources_with(turned)
    sources.orientations.add(imu(LEVEL, frame="imu_link"), NS)
    expected = turned("", "", 0, 0)[:3, 2]
    np.testing.assert_allclose(sources.given(OPTICAL, NS).gravity.up, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("order", "source"), [("imu,tf", "imu"), ("tf,imu", "tf"), ("tf", "tf"), ("none", None)]
)
def test_the_order_is_a_parameter(order, source):
    sources = sources_with(turned, sources=order, level_frame="odom")
    sources.orientations.add(imu(LEVEL), NS)
    gravity = sources.given(OPTICAL, NS).gravity
    assert (gravity and gravity.source) == source


def test_a_stale_imu_gives_way_to_tf_with_a_note():
    sources = sources_with(turned, level_frame="odom", stddev=0.03)
    sources.orientations.add(imu(LEVEL), NS)
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

    sources = sources_with(above_the_floor, level_frame="base_footprint", level_frame_is_floor=True)
    if source == "imu":
        sources.orientations.add(imu(LEVEL), NS)
    gravity = sources.given(OPTICAL, NS).gravity
    assert (gravity.source, gravity.floor_source) == (source, "base_footprint")
    normal = above_the_floor("", "", 0, 0)[:3, 2]
    assert gravity.floor == pytest.approx(normal @ (0.3, 0.8, 0.4) - 1.5)


def test_what_fails_is_said_before_gravity_is_detected():
    sources = sources_with(no_tf, level_frame="odom")
    sources.orientations.add(imu(LEVEL, frame="imu_link"), NS)
    given = sources.given(OPTICAL, NS)
    assert given.gravity is None
    assert "no transform from imu_link" in given.notes[0]
    assert "no transform from odom" in given.notes[1]
    assert given.notes[2] == "gravity: from the horizontal surfaces in view"
    assert sources.last is given
