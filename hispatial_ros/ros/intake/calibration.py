"""``sensor_msgs/CameraInfo`` to Camera, by REP-104."""

from collections import deque
from dataclasses import replace
from typing import Any

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.intake.stream import Stream, StreamStatus, stamp_ns

CALIBRATIONS_KEPT = 4


def camera_from_info(
    msg: Any, width: int, height: int, *, rectified: bool = False, frame_id: str = ""
) -> Camera:
    """Calibration of an image of width x height pixels.

    K and D hold for the raw image, P for the rectified one, which has no distortion. Both are for
    the full sensor: the region of interest, then the binning, give the image that was read out.

    Raises:
        SpatialError: NO_CAMERA_INFO if K is all zero; BAD_CALIBRATION if it holds nonsense or its
            size contradicts the image's.
    """
    matrix, columns = (msg.p, 4) if rectified else (msg.k, 3)
    name = "P" if rectified else "K"
    fx, cx, fy, cy = (
        float(matrix[0]),
        float(matrix[2]),
        float(matrix[columns + 1]),
        float(matrix[columns + 2]),
    )
    if fx == 0 and fy == 0:
        raise SpatialError(
            ErrorCode.NO_CAMERA_INFO,
            f"camera_info arrives with an empty {name}: calibrate the camera (camera_calibration) "
            "or give its driver the calibration file",
        )
    roi = msg.roi
    camera = Camera(
        width=roi.width or msg.width or width,
        height=roi.height or msg.height or height,
        fx=fx,
        fy=fy,
        cx=cx - roi.x_offset,
        cy=cy - roi.y_offset,
        distortion_model=msg.distortion_model,
        d=() if rectified else tuple(float(c) for c in msg.d),
        frame_id=frame_id or msg.header.frame_id,
    )
    if not rectified and not camera.is_distorted:
        camera = replace(camera, d=())
    return camera.scaled(width, height)


class CalibrationHistory:
    """The last few different calibrations, with the stamp from which each holds.

    Not thread-safe: the owner locks.
    """

    def __init__(self, topic: str) -> None:
        self._stream = Stream(topic, 0, 0)
        self._known: deque[tuple[int, tuple, Any]] = deque(maxlen=CALIBRATIONS_KEPT)

    def add(self, msg: Any, now_ns: int) -> None:
        self._stream.arrived(now_ns)
        key = _content(msg)
        if not self._known or self._known[-1][1] != key:
            self._known.append((stamp_ns(msg), key, msg))

    def at(self, stamp: int, now_ns: int) -> Any:
        """The message that holds for an image with this stamp.

        Raises:
            SpatialError: NO_CAMERA_INFO if none has arrived.
        """
        if not self._known:
            raise SpatialError(
                ErrorCode.NO_CAMERA_INFO,
                f"no camera_info has arrived on {self._stream.topic!r}: check that the driver "
                "publishes it, its name (remapping) and its QoS",
            )
        return next(
            (m for since, _, m in reversed(self._known) if since <= stamp), self._known[0][2]
        )

    def forget_stamps(self) -> None:
        """After the clock was set back the last calibration holds for every stamp."""
        if self._known:
            _, key, msg = self._known[-1]
            self._known.clear()
            self._known.append((0, key, msg))

    def status(self, now_ns: int) -> StreamStatus:
        return replace(self._stream.status(now_ns), buffered=len(self._known))


def _content(msg: Any) -> tuple:
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
        (roi.x_offset, roi.y_offset, roi.width, roi.height, roi.do_rectify),
    )
