import math
from types import SimpleNamespace

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import check_region
from hispatial_ros.intake.regions import RegionsMessage

NS = SimpleNamespace


def detection(classes, center, size, theta=0.0, identity=""):
    """A vision_msgs/Detection2D (the fields that exist since Humble)."""
    return NS(
        id=identity,
        results=[NS(hypothesis=NS(class_id=c, score=s)) for c, s in classes],
        bbox=NS(
            center=NS(position=NS(x=center[0], y=center[1]), theta=theta),
            size_x=size[0],
            size_y=size[1],
        ),
    )


def assert_refused(detection):
    with pytest.raises(SpatialError) as caught:
        check_region(only(NS(header=None, detections=[detection])), 640, 480)
    assert caught.value.code is ErrorCode.BAD_REGION


def only(message):
    (region,) = RegionsMessage(message).regions
    return region


def test_region_array(make):
    outline = [(1, 1), (5, 1), (3, 4)]
    region = only(make.regions(make.region("blue mug", (1, 1, 5, 4), outline, "7")))
    assert (region.label, region.box, region.id) == ("blue mug", (1, 1, 5, 4), "7")
    np.testing.assert_array_equal(region.outline, outline)
    assert only(make.regions(make.region())).outline is None


def test_detections():
    message = NS(
        header=None,
        detections=[detection([("cup", 0.2), ("mug", 0.7)], (20.0, 30.0), (8.0, 4.0), 0.0, "3")],
    )
    region = only(message)
    assert (region.label, region.box, region.id) == ("mug", (16, 28, 24, 32), "3")
    assert region.outline is None


def test_detection_without_class():
    assert only(NS(header=None, detections=[detection([], (1.0, 1.0), (2.0, 2.0))])).label == ""


@pytest.mark.parametrize("theta", [math.pi / 2, -math.pi / 2])
def test_quarter_turn_swaps_the_sides(theta):
    region = only(NS(header=None, detections=[detection([], (20.0, 30.0), (8.0, 4.0), theta)]))
    np.testing.assert_allclose(region.box, (18, 26, 22, 34), atol=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [[0], [1], [2], [3], [4], [0, 2, 3]])
def test_a_box_of_no_numbers_is_one_that_is_refused(place, bad):
    numbers = np.array([20.0, 30.0, 8.0, 4.0, 0.5])
    numbers[place] = bad
    x, y, width, height, theta = numbers.tolist()
    turned = detection([], (x, y), (width, height), theta)
    assert_refused(turned)


@pytest.mark.filterwarnings("error")
def test_a_box_too_large_for_numbers_is_refused():
    turned = detection([], (1e308, 1e308), (1.7e308, 1.7e308), 0.7)
    assert_refused(turned)


def test_rotated_box_has_its_outline():
    turned = detection([], (20.0, 30.0), (8.0, 4.0), math.pi / 6)
    outline = only(NS(header=None, detections=[turned])).outline
    sides = np.linalg.norm(np.roll(outline, -1, 0) - outline, axis=1)
    np.testing.assert_allclose(sides, [8, 4, 8, 4])
    # Image axes are x right and y down, so a positive angle turns clockwise as seen.
    along = outline[1] - outline[0]
    assert math.atan2(along[1], along[0]) == pytest.approx(math.pi / 6)
