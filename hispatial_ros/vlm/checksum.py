"""SHA-256 of a folder's files, in the format of ``sha256sum``."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from hispatial_ros.errors import backend_unavailable

SUMS = "SHA256SUMS"
VERIFIED = ".verified.json"  # size and modification time of the files when they were last hashed
_BLOCK = 1 << 22


def sha256(path: Path, advance: Callable[[int], object] = lambda count: None) -> str:
    """Hex digest of a file; ``advance`` gets the number of bytes hashed since its last call."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            advance(len(block))
    return digest.hexdigest()


def write_sums(folder: Path, advance: Callable[[int], object] = lambda count: None) -> None:
    """Write the sums of all files of ``folder``."""
    files = sorted(path for path in folder.iterdir() if path.name not in (SUMS, VERIFIED))
    lines = [f"{sha256(path, advance)}  {path.name}\n" for path in files]
    (folder / SUMS).write_text("".join(lines))
    _remember(folder, files)


def check_sums(folder: Path, *, always: bool = False) -> None:
    """Compare the files of ``folder`` with its sums.

    Files whose size and modification time have not changed since they were last hashed are not
    hashed again, unless ``always`` is set.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE naming every file that is missing or differs.
    """
    try:
        lines = (folder / SUMS).read_text().splitlines()
    except FileNotFoundError as error:
        raise backend_unavailable(
            f"{folder} has no {SUMS}: run `hispatial convert` again"
        ) from error
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    known = {} if always else _remembered(folder)
    wrong = []
    for name, digest in sums.items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif known.get(name) != _state(path) and sha256(path) != digest:
            wrong.append(f"{name} is damaged")
    if wrong:
        raise backend_unavailable(
            f"{folder} does not match its {SUMS}: {', '.join(wrong)}; run `hispatial convert "
            "--force`, or copy the folder again"
        )
    _remember(folder, [folder / name for name in sums])


def _state(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _remembered(folder: Path) -> dict[str, list[int]]:
    try:
        return json.loads((folder / VERIFIED).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _remember(folder: Path, files: list[Path]) -> None:
    try:
        (folder / VERIFIED).write_text(json.dumps({path.name: _state(path) for path in files}))
    except OSError:
        return  # a read-only folder is hashed every time
