"""Whether ROS 2 loads here, and which; imports nothing of it up front."""

import importlib
import os
from functools import partial
from importlib import util

from hispatial_ros.health.check import Check, Status
from hispatial_ros.health.ros2 import missing_middleware

check = partial(Check, "installation")


def has_ros() -> bool:
    """Whether rclpy and the generated interfaces load: a graph can be joined."""
    return not missing_middleware() and all(
        _failure(module) is None for module in ("rclpy", "hispatial_ros.msg")
    )


def check_middleware() -> Check:
    """Which ROS, which middleware, which domain."""
    if missing := missing_middleware():
        found, _, advice = missing.partition(": ")
        return check("ROS 2", Status.FAIL, found, advice)
    failure = _failure("rclpy")
    if failure == "":
        return check(
            "ROS 2",
            Status.WARN,
            "rclpy is not installed here: only files can be asked about",
            "source /opt/ros/<distro>/setup.bash and the workspace, or run `make build` and use "
            ".venv/bin/hispatial",
        )
    if failure:
        return check(
            "ROS 2",
            Status.FAIL,
            f"rclpy does not load: {failure}",
            "source the ROS 2 installation it belongs to, with the Python it was built for",
        )
    import rclpy

    try:
        middleware = rclpy.get_rmw_implementation_identifier()
    except (ImportError, RuntimeError) as error:
        return check(
            "ROS 2",
            Status.FAIL,
            f"no middleware loads: {error}",
            "install the package of $RMW_IMPLEMENTATION, or unset it",
        )
    distro = os.environ.get("ROS_DISTRO", "from PyPI")
    domain = os.environ.get("ROS_DOMAIN_ID", "0")
    reach = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    found = f"{distro}, {middleware}, ROS_DOMAIN_ID {domain}, discovery {reach}"
    return check("ROS 2", Status.OK, found)


def check_interfaces() -> Check:
    """Whether the generated messages load."""
    failure = _failure("hispatial_ros.msg")
    if failure is None:
        return check("interfaces", Status.OK, "hispatial_ros msg, srv and action")
    return check(
        "interfaces",
        Status.FAIL,
        failure or "hispatial_ros.msg is missing: this is the bare Python package",
        "colcon build and source install/setup.bash, or `make build`",
    )


def _failure(module: str) -> str | None:
    """Why the module does not load; empty if it is not installed, None if it loads."""
    if util.find_spec(module) is None:
        return ""
    try:
        importlib.import_module(module)
    except ImportError as error:
        return str(error).partition("\n")[0]
    return None
