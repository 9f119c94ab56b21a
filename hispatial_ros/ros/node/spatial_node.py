"""The node ``hispatial``: ``ros2 run hispatial_ros spatial_node``."""

import sys
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.gravity import GravitySources
from hispatial_ros.ros import parameters
from hispatial_ros.ros.health.diagnostics import PERIOD, Diagnostics
from hispatial_ros.ros.health.qos_events import QosEvents
from hispatial_ros.ros.inputs.reference_frames import ReferenceFrames
from hispatial_ros.ros.inputs.subscriptions import Inputs
from hispatial_ros.ros.node.lifecycle import ManagedNode
from hispatial_ros.ros.node.log_forwarding import forward_logging, stop_forwarding
from hispatial_ros.ros.node.process import run
from hispatial_ros.ros.outputs.depth_stream import DepthStream
from hispatial_ros.ros.outputs.publications import Publications
from hispatial_ros.ros.outputs.publishers import Outputs
from hispatial_ros.ros.outputs.request_records import RequestRecords
from hispatial_ros.ros.services.action import AskAction
from hispatial_ros.ros.services.services import Responder, Services
from hispatial_ros.ros.services.watch_service import WatchService
from hispatial_ros.service.backends import Backends
from hispatial_ros.service.depth_sources import DepthSources
from hispatial_ros.service.live_objects import LiveObjects
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.requests import Requests
from hispatial_ros.service.sight import Sight
from hispatial_ros.service.tracking import Tracks
from hispatial_ros.service.watch_commands import WatchCommands
from hispatial_ros.service.watch_runner import Watches
from hispatial_ros.service.worker import Worker

STOP_TIMEOUT = 1.0  # s for responses and threads to finish

SUCCESS = TransitionCallbackReturn.SUCCESS


