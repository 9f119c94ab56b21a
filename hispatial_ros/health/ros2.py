"""What to type here: an installation from wheels has no `ros2` command."""

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


def _python() -> str:
    """The interpreter as the user may type it."""
    found = shutil.which("python")
    return "python" if found and Path(found) == Path(sys.executable) else sys.executable
