"""Device memory through NVIDIA's cuda-python, with every error raised."""

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError, first_line


@dataclass(frozen=True)
class Gpu:
    """A device as an engine cache needs to know it."""

    name: str
    compute_capability: str


class Cuda:
    """The CUDA runtime on one device.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if cuda-python, the driver or the device is missing; from
            every method, if the call fails.
    """

    def __init__(self, device_id: int = 0):
        self._cudart = _import_cudart()
        self._device_id = device_id
        self.use()
        properties = self.call("cudaGetDeviceProperties", device_id)
        name = properties.name
        self.gpu = Gpu(
            name.decode().strip("\0") if isinstance(name, bytes) else str(name),
            f"{properties.major}.{properties.minor}",
        )
        self.stream = self.call("cudaStreamCreate")

    def call(self, function: str, *args: Any) -> Any:
        """Calls a function of the runtime; returns what it yields besides its status."""
        try:
            status, *values = getattr(self._cudart, function)(*args)
        except RuntimeError as error:  # cuda-python before 12.9, where there is no driver
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"{function} failed ({first_line(error)}): install the GPU driver (nvidia-smi)",
            ) from error
        if int(status) != 0:
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"{function} failed with {getattr(status, 'name', status)}: check the GPU "
                "(nvidia-smi) and how much of its memory is free",
            )
        return values[0] if values else None

    def use(self) -> None:
        """Makes the device current in the calling thread."""
        self.call("cudaSetDevice", self._device_id)

    def synchronize(self) -> None:
        self.call("cudaStreamSynchronize", self.stream)

    def close(self) -> None:
        self.call("cudaStreamDestroy", self.stream)


class Buffer:
    """One tensor on the device and, page-locked, on the host."""

    def __init__(self, cuda: Cuda, shape: tuple[int, ...], dtype: type):
        self._cuda = cuda
        self.nbytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
        self.device = int(cuda.call("cudaMalloc", self.nbytes))
        self._host = int(cuda.call("cudaMallocHost", self.nbytes))
        memory = (ctypes.c_byte * self.nbytes).from_address(self._host)
        self.host: np.ndarray = np.frombuffer(memory, dtype).reshape(shape)

    def upload(self) -> None:
        self._copy(self.device, self._host, "cudaMemcpyHostToDevice")

    def download(self) -> None:
        self._copy(self._host, self.device, "cudaMemcpyDeviceToHost")

    def close(self) -> None:
        self.host = np.empty(0)
        self._cuda.call("cudaFree", self.device)
        self._cuda.call("cudaFreeHost", self._host)

    def _copy(self, destination: int, source: int, kind: str) -> None:
        direction = getattr(self._cuda._cudart.cudaMemcpyKind, kind)
        self._cuda.call(
            "cudaMemcpyAsync", destination, source, self.nbytes, direction, self._cuda.stream
        )


def _import_cudart():
    try:
        from cuda.bindings import runtime
    except ImportError:
        try:
            from cuda import cudart as runtime  # cuda-python before 12.8
        except ImportError as error:
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"cuda-python is not installed ({error}): pip install cuda-python of the CUDA "
                "version of this machine (nvidia-smi shows it)",
            ) from error
    return runtime
