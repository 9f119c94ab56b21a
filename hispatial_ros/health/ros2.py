"""What to type here: an installation from wheels has no `ros2` command; and what keeps ROS out."""

import os
import shutil
import sys
from pathlib import Path

MODULE = "hispatial_ros.ros.node.spatial_node"


def has_ros2() -> bool:
    """Whether the command `ros2` is there."""
    return shutil.which("ros2") is not None


def start_node(arguments: str = "") -> str:
    """The command that starts the node.

    Args:
        arguments: for ROS, such as ``-r image:=/camera/image``.
    """
    command = "ros2 run hispatial_ros spatial_node" if has_ros2() else f"{_python()} -m {MODULE}"
    return f"{command} --ros-args {arguments}" if arguments else command


def prefixes() -> list[str]:
    """Where packages are installed: sourced workspaces, and the environment of the wheels."""
    return [*filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)), sys.prefix]


def share() -> str:
    """Where the package's configuration files are, as a shell understands it."""
    if has_ros2():
        return "$(ros2 pkg prefix --share hispatial_ros)"
    return str(Path(sys.prefix) / "share" / "hispatial_ros")


def missing_middleware() -> str:
    """That the environment names a middleware which is not installed; empty if it does not.

    To be looked at first: loading rclpy would end the process.
    """
    name = os.environ.get("RMW_IMPLEMENTATION", "")
    folders = [f"{prefix}/lib" for prefix in prefixes()]
    folders += os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    if not name or any(
        (Path(folder) / f"lib{name}.so").exists() for folder in filter(None, folders)
    ):
        return ""
    return (
        f"RMW_IMPLEMENTATION is {name}, which is not installed: unset it, or install "
        f"ros-<distro>-{name.replace('_', '-')}"
    )


def check_before_rclpy() -> None:
    """Leave with one line where loading rclpy would end the process.

    Raises:
        SystemExit
    """
    if missing := missing_middleware():
        raise SystemExit(f"error: {missing}")


def _python() -> str:
    """The interpreter as the user may type it."""
    found = shutil.which("python")
    return "python" if found and Path(found) == Path(sys.executable) else sys.executable
