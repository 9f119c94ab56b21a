"""Colour and depth messages in, paired frames out.

The subscriptions' callbacks only store messages here. A request then asks for the newest pair, or
the one with a given stamp, and converts it once.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any

from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region, RegionLimits
from hispatial_ros.intake import reasons
from hispatial_ros.intake.calibration import CalibrationHistory, is_rectified_topic
from hispatial_ros.intake.convert import check_depth, check_image
from hispatial_ros.intake.options import IntakeOptions, IntakeStatus
from hispatial_ros.intake.paired import Context, PairedFrame, TransformLookup
from hispatial_ros.intake.regions import RegionsMessage, check_regions
from hispatial_ros.intake.stream import NS, Stream, seconds, stamp_ns

# A request names a frame by stamp. Stamps that went through a float of seconds are off by less
# than a microsecond, and no two frames of a camera are a millisecond apart.
STAMP_TOLERANCE_NS = 1_000_000
# The node's clock may seem to step back by the time a callback waited for the lock.
CLOCK_RESET_NS = NS // 2
CONVERTED_FRAMES_KEPT = 8
# However large the slop: two streams of the same rate never differ by more than half a period.
SLOP_OF_PERIOD = 0.6
# Where camera_info comes with each image, that of one of the last few has come; and if an image has
# none after that long, it was lost.
INFO_LAG = 3  # images
INFO_WAIT_NS = NS // 2


class FrameBuffer:
    """Thread-safe store of the newest messages, from which pairs are drawn.

    An image and a depth image form a pair if each is the other's nearest in stamp and they are at
    most the slop apart: whatever the order in which they arrive, the outcome is the same.

    Every ``add_*`` returns why the message was dropped, for a throttled log line, or an empty
    string. ``now_ns`` is the node's (ROS) clock.

    Args:
        options: parameters.
        transform: looks up TF, for depth in another frame than the image; None refuses such depth.
    """

    def __init__(
        self, options: IntakeOptions | None = None, transform: TransformLookup | None = None
    ) -> None:
        self._lock = threading.RLock()
        self._transform = transform
        self._info = self._depth_info = CalibrationHistory("")
        self.configure(options or IntakeOptions())

    def configure(self, options: IntakeOptions) -> None:
        """Start anew with other options: forgets frames and counters, and calibrations of other
        topics (those of the same may never be sent again)."""
        with self._lock:
            self.options = options
            history = round(max(options.history, options.max_frame_age) * NS)
            self._image = Stream(
                options.image_topic, history, options.max_bytes, on_evict=self._retire
            )
            # A pair leaves with its image, which a slow camera keeps for longer than the history.
            self._depth = Stream(options.depth_topic, 2 * history, options.max_bytes)
            self._regions = Stream(options.regions_topic, history, options.max_bytes)
            self._info = self._info.of(options.camera_info_topic)
            self._depth_info = self._depth_info.of(options.depth_camera_info_topic)
            self._slop = round(options.slop * NS)
            self._regions_slop = round(options.regions_slop * NS)
            rectified = options.image_is_rectified
            self._rectified = (
                is_rectified_topic(options.image_topic) if rectified is None else rectified
            )
            self._pairs: OrderedDict[int, PairedFrame] = OrderedDict()
            self._latest_now = 0
            self._paired = self._unpaired = self._clock_resets = 0

    def clear(self) -> None:
        """Forget stored images, depth and regions, as on deactivation; counters stay."""
        with self._lock:
            self._image.clear()
            self._depth.clear()
            self._regions.clear()
            self._pairs.clear()

    # Messages in

    def add_image(self, msg: Any, now_ns: int) -> str:
        """Keep a ``sensor_msgs/Image`` or ``CompressedImage`` of colour."""
        return self._add(
            self._image, msg, now_ns, partial(check_image, msg, self.options.max_pixels)
        )

    def add_depth(self, msg: Any, now_ns: int) -> str:
        """Keep a ``sensor_msgs/Image`` or ``CompressedImage`` of depth."""
        return self._add(
            self._depth, msg, now_ns, partial(check_depth, msg, self.options.max_pixels)
        )

    def add_regions(self, msg: Any, now_ns: int) -> str:
        """Keep a ``hispatial_ros/RegionArray`` or ``vision_msgs/Detection2DArray``."""
        limits = RegionLimits(self.options.max_regions, self.options.max_outline_points)
        return self._add(
            self._regions, RegionsMessage(msg), now_ns, partial(check_regions, msg, limits)
        )

    def add_camera_info(self, msg: Any, now_ns: int) -> str:
        """Keep the image's ``sensor_msgs/CameraInfo``."""
        with self._lock:
            self._observe_clock(now_ns)
            self._info.add(msg, now_ns)
            return ""

    def add_depth_camera_info(self, msg: Any, now_ns: int) -> str:
        """Keep the ``sensor_msgs/CameraInfo`` of depth that is not registered to the image."""
        with self._lock:
            self._observe_clock(now_ns)
            self._depth_info.add(msg, now_ns)
            return ""

    def _add(self, stream: Stream, msg: Any, now_ns: int, check: Callable[[], int]) -> str:
        with self._lock:
            self._observe_clock(now_ns)
            stamp = stamp_ns(msg)
            stream.arrived(now_ns, stamp)
            if now_ns <= 0:
                return stream.drop("no clock", "use_sim_time is set and no time arrives on /clock")
            if stamp <= 0:
                return stream.drop("no stamp", "its header has no stamp: the publisher must set it")
            ahead = stamp - now_ns
            if ahead > self.options.max_future * NS:
                return stream.drop(
                    "stamp in the future",
                    f"its stamp lies {seconds(ahead)} ahead of the node's clock: synchronise the "
                    "clocks, or set use_sim_time as the publisher has it",
                )
            try:
                size = check()
            except SpatialError as error:
                return stream.drop("malformed", str(error))
            return stream.add(stamp, msg, size)

    def _observe_clock(self, now_ns: int) -> None:
        if now_ns < self._latest_now - CLOCK_RESET_NS:
            self.clear()
            self._info.forget_stamps()
            self._depth_info.forget_stamps()
            self._clock_resets += 1
            self._latest_now = now_ns
        self._latest_now = max(self._latest_now, now_ns)

    # Frames out

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
            oldest = now_ns - round(self.options.max_frame_age * NS)
            fresh = [s for s in reversed(self._image.stamps()) if s >= oldest]
            if not fresh:
                raise reasons.no_image(self._image, now_ns, self.options.max_frame_age)
            paired = [s for s in fresh if not need_depth or self._partner(s) is not None]
            if not paired:
                raise self._no_depth(now_ns)
            usable = (s for s in paired if not need_info or self._is_calibrated(s, now_ns))
            stamp = next(usable, None)
            if stamp is None:
                raise reasons.no_info_yet(self._info.topic)
            if with_regions and self._regions_of(stamp) is None:
                stamp = next((s for s in usable if self._regions_of(s) is not None), stamp)
            return self._paired_frame(stamp, need_info)

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
            if self._image.newest is None:
                raise reasons.no_image(self._image, now_ns, self.options.max_frame_age)
            found = self._image.nearest(stamp, STAMP_TOLERANCE_NS)
            if found is None:
                raise reasons.not_kept(self._image, stamp)
            if need_depth and self._partner(found) is None:
                raise self._no_depth(now_ns)
            if need_info and not self._is_calibrated(found, now_ns):
                raise reasons.no_info_yet(self._info.topic)
            return self._paired_frame(found, need_info)

    @property
    def newest_stamp(self) -> int | None:
        """Stamp of the newest image [ns], None if there is none."""
        with self._lock:
            return self._image.newest

    @property
    def newest_regions(self) -> list[Region]:
        """Regions of the newest message, whichever image it is about; empty if there is none."""
        with self._lock:
            newest = self._regions.newest
            message = None if newest is None else self._regions[newest]
        return [] if message is None else message.regions

    @property
    def clock_resets(self) -> int:
        """Times the node's clock jumped back."""
        return self._clock_resets

    def regions_at(self, stamp: int) -> list[Region] | None:
        """Regions found in the image with this stamp, not validated; None if no message has any."""
        with self._lock:
            found = self._regions_of(stamp)
            message = None if found is None else self._regions[found]
        return None if message is None else message.regions

    def status(self, now_ns: int) -> IntakeStatus:
        with self._lock:
            kept = [self._partner(s) is not None for s in self._image.stamps()]
            return IntakeStatus(
                self._image.status(now_ns),
                self._depth.status(now_ns),
                self._info.status(now_ns),
                self._depth_info.status(now_ns),
                self._regions.status(now_ns),
                self._paired + sum(kept),
                self._unpaired + len(kept) - sum(kept),
                self._clock_resets,
            )

    def _no_depth(self, now_ns: int) -> SpatialError:
        options = self.options
        return reasons.no_depth(self._depth, now_ns, options.max_frame_age, options.slop)

    def _is_calibrated(self, image_stamp: int, now_ns: int) -> bool:
        """Whether the calibration at hand is this image's, lest a change is applied too late."""
        known = self._info.find(image_stamp)
        if known is None or image_stamp <= known.last:
            return True
        stamps = self._info.stamps
        with_images = len(stamps) > 1 and any(stamp in self._image for stamp in stamps)
        recent = self._image.before(image_stamp, INFO_LAG)
        if not (with_images and recent and known.last >= recent[0]):
            return True
        return not self._info.is_superseded(known) and now_ns - image_stamp > INFO_WAIT_NS

    def _partner(self, image_stamp: int) -> int | None:
        """Stamp of the depth image that pairs with this image."""
        slop = self._slop
        # A neighbour's depth must not pass for that of an image which has lost its own.
        for period in (self._image.period, self._depth.period):
            if period is not None:
                slop = min(slop, round(SLOP_OF_PERIOD * period))
        depth = self._depth.nearest(image_stamp, slop)
        if depth is None or self._image.nearest(depth, slop) != image_stamp:
            return None
        return depth

    def _retire(self, image_stamp: int) -> None:
        """Count an image that leaves; its depth leaves with it, lest it pairs with the next."""
        partner = self._partner(image_stamp)
        if partner is None:
            self._unpaired += 1
        else:
            self._paired += 1
            self._depth.discard(partner)

    def _regions_of(self, image_stamp: int) -> int | None:
        return self._regions.nearest(image_stamp, self._regions_slop)

    def _paired_frame(self, stamp: int, need_info: bool) -> PairedFrame:
        """The pair of this image; the same object as long as it consists of the same messages."""
        partner = self._partner(stamp)
        depth = None if partner is None else self._depth[partner]
        info = self._info.at(stamp) if need_info else self._info.get(stamp)
        messages = (self._image[stamp], depth, info, self._depth_info.get(stamp))
        pair = self._pairs.get(stamp)
        if pair is None or not pair.is_of(*messages):
            image, depth, info, depth_info = messages
            max_pixels = self.options.max_pixels
            context = Context(info, depth_info, self._rectified, max_pixels, self._transform)
            pair = self._pairs[stamp] = PairedFrame(image, depth, context)
        self._pairs.move_to_end(stamp)
        while len(self._pairs) > CONVERTED_FRAMES_KEPT:
            self._pairs.popitem(last=False)
        return pair
