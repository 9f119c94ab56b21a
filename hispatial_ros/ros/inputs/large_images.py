"""Room for whole images in the middleware: when it lacks, and what provides it."""

import os
from pathlib import Path

import rclpy

from hispatial_ros.health.ros2 import prefixes, share

FAST_DDS = Path("config") / "fastdds.xml"
FAST_DDS_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
CYCLONE_DDS = Path("config") / "cyclonedds.xml"
CYCLONE_DDS_VARIABLE = "CYCLONEDDS_URI"
# Cameras publish a camera_info with each image. It is small and always arrives; where fewer images
# than that do, they are lost on the way.
FEWER = 0.8
LEAST = 10  # messages below which rates say little


def are_lost(image_rate: float, info_rate: float, infos: int) -> bool:
    """Whether images get lost between camera and node.

    Args:
        image_rate: Images that arrive [Hz].
        info_rate: camera_info of the same camera that arrive [Hz].
        infos: How many of those have arrived.
    """
    return infos >= LEAST and image_rate < FEWER * info_rate


def remedy(topic: str, is_published_reliable: bool = False, is_taken_reliable: bool = False) -> str:
    """What the operator can do, with the middleware that is in use.

    Args:
        topic: the image topic.
        is_published_reliable: whether its publisher offers that.
        is_taken_reliable: whether the node subscribes with that.
    """
    override = f"qos_overrides.{topic}.subscription.reliability"
    if is_taken_reliable:
        first = ""
    elif is_published_reliable:
        first = f"set the parameter {override} to reliable, or "
    else:
        first = "publish reliable, or "
    middleware = rclpy.get_rmw_implementation_identifier()
    if "fastrtps" in middleware:
        profile = f"{FAST_DDS_VARIABLES[0]}={share()}/{FAST_DDS}"
    elif "cyclonedds" in middleware:
        profile = f"{CYCLONE_DDS_VARIABLE}=file://{share()}/{CYCLONE_DDS}"
    else:
        return f"{first}give {middleware} buffers that hold whole images"
    return f"{first}start the camera's driver and this node with {profile}"


def use_large_segments() -> None:
    """Have Fast DDS participants created from now on allocate what ``config/fastdds.xml`` says.

    For processes that publish images. A profile that the environment names already stays; other
    middlewares do not look at it.
    """
    if not any(os.environ.get(variable) for variable in FAST_DDS_VARIABLES):
        for root in (
            Path(__file__).parents[3],
            *(Path(p) / "share/hispatial_ros" for p in prefixes()),
        ):
            if (root / FAST_DDS).is_file():
                os.environ[FAST_DDS_VARIABLES[0]] = str(root / FAST_DDS)
                return
