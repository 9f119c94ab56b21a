"""Standing questions: evaluates them on fresh frames, and publishes what they bring.

Threads: messages of the camera and the lifecycle come on the executor's thread, which only starts
things; frames are evaluated on the worker's thread, where requests of people go first.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Relation
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.fresh_frames import FreshFrames
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.relation_gate import RelationGate
from hispatial_ros.service.result import Findings, RelationSource
from hispatial_ros.service.worker import Worker
from hispatial_ros.watch.collection import Collection
from hispatial_ros.watch.evaluation import Evaluation
from hispatial_ros.watch.hysteresis import Band
from hispatial_ros.watch.schedule import Schedule
from hispatial_ros.watch.watched import Event, Watched

log = logging.getLogger(__name__)

NS = 1e9
DETECTOR_WAIT = 1.0  # s without regions for any image until images are looked at without


class WatchSink(Protocol):
    """Publishes what watches bring."""

    def publish_frame(self, frame: DepthFrame) -> None:
        """An image that was evaluated, for recordings."""

    def publish_answer(self, findings: Findings, request_id: str) -> None:
        """An answer with what it rests on."""

    def publish_relations(self, findings: Findings) -> None:
        """Relations of one image that were judged in one frame."""

    def publish_event(self, watch: str, event: Event, stamp_ns: int, frame_id: str) -> None:
        """An event of the watch of that name; the frame is empty if there is no image."""


@dataclass(eq=False)
class Watches:
    """The node's watches; lives as long as the node."""

    observations: Observations
    worker: Worker
    sink: WatchSink
    collection: Collection = field(default_factory=Collection)

    def __post_init__(self) -> None:
        self._frames = FreshFrames(
            self.observations,
            self.worker,
            wanted=lambda pair: bool(self._due(pair)),
            needs_names=self._reads_topic,
            evaluate=self._evaluate,
        )
        self._gates: dict[str, RelationGate] = {}  # by the frame that relations are judged in
        self._seen_ns = 0  # stamp of the newest frame looked at
        self._seen_at = 0.0  # when that was, on the clock of time.monotonic()
        self._regions_at = 0.0  # when a frame with regions was last looked at, on the same clock
        self._clock_resets = 0
        self._interrupted = True  # the next frame does not follow the last one
        self._record = Schedule(0.0)  # frames to publish for recordings though nothing happened

    # Lifecycle; on the executor's thread

    def open(self) -> None:
        """Take the watches of the file that the parameters name, if any.

        Raises:
            SpatialError: NOT_STORED if the file is damaged.
        """
        self.configure()
        file = self.observations.settings.current.watch.file
        self.collection.open(Path(file).expanduser().resolve() if file else None)
        if count := len(self.collection.watches):
            log.info("%d watches%s", count, f" from {file}" if file else "")

    def configure(self) -> None:
        """Take over the parameters; the file only when the node is configured."""
        p = self.observations.settings.current
        band = Band(p.watch.sigmas, p.watch.margin, p.watch.confirm, p.watch.lost_after)
        self.collection.configure(band, p.watch.max_watches, p.watch.max_rate)
        self._record = Schedule(p.watch.record_rate)

    def close(self) -> None:
        """Forget the watches, as on cleanup; a file keeps them."""
        self.collection.close()

    def start(self) -> None:
        """Look at frames from now on."""
        self._seen_at = self._regions_at = time.monotonic()
        self._interrupted = True
        self._frames.start()

    def stop(self) -> None:
        """Look at no more frames; the watches and their states stay."""
        self._frames.stop()

    def states(self) -> dict[str, str]:
        """State of each watch in a word, for the diagnostics; on any thread."""
        return {w.spec.name: w.state.name.lower() for w in self.collection.watches}

    # Frames; `wake` and `tick` on the executor's thread, the rest on the worker's

    def wake(self) -> None:
        """A message of the camera has arrived."""
        if self.collection.watches:
            self._frames.wake()

    def tick(self) -> None:
        """To be called every second: notices that the camera is gone."""
        if not self._frames.active or not self.collection.watches:
            return
        p = self.observations.settings.current
        silence = time.monotonic() - self._seen_at
        if silence > max(p.watch.lost_after, p.max_frame_age):
            self.worker.between_requests(self._tell_gone(self._frames.active, silence))
        # Whatever has been missed (a frame that came while the last look was ending).
        self.wake()

    def _reads_topic(self) -> bool:
        """Whether any watch brings no regions of its own."""
        return any(not watch.spec.regions for watch in self.collection.watches)

    def _due(self, pair: PairedFrame) -> list[Watched]:
        """The watches to look at this frame."""
        watches, resets = self.collection.watches, self.observations.buffer.clock_resets
        jumped = resets != self._clock_resets
        if jumped or self._interrupted:
            self._clock_resets, self._interrupted = resets, False
            for watch in watches:
                watch.interrupt(time_jumped=jumped)
            if jumped:
                self._seen_ns = 0
                self._record.restart()
        if pair.stamp_ns > self._seen_ns:
            self._seen_ns, self._seen_at = pair.stamp_ns, time.monotonic()
        looked = self.observations.regions_of(pair) is not None
        if looked:
            self._regions_at = time.monotonic()
        sight = self.observations.sight
        ready = (
            looked
            or (sight.is_needed and sight.is_due(pair.stamp_ns))
            or time.monotonic() - self._regions_at > DETECTOR_WAIT
        )
        stamp = pair.stamp_ns / NS
        return [w for w in watches if w.schedule.due(stamp) and (ready or w.spec.regions)]

    def _evaluate(self, depth: DepthFrame, goes_on: Callable[[], bool]) -> Iterator[None]:
        """Evaluate the watches that are due on an image, one at each step."""
        pair = depth.pair
        stamp = pair.stamp_ns / NS
        due = self._due(pair)
        if not due:
            return
        given = self.observations.regions_of(pair)
        regions = None if given is None else given.regions
        notes = () if given is None else given.notes
        if self._record.rate > 0 and self._record.due(stamp):
            self._record.done(stamp)
            self.sink.publish_frame(depth)
        relations = _Relations(depth)
        try:
            gravity = self.observations.gravity_of(pair)
            options = self.observations.measure_options(depth, gravity)
            doubts = self.observations.unit_doubts(depth, regions or (), gravity)
            view = None
            if regions is not None and any(not watch.spec.regions for watch in due):
                view = self.observations.tracks.view(depth, regions, options)
            if view is not None:
                regions = view.regions
            evaluation = Evaluation(
                depth.frame(needs_rgb=False), options, view.measurement if view else None
            )
            references = _References(self.observations, pair)
            for watch in due:
                watch.prepare(evaluation, regions, references.of(watch))
            evaluation.measure()
        except SpatialError as error:
            for watch in due:
                self._publish(watch, watch.miss(stamp, error), pair.stamp_ns, pair.frame_id, depth)
            return
        yield
        for watch in due:
            if not goes_on():
                return
            for found in watch.judge(evaluation, stamp):
                if found.answer is not None:
                    found.answer.notes.extend((*doubts, *depth.notes, *notes))
                    if view is not None:
                        found.answer.notes.extend(view.notes_on(found.answer.objects))
                    findings = Findings.of_answer(depth, found.answer)
                    relations.add(findings, found.relations)
                    request_id = f"watch:{watch.spec.name}:{watch.evaluated}"
                    self.sink.publish_answer(findings, request_id)
                self._publish(watch, found.events, pair.stamp_ns, pair.frame_id, depth)
            yield
        p = self.observations.settings.current.relations
        for findings in relations.by_frame():
            gate = self._gates.setdefault(findings.judged_in, RelationGate())
            sure = gate.sift(findings.relations, p.confidence, p.hysteresis)
            if sure:
                self.sink.publish_relations(replace(findings, relations=sure))

    def _tell_gone(self, activation: int, silence: float) -> Iterator[None]:
        error = self._why_gone(silence)
        if activation == self._frames.active and error is not None:
            for watch in self.collection.watches:
                self._publish(watch, watch.gone(error), self.observations.now_ns(), "")
        yield

    def _why_gone(self, silence: float) -> SpatialError | None:
        """Why there are no frames; None if there is one that only has not been looked at yet."""
        try:
            pair = self._frames.select(self.observations.depth.needs_sensor())
        except SpatialError as error:
            return error
        if pair.stamp_ns > self._seen_ns:
            return None
        return SpatialError(
            ErrorCode.FRAME_TOO_OLD,
            f"no new image for {silence:.1f} s: see that the camera still publishes",
        )

    def _publish(
        self,
        watch: Watched,
        events: Iterable[Event],
        stamp_ns: int,
        frame_id: str,
        frame: DepthFrame | None = None,
    ) -> None:
        """Publish events, and the frame that they were seen in."""
        for event in events:
            if frame is not None:
                self.sink.publish_frame(frame)  # once, however many events it brings
            log.info("[watch:%s] %s: %s", watch.spec.name, event.kind.name.lower(), event.text)
            self.sink.publish_event(watch.spec.name, event, stamp_ns, frame_id)


