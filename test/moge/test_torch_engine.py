"""The official network in PyTorch, everything on the device: same depth, nothing but recordings."""

import gc
import logging

import numpy as np
import pytest

pytest.importorskip("moge.model.v2", reason="needs requirements/moge-export.txt")
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from benchmarks import moge_official as official
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge import device_frame
from hispatial_ros.moge.checkpoint import load_checkpoint
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.moge.model_file import file_hash, model_hash
from hispatial_ros.moge.static_model import Weights

from . import recorded
from .conftest import HEIGHT, TOKENS, WIDTH

CENTRED = Camera(WIDTH, HEIGHT, 250.0, 250.0, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)
CAMERAS = {
    "focal estimated": None,
    "calibrated": CENTRED,
    "off centre, distorted": Camera(
        WIDTH, HEIGHT, 260.0, 250.0, 170.0, 110.0, d=(0.1, -0.2, 0.001, -0.002, 0.05)
    ),
}


@pytest.fixture(scope="module")
def estimator(checkpoint):
    """On the CPU."""
    estimator = load_estimator(checkpoint, "torch-cpu", TOKENS)
    yield estimator
    estimator.close()


@pytest.fixture
def graphs(checkpoint, monkeypatch):
    """An estimator whose work is recorded, as on a GPU."""
    estimator = load_estimator(checkpoint, "torch-cpu", TOKENS)
    lay_out = estimator.engine.frame

    def frame(height: int, width: int):
        with monkeypatch.context() as patch:
            patch.setattr(device_frame, "record", recorded.record)
            return lay_out(height, width)

    estimator.engine.frame = frame
    yield estimator
    estimator.close()


def assert_same(estimate, expected, rtol=5e-4) -> None:
    np.testing.assert_array_equal(estimate.mask, expected.mask)
    assert 0.2 < expected.mask.mean() < 0.99  # a test of something
    valid = expected.mask
    np.testing.assert_allclose(estimate.depth[valid], expected.depth[valid], rtol=rtol)
    np.testing.assert_allclose(estimate.K[[0, 1], [0, 1]], expected.K[[0, 1], [0, 1]], rtol=rtol)


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
def test_same_as_the_export(estimator, static_model, camera):
    image = official.scene(WIDTH, HEIGHT)
    expected = load_estimator(static_model).estimate(image, camera)
    estimate = estimator.estimate(image, camera)
    assert_same(estimate, expected)
    assert np.isnan(estimate.depth[~estimate.mask]).all()
    assert estimate.calibration == camera
    np.testing.assert_allclose(estimate.K, expected.K, rtol=1e-4)


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (120, 240), (133, 100)])
def test_same_as_the_official_package(checkpoint, estimator, size):
    image = official.scene(*size)
    expected = official.infer(load_checkpoint(checkpoint)[0], image, TOKENS)
    assert_same(estimator.estimate(image), expected)


def test_a_recording_gives_the_same_for_images_and_cameras_it_was_not_made_with(graphs, estimator):
    for seed, camera in enumerate([None, *CAMERAS.values(), CENTRED]):
        image = official.scene(WIDTH, HEIGHT, seed)
        assert_same(graphs.estimate(image, camera), estimator.estimate(image, camera), rtol=1e-6)


def test_a_search_that_needs_more_steps_goes_on(graphs, estimator, monkeypatch):
    image = official.scene(WIDTH, HEIGHT, 3)
    expected = estimator.estimate(image, CENTRED)
    monkeypatch.setattr(device_frame, "EVALUATIONS", 1)
    more = []
    frame = graphs.engine.frame
    with torch.inference_mode():
        step = frame(HEIGHT, WIDTH)._more
    frame(HEIGHT, WIDTH)._more = lambda: more.append(1) or step()
    assert_same(graphs.estimate(image, CENTRED), expected, rtol=1e-6)
    assert more


