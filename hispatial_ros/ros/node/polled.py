"""A subscription whose messages are fetched now and then, all at once.

rclpy wakes up the executor for each message, which costs far more than the message itself: an IMU
at 200 Hz would take a sixth of a core, and each image would wait behind it.
"""

from typing import TYPE_CHECKING, Any

from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock, ClockType

from hispatial_ros.ros.node.rclpy_internals import take

if TYPE_CHECKING:
    from rclpy.node import Node

PERIOD = 0.05  # s between fetches
PERIOD_WITHOUT = 0.5  # s, as long as nothing has ever arrived
DEPTH = 100  # messages that may wait: twice what a sensor at 1 kHz sends in PERIOD


class Unattended(CallbackGroup):
    """Tells the executor to leave a subscription and its events alone.

    Its events too: with Fast DDS each message that waits would trigger them.
    """

    def can_execute(self, entity: Any) -> bool:
        return False

    def beginning_execution(self, entity: Any) -> bool:
        return False

    def ending_execution(self, entity: Any) -> None:
        pass


class Polled:
    """Calls a subscription's callback every PERIOD for what has arrived, on the executor's thread.

    The subscription has to be created in the callback group ``Unattended``.
    """

    def __init__(self, node: "Node", subscription: Any):
        self._node = node
        self._subscription = subscription
        # Also while a simulation's time stands still.
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(PERIOD_WITHOUT, self._fetch, clock=clock)

    def destroy(self) -> None:
        """Stop fetching, and unsubscribe."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    def _fetch(self) -> None:
        for _ in range(DEPTH):
            msg = take(self._subscription)
            if msg is None:
                return
            self._timer.timer_period_ns = round(PERIOD * 1e9)
            self._subscription.callback(msg)
