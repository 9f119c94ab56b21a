"""The service ``~/watch``: adds, removes and lists watches."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rclpy.callback_groups import ReentrantCallbackGroup

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.outputs.watch_msgs import spec_from_msg, state_to_msg
from hispatial_ros.ros.qos import BURST, reliable
from hispatial_ros.ros.services.services import Responder
from hispatial_ros.ros.topics import SERVICES
from hispatial_ros.service.watch_commands import WatchCommands
from hispatial_ros.srv import Watch
from hispatial_ros.waiting.outcome import Outcome

if TYPE_CHECKING:
    from rclpy.node import Node


class WatchService:
    """One response for each request, whatever it holds."""

    def __init__(self, node: "Node", commands: WatchCommands, responder: Responder):
        self._commands = commands
        self._responder = responder
        name = next(topic.name for topic in SERVICES if topic.type is Watch)
        node.create_service(
            Watch,
            name,
            self._handle,
            qos_profile=reliable(BURST),
            callback_group=ReentrantCallbackGroup(),
        )

    async def _handle(self, request: Watch.Request, _: Any) -> Watch.Response:
        def begin(complete: Callable[[Any], None]) -> None:
            done = self._commands.submit(lambda: self._do(request))
            done.then(lambda outcome: complete(self._result(outcome)))

        return await self._responder.await_response(begin)

    def _do(self, request: Watch.Request) -> Watch.Response:
        name, notes = "", []
        if request.command == Watch.Request.ADD:
            name = self._commands.add(spec_from_msg(request.spec), request.replace)
            notes = self._commands.notes(name)
        elif request.command == Watch.Request.REMOVE:
            name = self._commands.remove(request.spec.name)
        elif request.command != Watch.Request.LIST:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"command {request.command} is none of LIST (0), ADD (1) and REMOVE (2)",
            )
        return self._response(name=name, notes=notes)

    def _result(self, outcome: Outcome[Watch.Response]) -> Watch.Response:
        try:
            return outcome.result(0)
        except SpatialError as error:
            return self._response(error_code=int(error.code), error_msg=str(error))

    def _response(self, **fields: Any) -> Watch.Response:
        watches = [state_to_msg(watch) for watch in self._commands.collection.watches]
        return Watch.Response(watches=watches, **fields)
