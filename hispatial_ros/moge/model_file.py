"""What can be told about a model file without a parser on the robot."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hispatial_ros.errors import ErrorCode, SpatialError

# Field numbers of onnx.proto.
METADATA_PROPS = 14
KEY, VALUE = 1, 2
CHECKPOINT_SUFFIXES = (".pt", ".pth")  # of PyTorch


def model_hash(model: Path) -> str:
    """SHA-256 of a checkpoint, or of an ONNX file and the external data it names.

    External data lies beside the file and is named in it, so every neighbour whose name occurs in
    the file counts.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if model.suffix in CHECKPOINT_SUFFIXES:
            return file_hash(model)
        content = model.read_bytes()
        digest.update(content)
        for other in sorted(model.parent.iterdir()):
            if other != model and other.is_file() and os.fsencode(other.name) in content:
                digest.update(os.fsencode(other.name))
                _update(digest, other)
    except OSError as error:
        raise unreadable(model, error) from error
    return digest.hexdigest()


def check_model(model: Path, expected: str) -> str:
    """The file's `model_hash`, compared with what is expected; an empty string expects nothing.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it differs, or the file cannot be read.
    """
    found = model_hash(model)
    if expected and found != expected.strip().lower():
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"depth model {model} has the sha256 {found}, not {expected}: it is damaged or another "
            "one; copy it again, or correct the parameter moge.sha256",
        )
    return found


def file_hash(path: Path) -> str:
    """SHA-256 of one file."""
    digest = hashlib.sha256()
    _update(digest, path)
    return digest.hexdigest()


def read_metadata(model: Path) -> dict[str, str]:
    """The ``metadata_props`` of an ONNX file; empty if it has none or is no ONNX file.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the file cannot be read.
    """
    try:
        with model.open("rb") as file:
            end = os.fstat(file.fileno()).st_size
            entries = [
                dict(_fields(file, start, stop))
                for number, (start, stop) in _spans(file, 0, end)
                if number == METADATA_PROPS
            ]
        return {entry.get(KEY, ""): entry.get(VALUE, "") for entry in entries}
    except (ValueError, UnicodeDecodeError):
        return {}
    except OSError as error:
        raise unreadable(model, error) from error


def unreadable(model: Path, error: OSError) -> SpatialError:
    """The error for a model file that is missing or cannot be read."""
    return SpatialError(
        ErrorCode.BACKEND_UNAVAILABLE,
        f"depth model {model} cannot be read ({error.strerror}): download a MoGe-2 ONNX file or "
        "make one with 'hispatial export-moge'",
    )


def _update(digest, path: Path) -> None:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)


def _fields(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[int, str]]:
    for number, (begin, end) in list(_spans(file, start, stop)):
        file.seek(begin)
        yield number, file.read(end - begin).decode()


def _spans(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Number and extent of the length-delimited fields of a protobuf message; skips the others."""
    position = start
    while position < stop:
        file.seek(position)
        tag = _varint(file)
        kind = tag & 7
        if kind == 0:
            _varint(file)
            position = file.tell()
        elif kind == 2:
            length = _varint(file)
            begin = file.tell()
            position = begin + length
            if position > stop:
                raise ValueError("field beyond the end of the message")
            yield tag >> 3, (begin, position)
        elif kind in (1, 5):
            position = file.tell() + (8 if kind == 1 else 4)
        else:
            raise ValueError(f"unknown wire type {kind}")


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = file.read(1)
        if not byte:
            raise ValueError("truncated number")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("number too long")