class _Relations:
    """The relations that the watches found on one image, each once."""

    def __init__(self, depth: DepthFrame):
        self._depth = depth
        self._frames: dict[tuple[str, str], tuple[ReferenceFrame, dict[Any, Relation]]] = {}

    def add(self, findings: Findings, relations: Iterable[Relation]) -> None:
        """Add relations that are expressed and judged as the findings are."""
        key = (findings.reference_frame.name, findings.judged_in)
        _, kept = self._frames.setdefault(key, (findings.reference_frame, {}))
        for relation in relations:
            kept[relation.subject.id, relation.predicate, relation.object.id] = relation

    def by_frame(self) -> Iterator[Findings]:
        """Those of each frame that they were judged in."""
        for (_, judged), (reference, kept) in self._frames.items():
            if kept:
                relations = list(kept.values())
                yield Findings(
                    self._depth,
                    relations=relations,
                    reference_frame=reference,
                    judged_in=judged,
                    source=RelationSource.WATCH,
                )


class _References:
    """Reference frames of one image, each looked up once."""

    def __init__(self, observations: Observations, pair: PairedFrame):
        self._observations = observations
        self._pair = pair
        self._known: dict[str, ReferenceFrame | str | SpatialError] = {}

    def of(self, watch: Watched) -> ReferenceFrame | str | SpatialError:
        """The frame of a watch, or why there is none."""
        name = watch.spec.reference_frame or self._observations.settings.current.reference_frame
        if name not in self._known:
            try:
                self._known[name] = self._observations.reference_frame(name, self._pair)
            except SpatialError as error:
                self._known[name] = error
        return self._known[name]
