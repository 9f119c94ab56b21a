"""What comes of a watch: states, events, answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import nan

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import SpatialError
from hispatial_ros.measure.types import Relation
from hispatial_ros.watch.hysteresis import EventKind


class State(Enum):
    """How a watch stands; values as in ``msg/WatchState.msg``."""

    UNKNOWN = 0
    INSIDE = 1
    OUTSIDE = 2
    LOST = 3
    WATCHING = 4


@dataclass(frozen=True, eq=False)
class Event:
    """Something happened; mirrors ``msg/WatchEvent.msg``."""

    number: int
    kind: EventKind
    condition: str
    text: str
    objects: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    stddevs: tuple[float, ...] = ()
    unit: str = ""
    confidence: float = nan
    error: SpatialError | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """What one image brought for one item of a watch."""

    answer: Answer | None = None  # None: there is none, or it is not due
    relations: Sequence[Relation] = ()
    events: Sequence[Event] = ()


def sentence(kind: EventKind, subject: str) -> str:
    """For an event without an answer."""
    return f"{kind.name.capitalize()}: {subject.replace('_', ' ')}"
