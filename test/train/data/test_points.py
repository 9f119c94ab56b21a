"""What the model is given of the points, for experiments."""

from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.errors import SpatialError
from hispatial_ros.train.data.loader import BatchLoader
from hispatial_ros.train.data.points import METRIC, NONE, RELATIVE, given_points
from hispatial_ros.train.settings import TrainSettings


@pytest.fixture
def xyz():
    rng = np.random.default_rng(0)
    xyz = rng.uniform(0.5, 6, (4, 8, 8)).astype(np.float32)
    xyz[3] = rng.random((8, 8)) < 0.7
    xyz[:3] *= xyz[3]
    return xyz


def test_metric_points_are_left_as_they_are(xyz):
    assert given_points(xyz, METRIC) is xyz


def test_relative_depth_has_neither_scale_nor_directions(xyz):
    given = given_points(xyz, RELATIVE)
    valid = xyz[3] == 1
    assert np.median(given[2][valid]) == pytest.approx(1)
    np.testing.assert_allclose(given[2][valid] * np.median(xyz[2][valid]), xyz[2][valid], rtol=1e-6)
    assert not given[:2].any()
    assert not given[2][~valid].any()
    np.testing.assert_array_equal(given[3], xyz[3])
    larger = xyz * np.array([3, 3, 3, 1], np.float32)[:, None, None]
    np.testing.assert_allclose(given_points(larger, RELATIVE), given, rtol=1e-5)


def test_without_points_nothing_is_left(xyz):
    before = xyz.copy()
    assert not given_points(xyz, NONE).any()
    np.testing.assert_array_equal(xyz, before)


def test_without_any_valid_pixel(xyz):
    assert not given_points(xyz * 0, RELATIVE).any()


def test_batches_differ_in_their_points_only(plan):
    metric, relative, none = (
        next(BatchLoader(replace(plan, points=points))) for points in (METRIC, RELATIVE, NONE)
    )
    assert metric.xyz_values[:, :3].any()
    assert not none.xyz_values.any()
    assert not relative.xyz_values[:, :2].any()
    for other in (relative, none):
        assert (other.input_ids == metric.input_ids).all()
        assert (other.pixel_values == metric.pixel_values).all()


def test_a_run_is_not_resumed_with_other_points(plan):
    state = BatchLoader(plan).state_dict()
    with pytest.raises(SpatialError, match="points: metric -> none"):
        BatchLoader(replace(plan, points=NONE)).load_state_dict(state)


def test_unknown_points_are_told():
    with pytest.raises(SpatialError, match="points is one of metric"):
        TrainSettings(points="some")
