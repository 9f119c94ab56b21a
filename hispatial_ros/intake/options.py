"""What the intake is told, and what it tells about itself."""

from dataclasses import dataclass

from hispatial_ros.intake.convert import DEFAULT_MAX_PIXELS
from hispatial_ros.intake.stream import StreamStatus


@dataclass(frozen=True)
class IntakeOptions:
    """Parameters of the intake; durations in seconds."""

    image_topic: str = "image"  # names as the operator sees them, for messages
    depth_topic: str = "depth"
    camera_info_topic: str = "camera_info"
    depth_camera_info_topic: str = "depth_camera_info"
    regions_topic: str = "regions"
    slop: float = 0.05  # largest difference of stamps within a pair
    regions_slop: float = 0.05  # the same between regions and the image they belong to
    max_frame_age: float = 1.0  # `newest` gives no frame older than that
    max_future: float = 1.0  # stamps further ahead of the node's clock are rejected
    history: float = 1.0  # frames are kept for requests by stamp that long
    max_bytes: int = 256 * 2**20  # of kept messages, per topic
    max_pixels: int = DEFAULT_MAX_PIXELS  # larger images are rejected
    max_regions: int = 1000  # per message
    max_outline_points: int = 10_000  # the same
    image_is_rectified: bool | None = None  # None: judged by the image topic's name


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
