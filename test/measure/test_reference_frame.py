"""Frames to express measurements in."""

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.transform import transform
from hispatial_ros.measure.types import Gravity, Measurement

UP = np.array([0.0, -0.8, -0.6])


@pytest.mark.parametrize("gravity", [None, Gravity(np.array([0, -1.0, 0]), "camera")])
def test_a_gravity_that_is_only_assumed_levels_nothing(gravity):
    with pytest.raises(SpatialError, match="no horizontal surface") as error:
        ReferenceFrame.levelled(gravity)
    assert error.value.code is ErrorCode.UNKNOWN_REFERENCE_FRAME


def test_the_horizontal_planes_move_along():
    gravity = Gravity(UP, "imu", offset=-0.7, floor=-1.4)
    reference = ReferenceFrame.body(
        "map", ReferenceFrame.levelled(gravity).rotation, np.array([1, 2, 3.0])
    )
    moved = transform(Measurement([], [], gravity), reference).gravity
    on_plane, on_floor = UP * -0.7, UP * -1.4
    assert moved.up @ reference.points(on_plane) == pytest.approx(moved.offset)
    assert moved.up @ reference.points(on_floor) == pytest.approx(moved.floor)
