"""Goes through a recording: every request again, each frame in memory only as long as needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.from_ros import stamp_ns
from hispatial_ros.replay.ask import ask_again, why_not
from hispatial_ros.replay.compare import Difference, Tolerance, differences
from hispatial_ros.replay.outcome import Outcome, recorded

Key = tuple[str, int]  # part of a frame and its stamp [ns]
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


def replay(
    paths: Sequence[Path],
    tolerance: Tolerance,
    truncated: Callable[[Path], None] = lambda path: None,
    lossy: Callable[[str], None] = lambda what: None,
) -> list[Result]:
    """Ask every recorded request again, in the order in which they were recorded.

    Args:
        paths: files of one recording, finished or not.
        tolerance: what is not yet a difference.
        truncated: told each file that was never finished.
        lossy: told of what the recording has less than the node had, and why.

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
    waiting: dict[int, list[Key]] = {}
    for i, record in enumerate(records):
        reason = why_not(record)
        if reason:
            results[i] = Result(record, recorded(record), skipped=reason)
        else:
            waiting[i] = _keys(record)
    needed = Counter(key for keys in waiting.values() for key in keys)
    messages: dict[Key, Any] = {}
    losses: set[str] = set()
    for key, message, loss in _frame_messages(readers):
        if loss and (what := f"{key[0]} kept as {loss}") not in losses:
            losses.add(what)
            lossy(what)
        if not needed[key]:
            continue
        messages[key] = message
        for i in [i for i, keys in waiting.items() if key in keys and messages.keys() >= set(keys)]:
            keys = waiting.pop(i)
            frame = {part: messages[part, stamp] for part, stamp in keys}
            results[i] = _again(records[i], frame, tolerance)
            needed.subtract(keys)
            messages = {key: message for key, message in messages.items() if needed[key]}
    for i, keys in waiting.items():
        lacking = ", ".join(key[0] for key in keys if key not in messages)
        reason = f"not in the recording: {lacking}"
        results[i] = Result(records[i], recorded(records[i]), skipped=reason)
    return [results[i] for i in range(len(records))]


def _keys(record: Any) -> list[Key]:
    """The messages that make up the frame of a request."""
    stamp, depth = stamp_ns(record.header.stamp), stamp_ns(record.depth_stamp)
    keys = [("image", stamp), ("camera_info", stamp)]
    if depth:
        keys.append(("depth", depth))
    if record.depth_source == "fused":
        keys.append(("depth_stddev", stamp))
    return keys


def _again(record: Any, frame: Mapping[str, Any], tolerance: Tolerance) -> Result:
    before, now = recorded(record), ask_again(record, frame)
    return Result(record, before, now, differences(before, now, tolerance))


def _records(readers: Sequence[BagReader]) -> Iterator[Any]:
    for reader in readers:
        for entry in reader.entries(lambda topic: topic.endswith("/requests")):
            if entry.schema.name == "hispatial_ros/msg/RequestRecord":
                yield reader.decode(entry)


def _frame_messages(readers: Sequence[BagReader]) -> Iterator[tuple[Key, Any, str]]:
    """What it is, the message, and what it has lost."""
    for reader in readers:
        for entry in reader.entries(lambda topic: "/answered/" in topic):
            part = entry.topic.rpartition("/answered/")[2].partition("/")[0]
            if part in PARTS:
                message = reader.decode(entry)
                yield (part, stamp_ns(message.header.stamp)), message, entry.loss
