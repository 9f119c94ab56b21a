"""``sensor_msgs/CameraInfo`` to Camera, by REP-104."""

import re
from collections import deque
from dataclasses import replace
from typing import Any

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.intake.stream import Stream, StreamStatus, stamp_ns

CALIBRATIONS_KEPT = 4


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


class CalibrationHistory:
    """The last few different calibrations of one topic, with the stamp from which each holds.

    Not thread-safe: the owner locks.
    """

    def __init__(self, topic: str) -> None:
        self._stream = Stream(topic, 0, 0)
        self._known: deque[tuple[int, tuple, Any]] = deque(maxlen=CALIBRATIONS_KEPT)

    def of(self, topic: str) -> "CalibrationHistory":
        """This history if it is of that topic, else a new one."""
        return self if topic == self._stream.topic else CalibrationHistory(topic)

    def add(self, msg: Any, now_ns: int) -> None:
        self._stream.arrived(now_ns, stamp_ns(msg))
        content = _content(msg)
        if not self._known or self._known[-1][1] != content:
            self._known.append((stamp_ns(msg), content, msg))

    def get(self, stamp: int) -> Any | None:
        """The message that holds for an image with this stamp, or None if none has arrived."""
        for since, _, msg in reversed(self._known):
            if since <= stamp:
                return msg
        return self._known[0][2] if self._known else None

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
        if self._known:
            _, content, msg = self._known[-1]
            self._known.clear()
            self._known.append((0, content, msg))

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
