"""From a request to its response: checks, frame, regions, backend, message, outputs."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.clock import Clock
from std_msgs.msg import Header

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure, unique_ids
from hispatial_ros.measure.reference import Reference, transform
from hispatial_ros.msg import RequestRecord, SpatialAnswer
from hispatial_ros.ros import validation
from hispatial_ros.ros.backends import Backends, Outcome, Question
from hispatial_ros.ros.conversions import (
    answer_to_msg,
    failure_to_msg,
    object_to_msg,
    relation_to_msg,
    timing_to_msgs,
)
from hispatial_ros.ros.depth_sources import DepthSources, View
from hispatial_ros.ros.finding import OPTICAL, Finding
from hispatial_ros.ros.gravity import GivenGravity, GravitySources
from hispatial_ros.ros.intake.pairing import FrameBuffer, PairedFrame
from hispatial_ros.ros.job import Job, Progress
from hispatial_ros.ros.outputs import Outputs
from hispatial_ros.ros.parameters import Parameters
from hispatial_ros.ros.reference_frames import ReferenceFrames
from hispatial_ros.ros.request_records import Basis, RequestRecords
from hispatial_ros.ros.stats import RequestStats
from hispatial_ros.ros.worker import Worker
from hispatial_ros.srv import Measure
from hispatial_ros.structured_log import line

LOGGED_QUESTION = 500  # characters; one that is refused may be of any length
OnDone = Callable[[Any], None]


@dataclass(eq=False)
class Requests:
    """Takes requests of services and action, gives each exactly one response."""

    parameters: Parameters
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
        return self._begin(_Ask(self, request, response_type), on_done, on_progress)

    def measure(self, request: Measure.Request, on_done: OnDone) -> Job:
        """Begin to measure regions; ``on_done`` gets the response, on any thread."""
        return self._begin(_Measure(self, request, Measure.Response), on_done, None)

    def _begin(self, task: "_Task", on_done: OnDone, on_progress: Progress | None) -> Job:
        problem = None
        timeout = self.parameters["request_timeout"]
        try:
            timeout = validation.check_timeout(task.request.timeout, self.parameters)
            task.check()
        except SpatialError as error:
            problem = error

        def done(response: Any) -> None:
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


class _Task:
    """What ask and measure have in common.

    ``check`` runs on the executor's thread, ``work`` and ``respond`` on the worker's, with a pause
    between the two where the frame's depth has to be computed.
    """

    kind = ""

    def __init__(self, requests: Requests, request: Any, response_type: Any):
        self.node = requests
        self.request = request
        self.response_type = response_type
        self.job: Job
        self.header = Header()
        self.basis = Basis()  # what is known of it so far is recorded, errors included

    def check(self) -> None:
        """Validate the fields. Raises SpatialError."""
        parameters = self.node.parameters
        self.stamp_ns = validation.check_stamp(self.request.stamp)
        self.reference_name = validation.check_reference_frame(
            self.request.reference_frame, parameters
        )
        self.requested_regions = validation.check_regions(self.request.regions, parameters)

    def work(self, job: Job) -> None:
        """Get the frame, then `respond`."""
        job.progress("frame", 0.1)
        view = self.node.depth.view(self.draw)
        if view is not None:
            self.basis.view = view
            self.respond(view)
        else:
            job.lap("frame")
            job.progress("depth", 0.2)
            self.node.depth.submit(self.draw, lambda: not job.done, self._go_on)

    def _go_on(self, outcome: View | SpatialError) -> None:
        job = self.job
        job.lap("depth")
        if isinstance(outcome, SpatialError):
            job.fail(outcome)
        else:
            self.basis.view = outcome
            self.node.worker.resume(job, lambda _: self.respond(outcome))

    def respond(self, view: View) -> None:
        """Answer on a frame. Raises SpatialError."""
        raise NotImplementedError

    def refuse(self, error: SpatialError) -> Any:
        """The response that carries an error; also counts and logs it."""
        self.node.stats.record(error.code, {})
        self.node.logger.warning(self.log_line("refused", error.code, error=error))
        return self.response_type(error_code=int(error.code), error_msg=str(error))

    def log_line(self, event: str, code: ErrorCode, **fields: Any) -> str:
        """What came of the request: the one line that every request gets."""
        stages = {f"ms.{stage}".replace(" ", "_"): s for stage, s in self.job.timing.items()}
        stamp = self.header.stamp
        return line(
            event,
            request=self.job.id,
            code=code.name,
            ms=round(1e3 * self.job.elapsed, 3),
            **{stage: round(1e3 * s, 3) for stage, s in stages.items() if stage != "ms.total"},
            stamp=f"{stamp.sec}.{stamp.nanosec:09d}" if stamp.sec else None,
            question=self.request.question[:LOGGED_QUESTION] if self.kind == "ask" else None,
            **fields,
        )

    def record(self, response: Any) -> RequestRecord:
        """Request and response, for recordings."""
        request = self.request
        return RequestRecord(
            request_id=self.job.id,
            kind=self.kind,
            elapsed=self.job.elapsed,
            reference_frame=request.reference_frame,
            error_code=response.error_code,
            error_msg=response.error_msg,
        )

    def draw(self, sensor: bool) -> PairedFrame:
        """The frame that the request is about, see `Draw`. Raises SpatialError."""
        now = self.node.clock.now().nanoseconds
        if self.stamp_ns:
            pair = self.node.buffer.at(self.stamp_ns, now, sensor, sensor)
        else:
            with_regions = not self.requested_regions
            pair = self.node.buffer.newest(now, sensor, with_regions, sensor)
        self.header = pair.header
        return pair

    def find_regions(self, pair: PairedFrame) -> tuple[list[Region], bool]:
        """The request's regions, else those of the topic; and whether they come from the topic."""
        if self.requested_regions:
            regions, from_topic = self.requested_regions, False
        else:
            regions, from_topic = self.node.buffer.regions_at(pair.stamp_ns) or [], True
        self.basis.regions, self.basis.regions_from_topic = regions, from_topic
        return regions, from_topic

    def regions_note(self, from_topic: bool) -> str:
        """Where the regions come from."""
        topic = self.node.buffer.options.regions_topic
        return f"regions: from the topic {topic}" if from_topic else "regions: from the request"

    def find_reference(self, pair: PairedFrame) -> str | Reference:
        """What "left" and positions refer to. Raises SpatialError."""
        self.basis.reference = self.node.references.resolve(
            self.reference_name, pair.frame_id, pair.stamp_ns
        )
        return self.basis.reference

    def find_gravity(self, pair: PairedFrame) -> GivenGravity:
        """Which way is up, as far as the robot knows."""
        given = self.node.gravity.given(pair.frame_id, pair.stamp_ns)
        self.basis.gravity = given.gravity
        return given

    def header_in(self, frame: str) -> Header:
        """Header of what is expressed in a frame: "camera" is the image's own."""
        if frame != "camera":
            self.header = Header(stamp=self.header.stamp, frame_id=frame)
        return self.header

    def succeed(self, response: Any, find: Callable[[], Finding], summary: str) -> None:
        """Respond, then publish, unless the request has timed out or was cancelled meanwhile."""
        job = self.job
        if job.complete(response):
            self.node.stats.record(ErrorCode.NONE, job.timing)
            self.node.logger.info(self.log_line("answered", ErrorCode.NONE, text=summary))
            self.node.outputs.publish(find())

    def timing(self, more: dict[str, float]) -> dict[str, float]:
        """Stages with the total last."""
        self.job.timing |= more
        self.job.timing["total"] = self.job.elapsed
        return self.job.timing


