"""A wrong unit of depth is named by the things in view, and right ones are left alone."""

from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.demo import DESK
from hispatial_ros.detect.scale import judge_scale
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.pointmap import PointMap

FRAME = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
REGIONS = load_regions(DESK / "regions.json")


def judged(depth, regions=REGIONS):
    return judge_scale(PointMap(replace(FRAME, depth=depth), max_range=1e6), regions)


def test_the_desk_confirms_its_unit():
    assert judged(FRAME.depth).confirms


@pytest.mark.parametrize(
    ("factor", "unit"), [(10, "0.0001 m"), (5, "0.0002 m"), (0.1, "0.01 m")], ids=str
)
def test_integers_in_another_unit(factor, unit):
    verdict = judged((FRAME.depth * float(factor)).astype(np.uint16))
    assert verdict.off >= 2
    assert f"in steps of {unit} instead of 0.001 m" in verdict.doubt
    assert not verdict.confirms


def test_floats_in_another_unit():
    assert "steps of 0.01 m instead of 1 m" in judged(FRAME.depth.astype(np.float32) / 10).doubt


@pytest.mark.parametrize(
    ("distance", "label", "pixels"),
    [
        (15.0, "person", 60),  # 1.8 m in a warehouse
        (25.0, "truck", 100),  # 5 m
        (12.0, "yellow pallet", 30),
        (0.08, "screw", 200),
        (0.1, "mug", 400),  # 8 cm from close by
        (0.15, "toy car", 300),  # 9 cm: a toy
    ],
)
def test_warehouses_and_close_ups_are_left_alone(distance, label, pixels):
    camera = Camera(640, 480, 500.0, 500.0, 319.5, 239.5)
    depth = np.full((480, 640), 1000 * distance, np.uint16)
    x, y = 320 - pixels / 4, 240 - pixels / 2
    region = Region(label, (x, y, x + pixels / 2, y + pixels))
    assert judge_scale(PointMap(Frame(None, depth, camera)), [region, region]).doubt == ""


def test_one_thing_that_fits_settles_it():
    regions = [*REGIONS, Region("person", (100.0, 100.0, 110.0, 110.0))]
    assert judged(FRAME.depth, regions).confirms
