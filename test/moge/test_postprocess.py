"""Raw outputs to depth: exact geometry, agreement with the official package, bad numbers."""

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hispatial_ros.camera.distortion import undistort
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.engine import RawOutput
from hispatial_ros.moge.postprocess import postprocess

WIDTH, HEIGHT = 640, 480
SCALE = 1.7


def camera(**changes) -> Camera:
    settings = {
        "width": WIDTH,
        "height": HEIGHT,
        "fx": 530.0,
        "fy": 530.0,
        "cx": (WIDTH - 1) / 2,
        "cy": (HEIGHT - 1) / 2,
    }
    return Camera(**settings | changes)


def look(camera: Camera, shift: float = 0.4) -> tuple[RawOutput, np.ndarray]:
    """What a perfect network would say of a bent wall, and the true points [H, W, 3]."""
    v, u = np.mgrid[: camera.height, : camera.width]
    pixels = np.stack([u, v], -1).reshape(-1, 2).astype(float)
    x, y = undistort(camera, pixels).T.reshape(2, camera.height, camera.width)
    z = 3.0 + 0.5 * np.sin(3 * x) + 0.8 * y * y
    truth = np.stack([x * z, y * z, z], -1)
    points = truth / SCALE - np.array([0, 0, shift])
    mask = np.full(z.shape, 0.9)
    return RawOutput(points.astype(np.float32), mask.astype(np.float32), SCALE), truth


@pytest.mark.parametrize(
    "calibration",
    [
        camera(),
        camera(cx=(WIDTH - 1) / 2 + 20, cy=(HEIGHT - 1) / 2 - 20, fx=1.03 * 530),
        camera(d=(0.1, -0.2, 0.001, -0.002, 0.05)),
        camera(distortion_model="equidistant", d=(0.02, -0.01, 0.0, 0.0), cx=330.0),
    ],
    ids=["centred", "off centre, fx/fy = 1.03", "distorted", "fisheye"],
)
def test_calibrated_camera_gives_exact_geometry(calibration: Camera):
    raw, truth = look(calibration)
    estimate = postprocess(raw, calibration)
    assert estimate.mask.all()
    assert estimate.camera == calibration
    np.testing.assert_array_equal(estimate.K, calibration.K)
    np.testing.assert_allclose(estimate.depth, truth[..., 2], rtol=1e-5)
    # Lateral error at the image corner: unproject with what is returned.
    ray = undistort(estimate.camera, np.array([[0.0, 0.0]]))[0]
    np.testing.assert_allclose(ray * estimate.depth[0, 0], truth[0, 0, :2], rtol=1e-5)


def test_centre_assumption_costs_what_is_avoided():
    """The test above can fail: with a centred camera in place of the true one it would."""
    calibration = camera(cx=(WIDTH - 1) / 2 + 20)
    raw, truth = look(calibration)
    ignorant = postprocess(raw, camera())
    x = (np.arange(WIDTH) - (WIDTH - 1) / 2) / 530.0 * ignorant.depth
    assert np.median(np.abs(x - truth[..., 0]) / truth[..., 2]) > 0.02


def test_focal_length_is_estimated_without_calibration():
    raw, truth = look(camera())
    estimate = postprocess(raw)
    np.testing.assert_allclose(estimate.K, camera().K, rtol=1e-5)
    np.testing.assert_allclose(estimate.depth, truth[..., 2], rtol=1e-5)
    assert estimate.camera.fx == pytest.approx(530.0, rel=1e-5)


def test_calibration_must_be_of_the_images_aspect():
    raw, _ = look(camera())
    with pytest.raises(SpatialError) as error:
        postprocess(raw, camera(width=480))
    assert error.value.code == ErrorCode.BAD_CALIBRATION
    half = postprocess(raw, camera().scaled(320, 240))
    np.testing.assert_allclose(half.K, camera().K)


def test_bad_samples_do_not_spread():
    raw, truth = look(camera())
    points, mask = raw.points.copy(), raw.mask.copy()
    bad = np.random.default_rng(0).random(mask.shape)
    points[bad < 0.1] = np.nan
    points[(bad >= 0.1) & (bad < 0.2), 2] = np.inf
    points[(bad >= 0.2) & (bad < 0.3)] = 0.0
    mask[(bad >= 0.3) & (bad < 0.4)] = np.nan
    estimate = postprocess(RawOutput(points, mask, SCALE), camera())
    good = bad >= 0.4
    np.testing.assert_allclose(estimate.depth[good], truth[good, 2], rtol=1e-5)
    assert not estimate.mask[bad < 0.2].any()
    assert not estimate.mask[(bad >= 0.3) & (bad < 0.4)].any()


