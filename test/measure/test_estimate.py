"""A measured object with a better estimate of its place and size."""

import numpy as np
import pytest

from hispatial_ros.demo import DESK
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.estimate import with_estimates
from hispatial_ros.measure.objects import own_covariance


@pytest.fixture(scope="module")
def objects():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    return measure(frame, load_regions(DESK / "regions.json")).objects


def again(objects, moved=0.0, scale=1.0):
    """The same estimates as they were, or moved [m], with their deviations scaled."""
    return with_estimates(
        objects,
        np.array([o.center for o in objects]) + moved,
        scale**2 * np.array([o.covariance[:3, :3] for o in objects]),
        np.array([o.size for o in objects]),
        scale * np.sqrt([np.diag(own_covariance(o))[4:] for o in objects]),
    )


def test_the_same_estimates_change_nothing(objects):
    for o, same in zip(objects, again(objects), strict=True):
        assert same.distance == pytest.approx(o.distance, abs=1e-6)
        assert same.distance_stddev == pytest.approx(o.distance_stddev, rel=0.05)
        assert same.extent == pytest.approx(o.extent, rel=1e-6)
        assert same.nearest == pytest.approx(o.nearest, abs=1e-6)
        assert same.covariance == pytest.approx(o.covariance, abs=1e-12)


def test_it_moves_with_all_that_belongs_to_it(objects):
    step = np.array([0.0, 0.0, 0.5])
    for o, moved in zip(objects, again(objects, step), strict=True):
        assert moved.distance > o.distance + 0.3
        assert (moved.surface - o.surface)[:, 2] == pytest.approx(0.5, abs=1e-5)


def test_a_surer_place_makes_a_surer_distance(objects):
    solids = [o for o in objects if o.shape != "irregular"]
    for o, surer in zip(solids, again(solids, scale=0.5), strict=True):
        assert surer.distance_stddev < 0.75 * o.distance_stddev
