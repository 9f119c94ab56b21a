"""What an engine is: RGB image in, metric depth out."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError

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


@dataclass(frozen=True, eq=False)
class DepthEstimate:
    """Depth of one image. Pixels as in OpenCV: the centre of the top-left pixel is (0, 0)."""

    depth: np.ndarray  # [H, W] float32, m along the optical axis, NaN where invalid
    mask: np.ndarray  # [H, W] bool, where depth is valid
    K: np.ndarray  # [3, 3] float64, pixels; the camera's, or estimated
    calibration: Camera | None = None  # what was given; None: K is estimated

    @property
    def camera(self) -> Camera:
        """The camera that depth belongs to.

        Raises:
            SpatialError: NO_CAMERA_INFO if the focal length had to be estimated and the network's
                points fit no pinhole camera.
        """
        if self.calibration is not None:
            return self.calibration
        height, width = self.depth.shape
        fx, fy = float(self.K[0, 0]), float(self.K[1, 1])
        if not (np.isfinite(fx) and np.isfinite(fy) and fx > 0 and fy > 0):
            raise SpatialError(
                ErrorCode.NO_CAMERA_INFO,
                "the focal length cannot be estimated from this image: publish camera_info "
                "(or give --camera)",
            )
        return Camera(width, height, fx, fy, float(self.K[0, 2]), float(self.K[1, 2]))


@dataclass(frozen=True)
class EngineSpec:
    """What an engine accepts. ``None`` stands for any size."""

    name: str  # runtime and device, for people: "ONNX Runtime 1.31 CPU"
    model: str  # the file
    width: int | None = None
    height: int | None = None
    num_tokens: int | None = None  # None: not known (fixed inside the file)


class DepthEngine(Protocol):
    """One loaded network, used by one thread at a time."""

    @property
    def spec(self) -> EngineSpec: ...

    def estimate(self, rgb: np.ndarray, camera: Camera | None) -> DepthEstimate:
        """Metric depth of one image.

        Args:
            rgb: [H, W, 3] uint8, R G B.
            camera: its calibration at this size; None to estimate the focal length.

        Raises:
            SpatialError: as `Estimator.estimate`.
        """
        ...

    def close(self) -> None:
        """Releases the device memory; nothing else may be called afterwards."""
        ...


def to_network_input(rgb: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Writes [H, W, 3] uint8 into ``out`` [1, 3, H, W] float32 or float16 in [0, 1]."""
    # dtype: NumPy 1 would take uint8 / float32 scalar for half precision.
    for channel in range(3):
        np.divide(
            rgb[..., channel], 255.0, out=out[0, channel], dtype=np.float32, casting="same_kind"
        )
    return out
