"""``sensor_msgs/CameraInfo`` to Camera, by REP-104."""

import re
from collections import deque
from dataclasses import dataclass, replace

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.messages import CalibrationMessage, SensorArea
from hispatial_ros.intake.stream import NS, Stream, StreamStatus

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

    Raises:
        SpatialError: NO_CAMERA_INFO if the intrinsics are zero; BAD_CALIBRATION if they hold
            nonsense or their size contradicts the image's.
    """
    name, matrix, columns = ("P", info.p, 4) if rectified else ("K", info.k, 3)
    fx, cx, fy, cy = (matrix[i] for i in (0, 2, columns + 1, columns + 2))
    if fx == 0 and fy == 0:
        raise SpatialError(
            ErrorCode.NO_CAMERA_INFO,
            f"camera_info arrives with an empty {name}: calibrate the camera (camera_calibration) "
            "or give its driver the calibration file",
        )
    bin_x, bin_y = max(info.binning_x, 1), max(info.binning_y, 1)
    area = _area(info, info.width or width * bin_x, info.height or height * bin_y)
    camera = Camera(
        width=area.width // bin_x,
        height=area.height // bin_y,
        fx=fx / bin_x,
        fy=fy / bin_y,
        cx=(cx - area.x_offset + 0.5) / bin_x - 0.5,
        cy=(cy - area.y_offset + 0.5) / bin_y - 0.5,
        distortion_model=info.distortion_model,
        d=() if rectified else info.d,
        frame_id=frame_id or info.frame_id,
    )
    return camera.scaled(width, height)


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

    def for_topic(self, topic: str) -> "CalibrationHistory":
        """This history if it is of that topic, else a new one."""
        return self if topic == self.topic else CalibrationHistory(topic)

    @property
    def topic(self) -> str:
        return self._stream.topic

    def add(self, msg: CalibrationMessage, now_ns: int) -> None:
        """Note from when on a calibration holds."""
        stamp = msg.stamp_ns
        self._stream.arrived(now_ns, stamp)
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
