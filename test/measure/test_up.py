"""What up was taken from is said, and doubted where nothing in view supports it."""

from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.demo import DESK
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.gravity import detect_support
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.pointmap import PointMap

FRAME = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
REGIONS = load_regions(DESK / "regions.json")
UP = detect_support(PointMap(FRAME)).gravity.up


def turned():
    """The desk as a camera sees it that is mounted turned by 90 degrees, and its regions."""
    c = FRAME.camera
    camera = replace(
        *(c,),
        **{"width": c.height, "height": c.width, "fx": c.fy, "fy": c.fx},
        **{"cx": c.cy, "cy": c.width - 1 - c.cx},
    )
    regions = [
        Region(r.label, (r.box[1], c.width - r.box[2], r.box[3], c.width - r.box[0]))
        for r in REGIONS
    ]
    depth = np.ascontiguousarray(np.rot90(FRAME.depth))
    return replace(FRAME, rgb=None, depth=depth, camera=camera), regions


UPRIGHT = [
    "How tall is the blue mug?",
    "Is the globe above the blue mug?",
    "How much higher is the globe than the blue mug?",
    "Is the globe taller than the blue mug?",
    "How big is the globe?",
    "What is on the magazine?",
    "How far above the blue mug is the globe?",
]
LEVEL = [
    "How far is the globe?",
    "How far is pixel (320, 240)?",
    "Is the globe left of the blue mug?",
    "Which is closer, the globe or the blue mug?",
    "How far is the globe from the blue mug?",
]


@pytest.mark.parametrize("question", UPRIGHT)
def test_answers_that_depend_on_up_say_where_it_comes_from(question):
    notes = answer_measured(question, FRAME, REGIONS).notes
    assert "up: across the horizontal surface in view" in notes
    frame, regions = turned()
    (note,) = (n for n in answer_measured(question, frame, regions).notes if n.startswith("up: "))
    assert "no horizontal surface in view supports that" in note
    assert "mounted turned" in note


@pytest.mark.parametrize("question", LEVEL)
def test_others_do_not(question):
    frame, regions = turned()
    notes = answer_measured(question, frame, regions).notes
    assert not [note for note in notes if note.startswith("up: ")]


def given(up, **fields):
    options = MeasureOptions(gravity=Gravity(np.asarray(up, float), "tf", **fields))
    answer = answer_measured("How tall is the blue mug?", FRAME, REGIONS, options=options)
    return next(note for note in answer.notes if note.startswith("up: "))


def test_a_given_up_that_is_supported_is_not_doubted():
    assert given(UP) == "up: from TF"
    assert given(UP, floor=-1.7, floor_source="base_link") == "up: from TF"


def test_a_given_up_that_no_surface_supports_is_doubted():
    assert "90 degrees off" in given([1, 0, 0])


def test_axes_of_a_robots_frame_are_recognised():
    x, y, z = UP
    assert "no" in given([z, -x, -y])
    assert "optical frame" in given([z, -x, -y])


def test_a_floor_far_above_the_largest_surface_names_the_unit():
    note = given(UP, floor=-0.17, floor_source="base_link")
    assert "10 times finer (depth_unit)" in note
