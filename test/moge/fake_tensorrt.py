"""A stand-in for TensorRT and cuda-python where neither can be installed.

It has the calls that the engine makes, as documented for TensorRT 10 and 11 and cuda-python, and is
as unforgiving: strong typing must be asked for on 10, tensors need addresses of memory that is
allocated and large enough, copies stay inside their memory, an engine of another version or GPU is
rejected, and a callback that raises or a missing base-class call fails. What runs is the ONNX file
itself, on ONNX Runtime.
"""

import ctypes
import enum
import json
import sys
import types
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


class Device:
    """The GPU, its memory and what is done to it."""

    def __init__(self, name: str = "NVIDIA Test GPU", capability: tuple[int, int] = (8, 7)):
        self.name, self.capability = name, capability
        self.memory: dict[int, ctypes.Array] = {}
        self.allocations = 0
        self.launches = 0
        self.builds = 0
        self.rejects = False  # engines, whoever compiled them
        self.current: int | None = None
        self.pending: list = []  # what the stream has not done yet

    def allocate(self, size: int) -> int:
        self.allocations += 1
        block = ctypes.create_string_buffer(size)
        address = ctypes.addressof(block)
        self.memory[address] = block
        return address

    def check(self, address: int, size: int) -> None:
        assert address in self.memory, "no such memory"
        assert len(self.memory[address]) >= size, "beyond the end of the memory"


