"""What the robot observes: its images, and what is known at the stamp of one."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from hispatial_ros.detect.vocabulary import LABELS
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.frame_buffer import STAMP_TOLERANCE_NS, FrameBuffer
from hispatial_ros.intake.gravity import GivenGravity, GravitySources
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.intake.stream import NS, seconds
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.service.depth_sources import DepthFrame, DepthSources
from hispatial_ros.service.sight import Sight
from hispatial_ros.service.tracking import Tracks
from hispatial_ros.service.unit_check import UnitCheck
from hispatial_ros.settings.live import LiveSettings

# Images before one that are looked at to learn what it lacks. Larger: slower. Smaller: less is
# remembered. Chosen: two more than make a track.
CATCH_UP = 5


class ReferenceFrameLookup(Protocol):
    """Knows reference frames by name, as from TF."""

    def resolve(self, name: str, optical_frame: str, stamp_ns: int) -> str | ReferenceFrame:
        """What measuring takes: "camera", "gravity", or the frame at the stamp.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME.
        """


@dataclass(frozen=True, eq=False)
class GivenRegions:
    """What is known to be in an image without the request telling."""

    regions: Sequence[Region]
    origin: str  # in words
    notes: tuple[str, ...] = ()  # what a client should know about them


@dataclass(frozen=True, eq=False)
class Observations:
    """One view of everything that requests, watches and the depth topic look at. Thread-safe."""

    settings: LiveSettings
    buffer: FrameBuffer
    depth: DepthSources
    gravity: GravitySources
    references: ReferenceFrameLookup
    sight: Sight
    tracks: Tracks
    now_ns: Callable[[], int]  # of the robot's clock
    units: UnitCheck = field(default_factory=UnitCheck)

    def newest(self, sensor: bool, with_regions: bool = False) -> PairedFrame:
        """The newest image.

        Args:
            sensor: only one with the sensor's depth and calibration.
            with_regions: prefer one that regions have arrived for.

        Raises:
            SpatialError: as `FrameBuffer.newest`.
        """
        return self.buffer.newest(self.now_ns(), sensor, with_regions, sensor)

    def at(self, stamp_ns: int, sensor: bool) -> PairedFrame:
        """The image with this stamp; as `newest`. Raises as `FrameBuffer.at`."""
        return self.buffer.at(stamp_ns, self.now_ns(), sensor, sensor)

    def regions_of(self, pair: PairedFrame) -> GivenRegions | None:
        """From the regions topic, not checked, else what the node has seen by itself.

        None if no message is about the image and nobody has looked.
        """
        message = self.buffer.regions_at(pair.stamp_ns)
        if message is not None:
            off = message.stamp_ns - pair.stamp_ns
            origin = f"the topic {self.buffer.topics['regions']}"
            return GivenRegions(message.regions, origin, _off_the_image(off))
        seen = self.sight.known(pair)
        return None if seen is None else GivenRegions(seen, "the built-in detector")

    def labels(self) -> list[str]:
        """Names that things may have at present: of the newest regions, or of all that the
        built-in detector could see."""
        given = [region.label for region in self.buffer.newest_regions]
        return given or (list(LABELS) if self.sight.is_needed else [])

    def must_look(self, pair: PairedFrame) -> bool:
        """Whether only a look of the built-in detector tells what is in the image."""
        return self.regions_of(pair) is None and self.sight.is_needed

    def catch_up(self, depth: DepthFrame, options: MeasureOptions) -> None:
        """Have the tracks look at the images before one that they have not looked at."""
        pair, coast = depth.pair, self.settings.current.tracking.coast
        for stamp in self.buffer.named_before(pair.stamp_ns, round(coast * NS), CATCH_UP):
            with suppress(SpatialError):  # it helps where it can
                earlier = self.buffer.at(stamp, self.now_ns())
                frame = self.depth.at_once(lambda _, pair=earlier: pair)  # type: ignore[misc]
                given = self.regions_of(earlier)
                if frame is not None and given is not None:
                    self.tracks.view(frame, given.regions, options)

    def gravity_of(self, pair: PairedFrame) -> GivenGravity:
        """Which way is up, as far as the robot knows."""
        return self.gravity.given(pair.frame_id, pair.stamp_ns)

    def unit_doubts(
        self, depth: DepthFrame, regions: Sequence[Region], gravity: GivenGravity
    ) -> tuple[str, ...]:
        """Notes on the unit of the sensor's depth. Raises as `UnitCheck.notes`."""
        now = self.settings.current
        return self.units.notes(depth, regions, now, gravity.gravity, self.depth.to_model)

    def measure_options(self, depth: DepthFrame, gravity: GivenGravity) -> MeasureOptions:
        """What measuring on a frame needs to know besides it."""
        return MeasureOptions(depth.noise, gravity.gravity, self.settings.current.max_range)

    def reference_frame(self, name: str, pair: PairedFrame) -> str | ReferenceFrame:
        """What "left" and positions refer to. Raises SpatialError."""
        return self.references.resolve(name, pair.frame_id, pair.stamp_ns)


def _off_the_image(off_ns: int) -> tuple[str, ...]:
    """What to say about regions with a stamp that is not the image's."""
    if abs(off_ns) <= STAMP_TOLERANCE_NS:
        return ()
    side = "after" if off_ns > 0 else "before"
    return (
        f"the regions are stamped {seconds(off_ns)} {side} the image: what moves is not where they "
        "say; have the detector copy the image's stamp",
    )
