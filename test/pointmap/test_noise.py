"""Depth noise: the published curve, and room for monocular depth."""

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure
from hispatial_ros.pointmap.noise import DepthNoise, share_in_common


@pytest.mark.parametrize(("z", "sigma"), [(0.4, 0.0012), (1.4, 0.0031), (3.4, 0.0183)])
def test_default_is_the_published_quadratic(z, sigma):
    assert DepthNoise().sigma(np.array(z)) == pytest.approx(sigma, rel=1e-6)


def test_relative_part_adds_in_quadrature():
    noise = DepthNoise(a=0.003, b=0, relative=0.02)
    assert noise.sigma(np.array(0.2)) == pytest.approx(0.005)


def test_invalid_depth_has_no_noise_value():
    assert np.isnan(DepthNoise().sigma(np.array([np.nan]))).all()


def test_an_areas_mean_is_not_as_if_its_pixels_were_independent():
    pixels = np.array([1, 9, 100, 400, 1_000_000])
    share = share_in_common(pixels)
    assert (share >= 1 / np.sqrt(pixels)).all()
    assert (np.diff(share) <= 0).all()
    assert share[0] == 1
    assert share[-1] == share_in_common(1e9) > 0.05  # distortion stays


def test_what_the_depth_errs_in_common_reaches_centre_and_distance():
    depth = np.full((120, 160), 4.0, np.float32)
    depth[30:90, 40:120] = 2.0
    frame = Frame(None, depth, Camera(160, 120, fx=140.0, fy=140.0, cx=79.5, cy=59.5))
    found = measure(frame, [Region("block", (40, 30, 120, 90))]).objects[0]
    least = DepthNoise().sigma(2.0) * share_in_common(np.array(80 * 60))
    assert np.sqrt(found.covariance[2, 2]) > least
    assert found.distance_stddev > least
