import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.camera.rays import rays
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.registration import MARGIN, register

COLOR = Camera(640, 480, 600, 600, 319.5, 239.5)
DEPTH = Camera(
    320, 288, 250, 250, 160, 143, "rational_polynomial", (0.4, -2.6, 0, 0, 1.5, 0.3, -2.5, 1.4)
)
# The depth camera sits 5 cm to the right of the colour camera and is turned by a few degrees.
C, S = np.cos(0.05), np.sin(0.05)
POSE = np.array([[C, 0, S, 0.05], [0, 1, 0, 0.002], [-S, 0, C, -0.004], [0, 0, 0, 1]])


def render(camera, pose, planes, dtype):
    """Depth of planes n . p = offset, given in the colour camera's frame, nearest first hit.

    Args:
        pose: [4, 4] camera to colour camera.
        planes: (n, offset, x range) where x is that of the hit in the colour camera's frame.
    """
    column, row = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    x, y = rays(camera, column, row)
    direction = np.stack([x, y, np.ones_like(x)], -1).astype(float) @ pose[:3, :3].T
    depth = np.full(x.shape, np.inf)
    for normal, offset, (low, high) in planes:
        along = (offset - np.dot(normal, pose[:3, 3])) / (direction @ normal)
        hit = pose[:3, 3] + along[..., None] * direction
        good = (along > 0) & (hit[..., 0] > low) & (hit[..., 0] < high)
        depth = np.where(good & (along < depth), along, depth)
    if dtype == np.uint16:
        return np.where(np.isinf(depth), 0, np.rint(depth * 1000)).astype(np.uint16)
    return np.where(np.isinf(depth), np.nan, depth).astype(np.float32)


WALL = (np.array([0.0, 0.1, 1.0]), 2.0, (-9, 9))
POST = (np.array([0.0, 0.0, 1.0]), 1.0, (-0.1, 0.1))


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_registered_depth_is_what_the_colour_camera_would_measure(dtype):
    depth = register(render(DEPTH, POSE, [WALL, POST], dtype), DEPTH, COLOR, POSE)
    assert depth.dtype == dtype
    target = COLOR.scaled(depth.shape[1], depth.shape[0])
    truth = render(target, np.eye(4), [WALL, POST], np.float32)
    metres = depth * (0.001 if dtype == np.uint16 else 1.0)
    valid = np.isfinite(metres) & (metres > 0)
    assert valid.mean() > 0.75
    error = np.abs(metres - truth)[valid]
    assert np.median(error) < 0.003
    # Errors beyond that only at the edges of the post, one pixel wide, and where it hides the wall
    # from one of the cameras.
    assert np.mean(error > 0.02) < 0.02


def test_nearest_surface_wins_and_holes_stay():
    depth = np.zeros((288, 320), np.uint16)
    depth[100:110, 100:110] = 2000
    found = register(depth, DEPTH, COLOR, POSE)
    assert np.count_nonzero(found) == pytest.approx(100 / MARGIN**2, rel=0.1)
    wall_and_post = register(render(DEPTH, POSE, [WALL, POST], np.uint16), DEPTH, COLOR, POSE)
    row = wall_and_post[wall_and_post.shape[0] // 2]
    middle = row[row.size // 2 - 10 : row.size // 2 + 10]
    assert set(middle.tolist()) <= {0, 999, 1000, 1001}


def test_surfaces_seen_without_gaps_stay_without_gaps():
    for camera in (DEPTH, COLOR, Camera(848, 480, 425, 425, 424, 240)):
        found = register(render(camera, POSE, [WALL], np.float32), camera, COLOR, POSE)
        assert found[60:100, 80:120].all()


def test_a_sharper_depth_camera_fills_every_pixel():
    """At less than the depth camera's resolution the result has the colour image's size."""
    small = COLOR.scaled(160, 120)
    found = register(render(COLOR, np.eye(4), [WALL], np.float32), COLOR, small, np.eye(4))
    np.testing.assert_allclose(found, render(small, np.eye(4), [WALL], np.float32), rtol=2e-3)


def test_invalid_depth_is_left_out():
    depth = np.array([[np.nan, np.inf, -np.inf, -1.0], [0.0, 1.0, 1e9, 2.0]], np.float32)
    camera = Camera(4, 2, 40, 40, 1.5, 0.5)
    wide = Camera(4, 2, 30, 30, 1.5, 0.5)  # takes each pixel to itself
    found = register(depth, camera, wide, np.eye(4))
    np.testing.assert_allclose(found, [[0, 0, 0, 0], [0, 1, 1e9, 2]])
    behind = np.eye(4)
    behind[2, 3] = -5
    found = register(depth, camera, wide, behind)
    assert not found[found < 100].any()


def test_depth_of_another_size_than_its_calibration():
    depth = render(DEPTH.scaled(160, 144), POSE, [WALL], np.float32)
    found = register(depth, DEPTH, COLOR, POSE)
    target = COLOR.scaled(found.shape[1], found.shape[0])
    truth = render(target, np.eye(4), [WALL], np.float32)
    valid = found > 0
    assert valid.mean() > 0.7
    assert np.median(np.abs(found - truth)[valid]) < 0.005


@pytest.mark.parametrize("bad", [np.zeros((4, 4)), 2 * np.eye(4), np.full((4, 4), np.nan)])
def test_transforms_that_are_none(bad):
    with pytest.raises(SpatialError, match="TF") as caught:
        register(np.ones((288, 320), np.uint16), DEPTH, COLOR, bad)
    assert caught.value.code == ErrorCode.BAD_CALIBRATION