def install(
    monkeypatch, version: str, device: Device | None = None, capabilities: tuple[str, ...] = ()
) -> Device:
    """Puts the stand-ins where the engine imports TensorRT and the CUDA runtime from.

    Args:
        capabilities: names that TensorRT-RTX's enumeration has; TensorRT itself has none.
    """
    device = device or Device()
    runtime = _cudart(device)
    bindings = types.ModuleType("cuda.bindings")
    bindings.runtime = runtime
    cuda = types.ModuleType("cuda")
    cuda.bindings = bindings
    for name, module in {
        "cuda": cuda,
        "cuda.bindings": bindings,
        "cuda.bindings.runtime": runtime,
        "tensorrt": _tensorrt(version, device),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    if capabilities:
        sys.modules["tensorrt"].ComputeCapability = enum.Enum("ComputeCapability", capabilities)
    return device


def _cudart(device: Device) -> types.ModuleType:
    class Error(enum.IntEnum):
        cudaSuccess = 0  # noqa: N815
        cudaErrorInvalidValue = 1  # noqa: N815
        cudaErrorInvalidDevice = 101  # noqa: N815

    class Kind(enum.IntEnum):
        cudaMemcpyHostToDevice = 1  # noqa: N815
        cudaMemcpyDeviceToHost = 2  # noqa: N815

    ok = Error.cudaSuccess

    def set_device(index):
        if index != 0:
            return (Error.cudaErrorInvalidDevice,)
        device.current = index
        return (ok,)

    def properties(index):
        major, minor = device.capability
        name = device.name.encode().ljust(256, b"\0")
        return ok, types.SimpleNamespace(name=name, major=major, minor=minor)

    def copy(destination, source, size, kind, stream):
        assert isinstance(kind, Kind)
        assert stream == STREAM
        device.check(destination, size)
        device.check(source, size)
        device.pending.append(lambda: ctypes.memmove(destination, source, size))
        return (ok,)

    def synchronize(stream):
        assert stream == STREAM
        while device.pending:
            device.pending.pop(0)()
        return (ok,)

    def free(address):
        if address not in device.memory:
            return (Error.cudaErrorInvalidValue,)
        del device.memory[address]
        return (ok,)

    module = types.ModuleType("cuda.bindings.runtime")
    module.cudaMemcpyKind = Kind
    module.cudaSetDevice = set_device
    module.cudaGetDeviceProperties = properties
    module.cudaStreamCreate = lambda: (ok, STREAM)
    module.cudaStreamSynchronize = synchronize
    module.cudaStreamDestroy = lambda stream: (ok,)
    module.cudaMalloc = lambda size: (ok, device.allocate(size))
    module.cudaMallocHost = lambda size: (ok, device.allocate(size))
    module.cudaMemcpyAsync = copy
    module.cudaFree = free
    module.cudaFreeHost = free
    return module


STREAM = 0x57


def _tensorrt(version: str, device: Device) -> types.ModuleType:
    trt = types.ModuleType("tensorrt")
    trt.__version__ = version
    major = int(version.split(".")[0])

    class ILogger:
        class Severity(enum.IntEnum):
            INTERNAL_ERROR = 0
            ERROR = 1
            WARNING = 2
            INFO = 3
            VERBOSE = 4

        def __init__(self):
            self.initialized = True

    class IProgressMonitor:
        def __init__(self):
            self.initialized = True

    class NetworkDefinitionCreationFlag(enum.IntEnum):
        EXPLICIT_BATCH = 0
        STRONGLY_TYPED = 1

    class DataType(enum.Enum):
        FLOAT = 0
        HALF = 1
        INT64 = 8

    class TensorIOMode(enum.Enum):
        INPUT = 1
        OUTPUT = 2

    class MemoryPoolType(enum.Enum):
        WORKSPACE = 0

    def tensors(model: onnx.ModelProto) -> dict[str, tuple[TensorIOMode, tuple, DataType]]:
        types_ = {1: DataType.FLOAT, 10: DataType.HALF, 7: DataType.INT64}
        result = {}
        for values, mode in (
            (model.graph.input, TensorIOMode.INPUT),
            (model.graph.output, TensorIOMode.OUTPUT),
        ):
            for value in values:
                tensor = value.type.tensor_type
                shape = tuple(d.dim_value or -1 for d in tensor.shape.dim)
                result[value.name] = (mode, shape, types_[tensor.elem_type])
        return result

    class Network:
        def __init__(self, flags: int):
            # Version 10 would take a float16 file for float32 with hints without this flag.
            if major == 10:
                assert flags & (1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED)
            self.model = None

        @property
        def num_inputs(self) -> int:
            return len(self.model.graph.input)

        def get_input(self, index: int):
            name = self.model.graph.input[index].name
            return types.SimpleNamespace(name=name, shape=tensors(self.model)[name][1])

    class BuilderConfig:
        def __init__(self):
            self.pools = {}
            self.builder_optimization_level = 3
            self.progress_monitor = None

        def set_memory_pool_limit(self, pool, size: int) -> None:
            self.pools[pool] = size

    class Builder:
        def __init__(self, logger):
            assert isinstance(logger, ILogger)
            assert logger.initialized
            self.logger = logger

        def create_network(self, flags: int = 0) -> Network:
            return Network(flags)

        def create_builder_config(self) -> BuilderConfig:
            return BuilderConfig()

        def build_serialized_network(self, network: Network, config: BuilderConfig):
            device.builds += 1
            monitor = config.progress_monitor
            assert monitor is None or monitor.initialized
            if monitor is not None:
                monitor.phase_start("Building Engine", None, 2)
                monitor.phase_start("Tactic Selection", "Building Engine", 9)
                assert monitor.step_complete("Tactic Selection", 0)
                monitor.phase_finish("Tactic Selection")
                for step in range(2):
                    assert monitor.step_complete("Building Engine", step)
                monitor.phase_finish("Building Engine")
            self.logger.log(ILogger.Severity.WARNING, "a message of the compiler")
            if config.pools.get(MemoryPoolType.WORKSPACE, 1 << 30) < 1 << 20:
                return None
            header = {"version": version, "gpu": device.name}
            return memoryview(
                json.dumps(header).encode() + b"\n" + network.model.SerializeToString()
            )

    class OnnxParser:
        def __init__(self, network: Network, logger):
            self.network, self.errors = network, []

        def parse_from_file(self, path: str) -> bool:
            try:
                self.network.model = onnx.load(path)  # external data too
                onnx.checker.check_model(self.network.model)
            except Exception as error:  # noqa: BLE001 - whatever onnx says of a damaged file
                self.errors.append(f"{type(error).__name__} in {Path(path).name}")
                return False
            return True

        @property
        def num_errors(self) -> int:
            return len(self.errors)

        def get_error(self, index: int) -> str:
            return self.errors[index]

    class ExecutionContext:
        def __init__(self, engine):
            self.engine, self.addresses = engine, {}

        def set_tensor_address(self, name: str, address: int) -> bool:
            assert name in self.engine.tensors
            self.addresses[name] = address
            return True

        def execute_async_v3(self, stream_handle: int) -> bool:
            assert stream_handle == STREAM
            if set(self.addresses) != set(self.engine.tensors):
                return False
            device.launches += 1
            device.pending.append(self.run)
            return True

        def run(self) -> None:
            views = {}
            for name, (_, shape, dtype) in self.engine.tensors.items():
                assert dtype == DataType.FLOAT
                size = 4 * int(np.prod(shape))
                device.check(self.addresses[name], size)
                block = device.memory[self.addresses[name]]
                views[name] = np.frombuffer(block, np.float32, size // 4).reshape(shape)
            outputs = [n for n, t in self.engine.tensors.items() if t[0] == TensorIOMode.OUTPUT]
            results = self.engine.session.run(outputs, {"image": views["image"].copy()})
            for name, value in zip(outputs, results, strict=True):
                views[name][...] = value

    class CudaEngine:
        def __init__(self, content: bytes):
            self.tensors = tensors(onnx.load_from_string(content))
            self.session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

        @property
        def num_io_tensors(self) -> int:
            return len(self.tensors)

        def get_tensor_name(self, index: int) -> str:
            return list(self.tensors)[index]

        def get_tensor_mode(self, name: str) -> TensorIOMode:
            return self.tensors[name][0]

        def get_tensor_shape(self, name: str) -> tuple:
            return self.tensors[name][1]

        def get_tensor_dtype(self, name: str) -> DataType:
            return self.tensors[name][2]

        def create_execution_context(self) -> ExecutionContext:
            return ExecutionContext(self)

    class Runtime:
        def __init__(self, logger):
            self.logger = logger

        def deserialize_cuda_engine(self, content) -> CudaEngine | None:
            header, _, model = bytes(content).partition(b"\n")
            try:
                made_by = json.loads(header)
            except ValueError:
                made_by = None
            if device.rejects or made_by != {"version": version, "gpu": device.name}:
                self.logger.log(ILogger.Severity.ERROR, "engine of another version or device")
                return None
            return CudaEngine(model)

    for value in list(locals().values()):
        if isinstance(value, type):
            setattr(trt, value.__name__, value)
    return trt
