"""What is done for a request once there is an image with depth; on the worker's thread."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from hispatial_ros.answer.choices import with_options
from hispatial_ros.answer.types import Answer
from hispatial_ros.detect.vocabulary import LABELS, LOW_SCORE
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.gravity import GivenGravity
from hispatial_ros.language.names import names_of
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import ParsedQuestion, mentions
from hispatial_ros.language.terms import Kind, Mention
from hispatial_ros.measure.engine import measure, with_relations
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import resolve
from hispatial_ros.measure.transform import express
from hispatial_ros.measure.types import MeasuredObject, Measurement
from hispatial_ros.measure.up import describe_up
from hispatial_ros.service.backend import Backend, QuestionOnFrame
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.faults import attempt
from hispatial_ros.service.job import Job
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.request import AskRequest, MeasureRequest
from hispatial_ros.service.result import Findings, RequestContext
from hispatial_ros.service.tracking import TrackedView
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
    frame = depth.frame(backend.needs_rgb)
    regions_notes = _find_regions(observations, context, depth)
    given = _find_gravity(observations, context, depth)
    doubts = observations.unit_doubts(depth, context.regions, given)
    options = observations.measure_options(depth, given)
    context.reference_frame = observations.reference_frame(request.reference_frame, depth.pair)
    job.lap("frame")
    labels = _labels(observations, context)
    parsed = _understood(request, labels)
    job.lap("understand")
    view = _follow(observations, context, depth, options, parsed, labels)
    if {region.label for region in context.regions} != set(labels):
        parsed = None  # what was remembered is not in this image
    question = QuestionOnFrame(
        text=request.question,
        frame=frame,
        regions=context.regions,
        reference_frame=context.reference_frame,
        options=options,
        stand_off=observations.settings.current.target.stand_off,
        deadline=job.deadline,
        raw=request.raw,
        progress=job.progress,
        context=request.context,
        known=None if view is None else view.measurement,
        parsed=parsed,
    )
    job.lap("frame" if view is None else "tracks")

    def finish(outcome: Outcome[Answer]) -> None:
        answer = answered(outcome)
        answer.notes.extend((*doubts, *depth.notes, *given.notes))
        if context.regions or not context.regions_from_topic:
            answer.notes.extend(regions_notes)
        answer.notes.extend(_unsure(answer.objects))
        if view is not None:
            answer.notes.extend(view.notes_on(answer.objects))
        answer.timing = _total(job, answer.timing)
        job.succeed(Findings.of_answer(depth, answer))

    def answered(outcome: Outcome[Answer]) -> Answer:
        try:
            return outcome.result(0)
        except SpatialError as error:
            raise _with_help(error, observations, context) from error

    try:
        outcome = backend.start(question)
    except SpatialError as error:
        raise _with_help(error, observations, context) from error
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
    frame = depth.frame(needs_rgb=False)
    regions_notes = _find_regions(observations, context, depth)
    given = _find_gravity(observations, context, depth)
    doubts = observations.unit_doubts(depth, context.regions, given)
    context.reference_frame = observations.reference_frame(request.reference_frame, depth.pair)
    job.lap("frame")
    options = observations.measure_options(depth, given)
    view = _follow(observations, context, depth, options)
    regions = context.regions
    if not regions:
        raise _no_regions(observations, depth)
    if view is None:
        optical = measure(frame, regions, options, relations=not request.skip_relations)
    else:
        optical = with_relations(view.measurement, not request.skip_relations)
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
        notes=[
            *doubts,
            *depth.notes,
            *given.notes,
            *_about_up(optical),
            *regions_notes,
            *_unsure(measured.objects),
            *(view.notes_on(measured.objects) if view else ()),
        ],
        summary="; ".join(
            (f"{len(measured.objects)} of {len(regions)} regions measured", *depth.notes)
        ),
    )
    job.lap("answer")
    _total(job, {})
    job.succeed(findings)


def names_objects(request: AskRequest | MeasureRequest) -> bool:
    """Whether regions are needed, and the request brings none."""
    if request.regions or not isinstance(request, AskRequest):
        return not request.regions
    if request.raw:
        return False
    try:
        return bool(_mentioned(request, LABELS))
    except SpatialError:
        return True  # what is asked shows when it is answered


def _mentioned(request: AskRequest, labels: Sequence[str]) -> list[Mention]:
    """Objects that a question speaks of. Raises SpatialError if it is not understood."""
    return _objects(_parse(request, labels))


def _parse(request: AskRequest, labels: Sequence[str]) -> ParsedQuestion:
    """The question. Raises SpatialError if it is not understood."""
    longest = max(len(request.question), len(request.context))
    return parse(request.question, labels, max_length=longest, context=request.context)


def _objects(question: ParsedQuestion) -> list[Mention]:
    """What a question says of objects."""
    return [m for m in mentions(question) if m.kind in (Kind.OBJECT, Kind.ANY)]


def _find_regions(
    observations: Observations, context: RequestContext, depth: DepthFrame
) -> tuple[str, ...]:
    """Take the request's regions, else what is known of the image; returns notes on them."""
    context.regions = context.request.regions
    context.regions_from_topic = not context.regions
    if context.regions:
        return ("regions: from the request",)
    given = observations.regions_of(depth.pair)
    if given is None:
        return (f"regions: from the topic {observations.buffer.topics['regions']}",)
    context.regions = given.regions
    return (f"regions: from {given.origin}", *given.notes)


