"""``sensor_msgs/CameraInfo`` to Camera, by REP-104."""

import re
from collections import deque
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite

from hispatial_ros.camera.distortion import check_middle
from hispatial_ros.camera.model import Camera, same_aspect
from hispatial_ros.camera.plausible import find_mistake
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.messages import CalibrationMessage, SensorArea
from hispatial_ros.intake.stream import ANOTHER_CAMERA, NS, Stream, StreamStatus

CALIBRATIONS_KEPT = 32
# Where camera_info comes with each image, that of one of the last few has come. An image that has
# none after that long has lost its own.
INFO_LAG = 3  # images
INFO_WAIT_NS = NS // 2


def is_rectified_topic(topic: str) -> bool:
    """Whether the name says that the image is rectified: image_rect, rgb/rect/image, ..."""
    words = re.split(r"[/_]", topic)
    return any(word in ("rect", "rectified", "undistorted") for word in words)


def camera_from_info(
    info: CalibrationMessage,
    width: int,
    height: int,
    *,
    rectified: bool = False,
    frame_id: str = "",
) -> Camera:
    """Calibration of an image of width x height pixels.

    K and D hold for the raw image, P for the rectified one, which has no distortion. All are for
    the whole sensor: the region of interest is cut out of it, then binned. What remains of a
    difference in size is scaling.

    Args:
        rectified: whether the image is.
        frame_id: of the camera; empty: that of the message.

    Returns:
        The camera, with notes on what was corrected.

    Raises:
        SpatialError: NO_CAMERA_INFO if the intrinsics are zero or a placeholder; BAD_CALIBRATION if
            they hold nonsense or their size contradicts the image's.
    """
    return _camera(info, width, height, rectified, frame_id or info.frame_id)


