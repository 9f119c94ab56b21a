"""What can be asked: one dataclass per question form, grouped by the levels of the taxonomy.

The taxonomy is HiSpatial's (arXiv 2603.25411): Level 0 pixels, Level 1 one object, Level 2
relations between objects. ``str(form)`` is a compact canonical notation, made for tests, logs and
error messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hispatial_ros.language.terms import ANY, CAMERA, Attribute, Condition, Order, Reference


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
class Ratio(Form):
    """How many times the second the first is: "how many times taller is A than B?"."""

    level = 2
    name = "ratio"
    order: Order
    first: Reference
    second: Reference

    def __str__(self) -> str:
        return f"ratio({self.order.comparative}; {self.first}, {self.second})"


@dataclass(frozen=True)
class Bearing(Form):
    """At what angle from straight ahead, in the plane of the ground, an object is seen."""

    level = 2
    object: Reference
    origin: Reference = CAMERA  # where it is seen from, looking the way the camera does
    clock: bool = False  # as on the face of a clock, 12 being straight ahead

    @property
    def name(self) -> str:  # type: ignore[override]
        return "clock" if self.clock else "bearing"

    def __str__(self) -> str:
        origin = () if self.origin == CAMERA else (self.origin,)
        return _call(self.name, self.object, *origin)


@dataclass(frozen=True)
class Angle(Form):
    """How far apart the camera sees two objects, as an angle."""

    level = 2
    name = "angle"
    first: Reference
    second: Reference

    def __str__(self) -> str:
        return _call(self.name, self.first, self.second)


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
    top: int | None = None  # only so many of the first

    def __str__(self) -> str:
        first = f"first {self.top} " if self.top is not None else ""
        return first + _ordered(self.name, self.order, 1, self.candidates)


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
class Several(Form):
    """Several questions in one: "how far and how wide is A?"."""

    level = 1
    name = "several"
    parts: tuple[Form, ...]

    def __str__(self) -> str:
        return " & ".join(map(str, self.parts))


@dataclass(frozen=True)
class Describe(Form):
    """List what is there."""

    level = 2
    name = "describe"
    kind: Reference = ANY

    def __str__(self) -> str:
        return "describe()"
