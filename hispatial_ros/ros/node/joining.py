"""Joining the ROS graph, or one sentence on why that is not possible."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import rclpy
from rclpy.exceptions import (
    InvalidNodeNameException,
    InvalidParameterTypeException,
    InvalidParameterValueException,
    NameValidationException,
)
from rclpy.utilities import remove_ros_args

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.node.rclpy_internals import UnknownROSArgsError
from hispatial_ros.settings.settings import BY_NAME

MAX_DOMAIN = 232  # with the port numbers of DDS


def init(args: list[str] | None = None, **options: Any) -> None:
    """As rclpy.init.

    Raises:
        SpatialError: BAD_REQUEST for a wrong environment or wrong arguments, BACKEND_UNAVAILABLE
            where the middleware does not start.
    """
    if options.get("domain_id") is None:
        _check_domain(os.environ.get("ROS_DOMAIN_ID") or "0")
    _find_log_folder()
    try:
        rclpy.init(args=args, **options)
        unknown = remove_ros_args(sys.argv)[1:] if args is None else []
    except RuntimeError as error:
        text = _first_line(error)
        if "parse" in text or isinstance(error, UnknownROSArgsError):
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"wrong ROS arguments: {text}; write --ros-args -p NAME:=VALUE",
            ) from error
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"ROS does not start: {text}; `hispatial doctor` looks at the installation",
        ) from error
    if unknown:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{' '.join(unknown)} not understood: ROS arguments follow --ros-args",
        )


def objection(error: Exception) -> str:
    """Why a node could not be made, in one line; empty if it is no fault of the arguments."""
    if isinstance(error, InvalidParameterTypeException):
        name = error.param_name if hasattr(error, "param_name") else str(error).split("'")[1]
        about = BY_NAME.get(name)
        example = f"{name}:={_example(about.default)}" if about else f"{name}:=VALUE"
        return f"{_first_line(error)}; write it as in -p {example}"
    known = (InvalidParameterValueException, InvalidNodeNameException, NameValidationException)
    return _first_line(error) if isinstance(error, known) else ""


def _example(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return f'"{default}"' if isinstance(default, str) else str(default)


def _check_domain(text: str) -> None:
    if not text.isdecimal() or int(text) > MAX_DOMAIN:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"ROS_DOMAIN_ID is {text!r}: set it to a number from 0 to {MAX_DOMAIN}, the same for "
            "all who should see each other",
        )


def _find_log_folder() -> None:
    """Without a folder for its logs rclpy does not start at all."""
    if os.environ.get("ROS_LOG_DIR"):
        return
    home = os.environ.get("ROS_HOME") or (os.environ.get("HOME") and f"{os.environ['HOME']}/.ros")
    if home and _is_writable(Path(home) / "log"):
        return
    folder = str(Path(tempfile.gettempdir()) / f"hispatial_log_{os.getuid()}")
    os.environ["ROS_LOG_DIR"] = folder
    print(
        f"no log folder ({f'{home} is not writable' if home else 'HOME is not set'}): logging to "
        f"{folder}; set ROS_LOG_DIR to choose another",
        file=sys.stderr,
    )


def _is_writable(folder: Path) -> bool:
    """Whether the folder is writable, or could be made."""
    existing = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(", at /")[0]
