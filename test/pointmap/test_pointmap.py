import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.pointmap.pointmap import PointMap

CAMERA = Camera(8, 6, fx=10.0, fy=12.0, cx=3.5, cy=2.5)


def test_points_follow_the_pinhole_model_and_invalid_depth_is_nan():
    depth = np.full((6, 8), 2.0, np.float32)
    depth[0, :5] = [0, np.nan, np.inf, -np.inf, -1]
    depth[1, 0] = 31.0  # beyond the range
    points = PointMap(Frame(None, depth, CAMERA), max_range=30.0).points
    assert np.isnan(points[0, :5]).all()
    assert np.isnan(points[1, 0]).all()
    v, u = np.mgrid[2:6, :8]
    expected = np.stack([(u - 3.5) / 10 * 2, (v - 2.5) / 12 * 2, np.full(u.shape, 2.0)], -1)
    np.testing.assert_allclose(points[2:], expected, atol=1e-6)


def test_millimetres():
    points = PointMap(Frame(None, np.full((6, 8), 1234, np.uint16), CAMERA))
    assert points.points[..., 2] == pytest.approx(1.234)


def test_depth_of_half_the_size_shows_the_same_field_of_view():
    half = PointMap(Frame(None, np.full((3, 4), 1000, np.uint16), CAMERA))
    full = PointMap(Frame(None, np.full((6, 8), 1000, np.uint16), CAMERA))
    assert half.points.mean((0, 1)) == pytest.approx(full.points.mean((0, 1)), abs=1e-6)
    assert half.sample(7, 5) == pytest.approx(half.points[2, 3])


def test_depth_of_another_aspect_is_refused():
    with pytest.raises(SpatialError, match="aspect"):
        PointMap(Frame(None, np.full((6, 6), 1000, np.uint16), CAMERA))


def test_samples_outside_the_image_are_nan():
    points = PointMap(Frame(None, np.full((6, 8), 1000, np.uint16), CAMERA))
    assert np.isnan(points.sample(np.array([-1.0, 8.0, np.nan]), np.array([0.0, 0.0, 0.0]))).all()


def test_noise_is_quadratic_in_depth_and_relative_noise_adds_in_quadrature():
    z = np.array([0.4, 1.4, 2.4])
    assert DepthNoise().sigma(z) == pytest.approx([0.0012, 0.0031, 0.0088])
    both = DepthNoise(a=0.03, b=0, relative=0.04).sigma(np.array([1.0]))
    assert both == pytest.approx([0.05])
