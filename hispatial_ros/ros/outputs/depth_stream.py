"""``~/depth`` while somebody subscribes to it: the newest frame, at most at ``depth_rate``."""

import threading
from typing import TYPE_CHECKING

import numpy as np
from rclpy.clock import Clock, ClockType

from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.ros.inputs.subscriptions import ThrottledLog

if TYPE_CHECKING:
    from rclpy.node import Node

    from hispatial_ros.ros.outputs.publishers import Outputs
    from hispatial_ros.service.depth_sources import DepthSources, View


def depth_in_image(frame: Frame, max_range: float) -> np.ndarray:
    """Depth at the size of the image, nearest pixels: [H, W] float32 m, NaN where invalid."""
    points = PointMap(frame, max_range=max_range)
    width, height = frame.camera.width, frame.camera.height
    columns = ((np.arange(width) + 0.5) * points.width / width).astype(np.intp)
    rows = ((np.arange(height) + 0.5) * points.height / height).astype(np.intp)
    return points.z(columns[None, :], rows[:, None])


class DepthStream:
    """Looks for a new frame regularly; one is computed at a time, none queues behind it."""

    def __init__(
        self,
        node: "Node",
        buffer: FrameBuffer,
        depth: "DepthSources",
        outputs: "Outputs",
    ):
        self._node = node
        self._buffer = buffer
        self._depth = depth
        self._outputs = outputs
        self._log = ThrottledLog(node.get_logger().warning)
        self._active = False
        self._idle = threading.Event()
        self._idle.set()
        self._last_stamp: int | None = None
        # Also while a simulation's time stands still.
        self._timer = node.create_timer(
            1.0, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME), autostart=False
        )

    def set_rate(self, rate: float) -> None:
        """Highest rate [Hz]."""
        period = round(1e9 / rate)
        if self._timer.timer_period_ns != period:
            self._timer.timer_period_ns = period

    def start(self) -> None:
        """Publish from now on."""
        self._last_stamp = None
        self._idle.set()
        self._active = True
        self._timer.reset()

    def stop(self) -> None:
        """Publish no more, look no more."""
        self._active = False
        self._timer.cancel()

    def _tick(self) -> None:
        newest = self._buffer.newest_stamp
        if (
            self._active
            and self._idle.is_set()
            and newest not in (None, self._last_stamp)
            and self._outputs.wants_depth
        ):
            self._idle.clear()
            self._depth.submit(self._draw, lambda: self._active, self._publish)

    def _draw(self, sensor: bool) -> PairedFrame:
        now = self._node.get_clock().now().nanoseconds
        return self._buffer.newest(now, need_depth=sensor, need_info=sensor)

    def _publish(self, outcome: "View | SpatialError") -> None:
        try:
            if isinstance(outcome, SpatialError):
                self._log(f"no depth image is published: {outcome}")
            elif self._active and outcome.pair.stamp_ns != self._last_stamp:
                self._last_stamp = outcome.pair.stamp_ns
                self._outputs.publish_depth(outcome)
        except SpatialError as error:
            self._log(f"no depth image is published: {error}")
        finally:
            self._idle.set()
