"""Objects and relations without being asked, while anybody subscribes to them."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.engine import measure, with_relations
from hispatial_ros.measure.reference_frame import resolve
from hispatial_ros.measure.transform import express
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.fresh_frames import FreshFrames
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.relation_gate import RelationGate
from hispatial_ros.service.result import Findings, RelationSource
from hispatial_ros.service.worker import Worker

log = logging.getLogger(__name__)

NS = 1e9
# [Hz] Images that tracks look at while somebody listens. Larger: more of the processor. Smaller:
# tracks of what moves break. Chosen.
LOOKS = 10.0
LOG_PERIOD = 10.0  # s between lines about the same trouble
EARLY = 0.1  # share of a period that an image may come early, as stamps jitter


class LiveSink(Protocol):
    """Publishes objects and relations."""

    def wants_live(self) -> bool:
        """Whether anybody subscribes to them."""

    def publish_live(self, findings: Findings) -> None:
        """Publish those of one image."""


@dataclass(eq=False)
class LiveObjects:
    """Follows all objects in view and publishes them at ``publish_rate``."""

    observations: Observations
    worker: Worker
    sink: LiveSink

    def __post_init__(self) -> None:
        self._frames = FreshFrames(
            self.observations, self.worker, self._is_wanted, lambda: True, self._evaluate
        )
        self._gate = RelationGate()
        self.looked_ns = 0  # stamp of the last image that tracks were fed with
        self._published_ns = 0
        self._said = -LOG_PERIOD  # when trouble was last logged
        self.published = 0

    def start(self) -> None:
        """Look from now on."""
        self.looked_ns = self._published_ns = 0
        self._frames.start()

    def stop(self) -> None:
        """Look no more."""
        self._frames.stop()

    def wake(self) -> None:
        """A message of the camera has arrived; on the executor's thread."""
        if self.observations.settings.current.publish_rate > 0 and self.sink.wants_live():
            self._frames.wake()

    def _is_wanted(self, pair: PairedFrame) -> bool:
        rate = max(self.observations.settings.current.publish_rate, LOOKS)
        if not _is_due(pair.stamp_ns, self.looked_ns, rate):
            return False
        sight = self.observations.sight
        named = self.observations.regions_of(pair) is not None
        return named or (sight.is_needed and sight.is_due(pair.stamp_ns))

    def _evaluate(self, depth: DepthFrame, goes_on: Callable[[], bool]) -> Iterator[None]:
        given = self.observations.regions_of(depth.pair)
        self.looked_ns = depth.pair.stamp_ns
        if given is None:
            return
        yield
        if not goes_on():
            return
        try:
            findings = self._findings(depth, given.regions)
        except SpatialError as error:
            if time.monotonic() - self._said > LOG_PERIOD:
                self._said = time.monotonic()
                log.warning("no objects are published: %s", error)
            return
        if findings is not None:
            self._published_ns = depth.pair.stamp_ns
            self.published += 1
            self.sink.publish_live(findings)

    def _findings(self, depth: DepthFrame, regions: Sequence[Region]) -> Findings | None:
        """Objects and relations of an image; None if it is not their turn to be published."""
        observations, p = self.observations, self.observations.settings.current
        gravity = observations.gravity_of(depth.pair)
        options = observations.measure_options(depth, gravity)
        view = observations.tracks.view(depth, regions, options)
        if not _is_due(depth.pair.stamp_ns, self._published_ns, p.publish_rate):
            return None
        if view is None:
            frame = depth.frame(needs_rgb=False)
            measured = measure(frame, regions, options, relations=False)
        else:
            measured = view.settled()
        reference = observations.reference_frame(p.reference_frame, depth.pair)
        resolved = resolve(reference, measured.gravity)
        measured = express(with_relations(measured), resolved)
        relations = self._gate.sift(
            measured.relations, p.relations.confidence, p.relations.hysteresis
        )
        return Findings(
            depth,
            measured.objects,
            relations,
            reference_frame=resolved,
            judged_in=measured.reference_frame,
            source=RelationSource.TRACKS,
        )


def _is_due(stamp_ns: int, last_ns: int, rate: float) -> bool:
    since = (stamp_ns - last_ns) / NS
    return since < 0 or since >= (1 - EARLY) / rate
