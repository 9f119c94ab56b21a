"""Engines that only run the network: image and outputs pass through the host, in numpy."""

from abc import ABC, abstractmethod

import cv2
import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.engine import DepthEstimate, EngineSpec, RawOutput
from hispatial_ros.moge.postprocess import postprocess

# The network resizes every image to about 14^2 pixels a token, at most 0.7 megapixels: pixels
# beyond this number cost memory and add nothing.
MAX_PIXELS = 1920 * 1088


class HostEngine(ABC):
    """A network that takes images in host memory and leaves its outputs there."""

    @property
    @abstractmethod
    def spec(self) -> EngineSpec: ...

    @abstractmethod
    def infer(self, rgb: np.ndarray) -> RawOutput:
        """Runs the network.

        Args:
            rgb: [H, W, 3] uint8, R G B, of the size in ``spec``.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if the runtime fails.
        """

    def estimate(self, rgb: np.ndarray, camera: Camera | None) -> DepthEstimate:
        """See ``DepthEngine.estimate``."""
        height, width = rgb.shape[:2]
        size = engine_size(self.spec, width, height)
        if size != (width, height):
            shrinks = size[0] * size[1] < width * height
            interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            rgb = cv2.resize(rgb, size, interpolation=interpolation)
        return postprocess(self.infer(rgb).resized(width, height), camera)


def engine_size(spec: EngineSpec, width: int, height: int) -> tuple[int, int]:
    """Size (width, height) at which an engine sees an image.

    Raises:
        SpatialError: BAD_IMAGE if the engine is compiled for another aspect.
    """
    if spec.width is None or spec.height is None:
        shrink = min(1.0, (MAX_PIXELS / (width * height)) ** 0.5)
        return max(1, round(width * shrink)), max(1, round(height * shrink))
    sx, sy = width / spec.width, height / spec.height
    if abs(spec.height * sx - height) > 1 and abs(spec.width * sy - width) > 1:
        raise SpatialError(
            ErrorCode.BAD_IMAGE,
            f"{spec.model} is exported for {spec.width}x{spec.height}, the image is "
            f"{width}x{height}: run 'hispatial export-moge --width {width} --height {height}' "
            "or use a model of free size",
        )
    return spec.width, spec.height
