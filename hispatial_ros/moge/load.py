"""One call from a model file to an estimator."""

import logging
from collections.abc import Callable
from pathlib import Path

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.cache import EngineCache
from hispatial_ros.moge.checkpoint import import_official
from hispatial_ros.moge.engine import DepthEngine
from hispatial_ros.moge.estimator import Estimator
from hispatial_ros.moge.model_file import CHECKPOINT_SUFFIXES
from hispatial_ros.moge.onnx_engine import OnnxEngine
from hispatial_ros.moge.tensorrt_engine import TensorRtEngine

logger = logging.getLogger(__name__)

# ONNX Runtime with its CPU, CUDA or TensorRT provider, and TensorRT itself.
ONNX_RUNTIMES = ("cpu", "cuda", "onnxruntime-tensorrt", "tensorrt")
# PyTorch on a GPU or the CPU, with an official checkpoint.
TORCH_RUNTIMES = ("torch", "torch-cpu")
RUNTIMES = ONNX_RUNTIMES + TORCH_RUNTIMES


def load_estimator(
    model: Path | str,
    runtime: str = "cpu",
    num_tokens: int = 1800,
    threads: int = 0,
    device_id: int = 0,
    cache_dir: Path | str | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> Estimator:
    """Loads a model; compiles it first if the runtime needs that and no cached engine fits.

    Takes seconds, or minutes to compile: call it at start-up, not in a callback.

    Args:
        model: published or exported ONNX file; for the runtimes of PyTorch an official checkpoint.
        runtime: one of ``RUNTIMES``.
        num_tokens: 1200 (fast) to 3600 (fine), for files that leave it open.
        threads: CPU threads; 0 for all cores.
        device_id: of the GPU.
        cache_dir: of compiled engines; None for the user's cache folder.
        progress: told how a compilation goes on.

    Raises:
        SpatialError: BAD_REQUEST for an unknown runtime, or one for other files;
            BACKEND_UNAVAILABLE with the reason.
    """
    engine: DepthEngine
    _check_kind(Path(model), runtime)
    if runtime in TORCH_RUNTIMES:
        device = f"cuda:{device_id}" if runtime == "torch" else "cpu"
        engine = _torch_engine(model, device, num_tokens, threads)
    elif runtime == "tensorrt":
        engine = TensorRtEngine(
            model, EngineCache(cache_dir), device_id=device_id, progress=progress
        )
    else:
        provider = runtime.removeprefix("onnxruntime-")
        folder = EngineCache(cache_dir).folder if provider == "tensorrt" else None
        engine = OnnxEngine(model, provider, num_tokens, threads, device_id, folder)
    logger.info("depth model %s on %s", engine.spec.model, engine.spec.name)
    return Estimator(engine)


def _check_kind(model: Path, runtime: str) -> None:
    """Raises SpatialError, BAD_REQUEST."""
    if runtime not in RUNTIMES:
        problem = f"unknown runtime {runtime!r} for the depth model: one of {', '.join(RUNTIMES)}"
    elif runtime in TORCH_RUNTIMES and model.suffix == ".onnx":
        problem = (
            f"the runtime {runtime} takes an official checkpoint (model.pt), not the ONNX file "
            f"{model}: choose one of {', '.join(ONNX_RUNTIMES)}"
        )
    elif runtime in ONNX_RUNTIMES and model.suffix in CHECKPOINT_SUFFIXES:
        problem = (
            f"the runtime {runtime} takes an ONNX file, not the checkpoint {model}: choose "
            f"{' or '.join(TORCH_RUNTIMES)}, or convert it with 'hispatial export-moge'"
        )
    else:
        return
    raise SpatialError(ErrorCode.BAD_REQUEST, problem)


def _torch_engine(model: Path | str, device: str, num_tokens: int, threads: int) -> DepthEngine:
    import_official()
    # It imports PyTorch, which other runtimes do without.
    from hispatial_ros.moge.torch_engine import TorchEngine

    return TorchEngine(model, device, num_tokens, threads)
