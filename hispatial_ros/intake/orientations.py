"""Orientations from an IMU in; which way is up at the stamp of an image out."""

import math
import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hispatial_ros.intake.messages import OrientationMessage
from hispatial_ros.intake.stream import MALFORMED, NS, Stream, StreamStatus, UnusableError, seconds

HISTORY = 5.0  # s
MAX_COUNT = 2500  # 5 s at 500 Hz
MESSAGE_BYTES = 600
UNIT_TOLERANCE = 0.05  # how far from 1 the norm of a quaternion may be


@dataclass(frozen=True, eq=False)
class Up:
    """The upward direction in the frame of an IMU."""

    frame_id: str
    direction: np.ndarray  # [3] unit vector
    stddev: float | None  # rad; None: the IMU does not say


class Orientations:
    """The newest orientations of an IMU. Thread-safe.

    An orientation turns the IMU's frame into a world frame with z up (REP 145). Only up is taken
    from it: heading drifts, and nothing here depends on it.
    """

    def __init__(self, topic: str = "imu") -> None:
        self._lock = threading.Lock()
        self._stream = Stream(topic, round(HISTORY * NS), MAX_COUNT * MESSAGE_BYTES, MAX_COUNT)

    @property
    def topic(self) -> str:
        """Name as the operator sees it."""
        return self._stream.topic

    @topic.setter
    def topic(self, name: str) -> None:
        self._stream.topic = name

    def add(self, msg: OrientationMessage, now_ns: int, max_future: float = math.inf) -> str:
        """Keep a message; returns why it was dropped, for a throttled log line, or nothing.

        Args:
            now_ns: the node's (ROS) clock.
            max_future: seconds that a stamp may lie ahead of it.
        """
        with self._lock:
            return self._stream.receive(msg, now_ns, max_future, _check)

    def clear(self) -> None:
        """Forget the orientations, as on deactivation; counters stay."""
        with self._lock:
            self._stream.clear()

    def status(self, now_ns: int) -> StreamStatus:
        """What diagnostics report."""
        with self._lock:
            return self._stream.status(now_ns)

    def up_at(self, stamp: int, slop_ns: int) -> Up | str:
        """Up at a stamp, or why it is not known; an empty string if no message ever arrived.

        Up is interpolated between two orientations that are both within ``slop_ns``; otherwise the
        nearest counts.
        """
        with self._lock:
            stream = self._stream
            if not stream.received:
                return ""
            nearest = stream.nearest(stamp, slop_ns)
            if nearest is None:
                return self._why_none(stamp)
            stamps = stream.stamps()
            after = bisect_right(stamps, stamp)
            around = [s for s in stamps[max(after - 1, 0) : after + 1] if abs(s - stamp) <= slop_ns]
            around = around if nearest in around else [nearest]
            messages = [stream[s] for s in around]
        if len(messages) == 2 and messages[0].frame_id == messages[1].frame_id:
            share = (stamp - around[0]) / (around[1] - around[0])
        else:
            messages, share = [messages[around.index(nearest)]] * 2, 0.0
        # Two directions so close in time are nearly parallel: their mean is the arc's.
        first, second = (_up(m.quaternion) for m in messages)
        up = (1 - share) * first + share * second
        up /= np.linalg.norm(up)
        return Up(messages[0].frame_id, up, _stddev(messages[0].covariance, up))

    def _why_none(self, stamp: int) -> str:
        stream = self._stream
        if stream.last_drop:
            return f"the newest message was dropped ({stream.last_drop})"
        if stream.newest is None:
            return "no orientation since activation"
        if stamp > stream.newest:
            return (
                f"its newest orientation is {seconds(stamp - stream.newest)} older than the image"
            )
        return "no orientation is as old as the image"


def _check(msg: OrientationMessage) -> int:
    """Size in bytes, or raises UnusableError."""
    if msg.covariance[0] == -1:
        raise UnusableError(
            "no orientation",
            "orientation_covariance[0] is -1: this IMU gives no orientation; run a filter such as "
            "imu_filter_madgwick and remap imu to its output",
        )
    norm = math.hypot(*msg.quaternion)
    if not abs(norm - 1) < UNIT_TOLERANCE:
        raise UnusableError(MALFORMED, f"its orientation is no unit quaternion (norm {norm:g})")
    return MESSAGE_BYTES


def _up(quaternion: Sequence[float]) -> np.ndarray:
    """World up [3] in the frame that the unit quaternion (x, y, z, w) turns into the world's."""
    x, y, z, w = np.array(quaternion) / np.linalg.norm(quaternion)
    # The last row of the rotation matrix: what it maps to z.
    return np.array([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)])


def _stddev(covariance: Sequence[float], up: np.ndarray) -> float | None:
    """Standard deviation of up, rad, at most pi: of the turns about the two axes across it."""
    matrix = np.asarray(covariance, float).reshape(3, 3)
    with np.errstate(over="ignore", invalid="ignore"):  # the result is checked below
        across = (np.trace(matrix) - up @ matrix @ up) / 2
    return min(math.sqrt(across), math.pi) if np.isfinite(across) and across > 0 else None
