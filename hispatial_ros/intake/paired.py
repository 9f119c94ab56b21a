"""One image message with its depth message, converted when first needed."""

import re
import threading
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.depth_unit import find_unit_mistake, in_unit
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


def doubt_optical(frame_id: str) -> str:
    """What speaks against an image's frame by its name (REP 103); empty if nothing does."""
    if "optical" in frame_id or not re.search(r"(^|_)(link|frame|base|body)$", frame_id):
        return ""
    return (
        f"{frame_id!r} is not the name of an optical frame, and positions are given with x right, "
        "y down, z forward: where TF has other axes for it they are misplaced; have the driver "
        "stamp images with its optical frame"
    )


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
    max_range: float = 30.0  # m; depth beyond is invalid
    depth_unit: float = 0.0  # m of a step of the depth image; 0: by its encoding
    sender_doubts: tuple[str, ...] = ()  # about who publishes the messages
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

    @property
    def doubts(self) -> tuple[str, ...]:
        """What may be wrong with where the messages come from."""
        doubt = doubt_optical(self.frame_id)
        return (*self.sender_doubts, f"frame: {doubt}") if doubt else self.sender_doubts

    def frame(self, needs_rgb: bool = True) -> Frame:
        """The frame, converted at the first call.

        Measuring needs no colour: then a frame whose colour cannot be converted says so in its
        notes.

        Raises:
            SpatialError: as `geometry`; BAD_IMAGE if the colour is needed and cannot be converted.
        """
        with self._lock:
            if self._frame is None:
                geometry = self.geometry
                try:
                    self._frame = replace(geometry, rgb=self.rgb)
                except SpatialError as error:
                    note = f"colour: not used to measure: {error}"
                    self._frame = replace(geometry, notes=(*geometry.notes, note))
            if needs_rgb and self._frame.rgb is None:
                return replace(self._frame, rgb=self.rgb)
            return self._frame

    @property
    def geometry(self) -> Frame:
        """The frame without its colour.

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
                    notes=(*self.camera.notes, *self.doubts),
                )
            return self._geometry

    def _convert_camera(self) -> Camera:
        if self.info is None:
            raise SpatialError(
                ErrorCode.NO_CAMERA_INFO, "no camera_info has arrived for this image"
            )
        width, height = image_size(self.image, self.max_pixels)
        camera = camera_from_info(
            self.info, width, height, rectified=self.rectified, frame_id=self.frame_id
        )
        of = self.info.frame_id
        if not of or not self.frame_id or of == self.frame_id:
            return camera
        note = (
            f"calibration: camera_info is in the frame {of!r}, the image in {self.frame_id!r}: is "
            "it the same camera's?"
        )
        return replace(camera, notes=(*camera.notes, note))

    @property
    def is_registered(self) -> bool:
        """Whether the depth image, if there is one, is in the image's frame as it was sent."""
        if self.depth is None or not self.depth.frame_id or not self.frame_id:
            return True
        return self.depth.frame_id == self.frame_id

    def check_depth(self) -> None:
        """Check the depth image, if there is one, as it was sent.

        Raises:
            SpatialError: BAD_IMAGE.
        """
        if self.depth is not None:
            self._in_unit(self.depth)

    def _in_unit(self, message: Picture) -> np.ndarray:
        raw = image_to_depth(message, self.max_pixels)
        if self.depth_unit:
            return in_unit(raw, self.depth_unit)
        if mistake := find_unit_mistake(raw, self.max_range):
            raise SpatialError(
                ErrorCode.BAD_IMAGE, f"depth: {mistake}; set the parameter depth_unit to what it is"
            )
        return raw

    def _registered(self, message: Picture) -> np.ndarray:
        """Depth as seen by the colour camera."""
        camera = self.camera
        depth = self._in_unit(message)
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
