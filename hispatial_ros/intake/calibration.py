"""``sensor_msgs/CameraInfo`` to Camera, by REP-104."""

import re
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.stream import Stream, StreamStatus, stamp_ns

CALIBRATIONS_KEPT = 32


def is_rectified_topic(topic: str) -> bool:
    """Whether the name says that the image is rectified: image_rect, rgb/rect/image, ..."""
    words = re.split(r"[/_]", topic)
    return any(word in ("rect", "rectified", "undistorted") for word in words)


def camera_from_info(
    msg: Any, width: int, height: int, *, rectified: bool = False, frame_id: str = ""
) -> Camera:
    """Calibration of an image of width x height pixels.

    K and D hold for the raw image, P for the rectified one, which has no distortion. All are for
    the whole sensor: the region of interest is cut out of it, then binned. What remains of a
    difference in size is scaling.

    Raises:
        SpatialError: NO_CAMERA_INFO if the intrinsics are zero; BAD_CALIBRATION if they hold
            nonsense or their size contradicts the image's.
    """
    name, matrix, columns = ("P", msg.p, 4) if rectified else ("K", msg.k, 3)
    fx, cx, fy, cy = (float(matrix[i]) for i in (0, 2, columns + 1, columns + 2))
    if fx == 0 and fy == 0:
        raise SpatialError(
            ErrorCode.NO_CAMERA_INFO,
            f"camera_info arrives with an empty {name}: calibrate the camera (camera_calibration) "
            "or give its driver the calibration file",
        )
    roi, bin_x, bin_y = msg.roi, max(msg.binning_x, 1), max(msg.binning_y, 1)
    full_width, full_height = msg.width or width * bin_x, msg.height or height * bin_y
    roi_width, roi_height = roi.width or full_width, roi.height or full_height
    if roi.x_offset + roi_width > full_width or roi.y_offset + roi_height > full_height:
        if roi.width or roi.height:
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"camera_info has a region of interest of {roi.width}x{roi.height} at "
                f"({roi.x_offset}, {roi.y_offset}), outside its {full_width}x{full_height} sensor",
            )
        # An offset without a size means the rest of the sensor.
        roi_width, roi_height = full_width - roi.x_offset, full_height - roi.y_offset
    camera = Camera(
        width=roi_width // bin_x,
        height=roi_height // bin_y,
        fx=fx / bin_x,
        fy=fy / bin_y,
        cx=(cx - roi.x_offset + 0.5) / bin_x - 0.5,
        cy=(cy - roi.y_offset + 0.5) / bin_y - 0.5,
        distortion_model=msg.distortion_model,
        d=() if rectified else tuple(float(c) for c in msg.d),
        frame_id=frame_id or msg.header.frame_id,
    )
    return camera.scaled(width, height)


@dataclass(eq=False)
class Calibration:
    """One calibration of a topic and when it is known to hold."""

    since: int  # stamp of the first message with it [ns]
    last: int  # stamp of the last one
    content: tuple
    msg: Any


class CalibrationHistory:
    """The last few different calibrations of one topic, with the stamp from which each holds.

    Not thread-safe: the owner locks.
    """

    def __init__(self, topic: str) -> None:
        self._stream = Stream(topic, 0, 0)
        self._known: deque[Calibration] = deque(maxlen=CALIBRATIONS_KEPT)
        self.stamps: deque[int] = deque(maxlen=2)  # of the latest messages

    def of(self, topic: str) -> "CalibrationHistory":
        """This history if it is of that topic, else a new one."""
        return self if topic == self._stream.topic else CalibrationHistory(topic)

    @property
    def topic(self) -> str:
        return self._stream.topic

    def add(self, msg: Any, now_ns: int) -> None:
        self._stream.arrived(now_ns, stamp_ns(msg))
        content, stamp = _content(msg), stamp_ns(msg)
        self.stamps.append(stamp)
        present = self.find(stamp)
        if present is not None and present.since <= stamp and present.content == content:
            present.last = max(present.last, stamp)
            return
        self._known.append(Calibration(stamp, stamp, content, msg))
        if (
            present is not None and present.since <= stamp < present.last
        ):  # late: after it the former one came back
            last = present.last
            self._known.append(Calibration(last, last, present.content, present.msg))

    def find(self, stamp: int) -> Calibration | None:
        """What holds for an image with this stamp, or None if nothing has arrived."""
        before = [known for known in reversed(self._known) if known.since <= stamp]
        if before:
            return max(before, key=lambda known: known.since)
        return self._known[0] if self._known else None

    def is_superseded(self, calibration: Calibration) -> bool:
        """Whether a later calibration is known."""
        return any(known.since > calibration.since for known in self._known)

    def get(self, stamp: int) -> Any | None:
        """The message that holds for an image with this stamp, or None if none has arrived."""
        known = self.find(stamp)
        return None if known is None else known.msg

    def at(self, stamp: int) -> Any:
        """The message that holds for an image with this stamp.

        Raises:
            SpatialError: NO_CAMERA_INFO if none has arrived.
        """
        msg = self.get(stamp)
        if msg is None:
            raise SpatialError(
                ErrorCode.NO_CAMERA_INFO,
                f"no camera_info has arrived on {self._stream.topic!r}: check that the driver "
                "publishes it, its name (remapping) and its QoS",
            )
        return msg

    def forget_stamps(self) -> None:
        """After the clock was set back the last calibration holds for every stamp."""
        self.stamps.clear()
        if self._known:
            latest = self._known[-1]
            self._known.clear()
            self._known.append(replace(latest, since=0, last=0))

    def status(self, now_ns: int) -> StreamStatus:
        return replace(self._stream.status(now_ns), buffered=len(self._known))


def _content(msg: Any) -> tuple:
    """Everything but the header, comparable."""
    roi = msg.roi
    return (
        msg.width,
        msg.height,
        msg.distortion_model,
        tuple(msg.k),
        tuple(msg.d),
        tuple(msg.p),
        msg.binning_x,
        msg.binning_y,
        (roi.x_offset, roi.y_offset, roi.width, roi.height),
    )