def test_what_cannot_be_recorded_is_not_recorded_in_part(checkpoint, estimator, monkeypatch):
    """A recording of later steps would read what the first steps wrote when it was made."""
    image = official.scene(WIDTH, HEIGHT, 3)
    expected = estimator.estimate(image, CENTRED)
    monkeypatch.setattr(device_frame, "EVALUATIONS", 1)

    def refused(function, device):
        return function if function.__name__ == "_see_and_solve" else recorded.record(function)

    monkeypatch.setattr(device_frame, "record", refused)
    plain = load_estimator(checkpoint, "torch-cpu", TOKENS)
    assert_same(plain.estimate(image, CENTRED), expected, rtol=1e-6)
    plain.close()


def test_an_image_that_is_refused_leaves_the_others_ready(graphs):
    graphs.estimate(official.scene(64, 48))
    ready = dict(graphs.engine._frames)
    with pytest.raises(SpatialError, match="too narrow"):
        graphs.estimate(np.zeros((2000, 1, 3), np.uint8))
    assert graphs.engine._frames == ready


def test_each_size_is_recorded_once(graphs, estimator):
    frames = graphs.engine._frames
    for size in [(64, 48), (48, 64)]:
        image = official.scene(*size)
        depth = graphs.estimate(image).depth
        np.testing.assert_allclose(depth, estimator.estimate(image).depth, rtol=1e-6)
    before = list(frames.values())
    graphs.estimate(official.scene(64, 48))
    assert set(frames.values()) == set(before)
    graphs.estimate(official.scene(80, 60))  # takes the place of the size used longest ago
    assert list(frames) == [(48, 64), (60, 80)]
    assert frames[48, 64] is before[0]


def test_what_is_recorded_never_waits_for_the_host(graphs):
    """And is the same number of operators for any content."""
    graphs.estimate(official.scene(64, 48))
    with torch.inference_mode():
        frame = graphs.engine.frame(48, 64)
    assert frame._first.operators > 100
    assert frame._more.operators < frame._first.operators


class OnOneDevice(TorchDispatchMode):
    """Every tensor that takes part is on the device."""

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        output = operator(*args, **(kwargs or {}))
        for tensor in tree_leaves((args, kwargs, output)):
            if isinstance(tensor, torch.Tensor):
                assert tensor.device.type == "meta", operator
        return output


@pytest.mark.parametrize("half", [False, True], ids=["float32", "float16"])
def test_nothing_that_is_recorded_lies_on_the_host(checkpoint, half):
    """PyTorch's device without memory stands in for a GPU."""
    official_model, _ = load_checkpoint(checkpoint)
    weights = Weights(official_model, half, fused_attention=True).to("meta")
    with torch.inference_mode():
        frame = device_frame.DeviceFrame(weights, HEIGHT, WIDTH, TOKENS)
        with OnOneDevice():
            frame._see_and_solve()
            frame._solve_on()


@pytest.mark.parametrize(
    "wait",
    [
        lambda x: float(x.sum()),
        lambda x: x[x > 0],
        lambda x: bool((x > 0).any()),
        lambda x: x.nonzero(),
        lambda x: x.max().item(),
    ],
)
def test_the_stand_in_refuses_what_a_cuda_graph_cannot_hold(wait):
    x = torch.ones(3)
    with pytest.raises(recorded.HostSyncError):
        recorded.record(lambda: wait(x), x.device)


def test_the_stand_in_tells_memory_that_was_replaced():
    box = {"in": torch.ones(3), "out": torch.zeros(3)}
    replay = recorded.record(lambda: box["out"].copy_(2 * box["in"]), torch.device("cpu"))
    box["in"].fill_(4.0)
    replay()
    assert box["out"].tolist() == [8.0] * 3
    box["in"] = torch.full((3,), 7.0)  # at another address: the recording does not see it
    replay()
    assert box["out"].tolist() == [8.0] * 3


def test_memory_does_not_grow(estimator):
    images = [official.scene(64, 48, seed) for seed in range(4)]

    def tensors() -> int:
        gc.collect()
        return sum(1 for o in gc.get_objects() if type(o) is torch.Tensor)

    for image in images:
        estimator.estimate(image)
    before = tensors()
    for index in range(12):
        estimator.estimate(images[index % 4], CAMERAS["calibrated"].scaled(64, 48))
    assert tensors() == before


