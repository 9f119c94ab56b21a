"""Up from the orientations of an IMU."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.intake.messages import OrientationMessage
from hispatial_ros.intake.orientations import Orientations

rotation = pytest.importorskip("scipy.spatial.transform", reason="scipy is not installed").Rotation

MS = 1_000_000
START = 10**12


def imu(stamp_ns, up=(0, 0, 1), frame="imu_link", covariance=None, scale=1.0):
    """A message whose world up is ``up`` in the IMU's frame."""
    up = np.asarray(up, float) / np.linalg.norm(up)
    other = np.cross(up, (0.3, 0.5, 0.8))
    x = other / np.linalg.norm(other)
    world_from_imu = np.stack([x, np.cross(up, x), up])
    q = rotation.from_matrix(world_from_imu).as_quat() * scale
    covariance = np.zeros(9) if covariance is None else np.ravel(covariance)
    return OrientationMessage(stamp_ns, frame, tuple(q), covariance)


def filled(*messages):
    orientations = Orientations("/imu")
    for msg in messages:
        assert orientations.add(msg, START) == ""
    return orientations


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_up_is_what_the_orientation_maps_to_z(q):
    q = np.array(q) / np.linalg.norm(q)
    up = filled(replace(imu(START), quaternion=tuple(q))).up_at(START, 0)
    np.testing.assert_allclose(
        rotation.from_quat(q).as_matrix() @ up.direction, (0, 0, 1), atol=1e-9
    )


def test_up_is_interpolated_between_two_orientations():
    angle = np.radians(2)
    orientations = filled(
        imu(START, (0, 0, 1)), imu(START + 10 * MS, (np.sin(angle), 0, np.cos(angle)))
    )
    up = orientations.up_at(START + 5 * MS, 20 * MS).direction
    np.testing.assert_allclose(up, (np.sin(angle / 2), 0, np.cos(angle / 2)), atol=1e-9)


def test_the_nearest_orientation_counts_where_only_one_is_near():
    tilted = (0.1, 0, 1)
    orientations = filled(imu(START, tilted), imu(START + 900 * MS))
    for late in (-30, 30):
        up = orientations.up_at(START + late * MS, 50 * MS).direction
        np.testing.assert_allclose(up, tilted / np.linalg.norm(tilted), atol=1e-9)


def test_orientations_of_different_frames_are_not_mixed():
    orientations = filled(imu(START, frame="a"), imu(START + 10 * MS, (1, 0, 0), frame="b"))
    up = orientations.up_at(START + 6 * MS, 50 * MS)
    assert up.frame_id == "b"
    np.testing.assert_allclose(up.direction, (1, 0, 0), atol=1e-9)


def test_the_standard_deviation_is_that_of_roll_and_pitch():
    covariance = np.diag([4e-4, 4e-4, 9.0])  # heading hardly known
    assert filled(imu(START, covariance=covariance)).up_at(START, 0).stddev == pytest.approx(0.02)
    assert filled(imu(START)).up_at(START, 0).stddev is None


@pytest.mark.parametrize(
    ("msg", "reason", "words"),
    [
        (imu(START, covariance=[-1, 0, 0, 0, 0, 0, 0, 0, 0]), "no orientation", "madgwick"),
        (imu(START, scale=0.0), "malformed", "unit quaternion"),
        (imu(START, scale=np.nan), "malformed", "unit quaternion"),
        (imu(START, scale=2.0), "malformed", "unit quaternion"),
        (imu(START, scale=1e200), "malformed", "unit quaternion"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_is_no_orientation_is_dropped_with_its_reason(msg, reason, words):
    orientations = Orientations("/imu")
    assert words in orientations.add(msg, START)
    assert orientations.status(START).dropped == {reason: 1}
    assert words in orientations.up_at(START, 0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("variance", [1.7e308, -1.7e308, np.nan, np.inf, -np.inf, 0.0])
def test_a_covariance_that_can_not_be_says_nothing(variance):
    orientations = filled(imu(START, covariance=np.full((3, 3), variance)))
    assert orientations.up_at(START, 0).stddev is None


def test_no_direction_is_further_off_than_the_opposite_one():
    orientations = filled(imu(START, covariance=1e300 * np.eye(3)))
    assert orientations.up_at(START, 0).stddev == np.pi


def test_why_up_is_not_known():
    assert Orientations().up_at(START, 0) == ""  # there is no IMU
    orientations = filled(imu(START))
    assert "2.0 s older than the image" in orientations.up_at(START + 2000 * MS, 100 * MS)
    assert "as old as the image" in orientations.up_at(START - 2000 * MS, 100 * MS)
    orientations.clear()
    assert "since activation" in orientations.up_at(START, 0)


def test_memory_is_bounded():
    orientations = Orientations()
    for i in range(6000):
        orientations.add(imu(START + i * MS // 10), START)
    assert orientations.status(START).buffered <= 2500


@pytest.mark.parametrize(
    ("stamp", "reason"), [(0, "no stamp"), (START + 1001 * MS, "stamp in the future")]
)
def test_stamps_that_can_not_be_are_dropped_and_hide_nothing(stamp, reason):
    orientations = filled(imu(START))
    assert orientations.add(imu(stamp), START, max_future=1.0)
    assert orientations.status(START).dropped == {reason: 1}
    assert orientations.add(imu(START + 10 * MS), START, max_future=1.0) == ""
