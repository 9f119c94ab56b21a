"""A node under test in this process: what is sent to it goes straight into its callbacks."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from inspect import iscoroutinefunction
from queue import SimpleQueue
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message, serialize_message

from benchmarks.reliability.peer import Peer, wait_until
from hispatial_ros.ros.health.diagnostics import PERIOD
from hispatial_ros.ros.node.process import spin
from hispatial_ros.ros.node.spatial_node import SpatialNode

STRAIGHT = ("ask", "measure", "watch")  # services


class InProcess(Peer):
    """As a Peer, with a node of its own beside it.

    Topics and the services in STRAIGHT do without the middleware; a message is copied as the
    middleware would do. What the node fetches by itself (the IMU), goals, parameters and
    transitions go through it.

    Args:
        domain: ROS domain, used by nobody else.
        arguments: of the node.
        diagnostics: seconds from one message about its state to the next.
    """

    def __init__(self, domain: int, arguments: list[str], diagnostics: float = PERIOD):
        self._context_under_test = rclpy.Context()
        rclpy.init(args=arguments, context=self._context_under_test, domain_id=domain)
        self.under_test = SpatialNode(context=self._context_under_test)
        for timer in self.under_test.timers:
            if timer.timer_period_ns == round(PERIOD * 1e9):
                timer.timer_period_ns = round(diagnostics * 1e9)
        self._failures = _Failures()
        logging.getLogger("hispatial_ros").addHandler(self._failures)
        self._calls: SimpleQueue[tuple[Future[Any], Callable[..., Any], Any]] = SimpleQueue()
        self._outcomes: list[Future[Any]] = []
        self._straight = SingleThreadedExecutor(context=self._context_under_test)
        self._straight.add_node(self.under_test)
        self._end = threading.Event()
        self._spinning = threading.Thread(
            target=spin,
            args=(self._straight, self._end, self.under_test.get_logger()),
            name="under test",
            daemon=True,
        )
        self._spinning.start()
        wait_until(self.under_test.started.done, "the node to have started")
        super().__init__(domain)

    def close(self) -> None:
        super().close()
        self._straight.create_task(self._end.set)
        self._spinning.join()
        self.under_test.destroy_node()
        self._straight.shutdown()
        rclpy.shutdown(context=self._context_under_test)
        logging.getLogger("hispatial_ros").removeHandler(self._failures)

    def check_harmless(self) -> None:
        """No callback has raised and no bug was logged. AssertionError if not."""
        assert all(outcome.exception() is None for outcome in self._outcomes if outcome.done())
        assert not self._failures.texts, self._failures.texts[0]

    def call_straight(self, callback: Callable[..., Any], *message: Any) -> Future[Any]:
        """Call back on the node's executor, in the order of the calls; a future of the outcome."""
        copies = [deserialize_message(serialize_message(m), type(m)) for m in message]
        outcome: Future[Any] = Future()
        self._outcomes.append(outcome)
        self._calls.put((outcome, callback, copies))
        if self._calls.qsize() == 1:
            self._straight.create_task(self._call_all)
        return outcome

    def _call_all(self) -> None:
        while not self._calls.empty():
            outcome, callback, messages = self._calls.get()
            if iscoroutinefunction(callback):
                task = self._straight.create_task(callback, *messages)
                task.add_done_callback(partial(_pass_on, outcome))
                task()  # the executor would begin the last one first
                continue
            try:
                outcome.set_result(callback(*messages))
            except Exception as error:  # noqa: BLE001 - raised where it was called
                outcome.set_exception(error)

    def publisher(self, kind: Any, topic: str, qos: QoSProfile | None = None) -> Any:
        for subscription in self.under_test.subscriptions:
            if subscription.topic_name == f"/{topic}" and _attended(subscription):
                return _Publisher(self, subscription)
        return super().publisher(kind, topic, qos)

    def client(self, kind: Any, name: str) -> Any:
        for service in self.under_test.services:
            if name in STRAIGHT and service.srv_name == f"{self.target}/{name}":
                return _Client(self, service)
        return super().client(kind, name)


def _pass_on(outcome: Future[Any], task: Any) -> None:
    error = task.exception()
    outcome.set_exception(error) if error else outcome.set_result(task.result())


class _Failures(logging.Handler):
    """Keeps what was logged with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.texts.append(self.format(record))


class _Publisher:
    def __init__(self, peer: InProcess, subscription: Any):
        self._peer, self._subscription = peer, subscription

    def publish(self, message: Any) -> None:
        self._peer.call_straight(self._subscription.callback, message)

    def get_subscription_count(self) -> int:
        return 1


class _Client:
    def __init__(self, peer: InProcess, service: Any):
        self._peer, self._service = peer, service
        self.srv_type, self.srv_name = service.srv_type, service.srv_name

    def call_async(self, request: Any) -> Any:
        return self._peer.call_straight(self._service.callback, request, self.srv_type.Response())

    def service_is_ready(self) -> bool:
        return True


def _attended(subscription: Any) -> bool:
    """Whether the executor calls it, rather than that the node fetches its messages."""
    return bool(subscription.callback_group.can_execute(subscription))
