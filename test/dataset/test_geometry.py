"""Which depth a capture gets: the sensor's, an estimated one, or both."""

from types import SimpleNamespace

import numpy as np
import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.dataset.capture import Capture
from hispatial_ros.dataset.geometry import depth_noise, moge, with_geometry
from hispatial_ros.dataset.sample import make_sample
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.noise import MONOCULAR_NOISE
from hispatial_ros.simulate.scenes import make_scene
from test.dataset.conftest import DESK

SCENE = make_scene(81_000, "tabletop")


@pytest.fixture
def model(monkeypatch):
    """Depth that is the true one, 20 % too large."""

    def estimate(rgb, camera):
        depth = np.where(np.isfinite(SCENE.depth), SCENE.depth * 1.2, np.nan).astype(np.float32)
        return SimpleNamespace(depth=depth, camera=camera)

    monkeypatch.setattr(
        "hispatial_ros.moge.load.load_estimator",
        lambda path, threads: SimpleNamespace(estimate=estimate),
    )
    return lambda depth: (moge(BuildSettings(depth=depth, depth_model="x")), depth)


def holed() -> Capture:
    """The scene with a band of its sensor's depth missing."""
    frame = SCENE.frame
    depth = frame.depth.copy()
    depth[:, 200:260] = 0
    return Capture(Frame(frame.rgb, depth, frame.camera), SCENE.regions)


def test_the_sensors_depth_stays_as_it_is(model):
    assert with_geometry(holed(), *model("sensor")).frame.depth_source == "sensor"


def test_the_estimate_takes_the_place_of_the_sensors(model):
    frame = with_geometry(holed(), *model("moge")).frame
    assert frame.depth_source == "moge"
    assert np.nanmedian(frame.depth / SCENE.depth) == pytest.approx(1.2)
    assert depth_noise(frame, BuildSettings()) is MONOCULAR_NOISE


def test_holes_are_filled_by_the_estimate_as_the_sensor_bends_it(model):
    capture = with_geometry(holed(), *model("fused"))
    frame = capture.frame
    assert frame.depth_source == "fused"
    band = (slice(None), slice(210, 250))
    off = frame.depth[band] / SCENE.depth[band] - 1
    assert np.isfinite(off).mean() > 0.95
    assert np.nanmedian(np.abs(off)) < 0.03, "not 20 %"
    assert np.nanmedian(frame.depth_sigma[band]) > 1.3 * np.nanmedian(frame.depth_sigma[:, :200])
    sample = make_sample("x", capture, BuildSettings(per_type=2))
    assert sample.frame.depth_source == "fused"
    assert len(sample.measurement.objects) > 2


def test_a_camera_without_depth_has_the_estimate(model):
    frame = SCENE.frame
    capture = Capture(Frame(frame.rgb, None, frame.camera), SCENE.regions)
    assert with_geometry(capture, *model("fused")).frame.depth_source == "moge"
    with pytest.raises(SpatialError, match="no depth model"):
        with_geometry(capture, None)


def test_fusing_needs_a_model(tmp_path, capsys):
    arguments = ["dataset", "build", "--source", str(DESK), "--out", str(tmp_path)]
    assert main([*arguments, "--depth", "fused"]) == 1
    assert "needs --depth-model" in capsys.readouterr().err
