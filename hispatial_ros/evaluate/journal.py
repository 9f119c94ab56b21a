"""The answers of a run, one line each, appended as they come."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hispatial_ros.dataset.build import write_json
from hispatial_ros.durable import sync
from hispatial_ros.errors import ErrorCode, SpatialError

BEGUN = "begun.json"
ANSWERS = "answers.jsonl"


@dataclass(frozen=True)
class Entry:
    """What came of a question: an answer, or why there is none."""

    id: str
    answer: str
    refused: str = ""
    seconds: float = 0.0
    judged: float | None = None  # the length that a judge read in it, m


class Journal:
    """Answers on disk. Each is safe once `add` returns, whatever ends the process.

    Args:
        folder: made if needed.
        begun: what the run is about; a folder that was begun with anything else is refused.

    Raises:
        SpatialError: BAD_REQUEST if the folder cannot be written, or is of another run.
    """

    def __init__(self, folder: Path, begun: dict[str, Any]):
        self._path = folder / ANSWERS
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _begin(folder / BEGUN, begun)
            self.entries = self._read()
            self._file = self._path.open("ab")
            sync(folder)
        except OSError as error:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{folder} cannot be written ({error.strerror or error}): name another --out",
            ) from error

    def add(self, entry: Entry) -> None:
        """Keep an answer. Raises OSError if the disk is full."""
        self._file.write(json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.entries[entry.id] = entry

    def close(self) -> None:
        """No more answers."""
        self._file.close()

    def _read(self) -> dict[str, Entry]:
        """What is there; a line that was cut short as the process ended is cut off."""
        if not self._path.is_file():
            return {}
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(self._path, whole)
        entries = {}
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                entry = Entry(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise SpatialError(
                    ErrorCode.BAD_REQUEST,
                    f"{self._path}, line {number} is damaged: {error}; delete the line, and its "
                    "question is asked again",
                ) from error
            entries[entry.id] = entry
        return entries


def _begin(path: Path, begun: dict[str, Any]) -> None:
    if not path.is_file():
        write_json(path, begun)
        return
    try:
        before = json.loads(path.read_text())
    except ValueError as error:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{path} is damaged: {error}") from error
    changed = sorted(k for k in {*before, *begun} if before.get(k) != begun.get(k))
    if changed:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{path.parent} was begun with other {', '.join(changed)}: go on with the same, or "
            "name another --out",
        )
