"""Types of arguments that several commands take."""

import argparse
import math
import os
import re
from pathlib import Path
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError

NODE_NAME = re.compile(r"/?[A-Za-z_~][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*/?")


def seconds(text: str) -> float:
    """A duration above 0."""
    return _above_zero(text, "seconds above 0")


def _above_zero(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of {what}")
    return value


def amount(text: str) -> float:
    """A number that is at least 0."""
    return 0.0 if text in ("0", "0.0") else _above_zero(text, "at least 0")


def node_name(text: str) -> str:
    """Name of a node, with its namespace if it has one."""
    if not NODE_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no node name: letters, digits and underscores, as in robot1/hispatial"
        )
    return text


def file_name(text: str) -> Path:
    """Of a file or folder; ``--rgb=~/x`` comes with its tilde from the shell."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name, perhaps of a variable that is not set")
    if re.match(r"\w+://", text):
        raise argparse.ArgumentTypeError(f"{text!r} is an address: fetch the file, give its path")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # no such user: a file whose name begins so
        return Path(text)


def output(text: str) -> Path:
    """A file to be written. That it cannot be is told before the work.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    return _writable(file_name(text), text)


def _writable(path: Path, text: str) -> Path:
    why = ""
    if path.is_dir():
        why = "it is a folder"
    elif not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        why = f"{path.parent.absolute()} is no folder that can be written into"
    if why:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{text} cannot be written: {why}")
    return path


class Joined(argparse.Action):
    """The words of a text, each of which is an argument where the shell got no quotes."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, " ".join(values))
