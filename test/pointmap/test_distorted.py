"""Point maps of raw images whose lens distorts."""

import numpy as np

from hispatial_ros.camera.distortion import project
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.pointmap import PointMap

WIDE = Camera(640, 480, 300, 300, 319.5, 239.5, "plumb_bob", (-0.3, 0.0, 0.001, 0.0, 0.0))
DEPTH = np.full((480, 640), 2000, np.uint16)


def test_points_project_back_to_their_pixels():
    points = PointMap(Frame(None, DEPTH, WIDE)).points
    valid = np.isfinite(points).all(-1)
    v, u = np.nonzero(valid)
    np.testing.assert_allclose(project(WIDE, points[valid]), np.stack([u, v], -1), atol=2e-3)
    assert valid[120:360, 170:470].all()  # within the 211 px that k1 allows


def test_pixels_without_a_ray_are_invalid_as_a_whole():
    cloud = PointMap(Frame(None, DEPTH, WIDE))
    corner = np.isnan(cloud.points[0, 0])
    assert corner.all()
    assert np.isnan(cloud.z(np.array([0]), np.array([0]))).all()
