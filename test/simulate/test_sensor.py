"""Statistics of the depth sensor model."""

from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.simulate.sensor import PERFECT, Sensor

QUIET = replace(PERFECT, noise=1.0)


@pytest.mark.parametrize("z", [0.5, 1.0, 2.0, 4.0])
def test_noise_has_the_stated_deviation(z):
    sensed = QUIET.sense(np.full((300, 400), z), np.random.default_rng(0)) / 1000
    sigma = 0.0012 + 0.0019 * (z - 0.4) ** 2
    rounding = 0.001 / np.sqrt(12)
    assert sensed.std() == pytest.approx(np.hypot(sigma, rounding), rel=0.02)
    assert sensed.mean() == pytest.approx(z, abs=4 * sigma / np.sqrt(sensed.size))


def test_correlated_noise_keeps_its_deviation():
    sensor = replace(QUIET, correlation=2.0)
    z = sensor.sense(np.full((300, 400), 3.0), np.random.default_rng(0)) / 1000 - 3
    assert z.std() == pytest.approx(float(sensor.sigma(np.array(3.0))), rel=0.02)
    assert np.mean(z[:, 1:] * z[:, :-1]) / z.var() > 0.8


def test_disparity_steps():
    sensor = replace(PERFECT, disparity_step=1 / 348)
    z = sensor.sense(np.tile(np.linspace(3.9, 4.1, 400), (20, 1)), np.random.default_rng(0))
    steps = np.unique(z)
    assert np.diff(steps) == pytest.approx(4000 * 4 / 348, rel=0.05)


def test_a_perfect_sensor_only_rounds():
    rng = np.random.default_rng(0)
    depth = rng.uniform(0.3, 9, (50, 60))
    np.testing.assert_array_equal(PERFECT.sense(depth, rng), np.round(depth * 1000))


def test_nothing_and_too_far_are_invalid():
    depth = np.array([[np.inf, 12.0, 2.0]] * 5)
    np.testing.assert_array_equal(
        PERFECT.sense(depth, np.random.default_rng(0)), [[0, 0, 2000]] * 5
    )


def test_edges_lose_pixels_and_fly_but_slopes_do_not():
    step = np.full((200, 200), 2.0)
    step[:, 100:] = 3.0
    sensor = replace(PERFECT, edge_dropout=0.5, flying=0.2)
    z = sensor.sense(step, np.random.default_rng(0))
    edge = z[:, 98:102]
    flying = (edge > 2010) & (edge < 2990)
    assert 0.3 < (edge == 0).mean() < 0.5
    assert 0.15 < flying[:, 1:3].mean() < 0.25
    away = np.delete(z, np.s_[96:104], 1)
    np.testing.assert_array_equal(away, np.delete(step, np.s_[96:104], 1) * 1000)
    slope = np.tile(np.linspace(1, 9, 80), (200, 1))
    z = sensor.sense(slope, np.random.default_rng(0))
    np.testing.assert_array_equal(z[:, 3:-3], np.round(slope * 1000)[:, 3:-3])


def test_holes_have_no_depth_and_their_number_varies():
    lost = [
        (replace(PERFECT, holes=5).sense(np.full((480, 640), 2.0), np.random.default_rng(s)) == 0)
        for s in range(20)
    ]
    shares = [x.mean() for x in lost]
    assert max(shares) < 0.02
    assert min(shares) == 0 < max(shares)


def test_default_sensor_leaves_most_depth():
    z = Sensor().sense(np.full((480, 640), 2.0), np.random.default_rng(1))
    assert 0.97 < (z > 0).mean() < 1


def test_calibration_misses_the_principal_point_by_what_it_says():
    camera = Camera(64, 48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
    rng = np.random.default_rng(0)
    found = [Sensor(principal=0.3).calibrate(camera, rng) for _ in range(1000)]
    off = np.array([(c.cx - camera.cx, c.cy - camera.cy) for c in found])
    assert off.std(0) == pytest.approx([0.3, 0.3], rel=0.1)
    assert abs(off.mean(0)).max() < 0.05
    assert PERFECT.calibrate(camera, rng) == camera
