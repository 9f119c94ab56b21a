"""``~/depth`` while somebody subscribes to it: the newest frame, at most at ``depth_rate``."""

import threading
from typing import TYPE_CHECKING

from rclpy.clock import Clock, ClockType

from hispatial_ros.errors import SpatialError
from hispatial_ros.ros.inputs.subscriptions import ThrottledLog
from hispatial_ros.ros.outputs.publishers import Outputs
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.observations import Observations
from hispatial_ros.waiting.outcome import Outcome

if TYPE_CHECKING:
    from rclpy.node import Node


class DepthStream:
    """Looks for a new frame regularly; one is computed at a time, none queues behind it."""

    def __init__(self, node: "Node", observations: Observations, outputs: Outputs):
        self._observations = observations
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
        newest = self._observations.buffer.newest_stamp
        if (
            self._active
            and self._idle.is_set()
            and newest not in (None, self._last_stamp)
            and self._outputs.wanted("depth")
        ):
            self._idle.clear()
            depth = self._observations.depth
            computed = depth.compute(self._observations.newest, wanted=lambda: self._active)
            computed.then(self._publish)

    def _publish(self, computed: Outcome[DepthFrame]) -> None:
        if not self._active:
            return
        try:
            frame = computed.result(0)
            if frame.pair.stamp_ns != self._last_stamp:
                self._last_stamp = frame.pair.stamp_ns
                self._outputs.publish_depth(frame)
        except SpatialError as error:
            self._log(f"no depth image is published: {error}")
        finally:
            self._idle.set()
