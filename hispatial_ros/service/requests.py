"""Takes requests, gives each a job."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.clock import Clock

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.gravity import GravitySources
from hispatial_ros.ros.inputs.reference_frames import ReferenceFrames
from hispatial_ros.ros.outputs.publishers import Outputs
from hispatial_ros.ros.outputs.request_records import RequestRecords
from hispatial_ros.ros.services import validation
from hispatial_ros.service.ask_task import Ask
from hispatial_ros.service.backends import Backends
from hispatial_ros.service.depth_sources import DepthSources
from hispatial_ros.service.job import Job, Progress
from hispatial_ros.service.measure_task import MeasureRegions
from hispatial_ros.service.stats import RequestStats
from hispatial_ros.service.task import Task
from hispatial_ros.service.worker import Worker
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.srv import Measure

OnDone = Callable[[Any], None]


@dataclass(eq=False)
class Requests:
    """Takes requests of services and action, gives each exactly one response."""

    settings: LiveSettings
    buffer: FrameBuffer
    clock: Clock
    worker: Worker
    backends: Backends
    references: ReferenceFrames
    gravity: GravitySources
    depth: DepthSources
    outputs: Outputs
    stats: RequestStats
    records: RequestRecords
    logger: Any

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)

    def ask(
        self, request: Any, response_type: Any, on_done: OnDone, on_progress: Progress | None = None
    ) -> Job:
        """Begin to answer a question.

        Args:
            request: ``AskSpatial.Request`` or a goal of the action.
            response_type: ``AskSpatial.Response`` or the action's ``Result``, same fields.
            on_done: Gets the response, on any thread.
            on_progress: Gets stage, 0..1 and the text so far, on any thread.
        """
        return self._begin(Ask(self, request, response_type), on_done, on_progress)

    def measure(self, request: Measure.Request, on_done: OnDone) -> Job:
        """Begin to measure regions; ``on_done`` gets the response, on any thread."""
        return self._begin(MeasureRegions(self, request, Measure.Response), on_done, None)

    def _begin(self, task: Task, on_done: OnDone, on_progress: Progress | None) -> Job:
        problem = None
        timeout = self.settings.current.request_timeout
        try:
            timeout = validation.check_timeout(task.request.timeout, self.settings.current)
            task.check()
        except SpatialError as error:
            problem = error

        def done(response: Any) -> None:
            # Counted before the client can ask how many there were.
            self.stats.record(ErrorCode(response.error_code), job.timing)
            on_done(response)
            self.records.publish(job.id, lambda: task.record(response), task.basis)

        job = Job(
            f"{task.kind}-{next(self._ids)}", timeout, task.work, task.refuse, done, on_progress
        )
        task.job = job
        if problem is not None:
            job.fail(problem)
        else:
            self.worker.submit(job)
        return job
