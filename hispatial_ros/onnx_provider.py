"""ONNX Runtime sessions that run where they were asked to, or not at all."""

from pathlib import Path
from types import ModuleType
from typing import Any

from hispatial_ros.errors import backend_unavailable

CPU = "CPUExecutionProvider"
Provider = tuple[str, dict[str, Any]]  # name and options


def open_session(
    ort: ModuleType, model: Path | bytes, options: Any, providers: list[Provider], instead: str
) -> Any:
    """An ``InferenceSession`` of ``model``, a file or its contents, on the first of ``providers``.

    Args:
        ort: the package ``onnxruntime``.
        instead: what the operator can do without a GPU, as in "use the CPU".

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if this ONNX Runtime has no such provider or it does not
            start.
    """
    name = providers[0][0]
    if name not in (available := ort.get_available_providers()):
        raise backend_unavailable(
            f"this ONNX Runtime has no {name} (it has {', '.join(available)}): install "
            f"onnxruntime-gpu in place of onnxruntime, or {instead}"
        )
    if name != CPU and hasattr(ort, "preload_dlls"):
        ort.preload_dlls()  # CUDA that pip has installed lies where no loader looks
    source = model if isinstance(model, bytes) else str(model)
    session = ort.InferenceSession(source, options, providers=providers)
    # ONNX Runtime goes on with the CPU when a GPU provider fails to start.
    if session.get_providers()[0] != name:
        raise backend_unavailable(
            f"ONNX Runtime could not start {name}: check the GPU driver (nvidia-smi) and that its "
            f"CUDA, cuDNN and TensorRT libraries are found (pip install 'onnxruntime-gpu[cuda,"
            f"cudnn]' brings CUDA and cuDNN), or {instead}"
        )
    return session
