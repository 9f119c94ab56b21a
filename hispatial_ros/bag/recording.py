"""A recording: one file, or a row of files within limits of size and duration."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hispatial_ros.bag.writer import RESERVE, BagWriter

NS = 1_000_000_000


class LimitReached(Exception):  # noqa: N818 - named as the condition it tells
    """Another message would make the recording larger than it may be; it can be finished."""


@dataclass(frozen=True)
class Limits:
    """Of each file, of how many are kept, and of all together; 0: none."""

    max_bytes: int = 0
    max_seconds: float = 0.0
    max_files: int = 0  # the oldest is deleted for the next one
    total_bytes: int = 0  # of all files that are kept

    @property
    def rotates(self) -> bool:
        """Whether there will be more than one file."""
        return self.max_bytes > 0 or self.max_seconds > 0


class _Topic(NamedTuple):
    type_name: str
    definition: str
    latched: bool
    loss: str


@dataclass(eq=False)
class Recording:
    """Writes messages to ``path``, or to NAME_000.mcap, NAME_001.mcap, ... if limits are given.

    Every file can be read by itself: it has the definitions, and begins with the last message of
    each latched topic. Not thread-safe. Raises what `BagWriter` raises, and LimitReached.
    """

    path: Path
    limits: Limits = field(default_factory=Limits)
    compression: str = "zstd"
    reserve: int = RESERVE

    def __post_init__(self) -> None:
        self.path = Path(self.path)
        self.finished: list[Path] = []  # those that still exist
        self.counts: dict[str, int] = {}  # topic -> messages
        self._topics: dict[str, _Topic] = {}
        self._latched: dict[str, tuple[bytes, int, int]] = {}
        self._number = 0
        self._finished_bytes = 0  # of those
        self._since: int | None = None  # log time of the file's first message
        self._open()

    def add_topic(
        self, topic: str, type_name: str, definition: str, latched: bool = False, loss: str = ""
    ) -> None:
        """Declare a topic, before its first message, unless that was done; see BagWriter."""
        if topic in self._topics:
            return
        self._topics[topic] = _Topic(type_name, definition, latched, loss)
        self.counts.setdefault(topic, 0)
        self._bag.add_topic(topic, type_name, definition, loss)

    def write(self, topic: str, data: bytes, log_time: int, publish_time: int) -> None:
        """Append a message, to the next file if this one has reached a limit; see BagWriter."""
        if self._is_full(log_time, len(data)):
            self._next()
        total = self.limits.total_bytes
        if total and self._finished_bytes + self._bag.finished_size + len(data) > total:
            raise LimitReached(f"the recording has reached its limit of {total / 1e6:g} MB")
        if self._since is None:
            self._since = log_time
        self._bag.write(topic, data, log_time, publish_time)
        self.counts[topic] += 1
        if self._topics[topic].latched:
            self._latched[topic] = data, log_time, publish_time

    def flush(self) -> None:
        """What was written until here survives a crash."""
        self._bag.flush()

    def finish(self) -> list[Path]:
        """Finish the present file; returns all that there are. One without messages is removed."""
        if self._bag.messages:
            self.finished.append(self._bag.finish())
        else:
            self._bag.discard()
        return self.finished

    @property
    def present(self) -> Path:
        """The file that is being written."""
        return self._bag.partial

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self._finished_bytes + self._bag.size

    @property
    def room(self) -> int:
        """Bytes that the file system has for more."""
        return self._bag.room

    def _is_full(self, log_time: int, size: int) -> bool:
        limits = self.limits
        if self._since is None:  # it has nothing but what is latched, however large
            return False
        too_large = limits.max_bytes > 0 and self._bag.size + size > limits.max_bytes
        too_old = limits.max_seconds > 0 and log_time - self._since > limits.max_seconds * NS
        return too_large or too_old

    def _open(self) -> None:
        path = self.path
        if self.limits.rotates:
            path = path.with_name(f"{path.stem}_{self._number:03d}{path.suffix}")
        self._bag = BagWriter(path, self.compression, self.reserve)
        self._since = None
        for topic, (type_name, definition, _, loss) in self._topics.items():
            self._bag.add_topic(topic, type_name, definition, loss)

    def _next(self) -> None:
        self.finished.append(self._bag.finish())
        while 0 < self.limits.max_files <= len(self.finished):
            self.finished.pop(0).unlink()
        self._finished_bytes = sum(path.stat().st_size for path in self.finished)
        self._number += 1
        self._open()
        for topic, (data, log_time, publish_time) in self._latched.items():
            self._bag.write(topic, data, log_time, publish_time)
