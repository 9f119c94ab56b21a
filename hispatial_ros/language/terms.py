"""What questions are made of: attributes and orders, mentions to objects, conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import ClassVar


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

    __hash__ = object.__hash__  # a member is but itself; that of Enum is slow


# (attribute, largest first) -> how it compares one with another, and the extreme one of many
_ORDER_WORDS = {
    (Attribute.DISTANCE, False): ("nearer", "nearest"),
    (Attribute.DISTANCE, True): ("farther", "farthest"),
    (Attribute.GAP, False): ("nearer", "nearest"),
    (Attribute.GAP, True): ("farther", "farthest"),
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
    anchor: Mention | None = None  # distances are from here; None: the camera

    @property
    def comparative(self) -> str:
        return _ORDER_WORDS[self.attribute, self.descending][0] + self.suffix

    @property
    def superlative(self) -> str:
        return _ORDER_WORDS[self.attribute, self.descending][1] + self.suffix

    @property
    def suffix(self) -> str:
        return f" to {self.anchor}" if self.anchor else ""


class Kind(Enum):
    OBJECT = "object"  # named by words
    ANY = "any"  # "object", "thing": any of the regions
    PIXEL = "pixel"
    CAMERA = "camera"  # the camera, or whoever looks

    __hash__ = object.__hash__


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
class Mention:
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

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:  # a chart hashes every mention often, with all that it is made of
        return hash((self.kind, self.words, self.plural, self.every, self.number, self.pixel,
                     self.selector, self.rank, self.condition))  # fmt: skip

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
            plain = isinstance(self.condition, Except)
            text += f" {self.condition}" if plain else f" [{self.condition}]"
        return text


CAMERA = Mention(Kind.CAMERA)
ANY = Mention(Kind.ANY)

# Conditions that an object fulfils or not.


@dataclass(frozen=True)
class RelationTo:
    """A spatial predicate of ``msg/SpatialRelation`` towards a mention."""

    predicate: str
    mention: Mention
    directly: bool = False  # nothing else nearer on that side; above, behind, ...: not aside of it

    def __str__(self) -> str:
        every = "all " if self.mention.many and self.mention.every else ""
        return f"{'directly ' * self.directly}{self.predicate} {every}{self.mention}"


@dataclass(frozen=True)
class Converse:
    """What the mention is said to be: "on what is the mug?" asks for what the mug is on."""

    predicate: str
    mention: Mention

    def __str__(self) -> str:
        return f"with {self.mention} {self.predicate}"


@dataclass(frozen=True)
class InBetween:
    """Between two others."""

    first: Mention
    second: Mention

    def __str__(self) -> str:
        return f"between {self.first} and {self.second}"


@dataclass(frozen=True)
class ComparedTo:
    """Ordered before the mention: "closer than the desk"."""

    order: Order
    mention: Mention

    def __str__(self) -> str:
        every = "all " if self.mention.many and self.mention.every else ""
        return f"{self.order.comparative} than {every}{self.mention}"


@dataclass(frozen=True)
class Multiple:
    """An attribute against so many times the mention's: "at least twice as tall as the desk"."""

    order: Order  # whose direction says nothing here
    operator: str  # as of ``Limit``
    factor: float
    mention: Mention

    def __str__(self) -> str:
        attribute, suffix = self.order.attribute.value, self.order.suffix
        return f"{attribute}{suffix} {self.operator} {self.factor:g} x {self.mention}"


# That a distance is taken along.
AXES = ("horizontal", "vertical", "lateral", "forward", "x", "y", "z")


@dataclass(frozen=True)
class Limit:
    """An attribute against a number: "closer than 1.5 m", "within 1 m of the mug"."""

    attribute: Attribute
    operator: str  # "<", "<=", ">", ">=", "=" (about equal) or ".." (from value to upper)
    value: float  # m
    anchor: Mention | None = None
    upper: float | None = None  # m, of a range
    axis: str | None = None  # of ``AXES``, of a distance to the anchor

    def __str__(self) -> str:
        to = f" to {self.anchor}" if self.anchor else ""
        to += f" {self.axis}" if self.axis else ""
        if self.upper is not None:
            return f"{self.attribute.value}{to} {self.value:g}..{self.upper:g}"
        return f"{self.attribute.value}{to} {self.operator} {self.value:g}"


@dataclass(frozen=True)
class Extremal:
    """Being the extreme one: "is the mug the nearest object?"."""

    order: Order
    among: Mention

    def __str__(self) -> str:
        return f"{self.order.superlative} of {self.among}"


@dataclass(frozen=True)
class Not:
    """What is not so: "not on the table"."""

    condition: Condition

    def __str__(self) -> str:
        return f"not {self.condition}"


@dataclass(frozen=True)
class Except:
    """Being none of these: "everything but the mug"."""

    mentions: tuple[Mention, ...]

    def __str__(self) -> str:
        return f"but {' and '.join(map(str, self.mentions))}"


@dataclass(frozen=True)
class Joined:
    """Several conditions."""

    conditions: tuple[Condition, ...]
    word: ClassVar[str]

    def __str__(self) -> str:
        return f" {self.word} ".join(map(str, self.conditions))


class AllOf(Joined):
    """All at once: "left of the mug and closer than 2 m"."""

    word = "and"


class AnyOf(Joined):
    """One of them is enough: "left of the mug or the globe"."""

    word = "or"


Condition = (
    RelationTo
    | Converse
    | InBetween
    | ComparedTo
    | Multiple
    | Limit
    | Extremal
    | Not
    | Except
    | AllOf
    | AnyOf
)
_OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def negated(condition: Condition) -> Condition:
    """The opposite: not closer than 2 m is at least 2 m away."""
    if isinstance(condition, Not):
        return condition.condition
    if isinstance(condition, (Limit, Multiple)) and condition.operator in _OPPOSITES:
        return replace(condition, operator=_OPPOSITES[condition.operator])
    return Not(condition)
