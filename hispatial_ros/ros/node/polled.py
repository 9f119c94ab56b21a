"""A subscription whose messages are fetched now and then, all at once.

rclpy wakes up the executor for each message, which costs far more than the message itself: an IMU
at 200 Hz would take a sixth of a core, and each image would wait behind it.
"""

from typing import TYPE_CHECKING, Any

from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock, ClockType

if TYPE_CHECKING:
    from rclpy.node import Node

PERIOD = 0.05  # s between fetches
PERIOD_WITHOUT = 0.5  # s, as long as nothing has ever arrived
DEPTH = 100  # messages that may wait: twice what a sensor at 1 kHz sends meanwhile


class _Unattended(CallbackGroup):
    """Tells the executor to leave a subscription alone."""

    def can_execute(self, entity: Any) -> bool:
        return False

    def beginning_execution(self, entity: Any) -> bool:
        return False

    def ending_execution(self, entity: Any) -> None:
        pass


class Polled:
    """Calls a subscription's callback every PERIOD for what has arrived, on the executor's thread.

    Its events are not attended to either: with Fast DDS each message that waits would trigger them.
    """

    def __init__(self, node: "Node", subscription: Any):
        self._node = node
        self._subscription = subscription
        for entity in (subscription, *subscription.event_handlers):
            entity.callback_group = _Unattended()
        # Also while a simulation's time stands still.
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(PERIOD_WITHOUT, self._fetch, clock=clock)

    def destroy(self) -> None:
        """Stop fetching, and unsubscribe."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    def _fetch(self) -> None:
        subscription = self._subscription
        for _ in range(DEPTH):
            with subscription.handle:
                taken = subscription.handle.take_message(subscription.msg_type, False)
            if taken is None:
                return
            self._timer.timer_period_ns = round(PERIOD * 1e9)
            subscription.callback(taken[0])
