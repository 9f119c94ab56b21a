"""What a question asks: one dataclass per question form, grouped by the levels of the taxonomy.

The taxonomy is HiSpatial's (arXiv 2603.25411): Level 0 pixels, Level 1 one object, Level 2
relations between objects. ``str(question)`` is a compact canonical notation, made for tests,
logs and error messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, ClassVar


class Attribute(Enum):
    """A measurable quantity of one object (or, with an anchor, between it and the anchor)."""

    DISTANCE = "distance"  # m; to the camera, or between centres if there is an anchor
    GAP = "gap"  # m; between surfaces, needs an anchor
    WIDTH = "width"
    HEIGHT = "height"
    DEPTH = "depth"
    LENGTH = "length"  # the longest side
    VOLUME = "volume"
    RIGHT = "right"  # coordinates along the axes of the reference frame
    UP = "up"
    FORWARD = "forward"


# (attribute, largest first) -> how it compares one with another, and the extreme one of many
_ORDER_WORDS = {
    (Attribute.DISTANCE, False): ("nearer", "nearest"),
    (Attribute.DISTANCE, True): ("farther", "farthest"),
    (Attribute.WIDTH, False): ("narrower", "narrowest"),
    (Attribute.WIDTH, True): ("wider", "widest"),
    (Attribute.HEIGHT, False): ("shorter", "shortest"),
    (Attribute.HEIGHT, True): ("taller", "tallest"),
    (Attribute.DEPTH, False): ("shallower", "shallowest"),
    (Attribute.DEPTH, True): ("deeper", "deepest"),
    (Attribute.LENGTH, False): ("less long", "least long"),
    (Attribute.LENGTH, True): ("longer", "longest"),
    (Attribute.VOLUME, False): ("smaller", "smallest"),
    (Attribute.VOLUME, True): ("larger", "largest"),
    (Attribute.UP, False): ("lower", "lowest"),
    (Attribute.UP, True): ("higher", "highest"),
    (Attribute.RIGHT, False): ("further left", "leftmost"),
    (Attribute.RIGHT, True): ("further right", "rightmost"),
    (Attribute.FORWARD, False): ("further forward", "frontmost"),
    (Attribute.FORWARD, True): ("further back", "rearmost"),
}


@dataclass(frozen=True)
class Order:
    """An ordering of objects: by an attribute, smallest first or ``descending``."""

    attribute: Attribute
    descending: bool = False
    anchor: Reference | None = None  # distances are from here; None: the camera

    @property
    def comparative(self) -> str:
        return _ORDER_WORDS[self.attribute, self.descending][0] + self._suffix

    @property
    def superlative(self) -> str:
        return _ORDER_WORDS[self.attribute, self.descending][1] + self._suffix

    @property
    def _suffix(self) -> str:
        return f" to {self.anchor}" if self.anchor else ""


class Kind(Enum):
    OBJECT = "object"  # named by words
    ANY = "any"  # "object", "thing": any of the regions
    PIXEL = "pixel"
    CAMERA = "camera"  # the camera, or whoever looks


@dataclass(frozen=True)
class Pixel:
    """A pixel (u, v), or a box (u, v, u1, v1), in pixels or in location tokens of 1/1024."""

    u: float
    v: float
    u1: float | None = None
    v1: float | None = None
    normalized: bool = False

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) in pixels of an image of width x height; a point is degenerate."""
        u1 = self.u if self.u1 is None else self.u1
        v1 = self.v if self.v1 is None else self.v1
        if not self.normalized:
            return self.u, self.v, u1, v1
        sx, sy = width / 1024, height / 1024
        return self.u * sx, self.v * sy, u1 * sx, v1 * sy

    def __str__(self) -> str:
        if self.normalized:
            corners = [(self.u, self.v)]
            if self.u1 is not None and self.v1 is not None:
                corners.append((self.u1, self.v1))
            return "".join(f"<loc{v:04.0f}><loc{u:04.0f}>" for u, v in corners)
        return f"{self.u:g} {self.v:g}"


@dataclass(frozen=True)
class Reference:
    """How the question refers to one object, or with ``plural`` to all objects of a class."""

    kind: Kind = Kind.OBJECT
    words: tuple[str, ...] = ()  # of the name, as written
    plural: bool = False
    every: bool = False  # "the chairs", "all chairs" rather than "any chairs"
    number: int | None = None  # "chair #2"
    pixel: Pixel | None = None
    selector: Order | None = None  # "the nearest chair"
    rank: int = 1  # "the second nearest chair"
    condition: Condition | None = None  # "the mug on the table"

    @property
    def name(self) -> str:
        return " ".join(self.words)

    @property
    def many(self) -> bool:
        """Whether it stands for every match rather than for one."""
        return (self.plural or self.kind is Kind.ANY) and self.selector is None

    def __str__(self) -> str:
        if self.kind is Kind.PIXEL:
            return str(self.pixel)
        text = {Kind.ANY: "", Kind.CAMERA: "camera"}.get(self.kind, self.name)
        if self.plural or self.kind is Kind.ANY:
            text += "*"
        if self.number is not None:
            text += f" #{self.number}"
        if self.selector:
            text += f" {self.selector.superlative}"
        if self.rank != 1:
            text += f" #{self.rank}"
        if self.condition:
            text += f" [{self.condition}]"
        return text


CAMERA = Reference(Kind.CAMERA)
ANY = Reference(Kind.ANY)

# Conditions that an object fulfils or not.


@dataclass(frozen=True)
class RelationTo:
    """A spatial predicate of ``msg/SpatialRelation`` towards a reference."""

    predicate: str
    reference: Reference

    def __str__(self) -> str:
        return f"{self.predicate} {self.reference}"


@dataclass(frozen=True)
class InBetween:
    """Between two others."""

    first: Reference
    second: Reference

    def __str__(self) -> str:
        return f"between {self.first} and {self.second}"


@dataclass(frozen=True)
class ComparedTo:
    """Ordered before the reference: "closer than the desk"."""

    order: Order
    reference: Reference

    def __str__(self) -> str:
        return f"{self.order.comparative} than {self.reference}"


@dataclass(frozen=True)
class Limit:
    """An attribute against a number: "closer than 1.5 m", "within 1 m of the mug"."""

    attribute: Attribute
    operator: str  # "<", "<=", ">", ">=" or "=" (about equal)
    value: float  # m
    anchor: Reference | None = None

    def __str__(self) -> str:
        to = f" to {self.anchor}" if self.anchor else ""
        return f"{self.attribute.value}{to} {self.operator} {self.value:g}"


@dataclass(frozen=True)
class Extremal:
    """Being the extreme one: "is the mug the nearest object?"."""

    order: Order
    among: Reference

    def __str__(self) -> str:
        return f"{self.order.superlative} of {self.among}"


Condition = RelationTo | InBetween | ComparedTo | Limit | Extremal


# Question forms.


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
