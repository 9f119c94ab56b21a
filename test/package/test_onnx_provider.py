"""A session runs on the provider that was asked for, or is refused."""

from types import SimpleNamespace

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.onnx_provider import CPU, open_session

CUDA = "CUDAExecutionProvider"


def runtime(starts: list[str], error: Exception | None = None):
    """In the place of ``onnxruntime-gpu``, where these providers start; and what was called."""
    calls: list[object] = []

    def session(source, options, providers, enable_fallback):
        if error is not None:
            raise error
        calls.append((source, options, providers, enable_fallback))
        return SimpleNamespace(get_providers=lambda: starts)

    ort = SimpleNamespace(
        get_available_providers=lambda: [CUDA, CPU],
        preload_dlls=lambda: calls.append("libraries"),
        InferenceSession=session,
        capi=SimpleNamespace(onnxruntime_pybind11_state=SimpleNamespace(Fail=Fail, other=1)),
    )
    return ort, calls


class Fail(Exception):  # noqa: N818 - as it is called there
    """Has no class in common with others of ONNX Runtime."""


def opened(ort, providers, model=b"model"):
    return open_session(ort, model, None, providers, broken="copy it again", instead="use the CPU")


def test_libraries_are_loaded_before_a_session_on_a_gpu():
    ort, calls = runtime([CUDA, CPU])
    wanted = [(CUDA, {"device_id": 1}), (CPU, {})]
    assert opened(ort, wanted).get_providers()[0] == CUDA
    assert calls == ["libraries", (b"model", None, wanted, 0)]


def test_the_cpu_needs_no_libraries(tmp_path):
    ort, calls = runtime([CPU])
    opened(ort, [(CPU, {})], tmp_path)
    assert calls == [(str(tmp_path), None, [(CPU, {})], 0)]


def test_a_gpu_that_does_not_start_is_no_silent_fallback():
    ort, _ = runtime([CPU])
    with pytest.raises(SpatialError, match=r"could not start CUDA.*nvidia-smi.*use the CPU") as e:
        opened(ort, [(CUDA, {})])
    assert e.value.code == ErrorCode.BACKEND_UNAVAILABLE


@pytest.mark.parametrize("kind", [Fail, RuntimeError])
def test_what_onnx_runtime_raises_is_passed_on(kind):
    ort, _ = runtime([], kind("CUDA out of memory\nat line 7"))
    with pytest.raises(SpatialError, match=r"\(CUDA out of memory\): copy it again; or the GPU"):
        opened(ort, [(CUDA, {})])
    with pytest.raises(SpatialError, match=r"copy it again$"):
        opened(ort, [(CPU, {})])


def test_a_provider_that_is_not_installed():
    ort, calls = runtime([CPU])
    with pytest.raises(SpatialError, match=r"has no Tensorrt.*CUDA.*onnxruntime-gpu"):
        opened(ort, [("TensorrtExecutionProvider", {})])
    assert not calls
