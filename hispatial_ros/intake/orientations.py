"""Orientations from an IMU in; which way is up at the stamp of an image out."""

import math
import threading
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np

from hispatial_ros.intake.stream import NS, Stream, StreamStatus, seconds, stamp_ns

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
    """The newest ``sensor_msgs/Imu`` orientations. Thread-safe.

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

    def add(self, msg: Any, now_ns: int, max_future: float = math.inf) -> str:
        """Keep a message; returns why it was dropped, for a throttled log line, or nothing.

        Args:
            now_ns: the node's (ROS) clock.
            max_future: seconds that a stamp may lie ahead of it.
        """
        with self._lock:
            stamp = stamp_ns(msg)
            self._stream.arrived(now_ns, stamp)
            if stamp <= 0:
                return self._stream.drop(
                    "no stamp", "its header has no stamp: the publisher must set it"
                )
            if stamp - now_ns > max_future * NS:
                # Kept, it would make all that follow look late.
                return self._stream.drop(
                    "stamp in the future",
                    f"its stamp lies {seconds(stamp - now_ns)} ahead of the node's clock: "
                    "synchronise the clocks, or set use_sim_time as the publisher has it",
                )
            if msg.orientation_covariance[0] == -1:
                return self._stream.drop(
                    "no orientation",
                    "orientation_covariance[0] is -1: this IMU gives no orientation; run a filter "
                    "such as imu_filter_madgwick and remap imu to its output",
                )
            q = msg.orientation
            norm = math.hypot(q.x, q.y, q.z, q.w)
            if not abs(norm - 1) < UNIT_TOLERANCE:
                return self._stream.drop(
                    "malformed", f"its orientation is no unit quaternion (norm {norm:g})"
                )
            return self._stream.add(stamp, msg, MESSAGE_BYTES)

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

        Between two orientations that are each no further off than ``slop_ns`` up is interpolated,
        otherwise the nearest counts.
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
        if len(messages) == 2 and messages[0].header.frame_id == messages[1].header.frame_id:
            share = (stamp - around[0]) / (around[1] - around[0])
        else:
            messages, share = [messages[around.index(nearest)]] * 2, 0.0
        # Two directions so close in time are nearly parallel: their mean is the arc's.
        first, second = (_up(m.orientation) for m in messages)
        up = (1 - share) * first + share * second
        up /= np.linalg.norm(up)
        return Up(messages[0].header.frame_id, up, _stddev(messages[0], up))

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


def _up(q: Any) -> np.ndarray:
    """World up [3] in the frame that the unit quaternion turns into the world's."""
    x, y, z, w = np.array((q.x, q.y, q.z, q.w)) / np.linalg.norm((q.x, q.y, q.z, q.w))
    # The last row of the rotation matrix: what it maps to z.
    return np.array([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)])


def _stddev(msg: Any, up: np.ndarray) -> float | None:
    """Standard deviation of up, rad, at most pi: of the turns about the two axes across it."""
    covariance = np.asarray(msg.orientation_covariance, float).reshape(3, 3)
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is looked at
        across = (np.trace(covariance) - up @ covariance @ up) / 2
    return min(math.sqrt(across), math.pi) if np.isfinite(across) and across > 0 else None
