"""Colour and depth messages in, paired frames out.

The subscriptions' callbacks only store messages here. A request then asks for the newest pair, or
the one with a given stamp, and converts it once.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.ros.intake.calibration import CalibrationHistory, camera_from_info
from hispatial_ros.ros.intake.convert import (
    DEFAULT_MAX_PIXELS,
    check_depth,
    check_image,
    image_to_depth,
    image_to_rgb,
)
from hispatial_ros.ros.intake.regions import MAX_REGIONS, region_count, regions_from_message
from hispatial_ros.ros.intake.stream import NS, Stream, StreamStatus, seconds, stamp_ns

# A request names a frame by stamp. Stamps that went through a float of seconds are off by less
# than a microsecond, and no two frames of a camera are a millisecond apart.
STAMP_TOLERANCE_NS = 1_000_000
# The node's clock may seem to step back by the time a callback waited for the lock.
CLOCK_RESET_NS = NS // 2
CONVERTED_FRAMES_KEPT = 8


@dataclass(frozen=True)
class IntakeOptions:
    """Parameters of the intake; durations in seconds."""

    image_topic: str = "image"  # names as the operator sees them, for messages
    depth_topic: str = "depth"
    camera_info_topic: str = "camera_info"
    regions_topic: str = "regions"
    slop: float = 0.05  # largest difference of stamps within a pair
    regions_slop: float = 0.05  # the same between regions and the image they belong to
    max_frame_age: float = 1.0  # `newest` gives no frame older than that
    max_future: float = 1.0  # stamps further ahead of the node's clock are rejected
    history: float = 1.0  # frames are kept for requests by stamp that long
    max_bytes: int = 256 * 2**20  # of kept messages, per topic
    max_pixels: int = DEFAULT_MAX_PIXELS  # larger images are rejected
    image_is_rectified: bool | None = None  # None: if the image topic's name contains "rect"


@dataclass(frozen=True)
class IntakeStatus:
    """What diagnostics report."""

    image: StreamStatus
    depth: StreamStatus
    camera_info: StreamStatus
    regions: StreamStatus
    paired: int  # images that found their depth image
    unpaired: int  # images that did not
    clock_resets: int  # times the node's clock jumped back


class PairedFrame:
    """An image message and its depth message; converted when first needed, and once."""

    def __init__(
        self, image: Any, depth: Any | None, info: Any, rectified: bool, max_pixels: int
    ) -> None:
        self.image = image
        self.depth = depth
        self.camera_info = info
        self._rectified = rectified
        self._max_pixels = max_pixels
        self._lock = threading.Lock()
        self._geometry: Frame | None = None
        self._frame: Frame | None = None

    @property
    def header(self) -> Any:
        """Header of the image: what every output carries."""
        return self.image.header

    @property
    def stamp_ns(self) -> int:
        return stamp_ns(self.image)

    @property
    def frame_id(self) -> str:
        return self.image.header.frame_id

    @property
    def has_depth(self) -> bool:
        return self.depth is not None

    @property
    def camera(self) -> Camera:
        """Calibration at the image's size. Raises as `frame` does."""
        return self.frame(with_rgb=False).camera

    def frame(self, with_rgb: bool = True) -> Frame:
        """The frame; ``rgb`` is None unless asked for (measuring needs depth only).

        Raises:
            SpatialError: BAD_IMAGE, BAD_CALIBRATION or NO_CAMERA_INFO.
        """
        with self._lock:
            if self._geometry is None:
                self._geometry = self._convert_geometry()
            if not with_rgb:
                return self._frame or self._geometry
            if self._frame is None:
                rgb = image_to_rgb(self.image, self._max_pixels)
                self._frame = replace(self._geometry, rgb=rgb)
            return self._frame

    def _convert_geometry(self) -> Frame:
        width, height = self.image.width, self.image.height
        camera = camera_from_info(
            self.camera_info, width, height, rectified=self._rectified, frame_id=self.frame_id
        )
        depth = None
        if self.depth is not None:
            depth = image_to_depth(self.depth, self._max_pixels)
            theirs = self.depth.header.frame_id
            if theirs and self.frame_id and theirs != self.frame_id:
                raise SpatialError(
                    ErrorCode.BAD_CALIBRATION,
                    f"depth is in frame {theirs!r}, the image in {self.frame_id!r}: subscribe to "
                    "the depth topic that is registered (aligned) to the colour image",
                )
            camera.scaled(depth.shape[1], depth.shape[0])  # raises if the aspect differs
        return Frame(None, depth, camera, self.stamp_ns, self.frame_id)


