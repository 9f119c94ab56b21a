"""Messages of the camera in, paired frames out.

The subscriptions' callbacks only store messages here. A request then asks for the newest pair, or
the one with a given stamp, and converts it once.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake import reasons
from hispatial_ros.intake.calibration import is_rectified_topic
from hispatial_ros.intake.messages import RegionsMessage
from hispatial_ros.intake.paired import PairedFrame, TransformLookup
from hispatial_ros.intake.store import MessageStore
from hispatial_ros.intake.stream import NS, StreamStatus
from hispatial_ros.settings.settings import Settings

INPUTS = ("image", "depth", "camera_info", "depth_camera_info", "regions")
# A request names a frame by stamp. Stamps that went through a float of seconds are off by less
# than a microsecond, and no two frames of a camera are a millisecond apart.
STAMP_TOLERANCE_NS = 1_000_000
# [ns] How far the node's clock steps back when it is set back, and not only read by a thread that
# had to wait afterwards. Larger: frames from before a small step stay in use until the next
# message arrives. Smaller: a busy machine forgets frames.
CLOCK_RESET_NS = NS // 2  # messages: one thread receives them all
LATE_READER_NS = 10 * NS  # requests: on any thread
CONVERTED_FRAMES_KEPT = 8


@dataclass(frozen=True)
class IntakeStatus:
    """What diagnostics report."""

    image: StreamStatus
    depth: StreamStatus
    camera_info: StreamStatus
    depth_camera_info: StreamStatus
    regions: StreamStatus
    paired: int  # images that found their depth image
    unpaired: int  # images that did not (yet)
    clock_resets: int  # times the node's clock jumped back


class FrameBuffer:
    """Thread-safe store of the newest messages that gives the frames they form.

    ``now_ns`` is the node's (ROS) clock.

    Args:
        settings: parameters.
        topics: names of the INPUTS as the operator sees them, where they differ.
        transform: looks up TF, for depth in another frame than the image; None refuses such depth.
    """

    def __init__(
        self,
        settings: Settings = Settings(),  # noqa: B008 - frozen
        topics: Mapping[str, str] | None = None,
        transform: TransformLookup | None = None,
    ) -> None:
        self._lock = threading.RLock()
        self._transform = transform
        self.settings = settings
        self.topics = _named(topics)
        self.sender_doubts: tuple[str, ...] = ()  # about who publishes what arrives
        self.reset()

    def configure(self, settings: Settings, topics: Mapping[str, str] | None = None) -> None:
        """Take over parameters and topic names.

        Where one of them bears upon what is stored, frames and counters are forgotten, and
        calibrations of other topics.
        """
        with self._lock:
            before = _bearing(self.settings), self.topics
            self.settings, self.topics = settings, _named(topics)
            if (_bearing(settings), self.topics) != before:
                self.clear()
                self._start(self._store)

    def reset(self) -> None:
        """Forget everything that has arrived."""
        with self._lock:
            self._start()

    def _start(self, before: MessageStore | None = None) -> None:
        self._store = MessageStore(self.settings, self.topics, before)
        geometry = self.settings.image_geometry
        self._rectified = geometry == "rectified" or (
            geometry == "auto" and is_rectified_topic(self.topics["image"])
        )
        self._pairs: dict[tuple[int, ...], PairedFrame] = {}  # the latest last
        self._latest_now = 0
        self._clock_resets = 0

    def clear(self) -> None:
        """Forget stored images, depth and regions, as on deactivation; counters stay."""
        with self._lock:
            self._store.clear()
            self._pairs.clear()

    def add(self, name: str, msg: Any, now_ns: int) -> str:
        """Keep a message of one of the INPUTS, as `from_ros` makes it.

        Returns:
            Why it was dropped, for a throttled log line, or an empty string.
        """
        with self._lock:
            self._observe_clock(now_ns, CLOCK_RESET_NS)
            self._latest_now = max(self._latest_now, now_ns)
            return self._store.add(name, msg, now_ns)

    def _observe_clock(self, now_ns: int, tolerance: int = LATE_READER_NS) -> None:
        if now_ns < self._latest_now - tolerance:
            self._store.forget_stamps()
            self._pairs.clear()
            self._clock_resets += 1
            self._latest_now = now_ns

    def newest(
        self,
        now_ns: int,
        need_depth: bool = True,
        with_regions: bool = False,
        need_info: bool = True,
    ) -> PairedFrame:
        """The newest pair that is not older than ``max_frame_age``.

        Args:
            now_ns: the node's clock.
            need_depth: False gives the newest image, with its depth image if that is here already.
            with_regions: prefer the newest frame for which regions have arrived (a detector lags
                behind the camera) over newer ones for which none have yet.
            need_info: False gives a frame without calibration rather than NO_CAMERA_INFO.

        Raises:
            SpatialError: NO_FRAME, FRAME_TOO_OLD, NO_DEPTH, NO_CAMERA_INFO; BAD_IMAGE if no image
                was usable.
        """
        with self._lock:
            self._observe_clock(now_ns)
            store, max_age = self._store, self.settings.max_frame_age
            oldest = now_ns - round(max_age * NS)
            fresh = [s for s in reversed(store.image.stamps()) if s >= oldest]
            if not fresh:
                raise reasons.no_image(store.image, store.info.status(now_ns), now_ns, max_age)
            paired = [s for s in fresh if not need_depth or store.pairing.depth_of(s) is not None]
            if not paired:
                raise self._no_depth(now_ns)
            usable = (s for s in paired if not need_info or self._has_info(s, now_ns))
            stamp = next(usable, None)
            if stamp is None:
                raise reasons.no_info_yet(store.info.topic)
            if with_regions and store.regions_of(stamp) is None:
                stamp = next((s for s in usable if store.regions_of(s) is not None), stamp)
            return self._pair(stamp, need_info)

    def at(
        self, stamp: int, now_ns: int, need_depth: bool = True, need_info: bool = True
    ) -> PairedFrame:
        """The pair whose image has this stamp (ns, within 1 ms), whatever its age.

        Raises:
            SpatialError: FRAME_TOO_OLD if it is no longer or not yet here; NO_FRAME, NO_DEPTH,
                NO_CAMERA_INFO; BAD_IMAGE if no image was usable.
        """
        with self._lock:
            self._observe_clock(now_ns)
            images = self._store.image
            if images.newest is None:
                info = self._store.info.status(now_ns)
                raise reasons.no_image(images, info, now_ns, self.settings.max_frame_age)
            found = images.nearest(stamp, STAMP_TOLERANCE_NS)
            if found is None:
                raise reasons.not_kept(images, stamp)
            if need_depth and self._store.pairing.depth_of(found) is None:
                raise self._no_depth(now_ns)
            if need_info and not self._has_info(found, now_ns):
                raise reasons.no_info_yet(self._store.info.topic)
            return self._pair(found, need_info)

    def _no_depth(self, now_ns: int) -> SpatialError:
        settings = self.settings
        return reasons.no_depth(
            self._store.depth, now_ns, settings.max_frame_age, settings.sync.slop
        )

    def _has_info(self, stamp: int, now_ns: int) -> bool:
        return self._store.info.is_settled(stamp, self._store.image, now_ns)

    def _pair(self, stamp: int, need_info: bool) -> PairedFrame:
        """The pair of this image; the same object as long as it consists of the same messages."""
        store = self._store
        depth = store.pairing.depth_of(stamp)
        messages = (
            store.image[stamp],
            None if depth is None else store.depth[depth],
            store.info.at(stamp) if need_info else store.info.get(stamp),
            store.depth_info.get(stamp),
        )
        key = tuple(map(id, messages))  # no other objects get these as long as the pair is kept
        pair = self._pairs.pop(key, None)
        if pair is None:
            pair = PairedFrame(
                *messages,
                rectified=self._rectified,
                max_pixels=self.settings.max_image_pixels,
                max_range=self.settings.max_range,
                depth_unit=self.settings.depth_unit,
                sender_doubts=self.sender_doubts,
                transform=self._transform,
            )
        self._pairs[key] = pair
        while len(self._pairs) > CONVERTED_FRAMES_KEPT:
            del self._pairs[next(iter(self._pairs))]
        return pair

    def regions_at(self, stamp: int) -> RegionsMessage | None:
        """What was found in the image with this stamp; None if no message is about it."""
        with self._lock:
            return self._store.regions_of(stamp)

    def named_before(self, stamp: int, within_ns: int, count: int) -> list[int]:
        """Stamps of images before one that have depth and regions: at most so many, the last ones,
        oldest first."""
        with self._lock:
            store = self._store
            found = [
                s
                for s in store.image.stamps()
                if stamp - within_ns <= s < stamp
                and store.pairing.depth_of(s) is not None
                and store.regions_of(s) is not None
            ]
        return found[-count:]

    @property
    def newest_regions(self) -> list[Region]:
        """Regions of the newest message, whichever image it is about; empty if there is none."""
        with self._lock:
            stream = self._store.regions
            message = None if stream.newest is None else stream[stream.newest]
        return [] if message is None else message.regions

    @property
    def regions_dropped(self) -> str:
        """Why the newest message with regions is not used; empty if it is, or none came."""
        with self._lock:
            return self._store.regions_dropped

    @property
    def newest_stamp(self) -> int | None:
        """Stamp of the newest image [ns], None if there is none."""
        with self._lock:
            return self._store.image.newest

    @property
    def clock_resets(self) -> int:
        """Times the node's clock jumped back."""
        return self._clock_resets

    def status(self, now_ns: int) -> IntakeStatus:
        """What diagnostics report."""
        with self._lock:
            store = self._store
            paired, unpaired = store.pairing.counts()
            return IntakeStatus(
                image=store.image.status(now_ns),
                depth=store.depth.status(now_ns),
                camera_info=store.info.status(now_ns),
                depth_camera_info=store.depth_info.status(now_ns),
                regions=store.regions.status(now_ns),
                paired=paired,
                unpaired=unpaired,
                clock_resets=self._clock_resets,
            )


def _named(topics: Mapping[str, str] | None) -> dict[str, str]:
    return {name: (topics or {}).get(name, name) for name in INPUTS}


def _bearing(settings: Settings) -> tuple[Any, ...]:
    """The parameters that bear upon what is stored."""
    s = settings
    return (
        *(s.sync, s.max_frame_age, s.max_future, s.image_geometry, s.depth_unit),
        *(s.max_image_pixels, s.max_buffer_bytes, s.max_regions, s.max_outline_points),
    )