@lru_cache(maxsize=64)  # each image has the same as the one before
def _camera(
    info: CalibrationMessage, width: int, height: int, rectified: bool, frame_id: str
) -> Camera:
    lens = _choose(info, rectified)
    bin_x, bin_y = max(info.binning_x, 1), max(info.binning_y, 1)
    sensor = info.width or width * bin_x, info.height or height * bin_y
    fx, fy, cx, cy = lens.intrinsics
    notes = list(lens.notes)
    if mistake := find_mistake(*sensor, fx, fy, cx, cy, lens.name):
        binned = sensor[0] // bin_x, sensor[1] // bin_y
        if binned == sensor or find_mistake(*binned, fx, fy, cx, cy):
            code = ErrorCode.NO_CAMERA_INFO if lens.is_placeholder else ErrorCode.BAD_CALIBRATION
            raise SpatialError(code, f"no camera has this camera_info: {mistake}")
        fx, fy = fx * bin_x, fy * bin_y
        cx, cy = (cx + 0.5) * bin_x - 0.5, (cy + 0.5) * bin_y - 0.5
        notes.append(
            f"calibration: {lens.name} is that of the binned image already, so that binning_x "
            f"{bin_x} and binning_y {bin_y} are not applied to it again"
        )
    whole = Camera(
        *sensor, fx, fy, cx, cy, info.distortion_model, lens.d, frame_id, notes=tuple(notes)
    )
    check_middle(whole)
    area = _area(info, *sensor)
    _check_cropped(info, area, (area.width // bin_x, area.height // bin_y), (width, height), sensor)
    camera = replace(
        whole,
        width=area.width // bin_x,
        height=area.height // bin_y,
        fx=fx / bin_x,
        fy=fy / bin_y,
        cx=(cx - area.x_offset + 0.5) / bin_x - 0.5,
        cy=(cy - area.y_offset + 0.5) / bin_y - 0.5,
    )
    return camera.scaled(width, height)


@dataclass(frozen=True)
class _Lens:
    """The matrix of a message that holds for an image, with its distortion."""

    name: str  # of the matrix: "K" or "P"
    intrinsics: tuple[float, float, float, float]  # fx, fy, cx, cy
    d: tuple[float, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_placeholder(self) -> bool:
        """Whether it is the identity."""
        return self.intrinsics == (1, 1, 0, 0)


def _choose(info: CalibrationMessage, rectified: bool) -> _Lens:
    """What holds for a raw or rectified image; the other matrix where that one is empty.

    Raises:
        SpatialError: NO_CAMERA_INFO if nothing does; BAD_CALIBRATION if a matrix is laid out
            wrongly.
    """
    wanted, other = ("P", "K") if rectified else ("K", "P")
    d = () if rectified else info.d
    if not _is_empty(info, wanted):
        return _Lens(wanted, _intrinsics(info, wanted), d)
    if not _is_empty(info, other):
        if not any(info.d):
            why = f"calibration: {wanted} is empty and D zero, so that {other} holds as well"
            return _Lens(other, _intrinsics(info, other), (), (why,))
        kind, geometry = ("rectified", "raw") if rectified else ("raw", "rectified")
        raise SpatialError(
            ErrorCode.NO_CAMERA_INFO,
            f"camera_info arrives with an empty {wanted}, which holds for a {kind} image: have its "
            f"driver fill in {wanted}, or set the parameter image_geometry to {geometry} if the "
            "image is",
        )
    raise SpatialError(
        ErrorCode.NO_CAMERA_INFO,
        f"camera_info arrives with an empty {wanted}: calibrate the camera (camera_calibration) "
        "or give its driver the calibration file",
    )


def _matrix(info: CalibrationMessage, name: str) -> tuple[float, ...]:
    """K, or the first three columns of P, row by row."""
    if name == "K":
        return info.k
    return tuple(number for i, number in enumerate(info.p) if i % 4 != 3)


def _is_empty(info: CalibrationMessage, name: str) -> bool:
    matrix = _matrix(info, name)
    return matrix[0] == 0 and matrix[4] == 0


def _intrinsics(info: CalibrationMessage, name: str) -> tuple[float, float, float, float]:
    matrix = _matrix(info, name)
    if any(matrix[i] != 0 and isfinite(matrix[i]) for i in (3, 6, 7)):
        size = "3x3" if name == "K" else "3x4"
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"camera_info has numbers in {name} where zeros belong: it is a {size} matrix, written "
            "row by row",
        )
    return matrix[0], matrix[4], matrix[2], matrix[5]


def _check_cropped(
    info: CalibrationMessage,
    area: SensorArea,
    expected: tuple[int, int],
    image: tuple[int, int],
    sensor: tuple[int, int],
) -> None:
    """Check an image (width, height) of an area against the size that it should have.

    Raises:
        SpatialError: BAD_CALIBRATION if it may just as well show the whole sensor.
    """
    cropped = (area.width, area.height) != sensor
    if not cropped or max(abs(e - i) for e, i in zip(expected, image, strict=True)) <= 1:
        return
    if same_aspect(image, sensor):
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"camera_info has a region of interest of {area.width}x{area.height} at "
            f"({area.x_offset}, {area.y_offset}) of a {sensor[0]}x{sensor[1]} sensor, and the "
            f"image of {image[0]}x{image[1]} is not cropped to it: have the driver set roi to "
            "zeros if the image shows the whole sensor",
        )


def _area(info: CalibrationMessage, width: int, height: int) -> SensorArea:
    """The part of a sensor of width x height pixels that the image shows.

    Raises:
        SpatialError: BAD_CALIBRATION if it is not on the sensor.
    """
    roi = info.roi
    area = replace(roi, width=roi.width or width, height=roi.height or height)
    if area.x_offset + area.width <= width and area.y_offset + area.height <= height:
        return area
    if roi.width or roi.height:
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"camera_info has a region of interest of {roi.width}x{roi.height} at "
            f"({roi.x_offset}, {roi.y_offset}), outside its {width}x{height} sensor",
        )
    # An offset without a size means the rest of the sensor.
    return replace(area, width=width - roi.x_offset, height=height - roi.y_offset)


@dataclass(eq=False)
class Calibration:
    """One calibration of a topic and when it is known to hold."""

    since: int  # stamp of the first message with it [ns]
    last: int  # stamp of the last one
    message: CalibrationMessage


