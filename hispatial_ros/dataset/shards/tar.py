"""Tar files of samples that are the same bytes for the same samples, whole or not there."""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from hispatial_ros.durable import sync
from hispatial_ros.errors import ErrorCode, SpatialError

T = TypeVar("T")


class Span(NamedTuple):
    """Where a member's content lies in its tar file, bytes."""

    start: int
    size: int


class TarWriter:
    """Writes ``key.ending`` members; the file appears under its name only when it is complete.

    Use as a context manager: an exception leaves nothing behind.

    Raises:
        OSError: from any method; the disk is full, or the folder is not writable.
    """

    def __init__(self, path: Path):
        self.path = path
        self._partial = path.with_name(f".{path.name}.partial")

    def __enter__(self) -> "TarWriter":
        self._file = self._partial.open("wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.USTAR_FORMAT)
        return self

    def add(self, key: str, parts: Mapping[str, bytes]) -> None:
        """One sample: ending -> content, in a fixed order."""
        for ending in sorted(parts):
            info = tarfile.TarInfo(f"{key}.{ending}")
            info.size = len(parts[ending])
            info.mode = 0o644
            self._tar.addfile(info, io.BytesIO(parts[ending]))

    def __exit__(self, kind, error, traceback) -> None:
        if kind is not None:
            self._file.close()  # the tar's own end would be written to a disk that may be full
            self._partial.unlink(missing_ok=True)
            return
        try:
            self._tar.close()
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            self._file.close()
            self._partial.unlink(missing_ok=True)
            raise
        self._file.close()
        self._partial.rename(self.path)
        sync(self.path.parent)


def read_samples(path: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Samples in the order in which they lie in a tar file: key, ending -> content.

    Raises:
        SpatialError: BAD_REQUEST if it is no tar file or is cut short.
    """
    return _samples(path, "r|", _content)


def index_samples(path: Path) -> Iterator[tuple[str, dict[str, Span]]]:
    """Where the samples of a tar file lie, in order: key, ending -> span. Reads headers only.

    Raises:
        SpatialError: BAD_REQUEST if it is no uncompressed tar file or is cut short.
    """
    return _samples(path, "r:", lambda tar, member: Span(member.offset_data, member.size))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(member)
    assert content is not None
    return content.read()


def _samples(
    path: Path, mode: str, value: Callable[[tarfile.TarFile, tarfile.TarInfo], T]
) -> Iterator[tuple[str, dict[str, T]]]:
    key = ""
    parts: dict[str, T] = {}
    try:
        with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]  # two constants
            for member in tar:
                if not member.isfile():
                    continue
                folder, _, name = member.name.rpartition("/")
                stem, _, ending = name.partition(".")
                stem = f"{folder}/{stem}" if folder else stem
                if stem != key and parts:
                    yield key, parts
                    parts = {}
                key = stem
                parts[ending] = value(tar, member)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{path} is no tar file or is cut short: {error}"
        ) from error
    if parts:
        yield key, parts


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
