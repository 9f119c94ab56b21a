"""Depth as the official package's ``infer`` gives it, on the same weights."""

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.moge.load import load_estimator

from .conftest import HEIGHT, TOKENS, WIDTH

DEPTH_TOLERANCE, FOCAL_TOLERANCE = 5e-4, 1e-4


def scene(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    from benchmarks import moge_official as official

    return official.scene(width, height)


def assert_same(estimate, expected) -> None:
    np.testing.assert_array_equal(estimate.mask, expected.mask)
    assert 0.2 < expected.mask.mean() < 0.99  # a test of something
    np.testing.assert_allclose(
        estimate.depth[estimate.mask], expected.depth[expected.mask], rtol=DEPTH_TOLERANCE
    )
    np.testing.assert_allclose(estimate.K[0, 0], expected.K[0, 0], rtol=FOCAL_TOLERANCE)
    np.testing.assert_allclose(estimate.K[1, 1], expected.K[1, 1], rtol=FOCAL_TOLERANCE)


@pytest.mark.parametrize("fov", [None, 70.0], ids=["focal estimated", "field of view known"])
def test_static_export(official_model, static_model, fov):
    from benchmarks import moge_official as official

    expected = official.infer(official_model, scene(), TOKENS, fov)
    camera = None
    if fov is not None:
        focal = WIDTH / 2 / np.tan(np.radians(fov) / 2)
        camera = Camera(WIDTH, HEIGHT, focal, focal, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    estimator = load_estimator(static_model)
    assert_same(estimator.estimate(scene(), camera), expected)


@pytest.mark.parametrize("size", [(160, 120), (120, 240)])
def test_published_dynamic_files(official_model, dynamic_model, size):
    """Their network differs on purpose (no antialiasing), so ours is compared on its outputs."""
    from benchmarks import moge_official as official

    estimator = load_estimator(dynamic_model, num_tokens=300)
    assert estimator.engine.spec.width is None
    image = scene(*size)
    raw = estimator.engine.infer(image)
    expected = official.postprocess(raw.points, raw.mask, raw.metric_scale, None)
    estimate = estimator.estimate(image)
    np.testing.assert_array_equal(estimate.mask, expected.mask)
    np.testing.assert_allclose(
        estimate.depth[estimate.mask], expected.depth[expected.mask], rtol=1e-5
    )
    network = official.infer(official_model, image, 300)
    both = estimate.mask & network.mask
    assert np.median(np.abs(estimate.depth[both] / network.depth[both] - 1)) < 5e-3


@pytest.mark.parametrize("size", [(16, 16), (200, 20), (20, 200)])
def test_odd_sizes(dynamic_model, size):
    estimate = load_estimator(dynamic_model, num_tokens=300).estimate(scene(*size))
    assert estimate.depth.shape == size[::-1]


def test_eight_thousand_pixels(dynamic_model):
    """The network runs at a size that fits into memory, depth has the image's."""
    estimate = load_estimator(dynamic_model, num_tokens=300).estimate(scene(7680, 4320))
    assert estimate.depth.shape == (4320, 7680)
    assert estimate.mask.any()
