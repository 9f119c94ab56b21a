"""What the launch file asks about RViz before it starts anything."""

import os

from ament_index_python.packages import PackageNotFoundError, get_package_prefix

from hispatial_ros.errors import ErrorCode, SpatialError

PACKAGE = "rviz2"
ABOUT_THE_FRAME = (
    "RViz shows everything in the frame {frame}. Nothing appears, or the points turn red: the "
    "images have another; launch with rviz_frame:= and the header.frame_id of the images. "
    "'No tf data' in its Global Status is no fault: a camera alone needs no TF."
)


def required(frame: str) -> str:
    """The package that has RViz; prints what its fixed frame ``frame`` means for what is seen.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it is not installed, with what to install.
    """
    try:
        get_package_prefix(PACKAGE)
    except (PackageNotFoundError, OSError) as error:
        distribution = os.environ.get("ROS_DISTRO", "<distribution>")
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"rviz:=true needs RViz, and the package {PACKAGE} is not installed: "
            f"sudo apt install ros-{distribution}-{PACKAGE}, or leave out rviz:=true; "
            "nothing was started",
        ) from error
    print(ABOUT_THE_FRAME.format(frame=frame))
    return PACKAGE
