"""A parsed question: its form, and what it says about the answer that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from hispatial_ros.language.forms import Exists, Form
from hispatial_ros.language.terms import Kind, Mention


@dataclass(frozen=True)
class Option:
    label: str  # "A", "2", "iv"
    text: str


@dataclass(frozen=True)
class Viewpoint:
    """Whose left and right is meant: an observer at ``at`` looking towards ``facing``."""

    at: Mention
    facing: Mention | None = None

    def __str__(self) -> str:
        return f"{self.at} facing {self.facing}" if self.facing else str(self.at)


@dataclass(frozen=True)
class ParsedQuestion:
    """A parsed question."""

    form: Form
    options: tuple[Option, ...] = ()
    frame: str | None = None  # "camera" or "gravity", if the question says so
    viewpoint: Viewpoint | None = None
    unit: str | None = None  # a length unit the answer is wanted in, e.g. "cm"
    text: str = ""  # as it was asked
    format: str = ""  # "yes or no", "letter", "number": the answer is to be just that
    notes: tuple[str, ...] = ()  # e.g. which typing errors were corrected

    @property
    def level(self) -> int:
        """0 to 2; what relates nothing but pixels is Level 0."""
        if isinstance(self.form, Exists) and self.form.condition is not None:
            return 2
        named = list(mentions(self.form))
        if named and all(r.kind is Kind.PIXEL for r in named):
            return 0
        return self.form.level

    def __str__(self) -> str:
        text = str(self.form)
        if self.frame:
            text += f" @{self.frame}"
        if self.viewpoint:
            text += f" @view {self.viewpoint}"
        if self.options:
            text += " " + "".join(f"|{o.label}:{o.text}" for o in self.options)
        return text


def parts(value: Any) -> Iterator[Any]:
    """A question, or a part of it, and everything that it consists of."""
    yield value
    if isinstance(value, tuple):
        for part in value:
            yield from parts(part)
    else:
        for name in _field_names(value.__class__):
            yield from parts(getattr(value, name))


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def mentions(value: Any) -> Iterator[Mention]:
    """Every mention anywhere in a question or a part of it."""
    return (part for part in parts(value) if isinstance(part, Mention))
