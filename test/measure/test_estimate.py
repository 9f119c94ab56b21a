"""A measured object with a better estimate of its place and size."""

import numpy as np
import pytest

from hispatial_ros.demo import DESK
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.estimate import with_estimate
from hispatial_ros.measure.objects import own_covariance


@pytest.fixture(scope="module")
def objects():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    return measure(frame, load_regions(DESK / "regions.json")).objects


def again(o, moved=0.0, scale=1.0):
    """The same estimate as it was, or moved [m], with its deviations scaled."""
    return with_estimate(
        o,
        o.center + moved,
        scale**2 * o.covariance[:3, :3],
        o.size,
        scale * np.sqrt(np.diag(own_covariance(o))[4:]),
    )


def test_the_same_estimate_changes_nothing(objects):
    for o in objects:
        same = again(o)
        assert same.distance == pytest.approx(o.distance, abs=1e-6)
        assert same.distance_stddev == pytest.approx(o.distance_stddev, rel=0.05)
        assert same.extent == pytest.approx(o.extent, rel=1e-6)
        assert same.nearest == pytest.approx(o.nearest, abs=1e-6)


def test_it_moves_with_all_that_belongs_to_it(objects):
    step = np.array([0.0, 0.0, 0.5])
    for o in objects:
        moved = again(o, step)
        assert moved.distance > o.distance + 0.3
        assert (moved.surface - o.surface)[:, 2] == pytest.approx(0.5, abs=1e-5)


def test_a_surer_place_makes_a_surer_distance(objects):
    for o in (o for o in objects if o.shape != "irregular"):
        assert again(o, scale=0.5).distance_stddev < 0.75 * o.distance_stddev
