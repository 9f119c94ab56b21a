"""RGB image in, metric depth out."""

import logging

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.engine import ASPECT_RANGE, DepthEngine, DepthEstimate

logger = logging.getLogger(__name__)


class Estimator:
    """Metric depth of RGB images with one engine. Not thread-safe.

    Args:
        engine: taken over; ``close`` closes it.
    """

    def __init__(self, engine: DepthEngine):
        self.engine = engine
        self._warned_of_aspect = False

    def estimate(self, rgb: np.ndarray, camera: Camera | None = None) -> DepthEstimate:
        """Depth at the size of the image.

        Args:
            rgb: [H, W, 3] uint8, R G B.
            camera: its calibration (scaled to the image if needed); None to estimate the focal
                length.

        Raises:
            SpatialError: BAD_IMAGE if ``rgb`` is none or the engine is compiled for another aspect;
                BAD_CALIBRATION if the calibration is for another aspect; NO_VALID_DEPTH if the
                network sees nothing; BACKEND_UNAVAILABLE if it fails.
        """
        _check_image(rgb)
        height, width = rgb.shape[:2]
        if camera is not None:
            camera = camera.scaled(width, height)  # before the network runs in vain
        self._warn_of_aspect(width, height)
        return self.engine.estimate(rgb, camera)

    def close(self) -> None:
        """Releases the engine."""
        self.engine.close()

    def _warn_of_aspect(self, width: int, height: int) -> None:
        low, high = ASPECT_RANGE
        if not self._warned_of_aspect and not low <= width / height <= high:
            self._warned_of_aspect = True
            logger.warning(
                "images of %dx%d are outside the aspect ratios 1:2 to 2:1 that MoGe-2 was trained "
                "on: expect less accurate depth, or crop",
                width,
                height,
            )


def _check_image(rgb: np.ndarray) -> None:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or rgb.size == 0:
        raise SpatialError(
            ErrorCode.BAD_IMAGE,
            f"a colour image [height, width, 3] of uint8 is needed, not {rgb.dtype} of shape "
            f"{rgb.shape}",
        )
