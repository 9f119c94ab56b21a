"""The unit of depth: what each kind of evidence says, and how sure it is."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.answer.unit import check_unit, median_ratio
from hispatial_ros.camera.model import Camera
from hispatial_ros.camera.rays import rays
from hispatial_ros.demo import DESK
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.noise import DepthNoise

CAMERA = Camera(160, 120, 130.0, 130.0, 79.5, 59.5)
NAMELESS = [Region("thing", (70.0, 50.0, 90.0, 70.0))]
LEVEL = Gravity(np.array([0.0, -1.0, 0.0]), "imu")
MAX_RANGE = 20.0


def room(height: float, wall: float) -> np.ndarray:
    """Depth [m] of a wall before a level camera above a floor."""
    _, y = rays(CAMERA, np.arange(160)[None, :], np.arange(120)[:, None])
    with np.errstate(divide="ignore"):
        floor = np.where(y > 0, height / y, np.inf)
    return np.broadcast_to(np.minimum(floor, wall), (120, 160))


def checked(metres, unit=0.001, gravity=None, ratio=None, regions=NAMELESS):
    """The verdict on 16UC1 in a unit."""
    raw = np.rint(metres / unit).clip(0, 65535).astype(np.uint16)
    frame = Frame(None, raw, CAMERA)
    return check_unit(frame, DepthNoise(), regions, MAX_RANGE, gravity, lambda: ratio)


def refused(*args, **kwargs) -> str:
    with pytest.raises(SpatialError) as raised:
        checked(*args, **kwargs)
    assert raised.value.code is ErrorCode.BAD_CALIBRATION
    assert "depth_unit" in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("factor", "unit"), [(10, "0.0001"), (5, "0.0002"), (0.1, "0.01"), (0.01, "0.1"), (0.001, "1")]
)
@pytest.mark.parametrize("error", [0.95, 1.2])
def test_a_depth_model_names_the_unit(factor, unit, error):
    said = refused(room(1.2, 4), ratio=factor * error)
    assert f"steps of {unit} m instead of 0.001 m" in said
    assert "MoGe-2" in said


def test_a_depth_model_names_the_unit_of_floats():
    frame = Frame(None, room(1.2, 4).astype(np.float32), CAMERA)
    with pytest.raises(SpatialError, match=r"steps of 0.01 m instead of 1 m"):
        check_unit(frame, DepthNoise(), NAMELESS, MAX_RANGE, None, lambda: 100.0)


@pytest.mark.parametrize("ratio", [0.6, 1.0, 1.8])
def test_a_depth_model_confirms(ratio):
    verdict = checked(room(1.2, 9), ratio=ratio)
    assert verdict.confirmed
    assert not verdict.notes


def test_what_no_unit_explains_is_a_note():
    (note,) = checked(room(1.2, 4), ratio=2.6).notes
    assert "2.6 times what MoGe-2 estimates" in note


def test_until_the_model_has_looked_a_note_says_so():
    verdict = checked(room(1.2, 4), ratio=math.nan)
    assert not verdict.confirmed
    assert "ask again" in verdict.notes[0]


def test_things_in_view_settle_it_without_the_model():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    regions = load_regions(DESK / "regions.json")

    def never():
        raise AssertionError

    assert check_unit(frame, DepthNoise(), regions, MAX_RANGE, None, never).confirmed


def test_one_thing_and_the_model_together_refuse():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    mug = [r for r in load_regions(DESK / "regions.json") if r.label == "blue mug"]
    frame = replace(frame, depth=(frame.depth * 10.0).clip(0, 65535).astype(np.uint16))
    assert check_unit(frame, DepthNoise(), mug, MAX_RANGE).notes
    with pytest.raises(SpatialError, match=r"steps of 0.0001 m"):
        check_unit(frame, DepthNoise(), mug, MAX_RANGE, None, lambda: 10.0)


def test_a_camera_in_the_floor_names_the_unit():
    said = refused(room(1.2, 4), unit=0.1, gravity=LEVEL)  # 12 mm above the floor
    assert "steps of 0.1 m instead of 0.001 m" in said
    assert "0.012 m above" in said


def test_without_gravity_that_is_a_note():
    (note,) = checked(room(1.2, 4), unit=0.1).notes
    assert "steps of 0.1 m" in note


def test_a_camera_in_the_sky_is_a_note():
    """It may fly."""
    frame = Frame(None, (100 * room(1.2, 4)).astype(np.float32), CAMERA)
    verdict = check_unit(frame, DepthNoise(), NAMELESS, 200.0, LEVEL)
    assert "steps of 0.01 m instead of 1 m" in verdict.notes[0]
    with pytest.raises(SpatialError, match=r"steps of 0.01 m"):
        check_unit(frame, DepthNoise(), NAMELESS, 20.0, LEVEL)


@pytest.mark.parametrize("height", [0.05, 0.3, 1.5, 12.0])
def test_usual_cameras_are_left_alone(height):
    assert not checked(room(height, min(max(4 * height, 1.0), 5.0)), gravity=LEVEL).notes


@pytest.mark.parametrize(
    ("unit", "named"), [(1e-4, "0.0001"), (1 / 5000, "0.0002"), (0.01, "0.01")]
)
def test_unusual_depth_alone_is_a_note_that_names_a_unit(unit, named):
    (note,) = checked(room(1.0, 2.0), unit=unit).notes
    assert re.search(rf"such as steps of .*\b{named}\b.* m \(depth_unit", note)


def test_median_ratio_of_depths_of_other_sizes():
    near = np.full((48, 64), 2.0, np.float32)
    near[:8] = np.nan
    assert median_ratio(np.full((480, 640), 10_000, np.uint16), near) == pytest.approx(5)
    assert median_ratio(np.zeros((480, 640), np.uint16), near) is None
