"""The official network in PyTorch, everything on the device and recorded as a CUDA graph."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import torch

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError, first_line
from hispatial_ros.moge.checkpoint import load_checkpoint
from hispatial_ros.moge.device_frame import DeviceFrame
from hispatial_ros.moge.engine import DepthEstimate, EngineSpec
from hispatial_ros.moge.static_model import Weights, token_grid

logger = logging.getLogger(__name__)

SIZES_KEPT = 2  # image sizes that are ready at once


class TorchEngine:
    """An official checkpoint, for images of any size. float16 on a GPU, float32 on the CPU.

    An image size that was not seen lately takes seconds: memory is laid out and the work recorded.

    Args:
        model: official ``model.pt``.
        device: "cpu" or "cuda:N".
        num_tokens: 1200 (fast) to 3600 (fine).
        threads: of the CPU, for all that PyTorch does in this process; 0 as it is.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if a package, the device or its memory is missing, or the
            file is no MoGe-2 checkpoint.
    """

    def __init__(
        self, model: Path | str, device: str = "cpu", num_tokens: int = 1800, threads: int = 0
    ):
        self._device = torch.device(device)
        on_gpu = self._device.type == "cuda"
        if on_gpu and not (self._device.index or 0) < torch.cuda.device_count():
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"PyTorch {torch.__version__} sees no {device}: check nvidia-smi and that PyTorch "
                "is built for CUDA, or use the runtime torch-cpu",
            )
        official, _ = load_checkpoint(model)
        if threads:
            torch.set_num_threads(threads)
        # Not in inference mode, in which parameters cannot be moved between devices.
        with torch.no_grad(), self._errors("be loaded"):
            self._weights = Weights(official, half=on_gpu, fused_attention=True).to(self._device)
        where = torch.cuda.get_device_name(self._device) if on_gpu else "CPU"
        precision = "float16" if on_gpu else "float32"
        name = f"PyTorch {torch.__version__} {where} {precision}"
        self._spec = EngineSpec(name, str(model), num_tokens=num_tokens)
        self._frames: dict[tuple[int, int], DeviceFrame] = {}

    @property
    def spec(self) -> EngineSpec:
        return self._spec

    @torch.inference_mode()
    def estimate(self, rgb: np.ndarray, camera: Camera | None) -> DepthEstimate:
        """See ``DepthEngine.estimate``."""
        height, width = rgb.shape[:2]
        with self._errors(f"run on an image of {width}x{height}"):
            return self.frame(height, width).estimate(rgb, camera)

    def frame(self, height: int, width: int) -> DeviceFrame:
        """What is laid out for a size; within ``inference_mode``."""
        frame = self._frames.pop((height, width), None)
        if frame is None:
            tokens = self._spec.num_tokens
            assert tokens is not None
            if min(token_grid(height, width, tokens)) < 1:
                raise SpatialError(
                    ErrorCode.BAD_IMAGE,
                    f"an image of {width}x{height} is too narrow for {tokens} tokens: crop it",
                )
            while len(self._frames) >= SIZES_KEPT:
                del self._frames[next(iter(self._frames))]
            logger.info("preparing the depth model for images of %dx%d", width, height)
            frame = DeviceFrame(self._weights, height, width, tokens)
        self._frames[height, width] = frame  # the last one to be dropped
        return frame

    def close(self) -> None:
        """See ``DepthEngine.close``."""
        self._frames.clear()
        del self._weights
        if self._device.type == "cuda":
            with suppress(RuntimeError):  # of a GPU that failed before, which was said then
                torch.cuda.empty_cache()

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Raise what PyTorch raises as SpatialError."""
        try:
            yield
        except RuntimeError as error:
            short = isinstance(error, torch.OutOfMemoryError)
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"the depth model cannot {what} on {self._device} "
                f"({first_line(error)}): "
                + ("free GPU memory" if short else "check the GPU (nvidia-smi), restart the node")
                + ", or use another moge.runtime",
            ) from error
