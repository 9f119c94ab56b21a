"""ONNX Runtime sessions that run where they were asked to, or not at all."""

from pathlib import Path
from types import ModuleType
from typing import Any

from hispatial_ros.errors import backend_unavailable, first_line

CPU = "CPUExecutionProvider"
Provider = tuple[str, dict[str, Any]]  # name and options


def failures(ort: ModuleType) -> tuple[type[Exception], ...]:
    """What ``onnxruntime`` raises; its own exceptions have no common class."""
    own = vars(ort.capi.onnxruntime_pybind11_state).values()
    found = (each for each in own if isinstance(each, type) and issubclass(each, Exception))
    return (RuntimeError, *found)


def open_session(
    ort: ModuleType,
    model: Path | bytes,
    options: Any,
    providers: list[Provider],
    *,
    broken: str,
    instead: str,
) -> Any:
    """An ``InferenceSession`` of ``model``, a file or its contents, on the first of ``providers``.

    Args:
        ort: the package ``onnxruntime``.
        broken: what is wrong if the model cannot be loaded, and what to do, as in "copy it again".
        instead: what the operator can do without a GPU, as in "use the CPU".

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if this ONNX Runtime has no such provider, it does not
            start or it cannot load the model.
    """
    name = providers[0][0]
    if name not in (available := ort.get_available_providers()):
        raise backend_unavailable(
            f"this ONNX Runtime has no {name} (it has {', '.join(available)}): install "
            f"onnxruntime-gpu in place of onnxruntime, or {instead}"
        )
    if name != CPU and hasattr(ort, "preload_dlls"):
        ort.preload_dlls()  # CUDA that pip has installed lies where no loader looks
    source, what = (model, "the model") if isinstance(model, bytes) else (str(model), str(model))
    try:
        # Neither now nor at an image that fails may it change to another provider.
        session = ort.InferenceSession(source, options, providers=providers, enable_fallback=0)
    except failures(ort) as error:
        on_gpu = "" if name == CPU else f"; or the GPU lacks memory (nvidia-smi): {instead}"
        raise backend_unavailable(
            f"{what} cannot be loaded ({first_line(error)}): {broken}{on_gpu}"
        ) from error
    # Where libraries are missing ONNX Runtime goes on with the CPU all the same.
    if session.get_providers()[0] != name:
        raise backend_unavailable(
            f"ONNX Runtime could not start {name}: check the GPU driver (nvidia-smi) and that its "
            f"CUDA, cuDNN and TensorRT libraries are found (pip install 'onnxruntime-gpu[cuda,"
            f"cudnn]' brings CUDA and cuDNN), or {instead}"
        )
    return session
