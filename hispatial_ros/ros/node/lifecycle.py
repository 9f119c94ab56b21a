"""A managed node whose transitions may take their time.

rclpy makes a transition inside the service call that asks for it. The executor stands still until
it is over, so no request is answered while a model loads. Here transitions are coroutines on the
executor's thread, and slow work in them runs on another thread. An impossible transition is
refused; rclpy's own ends the executor.
"""

import threading
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import await_or_execute
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.task import Future

from hispatial_ros.ros.node.rclpy_internals import RCLError, StateMachine

SHUTDOWNS = {
    "unconfigured": Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    "inactive": Transition.TRANSITION_INACTIVE_SHUTDOWN,
    "active": Transition.TRANSITION_ACTIVE_SHUTDOWN,
}

T = TypeVar("T")


class ManagedNode(LifecycleNode):
    """A LifecycleNode whose ``on_...`` may be coroutines.

    While one is under way the state is that of the transition ("configuring", ...), and other
    transitions are refused.
    """

    def __init__(self, name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        self.started: Future = Future()  # done when the autostart is over, whatever came of it
        self._in_background = 0  # touched on the executor's thread only
        self._lifecycle = StateMachine(self)
        # A group counts as occupied until its coroutine returns: the node's own would starve.
        self._lifecycle.serve_changes(self._serve_change_state, ReentrantCallbackGroup())

    @property
    def state(self) -> str:
        """Label of the lifecycle state: unconfigured, configuring, inactive, active, ..."""
        return self._lifecycle.state.label

    @property
    def busy(self) -> bool:
        """Whether something of a transition is still done in the background."""
        return self._in_background > 0

    @property
    def owes_responses(self) -> bool:
        """Whether requests were taken whose responses are not sent yet."""
        return False

    @property
    def requests_taken(self) -> int:
        """How many requests were taken from the middleware so far."""
        return 0

    async def change(self, transition: int) -> TransitionCallbackReturn:
        """Go through a transition, by its number in ``lifecycle_msgs/msg/Transition``.

        Raises:
            RCLError: it is not possible in the present state.
        """
        before = self._lifecycle.state
        self._lifecycle.begin(transition)
        result = await self._go_through(before)
        if result == TransitionCallbackReturn.ERROR:
            await self._go_through(before)  # on_error
        return result

    async def trigger_configure(self) -> TransitionCallbackReturn:
        """As rclpy's, as a coroutine."""
        return await self.change(Transition.TRANSITION_CONFIGURE)

    async def trigger_cleanup(self) -> TransitionCallbackReturn:
        """As rclpy's, as a coroutine."""
        return await self.change(Transition.TRANSITION_CLEANUP)

    async def trigger_activate(self) -> TransitionCallbackReturn:
        """As rclpy's, as a coroutine."""
        return await self.change(Transition.TRANSITION_ACTIVATE)

    async def trigger_deactivate(self) -> TransitionCallbackReturn:
        """As rclpy's, as a coroutine."""
        return await self.change(Transition.TRANSITION_DEACTIVATE)

    async def trigger_shutdown(self) -> TransitionCallbackReturn:
        """As rclpy's, as a coroutine; FAILURE while another transition is under way."""
        if self.state not in SHUTDOWNS:
            return TransitionCallbackReturn.FAILURE
        return await self.change(SHUTDOWNS[self.state])

    async def in_background(self, work: Callable[[], T]) -> T:
        """Do something slow on a thread of its own, while the executor goes on.

        Raises:
            Exception: what ``work`` raises.
        """
        future: Future = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - raised where it is awaited
                future.set_exception(error)
            if (executor := self.executor) is not None:
                executor.wake()

        threading.Thread(target=run, name="transition", daemon=True).start()
        self._in_background += 1
        try:
            return await future
        finally:
            self._in_background -= 1

    def destroy_node(self) -> None:
        """Leave the graph at once; rclpy's would stay in it until garbage is collected."""
        super().destroy_node()
        self._lifecycle.destroy()

    async def _go_through(self, before: LifecycleState) -> TransitionCallbackReturn:
        """Call the present transition's ``on_...``, and leave it accordingly."""
        callback = self._lifecycle.callback
        try:
            result = await await_or_execute(callback, before)
        except Exception:  # noqa: BLE001 - the state machine goes on to on_error
            self.get_logger().error(f"{callback.__name__} failed:\n{traceback.format_exc()}")
            result = TransitionCallbackReturn.ERROR
        self._lifecycle.end(result.to_label())
        return result

    async def _serve_change_state(
        self, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        wanted = request.transition.label or f"transition {request.transition.id}"
        response.success = False
        try:
            number = request.transition.id
            if request.transition.label:
                number = self._lifecycle.transition(request.transition.label)
            result = await self.change(number)
            response.success = result == TransitionCallbackReturn.SUCCESS
        except RCLError as error:
            self.get_logger().warning(f"{wanted} is not possible in state {self.state}: {error}")
        return response
