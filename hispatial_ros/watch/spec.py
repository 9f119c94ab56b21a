"""What is to be watched, and whether that makes sense."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region, check_region

MAX_NAME = 64  # characters
MAX_LABELS = 10  # of one watch; the relations between them grow with the square
MAX_TEXT = 256  # characters of a label or frame
LARGEST = 1_000_000  # pixels of an image's side, whatever camera there will be
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")


@dataclass(frozen=True)
class Spec:
    """Mirrors ``msg/WatchSpec.msg``, but for the last field."""

    name: str
    question: str = ""
    labels: tuple[str, ...] = ()
    condition: str = ""
    regions: tuple[Region, ...] = ()
    rate: float = 0.0  # Hz; 0: on change
    margin: float = 0.0  # m; 0: the default
    reference_frame: str = ""
    known: tuple[str, ...] = ()  # labels of others without which its words are not understood

    def same_as(self, other: Spec) -> bool:
        """Whether nothing but the identity of objects in memory differs."""
        return self._key() == other._key()

    def _key(self) -> tuple:
        regions = tuple(
            (r.label, r.id, tuple(r.box), None if r.outline is None else r.outline.tolist())
            for r in self.regions
        )
        mine = (self.name, self.question, self.labels, self.condition, regions)
        return (*mine, self.rate, self.margin, self.reference_frame)


def check(spec: Spec, max_rate: float) -> None:
    """Whether the numbers and names are sane; what the texts mean is found out elsewhere.

    Raises:
        SpatialError: BAD_REQUEST, BAD_QUESTION, BAD_REGION or REGION_OUTSIDE_IMAGE.
    """
    _check_name(spec.name)
    if not (spec.question or spec.condition or spec.labels):
        raise SpatialError(
            ErrorCode.BAD_QUESTION,
            "nothing to watch: give a question, a condition ('mug on table') or labels",
        )
    _check_numbers(spec, max_rate)
    _check_labels(spec.labels)
    if len(spec.labels) == 1 and not (spec.condition or spec.question):
        raise _bad("one label alone has no relations: give a condition, or another label")
    for region in spec.regions:
        check_region(region, LARGEST, LARGEST)
    if not _printable(spec.condition + spec.question):
        raise SpatialError(ErrorCode.BAD_QUESTION, "the text holds control characters: send text")


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME or not _NAME.match(name):
        raise _bad(
            f"{name[:MAX_NAME]!r} is no name for a watch: use letters, digits, '_', '-' and "
            f"'.', at most {MAX_NAME}"
        )


def _check_numbers(spec: Spec, max_rate: float) -> None:
    if not 0 <= spec.rate <= max_rate:  # nor is it NaN
        raise _bad(
            f"rate must be from 0 (on change) to {max_rate:g} Hz (parameter watch.max_rate), not "
            f"{spec.rate:g}"
        )
    if not 0 <= spec.margin < inf:
        raise _bad(f"margin must be 0 (the node's default) or more metres, not {spec.margin:g}")


def _check_labels(labels: Sequence[str]) -> None:
    if len(labels) > MAX_LABELS:
        raise _bad(
            f"{len(labels)} labels in one watch, at most {MAX_LABELS} are taken: add several "
            "watches"
        )
    if len(set(labels)) != len(labels):
        raise _bad("a label is given twice")
    for label in labels:
        if not any(c.isalnum() for c in label) or len(label) > MAX_TEXT or not _printable(label):
            raise SpatialError(
                ErrorCode.BAD_REGION,
                f"{label[:MAX_TEXT]!r} is no label: send the name of an object, at most "
                f"{MAX_TEXT} printable characters",
            )


def new_name(taken: Sequence[str]) -> str:
    """The first of watch-1, watch-2, ... that is free."""
    number = 1
    while f"watch-{number}" in taken:
        number += 1
    return f"watch-{number}"


def region_to_dict(region: Region) -> dict:
    """For a file."""
    outline = None if region.outline is None else np.asarray(region.outline, float).tolist()
    box = [float(v) for v in region.box]
    return {"label": region.label, "id": region.id, "box": box, "outline": outline}


def _printable(text: str) -> bool:
    return all(c.isprintable() for c in text)


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_REQUEST, message)