def _labels(observations: Observations, context: RequestContext) -> list[str]:
    """Labels of what is in the image, or was lately."""
    labels = [region.label for region in context.regions]
    followed = observations.tracks.labels if context.regions_from_topic else set()
    return [*labels, *sorted(followed.difference(labels))]


def _understood(request: AskRequest, labels: Sequence[str]) -> ParsedQuestion | None:
    """The question; None if it is not understood, which shows when it is answered."""
    try:
        return None if request.raw else _parse(request, labels)
    except SpatialError:
        return None


def _follow(
    observations: Observations,
    context: RequestContext,
    depth: DepthFrame,
    options: MeasureOptions,
    question: ParsedQuestion | None = None,
    labels: Sequence[str] = (),
) -> TrackedView | None:
    """The objects that are known without the request telling, with what their tracks know.

    Args:
        question: only what it names is looked for; None: everything.
        labels: that the question was understood with.
    """
    given = observations.regions_of(depth.pair) if context.regions_from_topic else None
    if given is None:
        return None
    named = None if question is None else labels_named(question, labels)
    if question is not None and observations.tracks.is_stale(depth.pair):
        known = names_of(tuple(region.label for region in given.regions))
        if not all(known.knows(m) for m in _objects(question)):
            observations.catch_up(depth, options)
            named = None  # it may be about what was seen then
    view = observations.tracks.view(depth, given.regions, options, named)
    if view is not None:
        context.regions, context.view = view.regions, view
    return view


def labels_named(question: ParsedQuestion, labels: Sequence[str]) -> set[str] | None:
    """Labels of all objects that a question may be about; None: it may be about any."""
    names, found = names_of(tuple(labels)), set()
    for mention in _objects(with_options(question, names)):
        if mention.kind is Kind.ANY:
            return None
        with suppress(SpatialError):  # what is not known has no label
            every = names.resolve(replace(mention, number=None, plural=True))
            found |= {labels[i] for i in every}
    return found


def _missing(request: AskRequest, labels: Sequence[str]) -> list[Mention]:
    """What a question names and no label is for. Raises SpatialError if it is not understood."""
    known = names_of(tuple(labels))
    return [m for m in _mentioned(request, labels) if not known.knows(m)]


def _no_regions(observations: Observations, depth: DepthFrame) -> SpatialError:
    if observations.regions_of(depth.pair) is not None and observations.sight.is_needed:
        why = "the built-in detector sees nothing that it knows in this image; send regions"
    else:
        why = (
            "the request has no regions, and none have arrived for this image on "
            f"{observations.buffer.topics['regions']!r}; give some, or see to the detector that "
            f"publishes there{_why_dropped(observations)}"
        )
    more = observations.sight.fault
    return SpatialError(
        ErrorCode.NO_REGIONS, f"nothing to measure: {why}" + (f"; and {more}" if more else "")
    )


def _with_help(
    error: SpatialError, observations: Observations, context: RequestContext
) -> SpatialError:
    """An error about a name, with what helps where nothing came or the node sees by itself."""
    request = context.request
    if error.code is not ErrorCode.UNKNOWN_OBJECT or not context.regions_from_topic:
        return error
    if not context.regions and (dropped := _why_dropped(observations)):
        return SpatialError(error.code, f"{error}{dropped}")
    if not isinstance(request, AskRequest) or observations.sight.told:
        return error
    missing = _missing(request, [region.label for region in context.regions])
    more = observations.sight.what_helps(missing)
    return SpatialError(error.code, f"{error}; {more}") if more else error


def _unsure(objects: Sequence[MeasuredObject]) -> list[str]:
    """A note on the objects that the detector gave a low score."""
    low = {o.id: o.region.score for o in objects if 0 < o.region.score < LOW_SCORE}
    if not low:
        return []
    listed = ", ".join(f"{name} ({score:.2f} of 1)" for name, score in low.items())
    return [f"the detector is not sure of: {listed}"]


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
    for stage, seconds in more.items():
        job.timing[stage] = job.timing.get(stage, 0.0) + seconds
    job.timing["total"] = job.elapsed
    return job.timing
