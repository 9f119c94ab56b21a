"""The service ``~/watch``: adds, removes and lists watches."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rclpy.callback_groups import ReentrantCallbackGroup

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.outputs.watch_msgs import spec_from_msg, state_to_msg
from hispatial_ros.ros.qos import BURST, reliable
from hispatial_ros.ros.services import validation
from hispatial_ros.ros.services.services import Responder
from hispatial_ros.ros.topics import SERVICES
from hispatial_ros.service.watch_commands import WatchCommands
from hispatial_ros.srv import Watch

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
        def begin(done: Callable[[Any], None]) -> None:
            future = self._commands.submit(lambda: self._do(request), self._refuse)
            future.add_done_callback(lambda f: done(self._result(f)))

        return await self._responder.await_response(begin)

    def _do(self, request: Watch.Request) -> Watch.Response:
        name = ""
        if request.command == Watch.Request.ADD:
            settings = self._commands.settings.current
            regions = validation.check_regions(request.spec.regions, settings)
            spec = spec_from_msg(request.spec, regions)
            name = self._commands.add(spec, request.replace)
        elif request.command == Watch.Request.REMOVE:
            name = self._commands.remove(request.spec.name)
        elif request.command != Watch.Request.LIST:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"command {request.command} is none of LIST (0), ADD (1) and REMOVE (2)",
            )
        return self._response(name=name)

    def _refuse(self, error: SpatialError) -> Watch.Response:
        return self._response(error_code=int(error.code), error_msg=str(error))

    def _result(self, future: Any) -> Watch.Response:
        if future.cancelled():
            return self._refuse(SpatialError(ErrorCode.CANCELLED, "the node is shutting down"))
        return future.result()

    def _response(self, **fields: Any) -> Watch.Response:
        watches = [state_to_msg(watch) for watch in self._commands.collection.watches]
        return Watch.Response(watches=watches, **fields)
