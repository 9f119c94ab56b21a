"""What the robot observes: its images, and what is known at the stamp of one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from hispatial_ros.frame.region import Region
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.gravity import GivenGravity, GravitySources
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.service.depth_sources import DepthFrame, DepthSources
from hispatial_ros.service.unit_check import UnitCheck
from hispatial_ros.settings.live import LiveSettings


class ReferenceFrameLookup(Protocol):
    """Knows reference frames by name, as from TF."""

    def resolve(self, name: str, optical_frame: str, stamp_ns: int) -> str | ReferenceFrame:
        """What measuring takes: "camera", "gravity", or the frame at the stamp.

        Raises:
            SpatialError: UNKNOWN_REFERENCE_FRAME.
        """


@dataclass(frozen=True, eq=False)
class Observations:
    """One view of everything that requests, watches and the depth topic look at. Thread-safe."""

    settings: LiveSettings
    buffer: FrameBuffer
    depth: DepthSources
    gravity: GravitySources
    references: ReferenceFrameLookup
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

    def regions_of(self, pair: PairedFrame) -> list[Region] | None:
        """From the regions topic, not checked; None if no message is about the image."""
        return self.buffer.regions_at(pair.stamp_ns)

    def gravity_of(self, pair: PairedFrame) -> GivenGravity:
        """Which way is up, as far as the robot knows."""
        return self.gravity.given(pair.frame_id, pair.stamp_ns)

    def measure_options(self, depth: DepthFrame, gravity: GivenGravity) -> MeasureOptions:
        """What measuring on a frame needs to know besides it."""
        return MeasureOptions(depth.noise, gravity.gravity, self.settings.current.max_range)

    def reference_frame(self, name: str, pair: PairedFrame) -> str | ReferenceFrame:
        """What "left" and positions refer to. Raises SpatialError."""
        return self.references.resolve(name, pair.frame_id, pair.stamp_ns)
