"""Holes of the sensor filled with bent truth: how well, and what is left alone."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from hispatial_ros.demo import DESK
from hispatial_ros.frame.files import load_frame
from hispatial_ros.frame.frame import Frame
from hispatial_ros.measure.engine import measure
from hispatial_ros.moge.fusion import FusedDepth, Source, fuse
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.simulate.scenes import make_scene

SEEDS = range(6)


def distorted(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Monocular depth as it errs: a global scale of 0.8 to 1.25 and up to 5 % of smooth error."""
    height, width = depth.shape
    v, u = np.mgrid[:height, :width]
    waves = np.zeros(depth.shape)
    for _ in range(4):
        fx, fy = rng.uniform(-1.5, 1.5, 2)
        phase = 2 * np.pi * (fx * u / width + fy * v / height + rng.random())
        waves += rng.normal() * np.cos(phase)
    waves *= 0.05 / np.abs(waves).max()
    return (depth * rng.uniform(0.8, 1.25) * (1 + waves)).astype(np.float32)


def removed(frame: Frame, valid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """30 % of the valid pixels: at depth edges, on dark surfaces, in blobs."""
    depth = np.where(valid, frame.depth, 0).astype(np.float32)
    window = np.ones((5, 5), np.uint8)
    edges = cv2.dilate(depth, window) - cv2.erode(depth, window) > 0.06 * depth
    gone = edges & (rng.random(valid.shape) < 0.5)
    grey = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY)
    gone |= grey < np.percentile(grey[valid], 6)
    height, width = valid.shape
    while (gone & valid).sum() < 0.3 * valid.sum():
        blob = np.zeros(valid.shape, np.uint8)
        center = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.integers(15, 90)), int(rng.integers(15, 90)))
        cv2.ellipse(blob, center, axes, rng.uniform(0, 180), 0, 360, 1, -1)
        gone |= blob > 0
    return gone & valid


def view(name: str | int) -> tuple[Frame, np.ndarray]:
    """A frame, and dense depth [m] to make monocular depth of."""
    if name == "desk":
        desk = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
        return desk, np.where(desk.depth > 0, desk.depth * np.float32(0.001), np.float32(2))
    scene = make_scene(int(name))
    dense = np.where(np.isfinite(scene.depth), scene.depth, 30)
    return scene.frame, dense.astype(np.float32)


@pytest.fixture(scope="module", params=["desk", *SEEDS])
def fused(request):
    frame, dense = view(request.param)
    seed = 99 if request.param == "desk" else request.param
    rng = np.random.default_rng(seed)
    gone = removed(frame, frame.depth > 0, rng)
    holed = np.where(gone, np.uint16(0), frame.depth)
    return frame, dense, gone, holed, fuse(holed, distorted(dense, rng))


def test_filled_pixels_are_close_to_what_was_removed(fused):
    frame, _, gone, _, result = fused
    assert result.aligned
    assert np.isfinite(result.depth[gone]).all()
    assert (result.source[gone] == Source.FILLED).all()
    error = np.abs(result.depth[gone] / (frame.depth[gone] * 0.001) - 1)
    assert np.median(error) <= 0.02  # 0.03 is asked for


def test_valid_pixels_are_untouched(fused):
    _, _, _, holed, result = fused
    valid = holed > 0
    expected = holed[valid].astype(np.float32) * np.float32(0.001)
    np.testing.assert_array_equal(result.depth[valid], expected)
    assert (result.source[valid] == Source.SENSOR).all()
    expected = DepthNoise().sigma(expected)
    np.testing.assert_allclose(result.sigma[valid], expected, rtol=1e-6)


def test_filled_pixels_are_less_certain_and_as_uncertain_as_they_say(fused):
    _, dense, gone, _, result = fused
    assert (result.sigma[gone] > 0.003 * result.depth[gone]).all()
    # Against what monocular depth was made of: the sensor's own noise is not to be predicted.
    within = np.abs(result.depth[gone] - dense[gone]) < 1.96 * result.sigma[gone]
    assert within.mean() > 0.75


def test_regions_measure_as_with_full_depth():
    """Objects whose pixels were partly removed: distance and size within 2 % in the median."""
    distances, sizes = [], []
    for seed in SEEDS:
        scene, rng = make_scene(seed), np.random.default_rng(seed)
        frame = scene.frame
        dense = np.where(np.isfinite(scene.depth), scene.depth, 30)
        gone = removed(frame, frame.depth > 0, rng)
        result = fuse(np.where(gone, np.uint16(0), frame.depth), distorted(dense, rng))
        full = measure(frame, scene.regions).objects
        filled = measure(
            replace(frame, depth=result.depth, depth_sigma=result.sigma), scene.regions
        ).objects
        by_id = {o.id: o for o in filled}
        for o in full:
            if o.id in by_id:
                distances.append(abs(by_id[o.id].distance / o.distance - 1))
                sizes.extend(np.abs(by_id[o.id].size[:2] / o.size[:2] - 1))
        assert len(filled) == len(full)
    assert np.median(distances) <= 0.01
    assert np.median(sizes) <= 0.02


