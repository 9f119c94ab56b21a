"""What an engine is: RGB image in, raw outputs of the MoGe-2 network out."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

# Aspect ratios and token counts that MoGe-2 was trained on.
ASPECT_RANGE = (0.5, 2.0)
TOKEN_RANGE = (1200, 3600)


@dataclass(frozen=True, eq=False)
class RawOutput:
    """What the network says, before its unknowns are solved (see ``postprocess``).

    The arrays may be the engine's own buffers: they are valid until its next ``infer``.
    """

    points: np.ndarray  # [H, W, 3] float32: x, y, z up to a common scale and a shift of z
    mask: np.ndarray  # [H, W] float32: probability that the pixel has finite depth
    metric_scale: float  # metres per unit of ``points``

    def resized(self, width: int, height: int) -> "RawOutput":
        """Bilinear resampling, as the network's own last layer does to reach the image size."""
        if self.mask.shape == (height, width):
            return self
        return RawOutput(
            cv2.resize(self.points, (width, height), interpolation=cv2.INTER_LINEAR),
            cv2.resize(self.mask, (width, height), interpolation=cv2.INTER_LINEAR),
            self.metric_scale,
        )


@dataclass(frozen=True)
class EngineSpec:
    """What an engine accepts. ``None`` stands for any size."""

    name: str  # runtime and device, for people: "ONNX Runtime 1.31 CPU"
    model: str  # the file
    width: int | None = None
    height: int | None = None
    num_tokens: int | None = None  # None: not known (fixed inside the file)


class DepthEngine(Protocol):
    """One compiled network, used by one thread at a time."""

    @property
    def spec(self) -> EngineSpec: ...

    def infer(self, rgb: np.ndarray) -> RawOutput:
        """Runs the network.

        Args:
            rgb: [H, W, 3] uint8, R G B, of the size in ``spec``.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if the runtime fails.
        """
        ...

    def close(self) -> None:
        """Releases the device memory; ``infer`` must not be called afterwards."""
        ...


def to_network_input(rgb: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Writes [H, W, 3] uint8 into ``out`` [1, 3, H, W] float32 or float16 in [0, 1]."""
    # dtype: NumPy 1 would take uint8 / float32 scalar for half precision.
    for channel in range(3):
        np.divide(
            rgb[..., channel], 255.0, out=out[0, channel], dtype=np.float32, casting="same_kind"
        )
    return out
