"""Depth noise: the published curve, and room for monocular depth."""

import numpy as np
import pytest

from hispatial_ros.pointmap.noise import DepthNoise


@pytest.mark.parametrize(("z", "sigma"), [(0.4, 0.0012), (1.4, 0.0031), (3.4, 0.0183)])
def test_default_is_the_published_quadratic(z, sigma):
    assert DepthNoise().sigma(np.array(z)) == pytest.approx(sigma, rel=1e-6)


def test_relative_part_adds_in_quadrature():
    noise = DepthNoise(a=0.003, b=0, relative=0.02)
    assert noise.sigma(np.array(0.2)) == pytest.approx(0.005)


def test_invalid_depth_has_no_noise_value():
    assert np.isnan(DepthNoise().sigma(np.array([np.nan]))).all()
