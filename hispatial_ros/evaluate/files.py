"""Published benchmark files: Parquet, JSON, JSON Lines, tab-separated."""

import base64
import binascii
import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.images import decode_rgb, open_image
from hispatial_ros.frame.reading import read_bytes, read_text

# One line of a file: column -> value. An image of a Parquet file is a function that reads it.
Row = Mapping[str, Any]
# How JPEG, PNG and WebP begin in base64.
BASE64 = ("/9j/", "iVBOR", "UklGR")
LARGEST_CELL = 1 << 30  # of tab-separated files, which hold images in base64


def find(path: Path, patterns: Sequence[str], what: str) -> list[Path]:
    """The files of a benchmark: the path itself, or what a folder and those below hold of them.

    Raises:
        SpatialError: BAD_REQUEST if there are none.
    """
    if path.is_file():
        return [path]
    found = sorted({f for pattern in patterns for f in path.rglob(pattern) if f.is_file()})
    if found:
        return found
    missing = "does not exist" if not path.exists() else f"holds no {' or '.join(patterns)}"
    raise bad(f"{path} {missing}: give the published file of {what}, or fetch it with --download")


def rows(path: Path, columns: Sequence[str], image: str = "") -> Iterator[Row]:
    """The rows of a file, by its ending.

    Args:
        path: .parquet, .json (a list), .jsonl or .tsv.
        columns: that it must have.
        image: column of a Parquet file that is read only when its value is called.

    Raises:
        SpatialError: BAD_REQUEST if it is empty, damaged, or lacks a column.
    """
    readers: dict[str, Callable[[], Iterator[Row]]] = {
        ".parquet": lambda: _parquet(path, image),
        ".json": lambda: _json(path),
        ".jsonl": lambda: _json_lines(path),
        ".tsv": lambda: _tsv(path),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise bad(f"{path} is none of {', '.join(readers)}: give a file as it was published")
    number = -1
    for number, row in enumerate(reader()):
        lacking = [c for c in columns if c not in row]
        if lacking:
            raise bad(
                f"{path}, row {number + 1} lacks {', '.join(lacking)} (it has "
                f"{', '.join(map(str, row))}): is it a file of another benchmark or version?"
            )
        yield row
    if number < 0:
        raise bad(f"{path} is empty: fetch it again")


def _json(path: Path) -> Iterator[Row]:
    text = read_text(path)
    if not text.strip():
        return
    try:
        content = json.loads(text)
    except ValueError as error:
        raise bad(f"{path} is no valid JSON: {error}; fetch it again") from error
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise bad(f"{path} is no list of objects: give a file as it was published")
    yield from content


def _json_lines(path: Path) -> Iterator[Row]:
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise bad(f"{path}, line {number} is no valid JSON: {error}") from error
        if not isinstance(row, dict):
            raise bad(f"{path}, line {number} is no object")
        yield row


def _tsv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_CELL)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if None in row or None in row.values():
                    raise bad(f"{path}: the row {next(iter(row.values()))!r} is cut short")
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise bad(f"{path} cannot be read: {error}") from error


def _parquet(path: Path, image: str) -> Iterator[Row]:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
        names = [name for name in file.schema_arrow.names if name != image]
        has_image = image in file.schema_arrow.names
        images = _Images(file, image)
        index = 0
        for batch in file.iter_batches(columns=names):
            for row in batch.to_pylist():
                yield row | ({image: images.reader(index)} if has_image else {})
                index += 1
    except (OSError, pyarrow.ArrowException) as error:
        raise bad(f"{path} is no whole Parquet file: {error}; fetch it again") from error


class _Images:
    """The image column of a Parquet file, of which one row group is kept."""

    def __init__(self, file: Any, column: str):
        self._file, self._column = file, column
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        self._ends = np.cumsum(sizes)
        self._group, self._cells = -1, []  # type: ignore[var-annotated]

    def reader(self, index: int) -> Callable[[], Any]:
        return lambda: self._read(index)

    def _read(self, index: int) -> Any:
        group = int(np.searchsorted(self._ends, index, side="right"))
        if group != self._group:
            table = self._file.read_row_group(group, columns=[self._column])
            self._group, self._cells = group, table.column(self._column)
        start = self._ends[group - 1] if group else 0
        return self._cells[index - int(start)].as_py()


def picture(cell: Any, name: str, folder: Path | None = None) -> np.ndarray:
    """An image of a file [H, W, 3] uint8.

    Args:
        cell: ``{"bytes", "path"}`` as datasets of the hub store it, or a function that reads one;
            base64; a path below ``folder``; or an image that is open already.
        name: for errors.
        folder: of image files.

    Raises:
        SpatialError: BAD_REQUEST if there is none, BAD_IMAGE if it is damaged.
    """
    cell = cell() if callable(cell) else cell
    image = cell if isinstance(cell, Image.Image) else open_image(_bytes(cell, name, folder), name)
    return decode_rgb(image, name)


def _bytes(cell: Any, name: str, folder: Path | None) -> bytes:
    if isinstance(cell, Mapping):
        if cell.get("bytes"):
            return cell["bytes"]
        cell = cell.get("path")
    if not isinstance(cell, str) or not cell:
        raise bad(f"{name} has no image in it: give the folder of the images with --images")
    if cell.startswith(BASE64) or len(cell) > 255:  # longer than a name can be
        try:
            return base64.b64decode(cell, validate=True)
        except binascii.Error as error:
            raise bad(f"the image of {name} is no valid base64: {error}") from error
    if folder is None:
        raise bad(f"{name} names its image {cell}: give the folder of the images with --images")
    path = folder / cell
    if not path.is_file():
        path = folder / Path(cell).name
    if not path.is_file():
        raise bad(f"the image {cell} of {name} is not in {folder}: correct --images")
    return read_bytes(path)


def bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_REQUEST, message)