def test_uncertain_pixels_make_uncertain_measurements():
    scene = make_scene(0)
    depth = scene.frame.depth * np.float32(0.001)
    depth[depth == 0] = np.nan
    sigma = DepthNoise().sigma(depth).astype(np.float32)
    certain, uncertain = (
        measure(replace(scene.frame, depth=depth, depth_sigma=s), scene.regions).objects
        for s in (sigma, 4 * sigma)
    )
    plain = measure(scene.frame, scene.regions).objects
    for a, c in zip(certain, plain, strict=True):
        assert a.distance_stddev == pytest.approx(c.distance_stddev, rel=0.05)
    # With more noise another shape may be plausible, whose distance is known better or worse; and
    # what is irregular is a mean of several.
    growth = [
        b.distance_stddev / a.distance_stddev
        for a, b in zip(certain, uncertain, strict=True)
        if a.shape == b.shape != "irregular"
    ]
    assert len(growth) > 1
    assert min(growth) > 1
    assert np.median(growth) > 1.2


def wall(width: int = 80, height: int = 60) -> np.ndarray:
    v, u = np.mgrid[:height, :width]
    return (2 + 0.01 * u + 0.005 * v).astype(np.float32)


def test_shift_is_found():
    truth = wall()
    sensor = truth.copy()
    sensor[20:40, 30:60] = np.nan
    result = fuse(sensor, (truth - 0.2) / 1.2)
    np.testing.assert_allclose(result.depth, truth, rtol=5e-3)


def test_surfaces_at_other_depths_keep_their_own_error():
    """An object that monocular depth sees 10 % too near does not bend the wall behind it."""
    truth, u = wall(160, 120), np.arange(160)
    thing = (np.abs(u - 80) < 30)[None, :] & (np.abs(np.arange(120) - 60) < 30)[:, None]
    truth = np.where(thing, np.float32(1), truth + 1)
    monocular = np.where(thing, truth * 0.9, truth)
    sensor = truth.copy()
    beside = np.zeros_like(thing)
    beside[50:70, 112:124] = True  # on the wall, near the object
    inside = np.zeros_like(thing)
    inside[50:70, 70:90] = True
    sensor[beside | inside] = np.nan
    result = fuse(sensor, monocular)
    assert np.median(np.abs(result.depth[beside] / truth[beside] - 1)) < 0.01
    assert np.median(np.abs(result.depth[inside] / truth[inside] - 1)) < 0.03


def test_outliers_of_the_sensor_do_not_matter():
    truth, rng = wall(), np.random.default_rng(0)
    sensor = np.where(rng.random(truth.shape) < 0.2, rng.uniform(0.3, 9, truth.shape), truth)
    sensor = sensor.astype(np.float32)
    sensor[20:40, 30:60] = np.nan
    result = fuse(sensor, truth * 0.8)
    np.testing.assert_allclose(result.depth[20:40, 30:60], truth[20:40, 30:60], rtol=0.02)


def holes_stay(result: FusedDepth, sensor: np.ndarray, *words: str) -> None:
    assert not result.aligned
    for word in words:
        assert word in result.note
    valid = np.isfinite(sensor)
    np.testing.assert_array_equal(np.isfinite(result.depth), valid)
    np.testing.assert_array_equal(result.depth[valid], sensor[valid])
    assert (result.source[~valid] == Source.NONE).all()


def test_too_little_overlap():
    sensor = np.full((60, 80), np.nan, np.float32)
    sensor[:10, :10] = 2
    holes_stay(fuse(sensor, wall()), sensor, "100 pixels", "holes stay")


@pytest.mark.parametrize("nothing", [np.nan, 0.0, np.inf])
def test_nothing_to_align(nothing):
    sensor = wall()
    sensor[:30] = np.nan
    holes_stay(fuse(sensor, np.full((60, 80), nothing, np.float32)), sensor, "overlap in 0")
    empty = np.full((60, 80), nothing, np.float32)
    assert not np.isfinite(fuse(empty, wall()).depth).any()


def test_contradicting_depth_is_not_used():
    rng = np.random.default_rng(0)
    sensor = cv2.resize(rng.uniform(0.5, 6, (8, 10)), (640, 480)).astype(np.float32)
    other = cv2.resize(rng.uniform(0.5, 6, (8, 10)), (640, 480)).astype(np.float32)
    sensor[200:300, 300:400] = np.nan
    holes_stay(fuse(sensor, other), sensor, "disagree")


def test_monocular_depth_of_another_size():
    sensor = wall()
    sensor[20:40, 30:60] = np.nan
    result = fuse(sensor, cv2.resize(wall(), (160, 120)) * np.float32(1.1))
    assert result.depth.shape == (60, 80)
    np.testing.assert_allclose(result.depth, wall(), rtol=0.01)


def test_inputs_are_not_changed():
    sensor, other = wall(), wall()
    sensor[20:40, 30:60] = np.nan
    before = sensor.copy(), other.copy()
    fuse(sensor, other)
    np.testing.assert_array_equal(sensor, before[0])
    np.testing.assert_array_equal(other, before[1])
