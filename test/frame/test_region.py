import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region, RegionLimits, check_region

LIMITS = RegionLimits()
TRIANGLE = np.array([[1.0, 1], [5, 1], [3, 4]])


def check(region):
    LIMITS.check_names(region)
    check_region(region, 640, 480)


def refusal(region):
    with pytest.raises(SpatialError) as caught:
        check(region)
    return caught.value


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 640, 480),
        (-50, -50, 1, 1),
        (639.5, 479.5, 900, 900),
        (0, 0, 0, 0),
        (639.9, 479.9, 639.9, 479.9),
        (3, 4, 3.5, 4.5),
        (-1e30, -1e30, 1e30, 1e30),
    ],
)
def test_boxes_that_touch_the_image_are_accepted(box):
    check(Region("mug", box))


@pytest.mark.parametrize(
    "box",
    [
        (640, 0, 700, 10),
        (0, 480, 10, 500),
        (-10, 0, 0, 10),
        (0, -10, 10, 0),
        (640, 100, 640, 100),
        (-0.1, 5, -0.1, 5),
        (1e30, 1e30, 2e30, 2e30),
    ],
)
def test_boxes_outside_the_image_are_refused(box):
    error = refusal(Region("mug", box))
    assert error.code == ErrorCode.REGION_OUTSIDE_IMAGE
    assert "640x480" in str(error)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Region("mug", (10, 10, 5, 20)), "inverted"),
        (Region("mug", (10, 20, 20, 10)), "inverted"),
        (Region("mug", (10, 10, 10, 20)), "no area"),
        (Region("mug", (np.nan, 0, 1, 1)), "finite"),
        (Region("mug", (0, 0, np.inf, 1)), "finite"),
        (Region("mug", (0, 0, 1)), "four finite numbers"),
        (Region("a" * (LIMITS.max_name_length + 1), (0, 0, 1, 1)), "characters"),
        (Region("a\nb", (0, 0, 1, 1)), "control"),
        (Region("a\x1b[2J", (0, 0, 1, 1)), "control"),
        (Region("mug", (0, 0, 1, 1), id="\x00"), "control"),
        (Region("mug", (0, 0, 9, 9), TRIANGLE[:2]), "at least 3"),
        (Region("mug", (0, 0, 9, 9), np.full((3, 2), np.nan)), "finite vertices"),
        (Region("mug", (0, 0, 9, 9), np.zeros((3, 3))), "finite vertices"),
        (Region("mug", (100, 100, 109, 109), TRIANGLE), "outside its box"),
    ],
)
def test_malformed_regions_are_refused_with_the_reason(region, words):
    error = refusal(region)
    assert error.code == ErrorCode.BAD_REGION
    assert words in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("amount", "parameter"), [((4, 9), "max_regions"), ((3, 10), "max_outline_points")]
)
def test_too_many_are_refused_with_the_parameter(amount, parameter):
    limits = RegionLimits(max_regions=3, max_outline_points=9)
    limits.check_amount(3, 9)
    with pytest.raises(SpatialError, match=f"parameter {parameter}") as caught:
        limits.check_amount(*amount)
    assert caught.value.code == ErrorCode.BAD_REQUEST


def test_outlines_and_foreign_labels_are_accepted():
    check(Region("blaue Tasse \N{HOT BEVERAGE}", (0, 0, 9, 9), TRIANGLE, "7"))


@given(
    st.text(max_size=210),
    st.tuples(*[st.floats(width=32)] * 4),
    st.none() | st.lists(st.tuples(st.floats(), st.floats()), max_size=5),
)
def test_any_region_is_accepted_or_refused(label, box, outline):
    vertices = None if outline is None else np.array(outline, float).reshape(-1, 2)
    try:
        check(Region(label, box, vertices))
    except SpatialError as error:
        code = error.code
    else:
        code = None
        assert np.isfinite(box).all()
    assert code in (None, ErrorCode.BAD_REGION, ErrorCode.REGION_OUTSIDE_IMAGE)


def test_a_normalised_box_is_called_so():
    error = refusal(Region("mug", (0.25, 0.4, 0.5, 0.9)))
    assert error.code is ErrorCode.BAD_REGION
    assert "normalised" in str(error)
