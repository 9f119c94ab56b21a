"""Where to stand before an object."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.target import stand_before
from hispatial_ros.measure.types import Gravity, MeasuredObject

UP = np.array([0, -1.0, 0])
FLOOR = -1.2  # m: the camera is that far above it
LEVEL = Gravity(UP, "support plane", floor=FLOOR)
SIGMA = np.array([0.03, 0.01, 0.02])


def box(center, size=(0.4, 0.8, 0.6), rotation=None, up=UP):
    return MeasuredObject(
        id="crate",
        label="crate",
        region=Region("crate", (0.0, 0.0, 1.0, 1.0)),
        center=np.array(center, float),
        rotation=np.eye(3) if rotation is None else rotation,
        size=np.array(size, float),
        size_stddev=np.full(3, 0.01),
        covariance=np.diag([*SIGMA, 0.1, 0.1, 0.1]) ** 2,
        extent=np.array(size, float),
        extent_stddev=np.full(3, 0.01),
        nearest=np.zeros(3),
        distance=2.0,
        distance_stddev=0.02,
        num_points=100,
        valid_fraction=1.0,
        surface=np.zeros((1, 3), np.float32),
    )


def clearance(obj, position):
    """Least distance, seen from above, between a point and a box, by brute force."""

    def apart(local):
        offset = obj.center + obj.rotation @ (local * obj.size) - position
        return float(np.square(offset[[0, 2]]).sum())

    starts = [minimize(apart, x0, bounds=[(-0.5, 0.5)] * 3) for x0 in np.eye(3) - 0.4]
    return np.sqrt(min(found.fun for found in starts))


def test_straight_ahead():
    target = stand_before(box((0, 0.8, 3.0)), LEVEL, 0.7, np.zeros(3))
    assert target.position == pytest.approx((0, 1.2, 3.0 - 0.3 - 0.7))
    np.testing.assert_allclose(target.rotation.T, [(0, 0, 1), (-1, 0, 0), (0, -1, 0)], atol=1e-12)
    assert target.travel == pytest.approx(2.0)
    assert target.yaw_stddev == pytest.approx(SIGMA[0] / 3.0)
    assert target.across_stddev == pytest.approx(SIGMA[0] * 2 / 3)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.floats(-3, 3), st.floats(-0.5, 0.6), st.floats(1.5, 6)),
    st.floats(-np.pi, np.pi),
    st.tuples(*[st.floats(0.05, 1.0)] * 3),
    st.floats(0.05, 2.0),
)
def test_it_lies_on_the_floor_at_the_stand_off_and_faces_the_object(center, yaw, size, stand_off):
    obj = box(center, size, Rotation.from_euler("y", yaw).as_matrix())
    target = stand_before(obj, LEVEL, stand_off, np.zeros(3))
    assert UP @ target.position == pytest.approx(FLOOR)
    assert clearance(obj, target.position) == pytest.approx(stand_off, abs=1e-3)
    x, y, z = target.rotation.T
    assert z == pytest.approx(UP)
    assert np.cross(z, x) == pytest.approx(y)
    ahead = np.array([center[0], 0, center[2]])
    assert x == pytest.approx(ahead / np.linalg.norm(ahead))
    # On the line of sight, on the camera's side.
    assert np.cross(target.position * (1, 0, 1), x) == pytest.approx(np.zeros(3), abs=1e-9)
    assert target.position @ x < ahead @ x


def test_it_is_the_same_place_in_any_frame():
    turn = Rotation.from_euler("xyz", (0.3, -0.8, 0.4)).as_matrix()
    frame = ReferenceFrame.body("map", turn, np.array([3.0, 1.0, 0.5]))
    obj = box((0.5, 0.6, 2.5))
    here = stand_before(obj, LEVEL, 0.5, np.zeros(3)).expressed(frame)
    moved = box(frame.points(obj.center), rotation=turn)
    moved.covariance[:3, :3] = turn @ obj.covariance[:3, :3] @ turn.T
    up = turn @ UP
    gravity = Gravity(up, "tf", floor=FLOOR + up @ frame.translation)
    there = stand_before(moved, gravity, 0.5, frame.translation)
    np.testing.assert_allclose(there.position, here.position, atol=1e-9)
    np.testing.assert_allclose(there.rotation, here.rotation, atol=1e-9)
    assert there.across_stddev == pytest.approx(here.across_stddev)


def test_in_a_frame_that_is_about_level_it_is_turned_by_yaw_only():
    target = stand_before(box((0.4, 0.8, 3.0)), LEVEL, 0.7, np.zeros(3))
    tilt = Rotation.from_euler("xyz", (3, 0, 2), degrees=True).as_matrix()
    flat = target.expressed(ReferenceFrame("odom", tilt)).flattened(UP)
    assert flat.rotation[:, 2] == pytest.approx(UP)
    np.testing.assert_allclose(flat.rotation, tilt @ target.rotation, atol=0.06)
    on_its_side = np.array([1.0, 0, 0])
    assert target.flattened(on_its_side) is target


def test_too_near_means_backwards():
    target = stand_before(box((0, 0.8, 0.8)), LEVEL, 1.0, np.zeros(3))
    assert target.position == pytest.approx((0, 1.2, -0.5))
    assert target.travel == pytest.approx(-0.5)
    assert target.rotation[:, 0] == pytest.approx((0, 0, 1))


@pytest.mark.parametrize(
    ("center", "gravity", "why"),
    [
        ((0, 0.8, 3), None, "which way is up"),
        ((0, 0.8, 3), Gravity(UP, "camera"), "which way is up"),
        ((0, 0.8, 3), Gravity(UP, "imu"), "no floor"),
        ((0, 0.8, 3), Gravity(UP, "imu", floor=0.3), "above the camera"),
        ((0, 0.8, 3), Gravity(UP, "imu", floor=-0.9), "cannot stand there"),
        ((0, 0.8, 3), Gravity(UP, "tf", floor=-0.9, floor_source="odom"), "TF frame odom"),
        ((0, 0.8, 0.01), LEVEL, "straight above or below"),
    ],
)
def test_why_there_is_none(center, gravity, why):
    with pytest.raises(SpatialError, match=why) as error:
        stand_before(box(center), gravity, 0.7, np.zeros(3))
    assert error.value.code is ErrorCode.NO_VALID_DEPTH
    assert "gravity.level_frame" in str(error.value)