def test_half_precision_stays_close(checkpoint, official_model):
    """The types of a GPU, on the CPU."""
    official_half, _ = load_checkpoint(checkpoint)
    image = official.scene(160, 120)
    expected = official.infer(official_model, image, 300)
    weights = Weights(official_half, half=True, fused_attention=True)
    with torch.inference_mode():
        estimate = device_frame.DeviceFrame(weights, 120, 160, 300).estimate(image, None)
    both = estimate.mask & expected.mask
    assert both.sum() / (estimate.mask | expected.mask).sum() >= 0.99
    assert np.abs(estimate.depth[both] / expected.depth[both] - 1).mean() <= 5e-3
    assert estimate.K[0, 0] == pytest.approx(expected.K[0, 0], rel=5e-3)


def test_results_do_not_share_memory(estimator):
    first = estimator.estimate(official.scene(64, 48, 0))
    kept = first.depth.copy()
    estimator.estimate(official.scene(64, 48, 1))
    np.testing.assert_array_equal(first.depth, kept)


def test_spec_tells_size_tokens_and_runtime(estimator, checkpoint):
    spec = estimator.engine.spec
    assert (spec.width, spec.height, spec.num_tokens) == (None, None, TOKENS)
    assert "PyTorch" in spec.name
    assert "CPU float32" in spec.name
    assert spec.model == str(checkpoint)


def unavailable(checkpoint, *words: str, runtime: str = "torch-cpu", code=None) -> None:
    with pytest.raises(SpatialError) as error:
        load_estimator(checkpoint, runtime)
    assert error.value.code == (code or ErrorCode.BACKEND_UNAVAILABLE)
    for word in words:
        assert word in str(error.value)


def test_without_a_gpu(checkpoint, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    unavailable(checkpoint, "sees no cuda:0", "torch-cpu", runtime="torch")


def test_damaged_checkpoint(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(b"garbage" * 99)
    unavailable(path, "download it again")


def test_the_checksum_is_the_files_alone(checkpoint, tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(checkpoint.read_bytes())
    (tmp_path / "data").write_text("a name that occurs in every checkpoint")
    assert model_hash(path) == file_hash(checkpoint)


def test_files_of_the_other_kind(checkpoint, static_model):
    bad = {"code": ErrorCode.BAD_REQUEST}
    unavailable(static_model, "takes an official checkpoint", "cuda", **bad)
    unavailable(checkpoint, "takes an ONNX file", "export-moge", runtime="cuda", **bad)


def test_an_image_too_narrow_for_the_tokens(estimator):
    with pytest.raises(SpatialError, match="too narrow") as error:
        estimator.estimate(official.scene(4000, 2))
    assert error.value.code == ErrorCode.BAD_IMAGE


def test_memory_that_runs_out_is_said(estimator, monkeypatch):
    def run_out(self) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(device_frame.DeviceFrame, "see", run_out)
    with pytest.raises(SpatialError, match="free GPU memory") as error:
        estimator.estimate(official.scene(64, 48))
    assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE


def test_new_sizes_are_logged(estimator, caplog):
    with caplog.at_level(logging.INFO):
        estimator.estimate(official.scene(72, 48))
    assert "72x48" in caplog.text


def test_nothing_seen(estimator, monkeypatch):
    def blind(self) -> None:
        self._points, self._mask = torch.ones(48, 64, 3), torch.zeros(48, 64)
        self._scale = torch.ones(1)

    def broken(self) -> None:
        self._points, self._mask = torch.full((48, 64, 3), torch.nan), torch.zeros(48, 64)
        self._scale = torch.ones(1)

    for see, code in (
        (blind, ErrorCode.NO_VALID_DEPTH),
        (broken, ErrorCode.BACKEND_UNAVAILABLE),
    ):
        monkeypatch.setattr(device_frame.DeviceFrame, "see", see)
        with pytest.raises(SpatialError) as error:
            estimator.estimate(official.scene(64, 48))
        assert error.value.code == code
