"""What arrives from camera, detector and IMU, as plain structs.

`from_ros` makes them of messages. The data of images is not copied.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hispatial_ros.frame.region import Region


@dataclass(frozen=True, eq=False, slots=True)
class ImageMessage:
    """``sensor_msgs/Image``: ``height`` rows of ``step`` bytes."""

    stamp_ns: int  # since the epoch
    frame_id: str  # TF frame of the camera
    height: int
    width: int
    encoding: str
    is_bigendian: bool
    step: int
    data: Any  # buffer of bytes


@dataclass(frozen=True, eq=False, slots=True)
class CompressedMessage:
    """``sensor_msgs/CompressedImage``."""

    stamp_ns: int  # since the epoch
    frame_id: str
    format: str
    data: Any  # buffer of bytes


Picture = ImageMessage | CompressedMessage


@dataclass(frozen=True, slots=True)
class SensorArea:
    """``sensor_msgs/RegionOfInterest``; 0 x 0 stands for the whole sensor."""

    x_offset: int = 0
    y_offset: int = 0
    width: int = 0
    height: int = 0
    do_rectify: bool = False


@dataclass(frozen=True, slots=True)
class CalibrationMessage:
    """``sensor_msgs/CameraInfo``. Two are equal if they differ in their header alone."""

    stamp_ns: int = field(compare=False)  # since the epoch
    frame_id: str = field(compare=False)
    width: int  # of the whole sensor [pixels], 0: the image's
    height: int
    distortion_model: str
    d: tuple[float, ...]  # distortion of the raw image
    k: tuple[float, ...]  # 3 x 3, row by row: intrinsics of the raw image
    r: tuple[float, ...]  # 3 x 3, row by row: rectification
    p: tuple[float, ...]  # 3 x 4, row by row: projection into the rectified image
    binning_x: int = 0
    binning_y: int = 0
    roi: SensorArea = SensorArea()


@dataclass(frozen=True, eq=False)
class RegionsMessage:
    """``hispatial_ros/RegionArray`` or ``vision_msgs/Detection2DArray``, converted when needed."""

    stamp_ns: int  # since the epoch
    frame_id: str
    count: int  # regions
    vertices: int  # of all outlines together
    convert: Callable[[], list[Region]]

    @cached_property
    def regions(self) -> list[Region]:
        """Not validated."""
        return self.convert()


@dataclass(frozen=True, eq=False, slots=True)
class OrientationMessage:
    """The orientation of ``sensor_msgs/Imu``: turns the IMU's frame into a world with z up."""

    stamp_ns: int  # since the epoch
    frame_id: str
    quaternion: tuple[float, float, float, float]  # x, y, z, w; as sent
    covariance: Sequence[float]  # 3 x 3, row by row [rad²]; the first is -1 without orientation
