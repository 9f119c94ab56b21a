"""The action ``~/ask_spatial``: a question with progress and cancel."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup

from hispatial_ros.action import AskSpatial
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.outputs.conversions import duration_to_msg
from hispatial_ros.ros.qos import BURST, reliable
from hispatial_ros.ros.services.messages import ask_from_msg, ask_to_msg
from hispatial_ros.ros.services.services import Responder
from hispatial_ros.ros.topics import ACTIONS
from hispatial_ros.service.job import Job
from hispatial_ros.service.requests import Requests, Respond

if TYPE_CHECKING:
    from rclpy.node import Node

# rclpy keeps the result of every goal for that long; its default of 15 minutes would pile up
# gigabytes on a robot that asks all the time.
RESULT_KEPT = 10  # s


class AskAction:
    """Accepts every goal; what is wrong with it is said in the result."""

    def __init__(self, node: "Node", requests: Requests, responder: Responder):
        self._requests = requests
        self._responder = responder
        self._jobs: dict[bytes, Job[Any]] = {}
        self._server = ActionServer(
            node,
            AskSpatial,
            ACTIONS[0].name,
            self._execute,
            cancel_callback=self._cancel,  # the default rejects
            callback_group=ReentrantCallbackGroup(),
            result_timeout=RESULT_KEPT,
            goal_service_qos_profile=reliable(BURST),
            result_service_qos_profile=reliable(BURST),
            cancel_service_qos_profile=reliable(BURST),
            feedback_pub_qos_profile=reliable(BURST),
        )

    def destroy(self) -> None:
        """Leave the graph; destroying the node alone would not do it."""
        self._server.destroy()

    async def _execute(self, goal: ServerGoalHandle) -> AskSpatial.Result:
        key = bytes(goal.goal_id.uuid)

        began = time.monotonic()

        def progress(stage: str, fraction: float, text: str) -> None:
            elapsed = duration_to_msg(time.monotonic() - began)
            goal.publish_feedback(
                AskSpatial.Feedback(
                    stage=stage, progress=fraction, partial_text=text, elapsed=elapsed
                )
            )

        def begin(respond: Respond) -> None:
            job = self._requests.ask(ask_from_msg(goal.request), respond, progress)
            self._jobs[key] = job
            if goal.is_cancel_requested:  # between acceptance and now
                _cancel(job)

        progress("queue", 0.0, "")
        try:
            result = await self._responder.answer(begin, partial(ask_to_msg, AskSpatial.Result))
        finally:
            self._jobs.pop(key, None)
        if result.error_code == ErrorCode.NONE:
            goal.succeed()
        elif result.error_code == ErrorCode.CANCELLED and goal.is_cancel_requested:
            goal.canceled()
        else:
            goal.abort()
        return result

    def _cancel(self, goal: ServerGoalHandle) -> CancelResponse:
        job = self._jobs.get(bytes(goal.goal_id.uuid))
        if job is not None:
            _cancel(job)
        return CancelResponse.ACCEPT


def _cancel(job: Job[Any]) -> None:
    job.fail(SpatialError(ErrorCode.CANCELLED, "the client cancelled"))
