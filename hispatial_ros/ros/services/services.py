"""The services ``~/ask`` and ``~/measure``.

A callback hands its request to the worker and awaits a future, so that the executor goes on
meanwhile. With rclpy 7.1 a coroutine that awaits is resumed whenever the executor wakes up: the
single-threaded executor sleeps in between (the multi-threaded one costs more for nothing, and the
events executor polls without pause), and whoever completes the future has to wake it. The
callbacks are in a reentrant group, since a group counts as occupied until its coroutine returns.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future

from hispatial_ros.ros.qos import BURST, reliable
from hispatial_ros.ros.services.messages import (
    ask_from_msg,
    ask_to_msg,
    measure_from_msg,
    measure_to_msg,
)
from hispatial_ros.ros.topics import SERVICES
from hispatial_ros.service.requests import Requests, Respond
from hispatial_ros.service.result import Result
from hispatial_ros.srv import AskSpatial, Measure

if TYPE_CHECKING:
    from rclpy.node import Node


SEND_TIMEOUT = 0.05  # s


class Responder:
    """Futures for responses, each of which wakes the executor when completed.

    Whoever completes one on another thread waits until the response is on its way: what it does
    next, publishing and logging, would compete with the executor for the interpreter.
    """

    def __init__(self, node: "Node"):
        self._node = node
        # Touched on the executor's thread only.
        self.taken = 0  # requests so far
        self.waiting = 0  # responses not sent yet

    async def await_response(self, begin: Callable[[Callable[[Any], None]], Any]) -> Any:
        """Call ``begin`` with what takes the response; return the response."""
        future: Future = Future()
        here, sent = threading.get_ident(), threading.Event()

        def complete(response: Any) -> None:
            future.set_result(response)
            if (executor := self._node.executor) is not None:
                executor.wake()
                if threading.get_ident() != here:
                    sent.wait(SEND_TIMEOUT)

        self.taken += 1
        self.waiting += 1
        try:
            begin(complete)
            return await future
        finally:
            self.waiting -= 1
            # rclpy sends the response before it turns to another task.
            if (executor := self._node.executor) is not None:
                executor.create_task(sent.set)

    async def answer(self, begin: Callable[[Respond], Any], to_msg: Callable[[Result], Any]) -> Any:
        """As `await_response`, for what begins with a `Respond`."""

        def begin_with(complete: Callable[[Any], None]) -> None:
            def respond(result: Result) -> Any:
                response = to_msg(result)
                complete(response)
                return response

            begin(respond)

        return await self.await_response(begin_with)


class Services:
    """Served from construction on, in every lifecycle state, so that clients get a clear error."""

    def __init__(self, node: "Node", requests: Requests, responder: Responder):
        group = ReentrantCallbackGroup()
        self._requests = requests
        self._responder = responder
        for service, callback in ((AskSpatial, self._ask), (Measure, self._measure)):
            name = next(topic.name for topic in SERVICES if topic.type is service)
            node.create_service(
                service, name, callback, qos_profile=reliable(BURST), callback_group=group
            )

    async def _ask(self, msg: AskSpatial.Request, _: Any) -> AskSpatial.Response:
        return await self._responder.answer(
            lambda respond: self._requests.ask(ask_from_msg(msg), respond),
            partial(ask_to_msg, AskSpatial.Response),
        )

    async def _measure(self, msg: Measure.Request, _: Any) -> Measure.Response:
        return await self._responder.answer(
            lambda respond: self._requests.measure(measure_from_msg(msg), respond), measure_to_msg
        )
