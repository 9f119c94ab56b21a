"""Watches in a file: JSON, written as a whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hispatial_ros.durable import write_whole
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.watch.spec import Spec, region_to_dict

VERSION = 1
MAX_BYTES = 16_000_000  # larger files are none of ours
PRIVATE = 0o600  # only who runs the node reads what is watched
_FIELDS = {"name": str, "question": str, "condition": str, "reference_frame": str}


def load(path: Path) -> list[Spec]:
    """The watches in a file; none if it does not exist. The file is not touched.

    Raises:
        SpatialError: NOT_STORED if it cannot be read or is damaged.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(path, str(error)) from error
    if len(data) > MAX_BYTES:
        raise _unreadable(path, f"it is larger than {MAX_BYTES} bytes")
    try:
        content = json.loads(data)
        if not isinstance(content, dict) or content.get("version") != VERSION:
            raise ValueError(f'it has no "version": {VERSION}')
        specs = [_spec(entry) for entry in content["watches"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise _unreadable(path, why) from error
    if len({spec.name for spec in specs}) != len(specs):
        raise _unreadable(path, "two watches have the same name")
    return specs


def save(path: Path, specs: Sequence[Spec]) -> None:
    """Replace the file by these watches; when this returns they survive a power cut.

    They are written to a new file beside it, which takes its place when it is on the disk: at any
    time there is either the old file or the new one.

    Raises:
        SpatialError: NOT_STORED; the old file is then as it was.
    """
    content = {"version": VERSION, "watches": [_entry(spec) for spec in specs]}
    data = f"{json.dumps(content, indent=1)}\n".encode()
    if len(data) > MAX_BYTES:
        raise SpatialError(
            ErrorCode.NOT_STORED,
            f"watch.file {path} would be larger than {MAX_BYTES} bytes, and is not read then; "
            "nothing was changed. Remove watches, or give them fewer regions or simpler outlines",
        )
    try:
        write_whole(path, data, PRIVATE)
    except OSError as error:
        raise SpatialError(
            ErrorCode.NOT_STORED,
            f"cannot write watch.file {path}: {error}; nothing was changed. Make room or give "
            "the node the right to write there, or set watch.file to another place",
        ) from error


def _entry(spec: Spec) -> dict[str, Any]:
    return {
        **{name: getattr(spec, name) for name in _FIELDS},
        "labels": list(spec.labels),
        "regions": [region_to_dict(region) for region in spec.regions],
        "rate": spec.rate,
        "margin": spec.margin,
        "known": list(spec.known),
    }


def _spec(entry: Any) -> Spec:
    texts = {name: _typed(entry[name], kind, name) for name, kind in _FIELDS.items()}
    return Spec(
        **texts,
        labels=tuple(_typed(label, str, "labels") for label in entry["labels"]),
        regions=tuple(_region(region) for region in entry["regions"]),
        rate=float(_typed(entry["rate"], (int, float), "rate")),
        margin=float(_typed(entry["margin"], (int, float), "margin")),
        known=tuple(_typed(label, str, "known") for label in entry.get("known", [])),
    )


def _region(entry: Any) -> Region:
    box = [float(_typed(v, (int, float), "box")) for v in entry["box"]]
    if len(box) != 4:
        raise ValueError("a box has not four numbers")
    outline = entry["outline"]
    if outline is not None:
        outline = np.array(outline, float)
        if outline.ndim != 2 or outline.shape[1] != 2:
            raise ValueError("an outline is no list of points")
    label, name = (_typed(entry[key], str, key) for key in ("label", "id"))
    return Region(label, (box[0], box[1], box[2], box[3]), outline, name)


def _typed(value: Any, kind: type | tuple[type, ...], name: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r:.40}")
    return value


def _unreadable(path: Path, why: str) -> SpatialError:
    return SpatialError(
        ErrorCode.NOT_STORED,
        f"cannot read watch.file {path}: {why}. It was left as it is: repair it, move it away, or "
        "set watch.file to another place",
    )