class _Ask(_Task):
    kind = "ask"

    def check(self) -> None:
        self.question = validation.check_question(self.request.question, self.node.parameters)
        super().check()
        self.backend = self.node.backends.choose(
            validation.check_backend(self.request.backend, self.node.parameters)
        )

    def record(self, response: Any) -> RequestRecord:
        record = super().record(response)
        record.question = self.request.question[: self.node.parameters["max_question_length"]]
        record.backend, record.raw = self.request.backend, self.request.raw
        record.answer = response.answer
        return record

    def respond(self, view: View) -> None:
        job, pair = self.job, view.pair
        frame = view.frame(with_rgb=self.backend.needs_rgb)
        regions, from_topic = self.find_regions(pair)
        given = self.find_gravity(pair)
        question = Question(
            text=self.question,
            frame=frame,
            regions=regions,
            reference=self.find_reference(pair),
            noise=view.noise,
            gravity=given.gravity,
            max_range=self.node.parameters["max_range"],
            stand_off=self.node.parameters["target.stand_off"],
            deadline=job.deadline,
            raw=self.request.raw,
            progress=job.progress,
        )
        known = set(unique_ids(regions)) if from_topic else None
        job.lap("frame")

        def done(outcome: Outcome) -> None:
            if isinstance(outcome, SpatialError):
                job.fail(outcome)
            else:
                outcome.notes.extend((*view.notes, *given.notes))
                self._answer(outcome, view, known)

        stop = self.backend.start(question, done)
        if stop is not None:
            job.on_abandon(stop)

    def _answer(self, answer: Answer, view: View, known: set[str] | None) -> None:
        if known is None or known:
            answer.notes.append(self.regions_note(known is not None))
        answer.timing = self.timing(answer.timing)
        msg = answer_to_msg(answer, self.header_in(answer.frame), self.job.id)
        response = self.response_type(answer=msg)

        def find() -> Finding:
            return Finding.of_answer(view, answer, known, msg)

        self.succeed(response, find, answer.text)

    def refuse(self, error: SpatialError) -> Any:
        response = super().refuse(error)
        # Question and header help whoever correlates answers, even without one.
        response.answer = SpatialAnswer(
            header=self.header,
            request_id=self.job.id,
            question=self.request.question[: self.node.parameters["max_question_length"]],
        )
        return response