class CalibrationHistory:
    """The last few different calibrations of one topic, with the stamp from which each holds.

    Not thread-safe: the owner locks.
    """

    def __init__(self, topic: str) -> None:
        self._stream = Stream(topic, 0, 0)
        self._known: deque[Calibration] = deque(maxlen=CALIBRATIONS_KEPT)
        self._latest: deque[int] = deque(maxlen=2)  # stamps of the latest messages
        self._frame_id = ""  # of the camera, if one came that is in the image's

    def for_topic(self, topic: str) -> "CalibrationHistory":
        """This history if it is of that topic, else a new one."""
        return self if topic == self.topic else CalibrationHistory(topic)

    @property
    def topic(self) -> str:
        return self._stream.topic

    def add(self, msg: CalibrationMessage, now_ns: int, image_frame: str = "") -> str:
        """Note from when on a calibration holds; returns why it is dropped, or nothing.

        Args:
            image_frame: TF frame of the images; once a calibration in it has come, those in others
                are of other cameras.
        """
        stamp = msg.stamp_ns
        self._stream.arrived(now_ns, stamp)
        if msg.frame_id and image_frame:
            if msg.frame_id == image_frame:
                self._frame_id = image_frame
            elif self._frame_id == image_frame:
                return self._stream.drop(
                    ANOTHER_CAMERA,
                    f"its frame is {msg.frame_id!r}, and others in that of the image, "
                    f"{image_frame!r}, arrive on the same topic: two cameras publish there, remap "
                    "or stop one",
                )
        self._stream.last_drop = ""
        self._note(stamp, msg)
        return ""

    def _note(self, stamp: int, msg: CalibrationMessage) -> None:
        self._latest.append(stamp)
        before = self._find(stamp)
        if before is None or before.since > stamp:
            self._known.append(Calibration(stamp, stamp, msg))
            return
        if before.message == msg:
            before.last = max(before.last, stamp)
            return
        self._known.append(Calibration(stamp, stamp, msg))
        if stamp < before.last:  # it came late: after it the former one came back
            self._known.append(Calibration(before.last, before.last, before.message))

    def _find(self, stamp: int) -> Calibration | None:
        """What holds for an image with this stamp, or None if nothing has arrived."""
        before = [known for known in reversed(self._known) if known.since <= stamp]
        if before:
            return max(before, key=lambda known: known.since)
        return self._known[0] if self._known else None

    def get(self, stamp: int) -> CalibrationMessage | None:
        """The message that holds for an image with this stamp, or None if none has arrived."""
        known = self._find(stamp)
        return None if known is None else known.message

    def at(self, stamp: int) -> CalibrationMessage:
        """The message that holds for an image with this stamp.

        Raises:
            SpatialError: NO_CAMERA_INFO if none has arrived.
        """
        msg = self.get(stamp)
        if msg is None:
            raise SpatialError(
                ErrorCode.NO_CAMERA_INFO,
                f"no camera_info has arrived on {self.topic!r}: check that the driver "
                "publishes it, its name (remapping) and its QoS",
            )
        return msg

    def is_settled(self, stamp: int, images: Stream, now_ns: int) -> bool:
        """Whether the calibration at hand is that of the image with this stamp.

        Where camera_info comes with each image, that of this one may still be on its way.
        """
        known = self._find(stamp)
        if known is None or stamp <= known.last:
            return True
        with_images = len(self._latest) > 1 and any(latest in images for latest in self._latest)
        recent = images.before(stamp, INFO_LAG)
        if not (with_images and recent and known.last >= recent[0]):
            return True
        superseded = any(later.since > known.since for later in self._known)
        return not superseded and now_ns - stamp > INFO_WAIT_NS

    def forget_stamps(self) -> None:
        """After the clock was set back the last calibration holds for every stamp."""
        self._latest.clear()
        if self._known:
            latest = self._known[-1]
            self._known.clear()
            self._known.append(replace(latest, since=0, last=0))

    def status(self, now_ns: int) -> StreamStatus:
        """What diagnostics report."""
        return replace(self._stream.status(now_ns), buffered=len(self._known))
