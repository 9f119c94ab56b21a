"""A managed node that survives what rclpy's own does not."""

import functools
import traceback
from collections.abc import Callable
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

Transition = Callable[[Any, LifecycleState], TransitionCallbackReturn]


def transition(callback: Transition) -> Transition:
    """Log what a transition raises; rclpy turns it into ERROR without a word."""

    @functools.wraps(callback)
    def guarded(self: LifecycleNode, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return callback(self, state)
        except Exception:  # noqa: BLE001 - the state machine goes on to on_error
            self.get_logger().error(f"{callback.__name__} failed:\n{traceback.format_exc()}")
            return TransitionCallbackReturn.ERROR

    return guarded


class ManagedNode(LifecycleNode):
    """A LifecycleNode that answers impossible transitions instead of ending the executor."""

    def __init__(self, name: str, **kwargs: Any):
        super().__init__(name, **kwargs)
        change_state = self._service_change_state.callback

        def guarded(
            request: ChangeState.Request, response: ChangeState.Response
        ) -> ChangeState.Response:
            try:
                return change_state(request, response)
            except rclpy_implementation.RCLError as error:
                wanted = request.transition.label or f"transition {request.transition.id}"
                self.get_logger().warning(
                    f"{wanted} is not possible in state {self.state}: {error}"
                )
                response.success = False
                return response

        self._service_change_state.callback = guarded

    @property
    def state(self) -> str:
        """Label of the lifecycle state: unconfigured, inactive, active, finalized, ..."""
        return self._state_machine.current_state[1]

    def destroy_node(self) -> None:
        """Leave the graph at once; rclpy's would stay in it until garbage is collected."""
        super().destroy_node()
        self._state_machine.destroy_when_not_in_use()
