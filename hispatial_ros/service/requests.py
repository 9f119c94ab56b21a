"""Takes requests, gives each a job and exactly one response."""

import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from hispatial_ros.errors import SpatialError
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.service.backends import Backends
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.faults import attempt, internal_error
from hispatial_ros.service.job import Job, Progress
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.request import AskRequest, MeasureRequest
from hispatial_ros.service.result import Findings, RequestContext, Result
from hispatial_ros.service.sight import Seen
from hispatial_ros.service.stats import RequestStats
from hispatial_ros.service.validation import check
from hispatial_ros.service.work import Work, ask, measure_regions, names_objects
from hispatial_ros.service.worker import Worker
from hispatial_ros.structured_log import about, line
from hispatial_ros.waiting.outcome import Outcome

log = logging.getLogger(__name__)

# [s] From an answer until its image is searched for what was not asked for. Larger: tracks that
# nobody asks about begin late. Smaller: the next question has to wait more often. Chosen: three
# images in the life of a track that is not confirmed.
TRACKS_LATER = 0.1
LOGGED_QUESTION = 500  # characters; one that is refused may be of any length

# Sends the response to a result, on any thread, and returns it.
Respond = Callable[[Result], Any]


class Sink(Protocol):
    """Publishes what requests bring."""

    def publish(self, result: Result, response: Any) -> None:
        """Publish a result after the client got ``response``."""


@dataclass(eq=False)
class Requests:
    """Thread-safe."""

    observations: Observations
    worker: Worker
    backends: Backends
    sink: Sink
    stats: RequestStats = field(default_factory=RequestStats)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def ask(
        self, request: AskRequest, respond: Respond, on_progress: Progress | None = None
    ) -> Job[Findings]:
        """Begin to answer a question.

        Args:
            request: not checked yet.
            respond: gets the result.
            on_progress: gets stage, 0..1 and the text so far, on any thread.
        """

        def choose(checked: AskRequest) -> Work:
            return partial(ask, self.backends.choose(checked.backend))

        return self._begin("ask", request, choose, respond, on_progress)

    def measure(self, request: MeasureRequest, respond: Respond) -> Job[Findings]:
        """Begin to measure regions; as `ask`."""
        return self._begin("measure", request, lambda checked: measure_regions, respond, None)

    def _begin(
        self,
        kind: str,
        request: Any,
        choose: Callable[[Any], Work],
        respond: Respond,
        on_progress: Progress | None,
    ) -> Job[Findings]:
        context = RequestContext(request)
        job: Job[Findings] = Job(f"{kind}-{next(self._numbers)}", on_progress)
        job.then(partial(self._finish, request, context, respond))
        attempt(job, self._submit, context, choose, job)
        return job

    def _submit(
        self, context: RequestContext, choose: Callable[[Any], Work], job: Job[Findings]
    ) -> None:
        """Check the request, then queue it. Raises SpatialError."""
        context.request = check(context.request, self.observations.settings.current)
        work = choose(context.request)
        self.worker.submit(job, partial(self._begin_work, work, context), context.request.timeout)

    def _begin_work(self, work: Work, context: RequestContext, job: Job[Findings]) -> None:
        """Get the image with its depth, then work on it; on the worker's thread."""
        job.progress("frame", 0.1)
        depth, select = self.observations.depth, partial(self._select, context)
        context.frame = depth.at_once(select)
        if context.frame is not None:
            self._see(work, context, job)
            return
        job.lap("frame")
        job.progress("depth", 0.2)
        computed = depth.compute(select, wanted=lambda: not job.done)
        computed.then(lambda _: attempt(job, self._go_on, work, context, computed, job))

    def _go_on(
        self, work: Work, context: RequestContext, computed: Outcome[DepthFrame], job: Job[Findings]
    ) -> None:
        """The depth was computed; on the depth thread."""
        job.lap("depth")
        context.frame = computed.result(0)
        self.worker.resume(job, partial(self._see, work, context))

    def _see(self, work: Work, context: RequestContext, job: Job[Findings]) -> None:
        """Have the node look at the image where nobody else tells what is in it; then work."""
        frame = context.frame
        assert frame is not None
        if not self.observations.must_look(frame.pair) or not names_objects(context.request):
            work(self.observations, context, frame, job)
            return
        job.lap("frame")
        job.progress("detect", 0.2)
        exact = bool(context.request.stamp_ns)
        seen = self.observations.sight.look(frame, exact, wanted=lambda: not job.done)
        seen.then(lambda _: attempt(job, self._seen, work, context, seen, job))

    def _seen(
        self, work: Work, context: RequestContext, seen: Outcome[Seen], job: Job[Findings]
    ) -> None:
        """The image was looked at; on the detector's thread."""
        job.lap("detect")
        context.frame = frame = seen.result(0).frame
        context.pair = frame.pair
        self.worker.resume(job, partial(work, self.observations, context, frame))

    def _select(self, context: RequestContext, sensor: bool) -> PairedFrame:
        """The image that the request is about, see `Select`. Raises SpatialError."""
        request = context.request
        if request.stamp_ns:
            context.pair = self.observations.at(request.stamp_ns, sensor)
        else:
            context.pair = self.observations.newest(sensor, with_regions=not request.regions)
        return context.pair

    def _finish(
        self, request: Any, context: RequestContext, respond: Respond, job: Outcome[Findings]
    ) -> None:
        """Respond, then tell everybody else; on the thread that has set the outcome."""
        error, longest = job.error, self.observations.settings.current.max_question_length
        assert isinstance(job, Job)
        assert error is None or isinstance(error, SpatialError)
        with about(job.id):
            result = Result(
                job.id,
                request,
                request.question[:longest] if isinstance(request, AskRequest) else "",
                context,
                job.elapsed,
                dict(job.timing),
                error,
                None if error else job.result(0),
            )
            # Counted before the client can ask how many there were.
            self.stats.record(result.code, result.timing)
            try:
                response = respond(result)
            except Exception as fault:  # noqa: BLE001 - it costs the answer, not the response
                result = replace(result, error=internal_error(fault), findings=None)
                response = respond(result)
            _log(result)
            self.sink.publish(result, response)
        if context.view is not None and not context.view.whole:
            self.worker.later(self._complete_tracks, TRACKS_LATER)

    def _complete_tracks(self) -> None:
        """Have the tracks look for what questions have not asked for."""
        with suppress(SpatialError):  # whoever asks for it is told
            self.observations.tracks.complete()


def _log(result: Result) -> None:
    """What came of the request: the one line that every request gets."""
    findings, pair = result.findings, result.context.pair
    asked = isinstance(result.request, AskRequest)
    stamp_ns = 0 if pair is None else pair.stamp_ns
    stages: dict[str, Any] = {
        f"ms.{stage}".replace(" ", "_"): round(1e3 * seconds, 3)
        for stage, seconds in result.timing.items()
        if stage != "total"
    }
    text = line(
        "refused" if findings is None else "answered",
        code=result.code.name,
        ms=round(1e3 * result.elapsed, 3),
        **stages,
        stamp=f"{stamp_ns // 10**9}.{stamp_ns % 10**9:09d}" if stamp_ns else None,
        question=result.question[:LOGGED_QUESTION] if asked else None,
        error=result.error,
        text=findings and findings.summary,
    )
    if findings is None:
        log.warning(text)
    else:
        log.info(text)
