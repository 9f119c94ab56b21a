"""One call from a model file to an estimator."""

import logging
from collections.abc import Callable
from pathlib import Path

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.cache import EngineCache
from hispatial_ros.moge.engine import DepthEngine
from hispatial_ros.moge.estimator import Estimator
from hispatial_ros.moge.onnx_engine import OnnxEngine
from hispatial_ros.moge.tensorrt_engine import TensorRtEngine

logger = logging.getLogger(__name__)

# ONNX Runtime with its CPU, CUDA or TensorRT provider, and TensorRT itself.
RUNTIMES = ("cpu", "cuda", "onnxruntime-tensorrt", "tensorrt")


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
        model: published or exported ONNX file.
        runtime: one of ``RUNTIMES``.
        num_tokens: 1200 (fast) to 3600 (fine), for files that leave it open.
        threads: CPU threads; 0 for all cores.
        device_id: of the GPU.
        cache_dir: of compiled engines; None for the user's cache folder.
        progress: told how a compilation goes on.

    Raises:
        SpatialError: BAD_REQUEST for an unknown runtime; BACKEND_UNAVAILABLE with the reason.
    """
    engine: DepthEngine
    if runtime == "tensorrt":
        engine = TensorRtEngine(
            model, EngineCache(cache_dir), device_id=device_id, progress=progress
        )
    elif runtime in RUNTIMES:
        provider = runtime.removeprefix("onnxruntime-")
        folder = EngineCache(cache_dir).folder if provider == "tensorrt" else None
        engine = OnnxEngine(model, provider, num_tokens, threads, device_id, folder)
    else:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"unknown runtime {runtime!r} for the depth model: one of {', '.join(RUNTIMES)}",
        )
    logger.info("depth model %s on %s", engine.spec.model, engine.spec.name)
    return Estimator(engine)
