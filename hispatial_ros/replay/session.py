"""Goes through a recording: every request again, each frame in memory only as long as needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.from_ros import stamp_ns
from hispatial_ros.replay.ask import ask_again, why_not
from hispatial_ros.replay.compare import Difference, Tolerance, differences
from hispatial_ros.replay.outcome import Outcome, recorded

PARTS = ("image", "depth", "camera_info", "depth_stddev")


@dataclass(frozen=True)
class Result:
    """One request: then and now. ``skipped`` says why it was not asked again, if so."""

    record: Any  # hispatial_ros/RequestRecord
    before: Outcome
    now: Outcome | None = None
    differences: Sequence[Difference] = ()
    skipped: str = ""

    @property
    def status(self) -> str:
        """same, different or skipped."""
        if self.skipped:
            return "skipped"
        return "different" if self.differences else "same"


@dataclass(eq=False)
class _Frames:
    """Messages of frames that are still needed, by part and stamp [ns]."""

    needed: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    messages: dict[tuple[str, int], Any] = field(default_factory=dict)

    def expect(self, keys: Sequence[tuple[str, int]]) -> None:
        for key in keys:
            self.needed[key] += 1

    def release(self, keys: Sequence[tuple[str, int]]) -> None:
        for key in keys:
            self.needed[key] -= 1
            if not self.needed[key]:
                self.messages.pop(key, None)


def replay(
    paths: Sequence[Path],
    tolerance: Tolerance,
    truncated: Callable[[Path], None] = lambda path: None,
) -> list[Result]:
    """Ask every recorded request again, in the order in which they were recorded.

    Args:
        paths: files of one recording, finished or not.
        tolerance: what is not yet a difference.
        truncated: told each file that was never finished.

    Raises:
        SpatialError: BAD_REQUEST if a file is no recording, or none of them has requests.
        OSError: a file cannot be read.
    """
    readers = [BagReader(path) for path in paths]
    records = list(_records(readers))
    for reader in readers:
        if reader.truncated:
            truncated(reader.path)
    if not records:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "the recording has no requests (topic ~/requests): record with `hispatial record` "
            "while questions are asked",
        )
    results: dict[int, Result] = {}
    waiting: dict[int, list[tuple[str, int]]] = {}
    frames = _Frames()
    for i, record in enumerate(records):
        reason = why_not(record)
        if reason:
            results[i] = Result(record, recorded(record), skipped=reason)
        else:
            waiting[i] = _keys(record)
            frames.expect(waiting[i])
    for key, message in _frame_messages(readers):
        if frames.needed.get(key):
            frames.messages[key] = message
            complete = [
                i
                for i, keys in waiting.items()
                if key in keys and all(k in frames.messages for k in keys)
            ]
            for i in complete:
                results[i] = _again(records[i], waiting[i], frames, tolerance)
                frames.release(waiting.pop(i))
    for i, keys in waiting.items():
        lacking = ", ".join(part for part, _ in keys if (part, _) not in frames.messages)
        reason = f"not in the recording: {lacking}"
        results[i] = Result(records[i], recorded(records[i]), skipped=reason)
    return [results[i] for i in range(len(records))]


def _keys(record: Any) -> list[tuple[str, int]]:
    """The messages that make up the frame of a request."""
    stamp, depth = stamp_ns(record.header.stamp), stamp_ns(record.depth_stamp)
    keys = [("image", stamp), ("camera_info", stamp)]
    if depth:
        keys.append(("depth", depth))
    if record.depth_source == "fused":
        keys.append(("depth_stddev", stamp))
    return keys


def _again(
    record: Any, keys: list[tuple[str, int]], frames: _Frames, tolerance: Tolerance
) -> Result:
    parts = {part: frames.messages[part, stamp] for part, stamp in keys}
    before, now = recorded(record), ask_again(record, parts)
    return Result(record, before, now, differences(before, now, tolerance))


def _records(readers: Sequence[BagReader]) -> Iterator[Any]:
    for reader in readers:
        for entry in reader.entries(lambda topic: topic.endswith("/requests")):
            if entry.schema.name == "hispatial_ros/msg/RequestRecord":
                yield reader.decode(entry)


def _frame_messages(readers: Sequence[BagReader]) -> Iterator[tuple[tuple[str, int], Any]]:
    for reader in readers:
        for entry in reader.entries(lambda topic: "/answered/" in topic):
            part = entry.topic.rpartition("/answered/")[2].partition("/")[0]
            if part in PARTS:
                message = reader.decode(entry)
                yield (part, stamp_ns(message.header.stamp)), message
