"""Which topics of a recording are read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topics:
    """Names of topics; empty ones are chosen by type and name."""

    image: str = ""
    depth: str = ""
    camera_info: str = ""
    depth_camera_info: str = ""
    regions: str = ""
    imu: str = ""
