"""What the launch file asks about RViz before it starts anything."""

import os

from ament_index_python.packages import PackageNotFoundError, get_package_prefix

from hispatial_ros.errors import ErrorCode, SpatialError

PACKAGE = "rviz2"


def required() -> str:
    """The package that has RViz.

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
    return PACKAGE
