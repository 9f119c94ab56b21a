"""One image message with its depth message, converted when first needed."""

import threading
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.registration import register
from hispatial_ros.intake.calibration import camera_from_info
from hispatial_ros.intake.convert import (
    DEFAULT_MAX_PIXELS,
    image_size,
    image_to_depth,
    image_to_rgb,
)
from hispatial_ros.intake.messages import CalibrationMessage, Picture

# (target frame, source frame, stamp in ns) -> [4, 4] that maps points of the source frame to the
# target frame; raises SpatialError if it is not known.
TransformLookup = Callable[[str, str, int], np.ndarray]


@dataclass(eq=False)
class PairedFrame:
    """An image and, if there is one, the depth image that belongs to it. Thread-safe."""

    image: Picture
    depth: Picture | None
    info: CalibrationMessage | None  # of the image; None: has not arrived
    depth_info: CalibrationMessage | None = None  # of the depth image, for registration
    _: KW_ONLY
    rectified: bool = False  # whether the image is, so that P of the info holds instead of K and D
    max_pixels: int = DEFAULT_MAX_PIXELS
    transform: TransformLookup | None = None  # for depth in another frame; None: refuses such depth

    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)
    _camera: Camera | None = field(default=None, init=False)
    _rgb: np.ndarray | None = field(default=None, init=False)
    _geometry: Frame | None = field(default=None, init=False)
    _frame: Frame | None = field(default=None, init=False)

    @property
    def stamp_ns(self) -> int:
        """Stamp of the image, which every output carries."""
        return self.image.stamp_ns

    @property
    def frame_id(self) -> str:
        """TF frame of the image."""
        return self.image.frame_id

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
                self._rgb = image_to_rgb(self.image, self.max_pixels)
            return self._rgb

    def frame(self, with_rgb: bool = True) -> Frame:
        """The frame, converted at the first call. Without rgb it may lack it: measuring needs none.

        Raises:
            SpatialError: BAD_IMAGE, BAD_CALIBRATION, NO_CAMERA_INFO, or what the transform lookup
                raises for depth that needs registration.
        """
        with self._lock:
            if self._geometry is None:
                depth = None if self.depth is None else self._registered(self.depth)
                self._geometry = Frame(
                    None,
                    depth,
                    self.camera,
                    self.stamp_ns,
                    self.frame_id,
                    notes=self.camera.notes,
                )
            if not with_rgb:
                return self._frame or self._geometry
            if self._frame is None:
                self._frame = replace(self._geometry, rgb=self.rgb)
            return self._frame

    def _convert_camera(self) -> Camera:
        if self.info is None:
            raise SpatialError(
                ErrorCode.NO_CAMERA_INFO, "no camera_info has arrived for this image"
            )
        width, height = image_size(self.image, self.max_pixels)
        return camera_from_info(
            self.info, width, height, rectified=self.rectified, frame_id=self.frame_id
        )

    @property
    def is_registered(self) -> bool:
        """Whether the depth image, if there is one, is in the image's frame as it was sent."""
        if self.depth is None or not self.depth.frame_id or not self.frame_id:
            return True
        return self.depth.frame_id == self.frame_id

    def _registered(self, message: Picture) -> np.ndarray:
        """Depth as seen by the colour camera."""
        camera = self.camera
        depth = image_to_depth(message, self.max_pixels)
        height, width = depth.shape
        if self.is_registered:
            camera.scaled(width, height)  # raises if the aspect differs
            return depth
        source = message.frame_id
        if self.depth_info is None or self.transform is None:
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"depth is in frame {source!r}, the image in {self.frame_id!r}: subscribe to the "
                "depth topic that is registered (aligned) to the colour image, or provide the "
                "depth camera's camera_info and TF between the two",
            )
        depth_camera = camera_from_info(self.depth_info, width, height, frame_id=source)
        matrix = self.transform(self.frame_id, source, self.stamp_ns)
        return register(depth, depth_camera, camera, matrix)
