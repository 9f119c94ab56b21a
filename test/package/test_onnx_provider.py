"""A session runs on the provider that was asked for, or is refused."""

from types import SimpleNamespace

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.onnx_provider import CPU, open_session

CUDA = "CUDAExecutionProvider"


def runtime(starts: list[str]):
    """In the place of ``onnxruntime-gpu``, where these providers start; and what was called."""
    calls: list[object] = []

    def session(source, options, providers):
        calls.append((source, options, providers))
        return SimpleNamespace(get_providers=lambda: starts)

    ort = SimpleNamespace(
        get_available_providers=lambda: [CUDA, CPU],
        preload_dlls=lambda: calls.append("libraries"),
        InferenceSession=session,
    )
    return ort, calls


def test_libraries_are_loaded_before_a_session_on_a_gpu():
    ort, calls = runtime([CUDA, CPU])
    wanted = [(CUDA, {"device_id": 1}), (CPU, {})]
    assert open_session(ort, b"model", None, wanted, "").get_providers()[0] == CUDA
    assert calls == ["libraries", (b"model", None, wanted)]


def test_the_cpu_needs_no_libraries(tmp_path):
    ort, calls = runtime([CPU])
    open_session(ort, tmp_path, None, [(CPU, {})], "")
    assert calls == [(str(tmp_path), None, [(CPU, {})])]


def test_a_gpu_that_does_not_start_is_no_silent_fallback():
    ort, _ = runtime([CPU])
    with pytest.raises(SpatialError, match=r"could not start CUDA.*nvidia-smi.*use the CPU") as e:
        open_session(ort, b"", None, [(CUDA, {})], "use the CPU")
    assert e.value.code == ErrorCode.BACKEND_UNAVAILABLE


def test_a_provider_that_is_not_installed():
    ort, calls = runtime([CPU])
    with pytest.raises(SpatialError, match=r"has no Tensorrt.*CUDA.*onnxruntime-gpu"):
        open_session(ort, b"", None, [("TensorrtExecutionProvider", {})], "use the CPU")
    assert not calls
