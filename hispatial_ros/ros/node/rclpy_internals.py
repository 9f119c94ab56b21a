"""What this package uses of rclpy beyond its documented interface; no other file does.

Relied on, as in rclpy 7.1 (ROS 2 Jazzy):

- ``LifecycleNode._state_machine``: ``current_state`` is (number, label).
  ``trigger_transition_by_id`` and ``_by_label`` take whether to publish the transition, and raise
  ``RCLError`` where it is not possible; ``get_transition_by_label``; ``destroy_when_not_in_use``.
- ``LifecycleNode._callbacks``: number of a transition's state -> ``on_...``.
- ``LifecycleNode._service_change_state``: its callback and callback group can be replaced.
- ``Node._parameter_overrides``: name -> value, as given at the start.
- ``Subscription.handle``: kept alive by ``with``; its ``take_message(type, raw)`` returns (message,
  info), or None if none waits.
- ``Executor._make_handler(entity, node, take)`` makes a task of an entity that is ready; its
  ``_is_shutdown``, ``_work_tracker``, ``_tasks``, ``_tasks_lock``; ``_executor_event`` of what it
  waits for.
- ``rclpy.impl.implementation_singleton``: has ``RCLError``, ``UnknownROSArgsError`` and
  the classes behind the handles.

An rclpy without one of them is refused when the node starts.
"""

import pkgutil
from collections.abc import Callable
from importlib import metadata
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState
from rclpy.node import Node
from rclpy.subscription import Subscription
from rclpy.task import Task

IMPLEMENTATION = "rclpy.impl.implementation_singleton:rclpy_implementation"
STATE_MACHINE = (
    "current_state",
    "trigger_transition_by_id",
    "trigger_transition_by_label",
    "get_transition_by_label",
    "destroy_when_not_in_use",
)


class UnsupportedRclpyError(ImportError):
    """This rclpy lacks something that the package relies on."""

    def __init__(self, missing: str):
        try:
            version = metadata.version("rclpy")
        except metadata.PackageNotFoundError:
            version = "of unknown version"
        super().__init__(
            f"rclpy {version} has no {missing}, which hispatial_ros relies on: run it with ROS 2 "
            "Jazzy (rclpy 7.1), or adapt hispatial_ros/ros/node/rclpy_internals.py to this rclpy"
        )


def _resolve(name: str) -> Any:
    try:
        return pkgutil.resolve_name(name)
    except (ImportError, AttributeError) as error:
        raise UnsupportedRclpyError(name.replace(":", ".")) from error


def _require(owner: Any, *names: str) -> None:
    for name in names:
        if not hasattr(owner, name):
            raise UnsupportedRclpyError(f"{type(owner).__name__}.{name}")


UnknownROSArgsError = _resolve(f"{IMPLEMENTATION}.UnknownROSArgsError")
RCLError = _resolve(f"{IMPLEMENTATION}.RCLError")
_resolve(f"{IMPLEMENTATION}.Subscription.take_message")
_resolve("rclpy.subscription:Subscription.handle")
_resolve("rclpy.executors:Executor._make_handler")


class StateMachine:
    """The lifecycle of a node, as rclpy keeps it."""

    def __init__(self, node: LifecycleNode):
        """
        Raises:
            UnsupportedRclpyError: not with this rclpy.
        """
        _require(node, "_state_machine", "_callbacks", "_service_change_state")
        _require(node._state_machine, *STATE_MACHINE)
        self._node = node
        self._machine = node._state_machine

    @property
    def state(self) -> LifecycleState:
        """The present state; during a transition that of the transition."""
        number, label = self._machine.current_state
        return LifecycleState(label=label, state_id=number)

    @property
    def callback(self) -> Callable:
        """The node's ``on_...`` of the transition that is under way."""
        return self._node._callbacks[self.state.state_id]

    def begin(self, transition: int) -> None:
        """Enter a transition.

        Raises:
            RCLError: it is not possible in the present state.
        """
        self._machine.trigger_transition_by_id(transition, True)

    def end(self, result: str) -> None:
        """Leave the transition by the label of its result: "transition_success", ..."""
        self._machine.trigger_transition_by_label(result, True)

    def transition(self, label: str) -> int:
        """Number of the transition that has this label in the present state."""
        return self._machine.get_transition_by_label(label)

    def serve_changes(self, callback: Callable, group: CallbackGroup) -> None:
        """Answer ``~/change_state`` by this callback, in this group."""
        service = self._node._service_change_state
        service.callback = callback  # type: ignore[assignment]
        service.callback_group = group
        group.add_entity(service)

    def destroy(self) -> None:
        """Leave the graph at once; rclpy's own stays in it until garbage is collected."""
        self._machine.destroy_when_not_in_use()


def given_parameters(node: Node) -> list[str]:
    """Names of the parameters that were given at the start, declared or not."""
    _require(node, "_parameter_overrides")
    return list(node._parameter_overrides)


class LeanExecutor(SingleThreadedExecutor):
    """Turns once for each message.

    rclpy's own wakes itself up twice for each callback, for the sake of other threads that it does
    not have: the next turn finds nothing but that, and each turn sets up the whole wait set anew.
    """

    def __init__(self, *, context: Context | None = None):
        """
        Raises:
            UnsupportedRclpyError: not with this rclpy.
        """
        super().__init__(context=context)
        _require(self, "_is_shutdown", "_work_tracker", "_tasks", "_tasks_lock")

    def _make_handler(self, entity: Any, node: Node, take_from_wait_list: Callable) -> Task:
        entity._executor_event = True

        async def handle() -> None:
            taken = not self._is_shutdown and entity.callback_group.beginning_execution(entity)
            if not taken:
                entity._executor_event = False
                return
            with self._work_tracker:
                call = take_from_wait_list(entity)
                entity._executor_event = False
                try:
                    if call is not None:
                        await call()
                finally:
                    entity.callback_group.ending_execution(entity)

        task = Task(handle, executor=self)
        with self._tasks_lock:
            self._tasks.append((task, entity, node))
        return task


def take(subscription: Subscription) -> Any:
    """The next message that waits for a subscription; None if none does."""
    with subscription.handle:
        taken = subscription.handle.take_message(subscription.msg_type, False)
    return None if taken is None else taken[0]
