"""The newest messages of every input, in bounded memory."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hispatial_ros.frame.region import RegionLimits
from hispatial_ros.intake.calibration import CalibrationHistory
from hispatial_ros.intake.convert import check_depth, check_image
from hispatial_ros.intake.messages import RegionsMessage
from hispatial_ros.intake.pairing import Pairing
from hispatial_ros.intake.stream import ANOTHER_CAMERA, NS, Stream, UnusableError, seconds
from hispatial_ros.settings.settings import Settings


class MessageStore:
    """Checks messages and keeps the usable ones. Not thread-safe: the owner locks.

    Args:
        settings: parameters.
        topics: names of the inputs as the operator sees them, for messages.
        before: the store that this one replaces. Calibrations of the same topics stay, since they
            may never be sent again.
    """

    def __init__(
        self, settings: Settings, topics: Mapping[str, str], before: "MessageStore | None" = None
    ) -> None:
        history = round(max(settings.sync.history, settings.max_frame_age) * NS)
        max_bytes = settings.max_buffer_bytes
        self.image = Stream(topics["image"], history, max_bytes, one_sender=True)
        # A pair leaves with its image, which a slow camera keeps for longer than the history.
        self.depth = Stream(
            topics["depth"],
            2 * history,
            max_bytes,
            one_sender=True,
            preferred_frame=lambda: self.image.frame_id,
        )
        self.regions = Stream(topics["regions"], history, max_bytes)
        self.calibrations: dict[str, CalibrationHistory] = {
            name: before.calibrations[name].for_topic(topics[name])
            if before
            else CalibrationHistory(topics[name])
            for name in ("camera_info", "depth_camera_info")
        }
        self.info = self.calibrations["camera_info"]
        self.depth_info = self.calibrations["depth_camera_info"]
        self.pairing = Pairing(self.image, self.depth, round(settings.sync.slop * NS))
        self._regions_slop = round(settings.sync.regions_slop * NS)
        self._max_future = settings.max_future
        max_pixels = settings.max_image_pixels
        self._limits = RegionLimits(settings.max_regions, settings.max_outline_points)
        self._streams: dict[str, tuple[Stream, Callable[[Any], int]]] = {
            "image": (self.image, partial(check_image, max_pixels=max_pixels)),
            "depth": (self.depth, partial(check_depth, max_pixels=max_pixels)),
            "regions": (self.regions, self._check_regions),
        }

    def add(self, name: str, msg: Any, now_ns: int) -> str:
        """Keep a message of an input; returns why it was dropped, or an empty string."""
        if name in self.calibrations:
            of = self.image if name == "camera_info" else self.depth
            return self.calibrations[name].add(msg, now_ns, of.frame_id)
        stream, check = self._streams[name]
        return stream.receive(msg, now_ns, self._max_future, check)

    def regions_of(self, image_stamp: int) -> RegionsMessage | None:
        """The regions that belong to this image."""
        found = self.regions.nearest(image_stamp, self._regions_slop)
        if found is None or self._is_of_another(self.regions[found].frame_id):
            return None
        message: RegionsMessage = self.regions[found]
        return message

    def _is_of_another(self, frame_id: str) -> bool:
        """Whether regions in this frame are of another camera's image."""
        return bool(frame_id and self.image.frame_id) and frame_id != self.image.frame_id

    def _about_another(self, msg: RegionsMessage) -> str:
        return (
            f"its frame is {msg.frame_id!r}, that of the image is {self.image.frame_id!r}: it is "
            "about another camera's image; have the detector copy the image's header"
        )

    @property
    def regions_dropped(self) -> str:
        """Why the newest message with regions is not used; empty if it is, or none came."""
        newest, image = self.regions.newest, self.image.newest
        if self.regions.last_drop or newest is None:
            return self.regions.last_drop
        msg: RegionsMessage = self.regions[newest]
        if self._is_of_another(msg.frame_id):
            return self._about_another(msg)
        if image is None or self.image.nearest(newest, self._regions_slop) is not None:
            return ""
        side = "after" if newest > image else "before"
        off = seconds(newest - image)
        return (
            f"it is about no image: its stamp is {off} {side} that of the newest image "
            "(sync.regions_slop); have the detector copy the image's stamp"
        )

    def _check_regions(self, msg: RegionsMessage) -> int:
        """Approximate size in bytes.

        Raises:
            SpatialError: if it holds too much.
            UnusableError: if it is about another camera's image.
        """
        self._limits.check_amount(msg.count, msg.vertices)
        if self._is_of_another(msg.frame_id):
            raise UnusableError(ANOTHER_CAMERA, self._about_another(msg))
        return 500 * msg.count + 100 * msg.vertices

    def clear(self) -> None:
        """Forget images, depth and regions; calibrations and counters stay."""
        for stream, _ in self._streams.values():
            stream.clear()

    def forget_stamps(self) -> None:
        """The node's clock was set back: what was stamped by it means nothing any more."""
        self.clear()
        for calibrations in self.calibrations.values():
            calibrations.forget_stamps()
