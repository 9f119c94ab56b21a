"""One image message with its depth message, converted when first needed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.registration import register
from hispatial_ros.intake.calibration import camera_from_info
from hispatial_ros.intake.convert import image_size, image_to_depth, image_to_rgb
from hispatial_ros.intake.stream import stamp_ns

# (target frame, source frame, stamp in ns) -> [4, 4] that maps points of the source frame to the
# target frame; raises SpatialError if it is not known.
TransformLookup = Callable[[str, str, int], np.ndarray]


@dataclass(frozen=True, eq=False)
class Context:
    """What the conversion needs besides the two images."""

    info: Any | None  # CameraInfo of the image; None: has not arrived
    depth_info: Any | None  # CameraInfo of the depth image, for registration
    rectified: bool  # whether the image is, so that P holds instead of K and D
    max_pixels: int
    transform: TransformLookup | None = None


class PairedFrame:
    """An image and, if there is one, the depth image that belongs to it. Thread-safe."""

    def __init__(self, image: Any, depth: Any | None, context: Context) -> None:
        self.image = image
        self.depth = depth
        self._context = context
        self._lock = threading.RLock()
        self._camera: Camera | None = None
        self._rgb: np.ndarray | None = None
        self._geometry: Frame | None = None
        self._frame: Frame | None = None

    @property
    def header(self) -> Any:
        """Header of the image: what every output carries."""
        return self.image.header

    @cached_property
    def stamp_ns(self) -> int:
        return stamp_ns(self.image)

    @property
    def frame_id(self) -> str:
        return self.image.header.frame_id

    @property
    def info(self) -> Any | None:
        """CameraInfo of the image; None: has not arrived."""
        return self._context.info

    @property
    def rectified(self) -> bool:
        """Whether the image is, so that P of the CameraInfo holds instead of K and D."""
        return self._context.rectified

    @property
    def has_depth(self) -> bool:
        return self.depth is not None

    @property
    def camera(self) -> Camera:
        """Calibration at the image's size.

        Raises:
            SpatialError: BAD_IMAGE, BAD_CALIBRATION, NO_CAMERA_INFO.
        """
        with self._lock:
            if self._camera is None:
                self._camera = self._convert_camera()
            return self._camera

    @property
    def rgb(self) -> np.ndarray:
        """Colour, [H, W, 3] uint8.

        Raises:
            SpatialError: BAD_IMAGE.
        """
        with self._lock:
            if self._rgb is None:
                self._rgb = image_to_rgb(self.image, self._context.max_pixels)
            return self._rgb

    def is_of(self, image: Any, depth: Any | None, info: Any, depth_info: Any | None) -> bool:
        """Whether these very messages make up the frame."""
        ours = (self.image, self.depth, self._context.info, self._context.depth_info)
        return all(a is b for a, b in zip(ours, (image, depth, info, depth_info), strict=True))

    def frame(self, with_rgb: bool = True) -> Frame:
        """The frame, converted at the first call. Without rgb it may lack it: measuring needs none.

        Raises:
            SpatialError: BAD_IMAGE, BAD_CALIBRATION, NO_CAMERA_INFO, or what the transform lookup
                raises for depth that needs registration.
        """
        with self._lock:
            if self._geometry is None:
                self._geometry = self._convert_geometry()
            if not with_rgb:
                return self._frame or self._geometry
            if self._frame is None:
                self._frame = replace(self._geometry, rgb=self.rgb)
            return self._frame

    def _convert_camera(self) -> Camera:
        context = self._context
        if context.info is None:
            raise SpatialError(
                ErrorCode.NO_CAMERA_INFO, "no camera_info has arrived for this image"
            )
        width, height = image_size(self.image, context.max_pixels)
        return camera_from_info(
            context.info, width, height, rectified=context.rectified, frame_id=self.frame_id
        )

    def _convert_geometry(self) -> Frame:
        depth = None if self.depth is None else self._registered(self.depth, self.camera)
        return Frame(None, depth, self.camera, self.stamp_ns, self.frame_id)

    def _registered(self, msg: Any, camera: Camera) -> np.ndarray:
        """Depth as seen by the colour camera."""
        context = self._context
        depth = image_to_depth(msg, context.max_pixels)
        source = msg.header.frame_id
        if not source or not self.frame_id or source == self.frame_id:
            camera.scaled(depth.shape[1], depth.shape[0])  # raises if the aspect differs
            return depth
        if context.depth_info is None or context.transform is None:
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"depth is in frame {source!r}, the image in {self.frame_id!r}: subscribe to the "
                "depth topic that is registered (aligned) to the colour image, or provide the "
                "depth camera's camera_info and TF between the two",
            )
        depth_camera = camera_from_info(
            context.depth_info, depth.shape[1], depth.shape[0], frame_id=source
        )
        return register(
            depth, depth_camera, camera, context.transform(self.frame_id, source, self.stamp_ns)
        )
