"""Files that somebody named on a command line, read whole."""

import json
import os
import stat
from pathlib import Path

from hispatial_ros.errors import ErrorCode, SpatialError

MAX_BYTES = 2**30  # no frame is larger; /dev/zero is
_PIPES: dict[Path, bytes] = {}  # what they held: a pipe can be read but once


def read_bytes(path: Path) -> bytes:
    """What a file or a pipe holds.

    Raises:
        SpatialError: BAD_REQUEST if it cannot be read, or does not end.
    """
    if path in _PIPES:
        return _PIPES[path]
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
            if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                _PIPES[path] = content
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or error
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{path} cannot be read: {why}") from error
    if len(content) > MAX_BYTES:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{path} is larger than 1 GiB: is it the right file?"
        )
    return content


def read_text(path: Path) -> str:
    """A text file in UTF-8, or in UTF-16 as Windows writes it.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    content = read_bytes(path)
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{path} cannot be read: it is no text"
        ) from error