def test_nan_everywhere_is_the_models_fault():
    raw, _ = look(camera())
    for damaged in (
        RawOutput(np.full_like(raw.points, np.nan), raw.mask, SCALE),
        RawOutput(raw.points, np.full_like(raw.mask, np.nan), SCALE),
        RawOutput(raw.points, raw.mask, float("nan")),
        RawOutput(raw.points, raw.mask, float("inf")),
        RawOutput(raw.points, raw.mask, 0.0),
    ):
        with pytest.raises(SpatialError, match="NaN") as error:
            postprocess(damaged)
        assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE


def test_empty_mask_means_nothing_seen():
    raw, _ = look(camera())
    with pytest.raises(SpatialError, match="mask is empty") as error:
        postprocess(RawOutput(raw.points, np.zeros_like(raw.mask), SCALE))
    assert error.value.code == ErrorCode.NO_VALID_DEPTH


def test_points_of_no_camera_have_no_camera():
    raw, _ = look(camera())
    mirrored = raw.points * np.array([-1, -1, 1], np.float32)
    estimate = postprocess(RawOutput(mirrored, raw.mask, SCALE))
    assert estimate.K[0, 0] < 0
    with pytest.raises(SpatialError, match="camera_info") as error:
        _ = estimate.camera
    assert error.value.code == ErrorCode.NO_CAMERA_INFO


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_output_gives_valid_depth_or_an_error(data: st.DataObject):
    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    floats = st.floats(width=32, allow_nan=True, allow_infinity=True)
    points = data.draw(hnp.arrays(np.float32, (height, width, 3), elements=floats))
    mask = data.draw(hnp.arrays(np.float32, (height, width), elements=floats))
    scale = data.draw(floats)
    given_camera = data.draw(st.sampled_from([None, Camera(width, height, 10.0, 11.0, 2.0, 3.0)]))
    try:
        estimate = postprocess(RawOutput(points, mask, scale), given_camera)
    except SpatialError as error:
        event(error.code.name)
        return
    np.testing.assert_array_equal(estimate.mask, np.isfinite(estimate.depth))
    assert (estimate.depth[estimate.mask] > 0).all()
    assert estimate.depth.dtype == np.float32


def smooth(rng: np.random.Generator, width: int, height: int) -> RawOutput:
    """Outputs like an untrained network's: a smooth map that is roughly a camera's."""
    import cv2

    coarse = rng.normal(0, 0.3, (5, 5, 3)).astype(np.float32)
    bend = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    diagonal = np.hypot(width, height)
    u, v = 2 * np.arange(width) - width + 1, 2 * np.arange(height) - height + 1
    plane = np.stack(np.meshgrid(u / diagonal, v / diagonal), -1)
    z = np.exp(bend[..., 2:])
    points = np.concatenate([(plane / rng.uniform(0.6, 2.5) + 0.3 * bend[..., :2]) * z, z], -1)
    mask = 1 / (1 + np.exp(-4 - 20 * bend[..., 0]))
    return RawOutput(points.astype(np.float32), mask.astype(np.float32), rng.uniform(0.3, 5))


@pytest.mark.parametrize("fov", [None, 60.0], ids=["focal estimated", "field of view known"])
@pytest.mark.parametrize("size", [(640, 480), (320, 640), (640, 320), (100, 37), (16, 16)])
@pytest.mark.parametrize("seed", range(3))
def test_same_as_official_on_the_same_outputs(size, fov, seed):
    pytest.importorskip("moge.model.v2", reason="needs the official moge package")
    from benchmarks import moge_official as official

    raw = smooth(np.random.default_rng(seed), *size)
    expected = official.postprocess(raw.points, raw.mask, raw.metric_scale, fov)
    given_camera = None
    if fov is not None:
        focal = size[0] / 2 / np.tan(np.radians(fov) / 2)
        given_camera = Camera(*size, focal, focal, (size[0] - 1) / 2, (size[1] - 1) / 2)
    estimate = postprocess(raw, given_camera)
    np.testing.assert_array_equal(estimate.mask, expected.mask)
    np.testing.assert_allclose(
        estimate.depth[estimate.mask], expected.depth[expected.mask], rtol=1e-5
    )
    np.testing.assert_allclose(estimate.K[[0, 1], [0, 1]], expected.K[[0, 1], [0, 1]], rtol=1e-5)
