import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hispatial_ros.camera.distortion import project, undistort
from hispatial_ros.camera.model import Camera
from hispatial_ros.camera.rays import rays
from hispatial_ros.errors import ErrorCode, SpatialError

# name: focal length, model, coefficients; sizes 640x480
LENSES = {
    "webcam": (600, "plumb_bob", (0.1, -0.3, 1e-3, -1e-3, 0.2)),
    "four coefficients": (600, "plumb_bob", (-0.2, 0.05, 1e-3, -1e-3)),
    "barrel": (350, "plumb_bob", (-0.28, 0.07, 5e-4, -3e-4, -0.008)),
    "depth camera": (500, "rational_polynomial", (0.45, -2.7, 1e-3, -1e-4, 1.5, 0.33, -2.5, 1.45)),
    "wide": (260, "rational_polynomial", (0.9, 0.15, 1e-4, -1e-4, 0.004, 1.25, 0.4, 0.02)),
    "prism": (
        500,
        "rational_polynomial",
        (0.45, -2.7, 1e-3, -1e-4, 1.5, 0.33, -2.5, 1.45, 1e-3, -2e-3, 3e-3, 1e-3),
    ),
    "tilted": (
        500,
        "rational_polynomial",
        (0.4, -2.6, 1e-3, -1e-4, 1.5, 0.3, -2.5, 1.4, 1e-3, -2e-3, 3e-3, 1e-3, 0.02, -0.03),
    ),
    "fisheye": (300, "equidistant", (0.02, -0.01, 0.003, -0.001)),
}
GRID = np.stack(np.meshgrid(np.arange(0, 640, 13), np.arange(0, 480, 11)), -1).reshape(-1, 2)


def camera(name):
    f, model, d = LENSES[name]
    return Camera(640, 480, f, f * 1.01, 318.3, 242.1, model, d)


def opencv_project(camera, xy):
    """The forward model by another implementation."""
    if camera.distortion_model == "equidistant":
        return cv2.fisheye.distortPoints(xy[:, None], camera.K, np.array(camera.d))[:, 0]
    points = np.column_stack([xy, np.ones(len(xy))])
    still = np.zeros(3)
    return cv2.projectPoints(points, still, still, camera.K, np.array(camera.d))[0][:, 0]


@pytest.mark.parametrize("name", LENSES)
def test_rays_project_back_to_their_pixels(name):
    xy = undistort(camera(name), GRID)
    valid = np.isfinite(xy).all(1)
    assert valid.mean() > 0.95
    np.testing.assert_allclose(opencv_project(camera(name), xy[valid]), GRID[valid], atol=1e-3)


@pytest.mark.parametrize("name", LENSES)
def test_points_project_as_opencv_says(name):
    xy = np.random.default_rng(1).uniform(-0.4, 0.4, (200, 2))
    z = np.random.default_rng(2).uniform(0.2, 5, 200)
    points = np.column_stack([xy * z[:, None], z])
    np.testing.assert_allclose(
        project(camera(name), points), opencv_project(camera(name), xy), atol=1e-6
    )


@pytest.mark.parametrize("name", ["webcam", "depth camera", "prism"])
def test_agrees_with_opencv_where_that_converges(name):
    cam = camera(name)
    theirs = cv2.undistortPoints(GRID[:, None].astype(float), cam.K, np.array(cam.d))[:, 0]
    np.testing.assert_allclose(undistort(cam, GRID), theirs, atol=1e-5)


def test_pixels_beyond_the_fold_have_no_ray():
    """Strong barrel distortion maps no ray to the corners; a fixed-point iteration makes one up."""
    cam = Camera(640, 480, 300, 300, 319.5, 239.5, "plumb_bob", (-0.3, 0.0, 0.0, 0.0, 0.0))
    fold = np.sqrt(1 / (3 * 0.3))  # where d/dr (r - 0.3 r^3) = 0
    limit = 300 * (fold - 0.3 * fold**3)
    radius = np.hypot(*(GRID - (319.5, 239.5)).T)
    xy = undistort(cam, GRID)
    assert np.isnan(xy[radius > limit]).all()
    assert np.isfinite(xy[radius < limit * 0.999]).all()
    assert np.hypot(*xy[radius < limit * 0.999].T).max() <= fold


def test_rays_beyond_a_fold_by_decentring_are_no_solutions():
    """Strong tangential terms fold the image where the radial part is still monotone."""
    d = (0.1, 0.18, 0.12, -0.22, -0.04)
    cam = Camera(640, 480, 300, 300, 319.5, 239.5, "plumb_bob", d)
    xy = undistort(cam, GRID)
    assert np.isnan(xy).any()
    assert np.isfinite(xy).mean() > 0.7

    def pixels(dx, dy):
        return project(cam, np.column_stack([xy + np.array([dx, dy]), np.ones(len(xy))]))

    across, down = pixels(1e-6, 0) - pixels(-1e-6, 0), pixels(0, 1e-6) - pixels(0, -1e-6)
    orientation = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    assert np.nanmin(orientation) > 0


