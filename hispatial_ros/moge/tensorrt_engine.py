"""The network on TensorRT 10 or 11, from a static export.

Networks are strongly typed: what the ONNX file says is what runs, so half precision is chosen at
export. Buffers are allocated once; a frame costs two copies and one launch.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.cache import EngineCache, EngineKey, this_platform
from hispatial_ros.moge.cuda_memory import Buffer, Cuda
from hispatial_ros.moge.engine import EngineSpec, RawOutput, to_network_input
from hispatial_ros.moge.host_engine import HostEngine
from hispatial_ros.moge.model_file import model_hash, read_metadata

logger = logging.getLogger(__name__)

SUPPORTED = (10, 11)  # major versions
Progress = Callable[[str], None]


@dataclass(frozen=True)
class BuildOptions:
    """What the builder may do."""

    workspace_mib: int = 2048
    optimization_level: int = 3  # 0 builds fast, 5 searches longest

    def __str__(self) -> str:
        return f"workspace {self.workspace_mib} MiB, optimization level {self.optimization_level}"


class TensorRtEngine(HostEngine):
    """A compiled MoGe-2 network.

    Args:
        model: static export (``hispatial export-moge``).
        cache: where the engine is kept.
        options: of the builder.
        device_id: of the GPU.
        rebuild: even if a cached engine fits.
        progress: told how a build goes on, which takes minutes.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if TensorRT, cuda-python or a GPU is missing, TensorRT
            does not support the GPU, or the model cannot be compiled.
    """

    def __init__(
        self,
        model: Path | str,
        cache: EngineCache,
        options: BuildOptions | None = None,
        device_id: int = 0,
        rebuild: bool = False,
        progress: Progress = lambda message: None,
    ):
        trt = import_tensorrt()
        path, options = Path(model), options or BuildOptions()
        digest, metadata = model_hash(path), read_metadata(path)
        self._cuda = Cuda(device_id)
        _check_capability(trt, self._cuda.gpu.name, self._cuda.gpu.compute_capability)
        size = [metadata.get(name, "?") for name in ("height", "width")]
        key = EngineKey(
            model_sha256=digest,
            runtime=f"TensorRT {trt.__version__}",
            gpu=self._cuda.gpu.name,
            compute_capability=self._cuda.gpu.compute_capability,
            platform=this_platform(),
            precision=metadata.get("precision", "as in the model"),
            shape="x".join(["1", "3", *size]),
            options=str(options),
        )
        self._logger = _logger()
        self._runtime = trt.Runtime(self._logger)

        is_new = False

        def build() -> bytes:
            nonlocal is_new
            is_new = True
            return _build(trt, self._logger, path, options, progress)

        self.cached_at = cache.path(key, path.stem)
        plan = cache.load_or_build(key, path.stem, build, rebuild)
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None and not is_new:
            logger.warning("TensorRT rejects the cached engine of %s: building it again", path)
            plan = cache.load_or_build(key, path.stem, build, rebuild=True)
            self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            self.cached_at.unlink(missing_ok=True)
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"TensorRT {trt.__version__} cannot load the engine that it compiled from {path}: "
                f"its messages above say why; check that it supports {self._cuda.gpu.name} "
                f"(compute capability {self._cuda.gpu.compute_capability}), that driver and "
                "TensorRT belong together, and free GPU memory",
            )
        self._context = self._engine.create_execution_context()
        if self._context is None:
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"TensorRT has too little memory on {self._cuda.gpu.name} for {path}: free GPU "
                "memory (nvidia-smi)",
            )
        self._buffers = self._allocate(trt, path)
        _, _, height, width = self._buffers["image"].host.shape
        self._spec = EngineSpec(
            name=f"TensorRT {trt.__version__} {self._cuda.gpu.name}",
            model=str(path),
            width=width,
            height=height,
            num_tokens=int(metadata["num_tokens"]) if "num_tokens" in metadata else None,
        )

    @property
    def spec(self) -> EngineSpec:
        return self._spec

    def infer(self, rgb: np.ndarray) -> RawOutput:
        """See ``HostEngine.infer``."""
        buffers = self._buffers
        self._cuda.use()
        to_network_input(rgb, buffers["image"].host)
        buffers["image"].upload()
        if not self._context.execute_async_v3(stream_handle=int(self._cuda.stream)):
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                "TensorRT could not run the depth model: check free GPU memory (nvidia-smi)",
            )
        for name in ("points", "mask", "metric_scale"):
            buffers[name].download()
        self._cuda.synchronize()
        return RawOutput(
            buffers["points"].host[0],
            buffers["mask"].host[0],
            float(buffers["metric_scale"].host.ravel()[0]),
        )

    def close(self) -> None:
        """See ``DepthEngine.close``."""
        for buffer in self._buffers.values():
            buffer.close()
        self._buffers = {}
        del self._context, self._engine, self._runtime
        self._cuda.close()

    def _allocate(self, trt: ModuleType, path: Path) -> dict[str, Buffer]:
        """One buffer for each tensor of the engine, known to the execution context."""
        engine = self._engine
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        dtypes = [engine.get_tensor_dtype(name) for name in names]
        if not {"image", "points", "mask", "metric_scale"} <= set(names) or any(
            dtype != trt.DataType.FLOAT for dtype in dtypes
        ):
            raise _not_static(path, f"its tensors are {', '.join(names)}")
        buffers = {}
        for name in names:
            buffers[name] = Buffer(self._cuda, tuple(engine.get_tensor_shape(name)), np.float32)
            self._context.set_tensor_address(name, buffers[name].device)
        return buffers


def import_tensorrt() -> ModuleType:
    """The TensorRT Python package.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it is missing or of an untested major version.
    """
    try:
        import tensorrt as trt
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"TensorRT is not installed ({error}): see docs/moge.md, or run the model on ONNX "
            "Runtime",
        ) from error
    if int(trt.__version__.split(".")[0]) not in SUPPORTED:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"TensorRT {trt.__version__} is not supported: install 10.x or 11.x",
        )
    return trt


def supported_capabilities(trt: ModuleType) -> list[str]:
    """Compute capabilities that a TensorRT compiles for ("8.6"); empty where it does not tell.

    TensorRT-RTX lists them by the names of an enumeration: SM75, SM120, ...
    """
    names = getattr(getattr(trt, "ComputeCapability", None), "__members__", ())
    numbers = sorted(int(name[2:]) for name in names if re.fullmatch(r"SM\d+", name))
    return [f"{number // 10}.{number % 10}" for number in numbers]


def _check_capability(trt: ModuleType, gpu: str, capability: str) -> None:
    supported = supported_capabilities(trt)
    if supported and capability not in supported:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"TensorRT {trt.__version__} does not support {gpu} with compute capability "
            f"{capability}: it compiles for {', '.join(supported)}; use another TensorRT, or the "
            "runtime cuda",
        )


def _build(
    trt: ModuleType, trt_logger: Any, path: Path, options: BuildOptions, progress: Progress
) -> bytes:
    progress(f"reading {path}")
    builder = trt.Builder(trt_logger)
    # Needed on 10.x, where networks are weakly typed by default; 11.x knows no other kind.
    strongly_typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(strongly_typed)
    parser = trt.OnnxParser(network, trt_logger)
    if not parser.parse_from_file(str(path)):
        errors = [str(parser.get_error(i)) for i in range(parser.num_errors)]
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"TensorRT cannot read {path}: {'; '.join(errors)[:500]}. Use a file of "
            "'hispatial export-moge'",
        )
    inputs = [network.get_input(i) for i in range(network.num_inputs)]
    if [i.name for i in inputs] != ["image"] or any(size < 1 for size in inputs[0].shape):
        raise _not_static(path, ", ".join(f"{i.name} {tuple(i.shape)}" for i in inputs))
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, options.workspace_mib << 20)
    config.builder_optimization_level = options.optimization_level
    config.progress_monitor = monitor = _progress_monitor(progress)  # noqa: F841 - kept alive
    progress("compiling, which takes minutes")
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"TensorRT could not compile {path}: its messages above say why; often GPU memory is "
            "short, then close other programs or lower --workspace",
        )
    return bytes(plan)


def _not_static(path: Path, found: str) -> SpatialError:
    return SpatialError(
        ErrorCode.BACKEND_UNAVAILABLE,
        f"{path} has no fixed image size or is no static MoGe-2 export ({found}): make one with "
        "'hispatial export-moge', or run it on ONNX Runtime",
    )


def _logger() -> Any:
    """TensorRT's messages in Python's logging."""
    import tensorrt as trt

    severity = trt.ILogger.Severity
    levels = {
        severity.INTERNAL_ERROR: logging.ERROR,
        severity.ERROR: logging.ERROR,
        severity.WARNING: logging.WARNING,
        severity.INFO: logging.DEBUG,
        severity.VERBOSE: logging.NOTSET,
    }

    class Logger(trt.ILogger):
        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            if level := levels[severity]:
                logger.log(level, "TensorRT: %s", message)

    return Logger()


def _progress_monitor(progress: Progress) -> Any:
    """Reports the steps of the outermost phase."""
    import tensorrt as trt

    class Monitor(trt.IProgressMonitor):
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.outermost: dict[str, int] = {}

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            if not parent_phase:
                self.outermost[phase_name] = num_steps

        def step_complete(self, phase_name: str, step: int) -> bool:
            if phase_name in self.outermost:
                progress(f"{phase_name}: {step + 1} of {self.outermost[phase_name]}")
            return True  # go on

        def phase_finish(self, phase_name: str) -> None:
            self.outermost.pop(phase_name, None)

    return Monitor()
