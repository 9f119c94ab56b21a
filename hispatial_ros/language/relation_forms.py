"""What can be asked of several objects, Level 2: relations, order and counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hispatial_ros.language.forms import Form, call, kind_text
from hispatial_ros.language.terms import ANY, CAMERA, Condition, Mention, Order


def _ordered(name: str, order: Order, rank: int, candidates: Sequence[Mention]) -> str:
    nth = f" #{rank}" if rank != 1 else ""
    return f"{name}({order.superlative}{nth}; {', '.join(map(str, candidates))})"


@dataclass(frozen=True)
class Distance(Form):
    """Between two objects, or with ``second`` None between the two that ``first`` names."""

    level = 2
    name = "distance"
    first: Mention
    second: Mention | None
    closest: bool = False  # between surfaces instead of centres
    axis: str | None = None  # of ``AXES``

    def __str__(self) -> str:
        name = "gap" if self.closest else "distance"
        refs = [self.first] if self.second is None else [self.first, self.second]
        return call(name, *refs) + (f" {self.axis}" if self.axis else "")


@dataclass(frozen=True)
class Difference(Form):
    """How much the first exceeds the second: "how much taller is A than B?"."""

    level = 2
    name = "difference"
    order: Order
    first: Mention
    second: Mention | None  # None: between the two that the first names

    def __str__(self) -> str:
        refs = [self.first] if self.second is None else [self.first, self.second]
        return f"difference({self.order.comparative}; {', '.join(map(str, refs))})"


@dataclass(frozen=True)
class Ratio(Form):
    """How many times the second the first is: "how many times taller is A than B?"."""

    level = 2
    name = "ratio"
    order: Order
    first: Mention
    second: Mention

    def __str__(self) -> str:
        return f"ratio({self.order.comparative}; {self.first}, {self.second})"


@dataclass(frozen=True)
class Bearing(Form):
    """At what angle from straight ahead, in the plane of the ground, an object is seen."""

    level = 2
    object: Mention
    origin: Mention = CAMERA  # where it is seen from, looking the way the camera does
    clock: bool = False  # as on the face of a clock, 12 being straight ahead

    @property
    def name(self) -> str:  # type: ignore[override]
        return "clock" if self.clock else "bearing"

    def __str__(self) -> str:
        origin = () if self.origin == CAMERA else (self.origin,)
        return call(self.name, self.object, *origin)


@dataclass(frozen=True)
class Angle(Form):
    """How far apart the camera sees two objects, as an angle."""

    level = 2
    name = "angle"
    first: Mention
    second: Mention

    def __str__(self) -> str:
        return call(self.name, self.first, self.second)


@dataclass(frozen=True)
class Direction(Form):
    """Unit vector from the first to the second."""

    level = 2
    name = "direction"
    first: Mention
    second: Mention

    def __str__(self) -> str:
        return call(self.name, self.first, self.second)


@dataclass(frozen=True)
class RelativeDirection(Form):
    """Where the first lies as seen from the second; ``choices`` if the question offers some."""

    level = 2
    name = "relative"
    first: Mention
    second: Mention
    choices: tuple[str | tuple[str, ...], ...] = ()  # predicates, several of a corner

    def __str__(self) -> str:
        return call(self.name, self.first, self.second)


@dataclass(frozen=True)
class Extreme(Form):
    """Which of the candidates comes first (or n-th) in an order."""

    level = 2
    name = "extreme"
    order: Order
    candidates: tuple[Mention, ...]
    rank: int = 1

    def __str__(self) -> str:
        return _ordered(self.name, self.order, self.rank, self.candidates)


@dataclass(frozen=True)
class Rank(Form):
    level = 2
    name = "rank"
    order: Order
    candidates: tuple[Mention, ...]
    top: int | None = None  # only so many of the first

    def __str__(self) -> str:
        first = f"first {self.top} " if self.top is not None else ""
        return first + _ordered(self.name, self.order, 1, self.candidates)


@dataclass(frozen=True)
class Holds(Form):
    """Yes or no: does the object fulfil the condition?"""

    level = 2
    name = "holds"
    object: Mention
    condition: Condition

    def __str__(self) -> str:
        return f"holds({self.object}; {self.condition})"


@dataclass(frozen=True)
class Select(Form):
    """Which objects of a kind fulfil the condition?"""

    level = 2
    name = "select"
    kind: Mention
    condition: Condition

    def __str__(self) -> str:
        return kind_text(self.name, self.kind, self.condition)


@dataclass(frozen=True)
class Count(Form):
    level = 2
    name = "count"
    kind: Mention
    condition: Condition | None = None

    def __str__(self) -> str:
        return kind_text(self.name, self.kind, self.condition)


@dataclass(frozen=True)
class CountCompared(Form):
    """Whether there are so many: "more bottles than chairs", "at least two boxes"."""

    level = 2
    name = "number"
    kind: Mention
    operator: str  # as of ``Limit``; "-": how many more there are
    other: Mention | None = None
    number: int | None = None
    condition: Condition | None = None  # that those counted fulfil

    def __str__(self) -> str:
        if self.operator == "-":
            return call("number_difference", self.kind, self.other)
        than = self.other if self.other is not None else self.number
        return f"{self.name}({self.kind}{self._restriction} {self.operator} {than})"

    @property
    def _restriction(self) -> str:
        if self.condition is None:
            return ""
        return f"; {self.condition}" if self.other is None else f" [{self.condition}]"


@dataclass(frozen=True)
class Apart(Form):
    """Which of two pairs is nearer together, or with ``claimed`` whether the first is."""

    level = 2
    name = "apart"
    order: Order
    first: tuple[Mention, Mention]
    second: tuple[Mention, Mention]
    claimed: bool = False

    def __str__(self) -> str:
        word = self.order.comparative if self.claimed else self.order.superlative
        pairs = (", ".join(map(str, pair)) for pair in (self.first, self.second))
        return f"{self.name}({word}; {'; '.join(pairs)})"


@dataclass(frozen=True)
class Fits(Form):
    """Whether an object would fit between two others."""

    level = 2
    name = "fits"
    object: Mention
    first: Mention
    second: Mention | None  # None: between the two that the first names

    def __str__(self) -> str:
        ends = [m for m in (self.first, self.second) if m is not None]
        return f"{self.name}({self.object}; {', '.join(map(str, ends))})"


@dataclass(frozen=True)
class Describe(Form):
    """List what is there."""

    level = 2
    name = "describe"
    kind: Mention = ANY

    def __str__(self) -> str:
        return "describe()"