class SpatialNode(ManagedNode):
    """Puts the parts together and takes them through the lifecycle.

    Services and action are there in every state and answer NOT_ACTIVE unless active; the camera is
    subscribed to while active.
    """

    def __init__(self, **kwargs: Any):
        super().__init__("hispatial", **kwargs)
        self._log_handler = forward_logging(self.get_logger())
        self.settings = parameters.declare(self)
        self.qos_events = QosEvents(self)
        # In
        self.references = ReferenceFrames(self)
        self.buffer = FrameBuffer(transform=self.references.transform)
        self.gravity = GravitySources(self.settings, self.references.transform_near)
        self.inputs = Inputs(
            self,
            self.settings,
            self.buffer,
            self.gravity.orientations,
            self.qos_events,
            self._arrived,
        )
        self.depth = DepthSources(self.settings)
        self.sight = Sight(self.settings, self.inputs.names_arrive)
        self.tracks = Tracks(self.settings, self.references.transform_near)
        observations = Observations(
            self.settings,
            self.buffer,
            self.depth,
            self.gravity,
            self.references,
            self.sight,
            self.tracks,
            lambda: int(self.get_clock().now().nanoseconds),
        )
        # Out
        self.outputs = Outputs(self, self.settings, self.references, self.qos_events)
        self.depth_stream = DepthStream(self, observations, self.outputs)
        publications = Publications(self.outputs, RequestRecords(self, self.settings))
        # What is done, and who asks for it
        self.worker = Worker(self.settings.current.queue_size)
        self.backends = Backends()
        self.requests = Requests(observations, self.worker, self.backends, publications)
        self.watches = Watches(observations, self.worker, publications)
        self.live = LiveObjects(observations, self.worker, publications)
        self._watch_commands = WatchCommands(
            self.watches.collection, self.settings, observations.labels
        )
        self.responder = Responder(self)
        Services(self, self.requests, self.responder)
        WatchService(self, self._watch_commands, self.responder)
        self._action = AskAction(self, self.requests, self.responder)
        self._diagnostics = Diagnostics(
            self,
            self.buffer,
            self.qos_events,
            self.worker,
            self.requests.stats,
            self.backends,
            self.depth,
            self.sight,
            self.tracks,
            self.gravity,
            self.watches,
            self._watch_commands.stats,
            self.inputs.topics,
        )
        # Also while a simulation's time stands still.
        self.create_timer(PERIOD, self._every_second, clock=Clock(clock_type=ClockType.STEADY_TIME))
        parameters.follow(self, self.settings, self._apply_settings)
        self._autostart = self.create_guard_condition(self._start, ReentrantCallbackGroup())
        self._autostart.trigger()

    @property
    def owes_responses(self) -> bool:
        """See ManagedNode."""
        return self.responder.waiting > 0

    @property
    def requests_taken(self) -> int:
        """See ManagedNode."""
        return self.responder.taken

    async def _start(self) -> None:
        """The first thing the executor does: as slow as configuring, and as patient meanwhile."""
        if self.settings.current.autostart and await self.trigger_configure() == SUCCESS:
            await self.trigger_activate()
        self.started.set_result(None)

    async def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Take over the parameters, load the depth model, do once what is slow the first time.

        The vision-language model loads in its own process, and beyond this transition: measured
        answers need not wait for it.
        """
        self._refuse("the node is loading its models: ask again when it is active")
        self._apply_settings()
        self.backends.open(self.settings)
        self.sight.open()
        try:
            self.watches.open()
            await self.in_background(self._load)
        except SpatialError as error:
            self.get_logger().error(f"not configured: {error}")
            await self.in_background(self._unload)
            self._refuse(f"the node could not be configured: {error}")
            return TransitionCallbackReturn.FAILURE
        self._refuse("the node is configured but not active: activate it and ask again")
        self.get_logger().info("configured")
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe and accept requests."""
        result = super().on_activate(state)
        self.references.activate()
        self.inputs.subscribe()
        self.worker.open()
        self.depth_stream.start()
        self.watches.start()
        self.live.start()
        topics = self.inputs.topics()
        listed = ", ".join(f"{name} from {topic}" for name, topic in topics.items())
        self.get_logger().info(f"active; {listed}")
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Answer what is pending, unsubscribe, delete the markers."""
        self._halt("the node was deactivated: activate it and ask again")
        self.get_logger().info("deactivated")
        return super().on_deactivate(state)

    async def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forget everything learned, free the models."""
        self.watches.close()
        await self.in_background(self._unload)
        self.buffer.reset()
        self.tracks.clear()
        self._refuse("the node is not configured: configure and activate it, and ask again")
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """As deactivation; for good."""
        self._halt("the node is shutting down")
        return super().on_shutdown(state)

    async def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Back to unconfigured, from where it can be configured again."""
        self._halt("the node had an error, see its log")
        await self.in_background(self._unload)
        return super().on_error(state)

    def destroy_node(self) -> None:
        """End the threads and leave the graph."""
        self._halt("the node is shutting down")
        self.backends.close()
        self.depth.stop(STOP_TIMEOUT)
        self.sight.stop(STOP_TIMEOUT)
        self._watch_commands.destroy()
        self.worker.stop(STOP_TIMEOUT)
        self._action.destroy()
        stop_forwarding(self._log_handler)
        super().destroy_node()

    def _arrived(self) -> None:
        """A message came that may complete a frame."""
        self.watches.wake()
        self.live.wake()

    def _load(self) -> None:
        self.backends.warm_up()
        self.depth.open()

    def _unload(self) -> None:
        self.backends.close()
        self.sight.close()
        self.depth.close()

    def _refuse(self, why: str) -> None:
        """Answer what is pending, and everything from now on."""
        self.worker.close(
            refusal=SpatialError(ErrorCode.NOT_ACTIVE, why),
            pending=SpatialError(ErrorCode.CANCELLED, why),
        )

    def _halt(self, why: str) -> None:
        self._refuse(why)
        self.depth_stream.stop()
        self.watches.stop()
        self.live.stop()
        self.inputs.unsubscribe()
        self.references.deactivate()
        self.outputs.clear()

    def _apply_settings(self) -> None:
        p = self.settings.current
        self.worker.capacity = p.queue_size
        self.depth_stream.set_rate(p.depth_rate)
        self.watches.configure()
        self.buffer.configure(p, self.inputs.topics())

    def _every_second(self) -> None:
        self.inputs.match_publishers()
        self.qos_events.report()
        self.outputs.expire_markers()
        self.watches.tick()
        self._diagnostics.publish()


def main(args: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM."""
    return run(SpatialNode, args)


if __name__ == "__main__":
    sys.exit(main())
