"""Standing questions: evaluates them on fresh frames, and publishes what they bring.

Threads: messages of the camera and the lifecycle come on the executor's thread, which only starts
things; frames are evaluated on the worker's thread, where requests of people go first.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rclpy.clock import Clock
from std_msgs.msg import Header

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.gravity import GravitySources
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.ros.inputs.reference_frames import ReferenceFrames
from hispatial_ros.ros.outputs.conversions import header_to_msg
from hispatial_ros.ros.outputs.watch_outputs import WatchOutputs
from hispatial_ros.service.depth_sources import DepthSources, View
from hispatial_ros.service.worker import Worker
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.watch.collection import Collection
from hispatial_ros.watch.evaluation import Evaluation
from hispatial_ros.watch.hysteresis import Band
from hispatial_ros.watch.watched import Event, Watched

log = logging.getLogger(__name__)

NS = 1e9
DETECTOR_WAIT = 1.0  # s without regions for any image until images are looked at without


@dataclass(eq=False)
class Watches:
    """The node's watches; lives as long as the node."""

    settings: LiveSettings
    buffer: FrameBuffer
    clock: Clock
    worker: Worker
    references: ReferenceFrames
    gravity: GravitySources
    depth: DepthSources
    outputs: WatchOutputs
    collection: Collection = field(default_factory=Collection)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._active = 0  # number of the activation; 0: none
        self._activations = 0
        self._busy = False  # a frame is being evaluated, or its depth computed
        self._again = False  # something arrived meanwhile
        self._seen_ns = 0  # stamp of the newest frame looked at
        self._seen_at = 0.0  # when that was, on the clock of time.monotonic()
        self._regions_at = 0.0  # when a frame with regions was last looked at, on the same clock
        self._clock_resets = 0
        self._interrupted = True  # the next frame does not follow the last one

    # Lifecycle; on the executor's thread

    def open(self) -> None:
        """Take the watches of the file that the parameters name, if any.

        Raises:
            SpatialError: NOT_STORED if the file is damaged.
        """
        self.configure()
        file = self.settings.current.watch.file
        self.collection.open(Path(file).expanduser().resolve() if file else None)
        if count := len(self.collection.watches):
            log.info("%d watches%s", count, f" from {file}" if file else "")

    def configure(self) -> None:
        """Take over the parameters; the file only when the node is configured."""
        p = self.settings.current
        band = Band(p.watch.sigmas, p.watch.margin, p.watch.confirm, p.watch.lost_after)
        self.collection.configure(band, p.watch.max_watches, p.watch.max_rate)

    def close(self) -> None:
        """Forget the watches, as on cleanup; a file keeps them."""
        self.collection.close()

    def start(self) -> None:
        """Look at frames from now on."""
        with self._lock:
            self._activations += 1
            self._active = self._activations
            self._busy = self._again = False
            self._seen_at = self._regions_at = time.monotonic()
            self._interrupted = True

    def stop(self) -> None:
        """Look at no more frames; the watches and their states stay."""
        with self._lock:
            self._active = 0

    def states(self) -> dict[str, str]:
        """State of each watch in a word, for the diagnostics; on any thread."""
        return {w.spec.name: w.state.name.lower() for w in self.collection.watches}

    # Frames; `wake` and `tick` on the executor's thread, the rest on the worker's

    def wake(self) -> None:
        """A message of the camera has arrived."""
        if not self._active or not self.collection.watches:
            return
        with self._lock:
            if self._busy:
                self._again = True
                return
            self._busy = True
            activation = self._active
        self.worker.when_idle(self._look(activation))

    def tick(self) -> None:
        """To be called every second: notices that the camera is gone."""
        if not self._active or not self.collection.watches:
            return
        p = self.settings.current
        silence = time.monotonic() - self._seen_at
        if silence > max(p.watch.lost_after, p.max_frame_age):
            self.worker.when_idle(self._tell_gone(self._active, silence))
        # Whatever has been missed (a frame that came while the last look was ending).
        self.wake()

    def _look(self, activation: int, view: View | None = None) -> Iterator[None]:
        """Evaluate a view, or the newest frame if any watch is due on it."""
        waits = False
        try:
            if activation == self._active and view is None:
                view, waits = self._find(activation)
            if activation == self._active and view is not None:
                yield from self._evaluate(activation, view)
        finally:
            if not waits:
                self._done(activation)

    def _find(self, activation: int) -> tuple[View | None, bool]:
        """The view to evaluate, if there is any, and whether its depth is computed first."""
        try:
            if not self._due(self._draw(self.depth.needs_sensor())):
                return None, False
            view = self.depth.view(self._draw)
        except SpatialError:
            return None, False  # `tick` notices a camera that gives no frames
        if view is None:
            self.depth.submit(
                self._draw, lambda: activation == self._active, partial(self._go_on, activation)
            )
        return view, view is None

    def _go_on(self, activation: int, outcome: View | SpatialError) -> None:
        """The depth of a frame was computed; on the depth thread."""
        if isinstance(outcome, SpatialError):
            self._done(activation)
        else:
            self.worker.when_idle(self._look(activation, outcome))

    def _done(self, activation: int) -> None:
        with self._lock:
            if activation != self._active:
                return
            again, self._busy, self._again = self._again, False, False
        if again:
            self.wake()

    def _draw(self, sensor: bool) -> PairedFrame:
        now = self.clock.now().nanoseconds
        from_topic = any(not watch.spec.regions for watch in self.collection.watches)
        return self.buffer.newest(now, sensor, from_topic, sensor)

    def _due(self, pair: PairedFrame) -> list[Watched]:
        """The watches to look at this frame."""
        watches, resets = self.collection.watches, self.buffer.clock_resets
        jumped = resets != self._clock_resets
        if jumped or self._interrupted:
            self._clock_resets, self._interrupted = resets, False
            for watch in watches:
                watch.interrupt(time_jumped=jumped)
            if jumped:
                self._seen_ns = 0
        if pair.stamp_ns > self._seen_ns:
            self._seen_ns, self._seen_at = pair.stamp_ns, time.monotonic()
        looked = self.buffer.regions_at(pair.stamp_ns) is not None
        if looked:
            self._regions_at = time.monotonic()
        ready = looked or time.monotonic() - self._regions_at > DETECTOR_WAIT
        stamp = pair.stamp_ns / NS
        return [w for w in watches if w.schedule.due(stamp) and (ready or w.spec.regions)]

    def _evaluate(self, activation: int, view: View) -> Iterator[None]:
        """Evaluate the watches that are due on a frame, one at each step."""
        pair = view.pair
        stamp = pair.stamp_ns / NS
        due = self._due(pair)
        if not due:
            return
        regions = self.buffer.regions_at(pair.stamp_ns)
        results = self.outputs.begin(view)
        try:
            gravity = self.gravity.given(pair.frame_id, pair.stamp_ns).gravity
            options = MeasureOptions(view.noise, gravity, self.settings.current.max_range)
            evaluation = Evaluation(view.frame(with_rgb=False), options)
            references = _References(self, pair)
            for watch in due:
                watch.prepare(evaluation, regions, references.of(watch))
            evaluation.measure()
        except SpatialError as error:
            for watch in due:
                self._publish(
                    watch, header_to_msg(pair.stamp_ns, pair.frame_id), watch.miss(stamp, error)
                )
            return
        yield
        for watch in due:
            if activation != self._active:
                return
            for found in watch.judge(evaluation, stamp):
                results.add(watch, found)
                self._publish(watch, header_to_msg(pair.stamp_ns, pair.frame_id), found.events)
            yield
        results.publish()

    def _tell_gone(self, activation: int, silence: float) -> Iterator[None]:
        error = self._why_gone(silence)
        if activation == self._active and error is not None:
            header = Header(stamp=self.clock.now().to_msg())
            for watch in self.collection.watches:
                self._publish(watch, header, watch.gone(error))
        yield

    def _why_gone(self, silence: float) -> SpatialError | None:
        """Why there are no frames; None if there is one that only has not been looked at yet."""
        try:
            pair = self._draw(self.depth.needs_sensor())
        except SpatialError as error:
            return error
        if pair.stamp_ns > self._seen_ns:
            return None
        return SpatialError(
            ErrorCode.FRAME_TOO_OLD,
            f"no new image for {silence:.1f} s: see that the camera still publishes",
        )

    def _publish(self, watch: Watched, header: Header, events: Iterable[Event]) -> None:
        for event in events:
            log.info("[watch:%s] %s: %s", watch.spec.name, event.kind.name.lower(), event.text)
            self.outputs.publish_event(watch, header, event)


class _References:
    """Reference frames of one image, each looked up once."""

    def __init__(self, watches: Watches, pair: PairedFrame):
        self._watches = watches
        self._pair = pair
        self._known: dict[str, ReferenceFrame | str | SpatialError] = {}

    def of(self, watch: Watched) -> ReferenceFrame | str | SpatialError:
        """The frame of a watch, or why there is none."""
        name = watch.spec.reference_frame or self._watches.settings.current.reference_frame
        if name not in self._known:
            try:
                self._known[name] = self._watches.references.resolve(
                    name, self._pair.frame_id, self._pair.stamp_ns
                )
            except SpatialError as error:
                self._known[name] = error
        return self._known[name]
