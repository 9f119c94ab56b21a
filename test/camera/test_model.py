import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError


def test_scaling_keeps_the_field_of_view():
    camera = Camera(640, 480, 500, 510, 300.5, 250.25)
    half = camera.scaled(320, 240)
    for u, v in [(0, 0), (100, 50), (639, 479)]:
        ray = (u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy
        at = half.fx * ray[0] + half.cx, half.fy * ray[1] + half.cy
        # Corners of pixel areas scale, centres lie half a pixel further.
        np.testing.assert_allclose(np.add(at, 0.5) * 2, np.add((u, v), 0.5))
    assert half.scaled(640, 480) == camera


def test_other_aspects_are_refused():
    with pytest.raises(SpatialError, match="aspect") as caught:
        Camera(640, 480, 500, 500, 320, 240).scaled(640, 360)
    assert caught.value.code == ErrorCode.BAD_CALIBRATION


def test_a_rounded_pixel_is_no_other_aspect():
    assert Camera(1279, 719, 900, 900, 640, 360).scaled(640, 360).width == 640


@pytest.mark.parametrize(
    "fields",
    [
        {"fx": 0},
        {"fy": -1},
        {"fx": np.nan},
        {"cx": np.inf},
        {"width": 0},
        {"height": -3},
        {"d": (np.nan,)},
    ],
)
def test_impossible_intrinsics_are_refused(fields):
    good = {"width": 640, "height": 480, "fx": 500, "fy": 500, "cx": 320, "cy": 240}
    with pytest.raises(SpatialError) as caught:
        Camera(**(good | fields))
    assert caught.value.code == ErrorCode.BAD_CALIBRATION
