"""What a measurement needs to know besides the frame."""

from dataclasses import dataclass, field

from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.pointmap.pointmap import MAX_RANGE


@dataclass(frozen=True, eq=False)
class MeasureOptions:
    """How good the depth is, and which way is up."""

    noise: DepthNoise = field(default_factory=DepthNoise)  # of the depth; default: Kinect-like
    gravity: Gravity | None = None  # as known from an IMU or TF; None: detected from the depth
    max_range: float = MAX_RANGE  # m; depth beyond is invalid