class _Measure(_Task):
    kind = "measure"

    def record(self, response: Any) -> RequestRecord:
        record = super().record(response)
        record.skip_relations = self.request.skip_relations
        record.objects, record.relations = response.objects, response.relations
        record.failures = response.failures
        return record

    def respond(self, view: View) -> None:
        job, pair = self.job, view.pair
        frame = view.frame(with_rgb=False)
        regions, from_topic = self.find_regions(pair)
        if not regions:
            raise SpatialError(
                ErrorCode.BAD_REGION,
                "nothing to measure: the request has no regions, and none have arrived for this "
                f"image on {self.node.buffer.options.regions_topic!r}",
            )
        reference = self.find_reference(pair)
        given = self.find_gravity(pair)
        job.lap("frame")
        optical = measure(
            frame,
            regions,
            noise=view.noise,
            gravity=given.gravity,
            relations=not self.request.skip_relations,
            max_range=self.node.parameters["max_range"],
        )
        if not optical.objects:
            first = optical.failures[0]
            others = f" (and so for all {len(regions)} regions)" if len(regions) > 1 else ""
            raise SpatialError(first.code, first.message + others)
        if reference == "gravity":
            reference = Reference.levelled(optical.gravity)
        pose = reference if isinstance(reference, Reference) else OPTICAL
        measured = optical if pose is OPTICAL else transform(optical, pose)
        job.lap("measure")
        header = self.header_in(measured.frame)
        response = Measure.Response(
            header=header,
            objects=[object_to_msg(obj, header) for obj in measured.objects],
            relations=[relation_to_msg(r, header, measured.frame) for r in measured.relations],
            failures=[failure_to_msg(failure) for failure in measured.failures],
            notes=[*view.notes, *given.notes, self.regions_note(from_topic)],
        )
        job.lap("answer")
        response.timing = timing_to_msgs(self.timing({}))
        known = set(unique_ids(regions)) if from_topic else None
        summary = "; ".join(
            (f"{len(measured.objects)} of {len(regions)} regions measured", *view.notes)
        )
        self.succeed(
            response,
            lambda: Finding(
                view,
                measured.objects,
                measured.relations,
                known=known,
                reference=pose,
                judged_in=measured.frame,
            ),
            summary,
        )

    def refuse(self, error: SpatialError) -> Any:
        response = super().refuse(error)
        response.header = self.header
        return response
