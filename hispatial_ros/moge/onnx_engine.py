"""The network on ONNX Runtime: CPU by default; CUDA or the TensorRT provider on request."""

import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError, first_line
from hispatial_ros.moge.engine import EngineSpec, RawOutput, to_network_input
from hispatial_ros.moge.host_engine import HostEngine
from hispatial_ros.moge.model_file import model_hash, read_metadata
from hispatial_ros.onnx_provider import CPU, Provider, failures, open_session

logger = logging.getLogger(__name__)

PROVIDERS = {
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
DTYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class OnnxEngine(HostEngine):
    """A MoGe-2 ONNX file on ONNX Runtime.

    Takes the published files (any image size, inputs ``image`` and ``num_tokens``) and static
    exports (``image`` of one size). Host buffers are kept from frame to frame.

    Args:
        model: the ``.onnx`` file; weights may lie beside it as external data.
        provider: "cpu", "cuda" or "tensorrt".
        num_tokens: for files with that input: more is finer and slower, 1200 to 3600.
        threads: CPU threads of one operator; 0 for all cores.
        device_id: of the GPU.
        cache_dir: where the TensorRT provider keeps its engines; None: nowhere.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the runtime or provider is missing, or the file is not
            a readable MoGe-2 model.
    """

    def __init__(
        self,
        model: Path | str,
        provider: str = "cpu",
        num_tokens: int = 1800,
        threads: int = 0,
        device_id: int = 0,
        cache_dir: Path | None = None,
    ):
        ort = _import_runtime()
        path = Path(model)
        if not path.is_file():
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"no depth model at {path}: download a MoGe-2 ONNX file or make one with "
                "'hispatial export-moge'",
            )
        chosen = _providers(path, provider, device_id, cache_dir)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # what concerns the operator is raised, not printed
        self._errors = failures(ort)
        self._session = open_session(
            ort,
            path,
            options,
            chosen,
            broken="it is damaged, incomplete (external data missing?) or no ONNX model; copy or "
            "export it again",
            instead="use the CPU",
        )
        width, height = self._check_signature(path)
        metadata = self._session.get_modelmeta().custom_metadata_map
        tokens = num_tokens if self._tokens is not None else metadata.get("num_tokens")
        self._spec = EngineSpec(
            name=f"ONNX Runtime {ort.__version__} {provider}",
            model=str(path),
            width=width,
            height=height,
            num_tokens=int(tokens) if tokens else None,
        )
        if self._tokens is not None:
            rank, dtype = self._tokens
            self._token_value = np.full((1,) * rank, num_tokens, dtype)
        self._ort = ort
        self._binding = self._session.io_binding()
        self._buffers: dict[str, np.ndarray] = {}

    @property
    def spec(self) -> EngineSpec:
        return self._spec

    def infer(self, rgb: np.ndarray) -> RawOutput:
        """See ``HostEngine.infer``."""
        height, width = rgb.shape[:2]
        if self._buffers.get("mask", np.empty(0)).shape != (1, height, width):
            self._allocate(height, width)
        self._binding.bind_cpu_input("image", to_network_input(rgb, self._buffers["image"]))
        try:
            self._session.run_with_iobinding(self._binding)
        except self._errors as error:
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"the depth model failed on an image of {width}x{height} ({first_line(error)}): "
                "use a file exported for this size, or a smaller one if memory ran out",
            ) from error
        if self._scale_is_bound:
            scale = float(self._binding.get_outputs()[-1].numpy().ravel()[0])
        else:
            scale = 1.0
        points, mask = self._buffers["points"][0], self._buffers["mask"][0]
        return RawOutput(
            points.astype(np.float32, copy=False), mask.astype(np.float32, copy=False), scale
        )

    def close(self) -> None:
        """See ``DepthEngine.close``."""
        self._buffers.clear()
        del self._binding, self._session

    def _check_signature(self, path: Path) -> tuple[int | None, int | None]:
        """Image width and height, None if free; notes how tokens and scale are passed."""
        inputs = {i.name: i for i in self._session.get_inputs()}
        outputs = {o.name: o for o in self._session.get_outputs()}
        arrays = {name: outputs.get(name) for name in ("points", "mask")}
        arrays["image"] = inputs.get("image")
        ranks = {"image": 4, "points": 4, "mask": 3}
        if not set(inputs) <= {"image", "num_tokens"} or not all(
            a is not None and a.type in DTYPES and len(a.shape) == ranks[name]
            for name, a in arrays.items()
        ):
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"{path} is not a MoGe-2 model: it maps ({', '.join(inputs)}) to "
                f"({', '.join(outputs)}), where (image[, num_tokens]) to (points, mask, "
                "metric_scale) is needed",
            )
        self._types = {name: DTYPES[a.type] for name, a in arrays.items() if a}
        self._scale_is_bound = "metric_scale" in outputs
        self._tokens = None
        if "num_tokens" in inputs:
            tokens = inputs["num_tokens"]
            self._tokens = (len(tokens.shape), np.int64 if "int64" in tokens.type else np.float32)
        shape = inputs["image"].shape
        height, width = (size if isinstance(size, int) else None for size in shape[2:])
        return width, height

    def _allocate(self, height: int, width: int) -> None:
        """Host buffers for images of one size, bound to the session."""
        self._buffers = {
            "image": np.empty((1, 3, height, width), self._types["image"]),
            "points": np.empty((1, height, width, 3), self._types["points"]),
            "mask": np.empty((1, height, width), self._types["mask"]),
        }
        self._binding.clear_binding_inputs()
        self._binding.clear_binding_outputs()
        if self._tokens is not None:
            self._binding.bind_cpu_input("num_tokens", self._token_value)
        for name in ("points", "mask"):
            value = self._ort.OrtValue.ortvalue_from_numpy(self._buffers[name])
            self._binding.bind_ortvalue_output(name, value)
        if self._scale_is_bound:
            self._binding.bind_output("metric_scale", "cpu")


def _import_runtime() -> ModuleType:
    try:
        import onnxruntime
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"ONNX Runtime is not installed ({error}): pip install -r requirements/moge.txt "
            "(or onnxruntime-gpu for an NVIDIA GPU)",
        ) from error
    return onnxruntime


def _providers(
    model: Path, provider: str, device_id: int, cache_dir: Path | None
) -> list[Provider]:
    if provider not in PROVIDERS:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"unknown provider {provider!r}: one of {', '.join(PROVIDERS)}",
        )
    # TF32 rounds float32 inputs to 10 bits; who wants speed exports in float16.
    cuda = ("CUDAExecutionProvider", {"device_id": device_id, "use_tf32": 0})
    cpu: Provider = (CPU, {})
    if provider == "cpu":
        return [cpu]
    if provider == "cuda":
        return [cuda, cpu]
    half = read_metadata(model).get("precision") == "float16"
    tensorrt: dict[str, Any] = {"device_id": device_id, "trt_fp16_enable": half}
    if cache_dir is not None:
        # It tells models by their file's name only, and makes no folder within another.
        folder = cache_dir / model_hash(model)[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            logger.warning("compiled engines are not kept: %s", error)
        else:
            tensorrt |= {"trt_engine_cache_enable": True, "trt_engine_cache_path": str(folder)}
    return [("TensorrtExecutionProvider", tensorrt), cuda, cpu]