def test_fisheye_sees_up_to_a_right_angle():
    cam = Camera(640, 480, 150, 150, 319.5, 239.5, "equidistant", (1e-9, 0.0, 0.0, 0.0))
    theta = np.hypot(*(GRID - (319.5, 239.5)).T) / 150
    xy = undistort(cam, GRID)
    assert np.isnan(xy[theta > np.pi / 2]).all()
    inner = theta < 1.5
    np.testing.assert_allclose(np.hypot(*xy[inner].T), np.tan(theta[inner]), rtol=1e-5)


def test_centre_of_the_lens():
    for name in LENSES:
        cam = camera(name)
        if name != "tilted":
            np.testing.assert_allclose(undistort(cam, [[cam.cx, cam.cy]]), [[0, 0]], atol=1e-9)


def test_undistorted_camera_is_a_pinhole():
    cam = Camera(640, 480, 500, 400, 320, 240)
    np.testing.assert_allclose(undistort(cam, [[820, 640]]), [[1, 1]])
    np.testing.assert_allclose(project(cam, np.array([[2.0, 2, 2]])), [[820, 640]])


def test_points_behind_the_camera_are_nowhere():
    for name in LENSES:
        assert np.isnan(project(camera(name), np.array([[0, 0, -1.0], [0.1, 0, 0]]))).all()


@pytest.mark.parametrize("name", LENSES)
def test_no_points(name):
    assert undistort(camera(name), np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("name", LENSES)
def test_nan_stays_nan(name):
    assert np.isnan(undistort(camera(name), [[np.nan, 1.0], [np.inf, 1.0]])).all()


@pytest.mark.parametrize(
    ("model", "d", "words"),
    [
        ("", (0.1, 0.0, 0.0, 0.0, 0.0), "not known"),
        ("division", (0.1,), "not known"),
        ("plumb_bob", (0.1,), "4 or 5 coefficients"),
        ("plumb_bob", (0.1,) * 8, "4 or 5 coefficients"),
        ("rational_polynomial", (0.1,) * 5, "8 or 12 or 14 coefficients"),
        ("equidistant", (0.1,) * 5, "4 coefficients"),
    ],
)
def test_unknown_distortion_is_refused_not_ignored(model, d, words):
    cam = Camera(640, 480, 500, 500, 320, 240, model, d)
    for function, argument in [(undistort, GRID), (project, np.ones((1, 3)))]:
        with pytest.raises(SpatialError, match=words) as caught:
            function(cam, argument)
        assert caught.value.code == ErrorCode.BAD_CALIBRATION
    with pytest.raises(SpatialError, match=words):
        rays(cam, np.arange(3), np.arange(3))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([("plumb_bob", 5), ("rational_polynomial", 14), ("equidistant", 4)]),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=14, max_size=14),
)
def test_absurd_coefficients_give_no_rays_rather_than_an_exception(model, d):
    cam = Camera(640, 480, 500, 500, 319.5, 239.5, model[0], tuple(d[: model[1]]))
    assert undistort(cam, GRID[:40]).shape == project(cam, np.ones((40, 3))).shape == (40, 2)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([("plumb_bob", 5), ("rational_polynomial", 8), ("equidistant", 4)]),
    st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=8),
    st.floats(100, 800),
)
def test_any_lens_gives_true_rays_or_none(model, numbers, f):
    name, count = model
    d = [n if i not in (2, 3) or name == "equidistant" else n / 50 for i, n in enumerate(numbers)]
    assume(any(d[:count]))
    cam = Camera(640, 480, f, f, 319.5, 239.5, name, tuple(d[:count]))
    xy = undistort(cam, GRID)
    valid = np.isfinite(xy).all(1)
    points = np.column_stack([xy, np.ones(len(xy))])[valid]
    np.testing.assert_allclose(project(cam, points), GRID[valid], atol=2e-3)


# Rays of whole pixels


@pytest.mark.parametrize("name", LENSES)
def test_remembered_rays_equal_computed_ones(name):
    cam = camera(name)
    column, row = np.arange(5, 600, 7)[None, :], np.arange(3, 470, 5)[:, None]
    uv = np.stack(np.broadcast_arrays(column, row), -1).reshape(-1, 2)
    expected = undistort(cam, uv).reshape(94, 85, 2)
    # A part first, so that the whole consists of remembered and of new pixels.
    for part in (slice(10, 40), slice(None), slice(None)):
        x, y = rays(cam, column[:, part], row)
        assert x.dtype == np.float32
        np.testing.assert_allclose(x, expected[:, part, 0], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(y, expected[:, part, 1], rtol=1e-6, atol=1e-7)
    x, y = rays(cam, column + 0.25, row)
    half = undistort(cam, uv + np.array([0.25, 0])).reshape(94, 85, 2)
    np.testing.assert_allclose(x, half[..., 0], rtol=1e-6, atol=1e-7)


def test_rays_of_a_pinhole():
    cam = Camera(640, 480, 500, 400, 320, 240)
    x, y = rays(cam, np.array([[820]]), np.array([[640], [240]]))
    assert x.tolist() == [[1]]
    assert y.tolist() == [[1], [0]]