@dataclass(frozen=True)
class _RegionMessage:
    msg: Any
    converted: list[Region] | None = field(default=None)


class FrameBuffer:
    """Thread-safe store of the newest messages, from which pairs are drawn.

    An image and a depth image form a pair if each is the other's nearest in stamp and they are at
    most the slop apart: whatever the order in which they arrive, the outcome is the same.

    Every ``add_*`` returns why the message was dropped, for a throttled log line, or an empty
    string. ``now_ns`` is the node's (ROS) clock.
    """

    def __init__(self, options: IntakeOptions | None = None) -> None:
        self._lock = threading.RLock()
        self._converted: OrderedDict[int, PairedFrame] = OrderedDict()
        self._latest_now = 0
        self._clock_resets = 0
        self._paired = 0
        self._unpaired = 0
        self.configure(options or IntakeOptions())

    def configure(self, options: IntakeOptions) -> None:
        """Start anew with other options: forgets all messages and counters."""
        with self._lock:
            self.options = options
            history = round(max(options.history, options.max_frame_age) * NS)

            def stream(topic: str, **more: Any) -> Stream:
                return Stream(topic, history, options.max_bytes, **more)

            self._image = stream(options.image_topic, on_evict=self._count_pair)
            self._depth = stream(options.depth_topic)
            self._regions = stream(options.regions_topic)
            self._info = CalibrationHistory(options.camera_info_topic)
            self._slop = round(options.slop * NS)
            self._regions_slop = round(options.regions_slop * NS)
            self._converted.clear()
            self._paired = self._unpaired = self._clock_resets = 0

    def clear(self) -> None:
        """Forget stored images, depth and regions, as on deactivation; counters stay."""
        with self._lock:
            self._image.clear()
            self._depth.clear()
            self._regions.clear()
            self._converted.clear()

    # Messages in

    def add_image(self, msg: Any, now_ns: int) -> str:
        return self._add(self._image, msg, now_ns, check_image)

    def add_depth(self, msg: Any, now_ns: int) -> str:
        return self._add(self._depth, msg, now_ns, check_depth)

    def add_camera_info(self, msg: Any, now_ns: int) -> str:
        with self._lock:
            self._observe_clock(now_ns)
            self._info.add(msg, now_ns)
            return ""

    def add_regions(self, msg: Any, now_ns: int) -> str:
        """Keep a ``RegionArray`` or ``vision_msgs/Detection2DArray``."""

        def check(msg: Any, _: int) -> int:
            count = region_count(msg)
            if count > MAX_REGIONS:
                raise SpatialError(
                    ErrorCode.BAD_REGION, f"{count} regions in one message, at most {MAX_REGIONS}"
                )
            return 200 * count

        with self._lock:
            return self._add(self._regions, msg, now_ns, check, lambda m: _RegionMessage(m))

    def _add(self, stream: Stream, msg: Any, now_ns: int, check: Any, wrap: Any = None) -> str:
        with self._lock:
            self._observe_clock(now_ns)
            stream.arrived(now_ns)
            stamp = stamp_ns(msg)
            if stamp <= 0:
                return stream.drop("no stamp", f"{stream.topic}: a message without a stamp")
            if now_ns <= 0:
                return stream.drop(
                    "no clock",
                    f"{stream.topic}: use_sim_time is set and no time arrives on /clock",
                )
            ahead = stamp - now_ns
            if ahead > self.options.max_future * NS:
                return stream.drop(
                    "stamp in the future",
                    f"{stream.topic}: stamp lies {seconds(ahead)} ahead of the node's clock: "
                    "synchronise the clocks, or set use_sim_time as the publisher has it",
                )
            try:
                size = check(msg, self.options.max_pixels)
            except SpatialError as error:
                return stream.drop("malformed", f"{stream.topic}: {error}")
            return stream.add(stamp, wrap(msg) if wrap else msg, size)

    def _observe_clock(self, now_ns: int) -> None:
        if now_ns < self._latest_now - CLOCK_RESET_NS:
            self.clear()
            self._info.forget_stamps()
            self._clock_resets += 1
            self._latest_now = now_ns
        self._latest_now = max(self._latest_now, now_ns)

    # Frames out

    def newest(
        self, now_ns: int, need_depth: bool = True, with_regions: bool = False
    ) -> PairedFrame:
        """The newest pair that is not older than ``max_frame_age``.

        Args:
            need_depth: False gives the newest image, with its depth image if that is here already.
            with_regions: prefer the newest frame for which regions have arrived (a detector lags
                behind the camera) over newer ones for which none have yet.

        Raises:
            SpatialError: NO_FRAME, FRAME_TOO_OLD, NO_DEPTH, NO_CAMERA_INFO, or the code of the
                reason for which every message was dropped.
        """
        with self._lock:
            self._observe_clock(now_ns)
            oldest = now_ns - round(self.options.max_frame_age * NS)
            fresh = [s for s in reversed(self._image.stamps()) if s >= oldest]
            if not fresh:
                raise self._no_fresh_image(now_ns)
            usable = [s for s in fresh if not need_depth or self._partner(s) is not None]
            if not usable:
                raise self._no_depth(now_ns)
            stamp = usable[0]
            if with_regions:
                stamp = next((s for s in usable if self._regions_of(s) is not None), stamp)
            return self._paired_frame(stamp, now_ns)

    def at(self, stamp: int, now_ns: int, need_depth: bool = True) -> PairedFrame:
        """The pair whose image has this stamp (ns, within 1 ms), whatever its age.

        Raises:
            SpatialError: FRAME_TOO_OLD if it is no longer or not yet here; NO_FRAME, NO_DEPTH,
                NO_CAMERA_INFO.
        """
        with self._lock:
            self._observe_clock(now_ns)
            newest = self._image.newest
            if newest is None:
                raise self._no_fresh_image(now_ns)
            found = self._image.nearest(stamp, STAMP_TOLERANCE_NS)
            if found is None:
                if stamp > newest:
                    where = f"has not arrived yet (newest is {seconds(stamp - newest)} earlier)"
                else:
                    oldest = self._image.stamps()[0]
                    where = (
                        f"is not among the {len(self._image.stamps())} kept frames, which span "
                        f"{seconds(newest - oldest)}: ask sooner, or raise the history parameter"
                    )
                raise SpatialError(
                    ErrorCode.FRAME_TOO_OLD,
                    f"the image with stamp {stamp / 1e9:.9f} on {self._image.topic!r} {where}",
                )
            if need_depth and self._partner(found) is None:
                raise self._no_depth(now_ns)
            return self._paired_frame(found, now_ns)

    def regions_at(self, stamp: int) -> list[Region] | None:
        """Regions found in the image with this stamp; None if no regions message belongs to it.

        Raises:
            SpatialError: BAD_REGION.
        """
        with self._lock:
            found = self._regions_of(stamp)
            return None if found is None else regions_from_message(self._regions[found].msg)

    def status(self, now_ns: int) -> IntakeStatus:
        with self._lock:
            waiting = [self._partner(s) is not None for s in self._image.stamps()]
            return IntakeStatus(
                self._image.status(now_ns),
                self._depth.status(now_ns),
                self._info.status(now_ns),
                self._regions.status(now_ns),
                self._paired + sum(waiting),
                self._unpaired + len(waiting) - sum(waiting),
                self._clock_resets,
            )

    # Pairing

    def _partner(self, image_stamp: int) -> int | None:
        """Stamp of the depth image that pairs with this image."""
        depth = self._depth.nearest(image_stamp, self._slop)
        if depth is None or self._image.nearest(depth, self._slop) != image_stamp:
            return None
        return depth

    def _count_pair(self, image_stamp: int) -> None:
        if self._partner(image_stamp) is None:
            self._unpaired += 1
        else:
            self._paired += 1

    def _regions_of(self, image_stamp: int) -> int | None:
        return self._regions.nearest(image_stamp, self._regions_slop)

    def _paired_frame(self, stamp: int, now_ns: int) -> PairedFrame:
        image = self._image[stamp]
        partner = self._partner(stamp)
        depth = None if partner is None else self._depth[partner]
        info = self._info.at(stamp, now_ns)
        known = self._converted.get(stamp)
        if known and known.image is image and known.depth is depth and known.camera_info is info:
            self._converted.move_to_end(stamp)
            return known
        rectified = self.options.image_is_rectified
        if rectified is None:
            rectified = "rect" in self.options.image_topic
        pair = PairedFrame(image, depth, info, rectified, self.options.max_pixels)
        self._converted[stamp] = pair
        while len(self._converted) > CONVERTED_FRAMES_KEPT:
            self._converted.popitem(last=False)
        return pair

    # Errors

    def _no_fresh_image(self, now_ns: int) -> SpatialError:
        topic = self._image.topic
        status = self._image.status(now_ns)
        if self._image.last_drop:
            malformed = status.dropped.get("malformed")
            return SpatialError(
                ErrorCode.BAD_IMAGE if malformed else ErrorCode.NO_FRAME,
                f"no usable image: of {status.received} messages the newest was dropped "
                f"({self._image.last_drop})",
            )
        if status.silent_ns is None:
            return SpatialError(
                ErrorCode.NO_FRAME,
                f"no image has arrived on {topic!r}: check that the camera runs, the topic name "
                "(remapping) and its QoS",
            )
        newest = self._image.newest
        if newest is None:
            return SpatialError(
                ErrorCode.NO_FRAME,
                f"no image on {topic!r} since the last reset {seconds(status.silent_ns)} ago",
            )
        age = now_ns - newest
        if status.silent_ns < self.options.max_frame_age * NS:
            why = (
                "although messages arrive: their stamps lag behind the node's clock; synchronise "
                "the clocks, or replay with --clock and use_sim_time"
            )
        else:
            why = f"and {topic!r} has been silent for {seconds(status.silent_ns)}: check the camera"
        return SpatialError(
            ErrorCode.FRAME_TOO_OLD,
            f"the newest image is {seconds(age)} old (max_frame_age is "
            f"{self.options.max_frame_age:g} s) {why}",
        )

    def _no_depth(self, now_ns: int) -> SpatialError:
        topic = self._depth.topic
        status = self._depth.status(now_ns)
        if self._depth.last_drop:
            why = f"the newest depth message was dropped ({self._depth.last_drop})"
        elif status.silent_ns is None:
            why = f"nothing has arrived on {topic!r}: check its name (remapping) and QoS"
        elif status.silent_ns > self.options.max_frame_age * NS:
            why = f"{topic!r} has been silent for {seconds(status.silent_ns)}"
        else:
            why = (
                f"no stamp on {topic!r} lies within {seconds(self._slop)} of an image: raise the "
                "slop parameter, or synchronise the streams"
            )
        return SpatialError(ErrorCode.NO_DEPTH, f"no depth image pairs with the image: {why}")
