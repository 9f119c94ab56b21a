"""What a question asks: one dataclass per question form, grouped by the levels of the taxonomy.

The taxonomy is HiSpatial's (arXiv 2603.25411): Level 0 pixels, Level 1 one object, Level 2
relations between objects. ``str(question)`` is a compact canonical notation, made for tests,
logs and error messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar

from hispatial_ros.language.terms import ANY, Attribute, Condition, Kind, Order, Reference


class Form:
    level: ClassVar[int]
    name: ClassVar[str]


def _call(name: str, *parts: object) -> str:
    return f"{name}({', '.join(str(p) for p in parts)})"


def _ordered(name: str, order: Order, rank: int, candidates: Sequence[Reference]) -> str:
    nth = f" #{rank}" if rank != 1 else ""
    return f"{name}({order.superlative}{nth}; {', '.join(map(str, candidates))})"


def _kind(name: str, kind: Reference, condition: Condition | None) -> str:
    return f"{name}({kind}; {condition})" if condition else f"{name}({kind})"


# Level 0: pixels.


@dataclass(frozen=True)
class PixelForm(Form):
    level = 0
    pixel: Reference

    def __str__(self) -> str:
        return _call(self.name, self.pixel)


class PixelPosition(PixelForm):
    name = "pixel_position"


@dataclass(frozen=True)
class PixelDepth(PixelForm):
    name = "pixel_depth"
    straight: bool = False  # the distance to the camera instead of z

    def __str__(self) -> str:
        return _call(self.name, self.pixel)


class PixelContents(PixelForm):
    name = "pixel_contents"


# Level 1: one object (or the same asked of several).


@dataclass(frozen=True)
class ObjectForm(Form):
    level = 1
    objects: tuple[Reference, ...]

    def __str__(self) -> str:
        return _call(self.name, *self.objects)


class CameraDistance(ObjectForm):
    name = "camera_distance"


class Size(ObjectForm):
    name = "size"


class Position(ObjectForm):
    name = "position"


class Box(ObjectForm):
    name = "box"


class Facing(ObjectForm):
    name = "facing"


class Summary(ObjectForm):
    name = "summary"


@dataclass(frozen=True)
class Dimension(ObjectForm):
    attribute: Attribute

    def __str__(self) -> str:
        return _call(self.attribute.value, *self.objects)


class Elevation(ObjectForm):
    """Height of an object above the ground."""

    name = "elevation"


@dataclass(frozen=True)
class Exists(Form):
    level = 1
    name = "exists"
    kind: Reference
    condition: Condition | None = None

    def __str__(self) -> str:
        return _kind(self.name, self.kind, self.condition)


# Level 2: relations, order and counting.


@dataclass(frozen=True)
class Distance(Form):
    """Between two objects, or with ``second`` None between the two that ``first`` names."""

    level = 2
    name = "distance"
    first: Reference
    second: Reference | None
    closest: bool = False  # between surfaces instead of centres
    axis: str | None = None  # "horizontal", "vertical", "lateral", "forward", "x", "y" or "z"

    def __str__(self) -> str:
        name = "gap" if self.closest else "distance"
        refs = [self.first] if self.second is None else [self.first, self.second]
        return _call(name, *refs) + (f" {self.axis}" if self.axis else "")


@dataclass(frozen=True)
class Difference(Form):
    """How much the first exceeds the second: "how much taller is A than B?"."""

    level = 2
    name = "difference"
    order: Order
    first: Reference
    second: Reference | None  # None: between the two that the first names

    def __str__(self) -> str:
        refs = [self.first] if self.second is None else [self.first, self.second]
        return f"difference({self.order.comparative}; {', '.join(map(str, refs))})"


@dataclass(frozen=True)
class Direction(Form):
    """Unit vector from the first to the second."""

    level = 2
    name = "direction"
    first: Reference
    second: Reference

    def __str__(self) -> str:
        return _call(self.name, self.first, self.second)


@dataclass(frozen=True)
class RelativeDirection(Form):
    """Where the first lies as seen from the second; ``choices`` if the question offers some."""

    level = 2
    name = "relative"
    first: Reference
    second: Reference
    choices: tuple[str, ...] = ()  # predicates

    def __str__(self) -> str:
        return _call(self.name, self.first, self.second)


@dataclass(frozen=True)
class Extreme(Form):
    """Which of the candidates comes first (or n-th) in an order."""

    level = 2
    name = "extreme"
    order: Order
    candidates: tuple[Reference, ...]
    rank: int = 1

    def __str__(self) -> str:
        return _ordered(self.name, self.order, self.rank, self.candidates)


@dataclass(frozen=True)
class Rank(Form):
    level = 2
    name = "rank"
    order: Order
    candidates: tuple[Reference, ...]

    def __str__(self) -> str:
        return _ordered(self.name, self.order, 1, self.candidates)


@dataclass(frozen=True)
class Holds(Form):
    """Yes or no: does the object fulfil the condition?"""

    level = 2
    name = "holds"
    object: Reference
    condition: Condition

    def __str__(self) -> str:
        return f"holds({self.object}; {self.condition})"


@dataclass(frozen=True)
class Select(Form):
    """Which objects of a kind fulfil the condition?"""

    level = 2
    name = "select"
    kind: Reference
    condition: Condition

    def __str__(self) -> str:
        return _kind(self.name, self.kind, self.condition)


@dataclass(frozen=True)
class Count(Form):
    level = 2
    name = "count"
    kind: Reference
    condition: Condition | None = None

    def __str__(self) -> str:
        return _kind(self.name, self.kind, self.condition)


@dataclass(frozen=True)
class Describe(Form):
    """List what is there."""

    level = 2
    name = "describe"
    kind: Reference = ANY

    def __str__(self) -> str:
        return "describe()"


@dataclass(frozen=True)
class Option:
    label: str  # "A", "2", "iv"
    text: str


@dataclass(frozen=True)
class Viewpoint:
    """Whose left and right is meant: an observer at ``at`` looking towards ``facing``."""

    at: Reference
    facing: Reference | None = None

    def __str__(self) -> str:
        return f"{self.at} facing {self.facing}" if self.facing else str(self.at)


@dataclass(frozen=True)
class Question:
    """A parsed question."""

    form: Form
    options: tuple[Option, ...] = ()
    frame: str | None = None  # "camera" or "gravity", if the question says so
    viewpoint: Viewpoint | None = None
    unit: str | None = None  # a length unit the answer is wanted in, e.g. "cm"
    text: str = ""  # as it was asked
    notes: tuple[str, ...] = ()  # e.g. which typing errors were corrected

    @property
    def level(self) -> int:
        """0 to 2; what relates nothing but pixels is Level 0."""
        if isinstance(self.form, Exists) and self.form.condition is not None:
            return 2
        named = list(references(self.form))
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


def references(value: Any) -> Iterator[Reference]:
    """Every reference anywhere in a question or a part of it."""
    if isinstance(value, Reference):
        yield value
    if isinstance(value, tuple):
        for part in value:
            yield from references(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from references(getattr(value, field.name))
