"""Types of arguments that several commands take."""

import argparse
import math
import re

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
