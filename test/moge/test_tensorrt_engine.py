"""The TensorRT engine against a stand-in of the API (see ``fake_tensorrt``)."""

import logging
import sys

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.cache import EngineCache
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.moge.tensorrt_engine import BuildOptions, TensorRtEngine

from . import fake_tensorrt, tiny_onnx

IMAGE = np.full((48, 64, 3), 128, np.uint8)


@pytest.fixture(params=["10.3.0.30", "11.1.0.106"])
def device(request, monkeypatch):
    return fake_tensorrt.install(monkeypatch, request.param)


@pytest.fixture
def model(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    metadata = {"width": "64", "height": "48", "num_tokens": "7", "precision": "float16"}
    return tiny_onnx.save(tmp_path / "plane.onnx", points, mask, 2.0, metadata=metadata)


@pytest.fixture
def cache(tmp_path):
    return EngineCache(tmp_path / "engines")


def unavailable(*words: str, path, cache, **options) -> None:
    with pytest.raises(SpatialError) as error:
        TensorRtEngine(path, cache, **options)
    assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE
    for word in words:
        assert word in str(error.value)


def test_depth_is_the_networks(device, model, tmp_path):
    _, _, z = tiny_onnx.plane()
    estimator = load_estimator(model, runtime="tensorrt", cache_dir=tmp_path)
    estimate = estimator.estimate(IMAGE)
    np.testing.assert_allclose(estimate.depth, 2 * z, rtol=1e-5)
    spec = estimator.engine.spec
    assert (spec.width, spec.height, spec.num_tokens) == (64, 48, 7)
    assert device.name in spec.name
    estimator.close()
    assert not device.memory


def test_no_allocation_per_frame(device, model, cache):
    engine = TensorRtEngine(model, cache)
    before = device.allocations
    for _ in range(10):
        engine.infer(IMAGE)
    assert device.allocations == before
    assert device.launches == 10


def test_engine_is_compiled_once(device, model, cache):
    messages = []
    TensorRtEngine(model, cache, progress=messages.append).close()
    assert any("2 of 2" in message for message in messages)
    assert not any("9 of" in message for message in messages)  # of an inner phase
    TensorRtEngine(model, cache).close()
    assert device.builds == 1
    TensorRtEngine(model, cache, rebuild=True).close()
    assert device.builds == 2


def test_other_gpu_or_version_compiles_its_own(device, model, cache, monkeypatch, caplog):
    TensorRtEngine(model, cache).close()
    caplog.set_level(logging.INFO)
    other = fake_tensorrt.Device("Another GPU", (9, 0))
    fake_tensorrt.install(monkeypatch, "10.7.0", other)
    TensorRtEngine(model, cache).close()
    assert other.builds == 1
    assert "gpu NVIDIA Test GPU, now Another GPU" in caplog.text
    assert "compute capability 8.7, now 9.0" in caplog.text
    assert len(list(cache.folder.iterdir())) == 2


def test_engine_that_tensorrt_rejects_is_built_again(device, model, cache, caplog):
    engine = TensorRtEngine(model, cache)
    path = engine.cached_at
    # A whole file by its checksum, but not for this runtime.
    header, _, _ = path.read_bytes().partition(b"\n")
    content = b'{"version": "9.9", "gpu": "?"}\n'
    import hashlib
    import json

    fields = json.loads(header)
    fields |= {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.write_bytes(json.dumps(fields).encode() + b"\n" + content)
    TensorRtEngine(model, cache).close()
    assert device.builds == 2
    assert "rejects the cached engine" in caplog.text


RTX = ("NONE", "CURRENT", "SM75", "SM80", "SM86", "SM89", "SM120", "SM121")  # as 1.7 has them


@pytest.mark.parametrize(("capability", "supported"), [((9, 0), False), ((12, 0), True)])
def test_a_gpu_is_asked_for_before_compiling(model, cache, monkeypatch, capability, supported):
    device = fake_tensorrt.Device("NVIDIA Test GPU", capability)
    fake_tensorrt.install(monkeypatch, "11.1.0", device, RTX)
    if supported:
        TensorRtEngine(model, cache).close()
        assert device.builds == 1
        return
    words = ("does not support NVIDIA Test GPU", "capability 9.0", "7.5, 8.0, 8.6, 8.9, 12.0, 12.1")
    unavailable(*words, path=model, cache=cache)
    assert device.builds == 0


def test_an_engine_that_is_rejected_when_new_is_not_compiled_twice(device, model, cache):
    device.rejects = True
    unavailable("its messages above say why", "capability 8.7", path=model, cache=cache)
    assert device.builds == 1
    assert not list(cache.folder.iterdir())


def test_changed_model_is_compiled_again(device, model, cache):
    TensorRtEngine(model, cache).close()
    points, mask, _ = tiny_onnx.plane(shift=0.5)
    tiny_onnx.save(model, points, mask, 2.0)
    TensorRtEngine(model, cache).close()
    assert device.builds == 2


def test_messages_of_tensorrt_are_logged(device, model, cache, caplog):
    TensorRtEngine(model, cache)
    assert "TensorRT: a message of the compiler" in caplog.text


def test_damaged_model(device, model, cache):
    model.write_bytes(model.read_bytes()[:-500])
    unavailable("cannot read", "export-moge", path=model, cache=cache)


def test_missing_model(device, tmp_path, cache):
    unavailable("export-moge", path=tmp_path / "none.onnx", cache=cache)


def test_model_of_free_size_is_refused(device, tmp_path, cache):
    points, mask, _ = tiny_onnx.plane()
    path = tiny_onnx.save(tmp_path / "m.onnx", points, mask, tokens=True)
    unavailable("num_tokens", "static", path=path, cache=cache)


def test_failing_compilation_says_so_and_caches_nothing(device, model, cache):
    unavailable("could not compile", path=model, cache=cache, options=BuildOptions(0))
    assert not cache.folder.exists()


def test_missing_gpu(device, model, cache):
    unavailable("cudaSetDevice", "nvidia-smi", path=model, cache=cache, device_id=3)


def test_cuda_python_that_raises_without_a_driver(device, model, cache, monkeypatch):
    """As it did before 12.9, in place of a status."""

    def raises(device_id):
        raise RuntimeError("Failed to dlopen libcuda.so.1")

    monkeypatch.setattr(sys.modules["cuda.bindings.runtime"], "cudaSetDevice", raises)
    unavailable("libcuda.so.1", "driver", path=model, cache=cache)


def test_too_little_memory_for_a_context(device, model, cache, monkeypatch):
    engine = sys.modules["tensorrt"].Runtime(None)
    load = type(engine).deserialize_cuda_engine

    def without_context(self, content):
        loaded = load(self, content)
        loaded.create_execution_context = lambda: None
        return loaded

    monkeypatch.setattr(type(engine), "deserialize_cuda_engine", without_context)
    unavailable("too little memory", path=model, cache=cache)


def test_without_tensorrt(model, cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    unavailable("TensorRT is not installed", path=model, cache=cache)


def test_without_cuda_python(device, model, cache, monkeypatch):
    for name in ("cuda", "cuda.bindings", "cuda.bindings.runtime"):
        monkeypatch.setitem(sys.modules, name, None)
    unavailable("cuda-python", path=model, cache=cache)


def test_old_tensorrt(model, cache, monkeypatch):
    fake_tensorrt.install(monkeypatch, "8.6.1")
    unavailable("8.6.1 is not supported", path=model, cache=cache)
