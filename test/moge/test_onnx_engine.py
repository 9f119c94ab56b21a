"""Model files on ONNX Runtime: what is accepted, what is refused and how."""

from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.moge.onnx_engine import OnnxEngine, _providers

from . import tiny_onnx


def image(width: int = 64, height: int = 48, value: int = 128) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


@pytest.fixture
def model(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    return tiny_onnx.save(tmp_path / "plane.onnx", points, mask, 2.0, metadata={"num_tokens": "7"})


def test_spec_tells_size_tokens_and_runtime(model):
    spec = OnnxEngine(model).spec
    assert (spec.width, spec.height, spec.num_tokens) == (64, 48, 7)
    assert "ONNX Runtime" in spec.name
    assert spec.model == str(model)


def test_outputs_come_back(model):
    points, mask, _ = tiny_onnx.plane()
    raw = OnnxEngine(model).infer(image())
    np.testing.assert_array_equal(raw.points, points)
    np.testing.assert_array_equal(raw.mask, mask)
    assert raw.metric_scale == 2.0


def test_host_buffers_are_reused(model):
    engine = OnnxEngine(model)
    first = engine.infer(image()).points
    assert np.shares_memory(first, engine.infer(image()).points)


def test_scale_is_one_where_the_model_has_none(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    engine = OnnxEngine(tiny_onnx.save(tmp_path / "m.onnx", points, mask, scale=None))
    assert engine.infer(image()).metric_scale == 1.0


def test_tokens_are_passed_where_asked_for(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    path = tiny_onnx.save(tmp_path / "m.onnx", points, mask, tokens=True)
    engine = OnnxEngine(path, num_tokens=2500)
    assert engine.spec.num_tokens == 2500
    np.testing.assert_array_equal(engine.infer(image()).points, points)


def test_depth_with_and_without_calibration(model):
    _, _, z = tiny_onnx.plane()
    estimator = load_estimator(model)
    calibrated = estimator.estimate(image(), Camera(64, 48, 60, 60, 31.5, 23.5))
    np.testing.assert_allclose(calibrated.depth, 2 * z, rtol=1e-5)
    estimated = estimator.estimate(image())
    np.testing.assert_allclose(estimated.depth, 2 * z, rtol=1e-5)
    np.testing.assert_allclose(estimated.camera.fx, 60, rtol=1e-5)
    estimator.close()


@pytest.mark.parametrize("size", [(128, 96), (16, 12), (65, 48)])
def test_image_of_another_size_but_same_aspect(model, size):
    estimate = load_estimator(model).estimate(image(*size))
    assert estimate.depth.shape == size[::-1]
    assert estimate.K[0, 0] == pytest.approx(60 * size[0] / 64, rel=0.02)


def test_image_of_another_aspect_says_how_to_export(model):
    with pytest.raises(SpatialError, match="export-moge --width 64 --height 64") as error:
        load_estimator(model).estimate(image(64, 64))
    assert error.value.code == ErrorCode.BAD_IMAGE


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64, 3)),
        np.zeros((0, 64, 3), np.uint8),
    ],
    ids=["grey", "alpha", "float", "empty"],
)
def test_no_colour_image(model, picture):
    with pytest.raises(SpatialError) as error:
        load_estimator(model).estimate(picture)
    assert error.value.code == ErrorCode.BAD_IMAGE


@pytest.mark.parametrize("value", [0, 255])
def test_constant_image(model, value):
    assert load_estimator(model).estimate(image(value=value)).mask.all()


def unavailable(path, *words: str, **options) -> None:
    with pytest.raises(SpatialError) as error:
        OnnxEngine(path, **options)
    assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE
    for word in words:
        assert word in str(error.value)


def test_missing_file(tmp_path):
    unavailable(tmp_path / "none.onnx", "no depth model", "export-moge")


def test_corrupt_file(tmp_path):
    path = tmp_path / "corrupt.onnx"
    path.write_bytes(b"\x00garbage" * 100)
    unavailable(path, "damaged")


def test_truncated_file(model):
    content = model.read_bytes()
    model.write_bytes(content[: len(content) // 2])
    unavailable(model, "damaged")


def test_missing_external_data(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    path = tiny_onnx.save(tmp_path / "m.onnx", points, mask, external_data=True)
    OnnxEngine(path).close()
    (tmp_path / "m.onnx.data").unlink()
    unavailable(path, "external data")


def test_another_models_signature(tmp_path):
    import onnx
    from onnx import TensorProto, helper

    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 4]) for n in ("x", "y")]
    node = helper.make_node("Relu", ["x"], ["y"])
    graph = helper.make_graph([node], "other", value[:1], value[1:])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "other.onnx")
    unavailable(tmp_path / "other.onnx", "not a MoGe-2 model", "points", "mask")


def test_provider_that_is_not_installed(model):
    unavailable(model, "CUDAExecutionProvider", "onnxruntime-gpu", provider="cuda")


def test_unknown_runtime(model):
    with pytest.raises(SpatialError, match="cpu, cuda") as error:
        load_estimator(model, runtime="abacus")
    assert error.value.code == ErrorCode.BAD_REQUEST


def test_model_that_returns_nan(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    path = tiny_onnx.save(tmp_path / "m.onnx", points * np.nan, mask)
    with pytest.raises(SpatialError, match="NaN") as error:
        load_estimator(path).estimate(image())
    assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE


def test_model_that_sees_nothing(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    path = tiny_onnx.save(tmp_path / "m.onnx", points, 0 * mask)
    with pytest.raises(SpatialError, match="mask is empty") as error:
        load_estimator(path).estimate(image())
    assert error.value.code == ErrorCode.NO_VALID_DEPTH


def test_memory_does_not_grow(model):
    import resource

    estimator, picture = load_estimator(model), image()
    for _ in range(50):
        estimator.estimate(picture)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(1000):
        estimator.estimate(picture)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4096  # kB


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_tensorrt_keeps_its_engines_apart_and_the_precision_of_the_model(tmp_path, precision):
    """It tells models by the name of their file, and makes one folder at most."""
    points, mask, _ = tiny_onnx.plane()
    folders = []
    for scale in (1.0, 2.0):
        metadata = {"precision": precision}
        path = tiny_onnx.save(tmp_path / "m.onnx", points, mask, scale, metadata=metadata)
        (name, options), *others = _providers(path, "tensorrt", 1, tmp_path / "not" / "there")
        assert name == "TensorrtExecutionProvider"
        assert [name for name, _ in others] == ["CUDAExecutionProvider", "CPUExecutionProvider"]
        assert options["trt_fp16_enable"] == (precision == "float16")
        folders.append(Path(options["trt_engine_cache_path"]))
    assert folders[0] != folders[1]
    assert all(folder.is_dir() for folder in folders)


def test_tensorrt_without_a_place_for_its_engines(model, tmp_path, caplog):
    (tmp_path / "file").touch()
    (_, options), *_ = _providers(model, "tensorrt", 0, tmp_path / "file" / "engines")
    assert "trt_engine_cache_path" not in options
    assert "not kept" in caplog.text
