"""What is done for a request once there is an image with depth; on the worker's thread."""

from collections.abc import Callable

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.gravity import GivenGravity
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.reference_frame import resolve
from hispatial_ros.measure.transform import express
from hispatial_ros.measure.types import Measurement
from hispatial_ros.measure.up import describe_up
from hispatial_ros.service.backend import Backend, QuestionOnFrame
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.faults import attempt
from hispatial_ros.service.job import Job
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.request import AskRequest, MeasureRequest
from hispatial_ros.service.result import Findings, RequestContext
from hispatial_ros.waiting.outcome import Outcome

# Sets the job's outcome, or starts something that will. Raises SpatialError.
Work = Callable[[Observations, RequestContext, DepthFrame, Job[Findings]], None]


def ask(
    backend: Backend,
    observations: Observations,
    context: RequestContext,
    depth: DepthFrame,
    job: Job[Findings],
) -> None:
    """Have a backend answer the question of an `AskRequest`."""
    request = context.request
    assert isinstance(request, AskRequest)
    frame = depth.frame(with_rgb=backend.needs_rgb)
    regions_note = _find_regions(observations, context, depth)
    doubts = observations.units.notes(depth, context.regions, observations.settings.current)
    given = _find_gravity(observations, context, depth)
    context.reference_frame = observations.reference_frame(request.reference_frame, depth.pair)
    question = QuestionOnFrame(
        text=request.question,
        frame=frame,
        regions=context.regions,
        reference_frame=context.reference_frame,
        options=observations.measure_options(depth, given),
        stand_off=observations.settings.current.target.stand_off,
        deadline=job.deadline,
        raw=request.raw,
        progress=job.progress,
        context=request.context,
    )
    job.lap("frame")

    def finish(outcome: Outcome[Answer]) -> None:
        answer = outcome.result(0)
        answer.notes.extend((*doubts, *depth.notes, *given.notes))
        if context.regions or not context.regions_from_topic:
            answer.notes.append(regions_note)
        answer.timing = _total(job, answer.timing)
        job.succeed(Findings.of_answer(depth, answer))

    try:
        outcome = backend.start(question)
    except SpatialError as error:
        if error.code is ErrorCode.UNKNOWN_OBJECT and not context.regions:
            raise SpatialError(error.code, f"{error}{_why_dropped(observations)}") from error
        raise
    outcome.then(lambda outcome: attempt(job, finish, outcome))
    job.on_failure(
        lambda: outcome.fail(SpatialError(ErrorCode.CANCELLED, "nobody waits for the answer"))
    )


def measure_regions(
    observations: Observations,
    context: RequestContext,
    depth: DepthFrame,
    job: Job[Findings],
) -> None:
    """Measure the regions of a `MeasureRequest`."""
    request = context.request
    assert isinstance(request, MeasureRequest)
    frame = depth.frame(with_rgb=False)
    regions_note = _find_regions(observations, context, depth)
    regions = context.regions
    doubts = observations.units.notes(depth, regions, observations.settings.current)
    if not regions:
        raise SpatialError(
            ErrorCode.NO_REGIONS,
            "nothing to measure: the request has no regions, and none have arrived for this "
            f"image on {observations.buffer.topics['regions']!r}; give some, or see to the "
            f"detector that publishes there{_why_dropped(observations)}",
        )
    context.reference_frame = observations.reference_frame(request.reference_frame, depth.pair)
    given = _find_gravity(observations, context, depth)
    job.lap("frame")
    optical = measure(
        frame,
        regions,
        observations.measure_options(depth, given),
        relations=not request.skip_relations,
    )
    if not optical.objects:
        first = optical.failures[0]
        others = f" (and so for all {len(regions)} regions)" if len(regions) > 1 else ""
        raise SpatialError(first.code, first.message + others)
    reference_frame = resolve(context.reference_frame, optical.gravity)
    measured = express(optical, reference_frame)
    job.lap("measure")
    findings = Findings(
        depth,
        measured.objects,
        measured.relations,
        failures=measured.failures,
        reference_frame=reference_frame,
        judged_in=measured.reference_frame,
        notes=[*doubts, *depth.notes, *given.notes, *_about_up(optical), regions_note],
        summary="; ".join(
            (f"{len(measured.objects)} of {len(regions)} regions measured", *depth.notes)
        ),
    )
    job.lap("answer")
    _total(job, {})
    job.succeed(findings)


def _find_regions(observations: Observations, context: RequestContext, depth: DepthFrame) -> str:
    """Take the request's regions, else those of the topic; returns a note on where from."""
    context.regions = context.request.regions
    context.regions_from_topic = not context.regions
    if context.regions:
        return "regions: from the request"
    context.regions = observations.regions_of(depth.pair) or ()
    return f"regions: from the topic {observations.buffer.topics['regions']}"


def _about_up(measurement: Measurement) -> tuple[str, ...]:
    """Notes on up, which the sides of every object depend on."""
    return () if measurement.gravity is None else describe_up(measurement.gravity)


def _why_dropped(observations: Observations) -> str:
    """What to add to an error about missing regions."""
    why = observations.buffer.regions_dropped
    return f"; the newest message there was dropped, since {why}" if why else ""


def _find_gravity(
    observations: Observations, context: RequestContext, depth: DepthFrame
) -> GivenGravity:
    given = observations.gravity_of(depth.pair)
    context.gravity = given.gravity
    return given


def _total(job: Job[Findings], more: dict[str, float]) -> dict[str, float]:
    """The times of all stages, with the total last."""
    job.timing |= more
    job.timing["total"] = job.elapsed
    return job.timing
