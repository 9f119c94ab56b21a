"""What a question asks for, and which phrases may stand beside that: its frame.

A clause is a head ("how far", "which is taller") with phrases before and after it, each with a
role: "" for plain mentions, or that of its preposition. A frame takes the roles it knows and
nothing else, so that no phrase of a question is ever without a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hispatial_ros.language.conditions import Bound, compared_by, within
from hispatial_ros.language.forms import (
    Box,
    CameraDistance,
    Dimension,
    Elevation,
    Form,
    ImagePosition,
    PixelDepth,
    PixelPosition,
    Position,
    Several,
    Size,
)
from hispatial_ros.language.nouns import Refs
from hispatial_ros.language.relation_forms import (
    Angle,
    Bearing,
    Difference,
    Direction,
    Distance,
    Extreme,
    Holds,
    Rank,
    Ratio,
    RelativeDirection,
)
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    Attribute,
    ComparedTo,
    Kind,
    Limit,
    Mention,
    Order,
    RelationTo,
)

OFFSET_AXES = {
    "left_of": "lateral", "right_of": "lateral", "above": "vertical", "below": "vertical",
    "in_front_of": "forward", "behind": "forward",
}  # fmt: skip
_EXTENTS = {
    "horizontal": Attribute.WIDTH, "lateral": Attribute.WIDTH, "vertical": Attribute.HEIGHT,
    "forward": Attribute.DEPTH,
}  # fmt: skip
Item = tuple[str, Any]  # (role, value)


@dataclass(frozen=True)
class Head:
    kind: str
    value: Any = None
    asked: bool = False  # "how far" rather than "the distance"


class Slots:
    """The phrases beside a head, by their roles."""

    def __init__(self, items: tuple[Item, ...]):
        self.items = items
        self.roles = [role for role, _ in items]

    def only(self, *roles: str) -> bool:
        return all(role in roles for role in self.roles)

    def get(self, role: str) -> Any:
        """The value of a role; None if it is not there, or there twice."""
        values = [value for r, value in self.items if r == role]
        return values[0] if len(values) == 1 else None

    def has(self, role: str) -> bool:
        return role in self.roles

    def without(self, role: str) -> Slots:
        return Slots(tuple(item for item in self.items if item[0] != role))

    def twice(self) -> bool:
        """Whether any role but "" is there more than once."""
        return any(r not in ("", "travel") and self.roles.count(r) > 1 for r in self.roles)

    @property
    def plain(self) -> Refs | None:
        """Plain mentions and those behind "of", one after the other; None if there are none."""
        mentions: tuple[Mention, ...] = ()
        conjunction = ""
        for role, value in self.items:
            if role in ("", "of"):
                mentions += value[0]
                conjunction = conjunction or value[1]
        return (mentions, conjunction) if mentions else None


def _objects(slots: Slots) -> tuple[Mention, ...] | None:
    """What a quantity of single objects is asked of."""
    plain = slots.plain
    if plain is None or not slots.only("", "of") or plain[1] == "or" or CAMERA in plain[0]:
        return None
    if len(plain[0]) > 1 and any(m.kind is Kind.ANY and m.many for m in plain[0]):
        return None
    return plain[0] if len(slots.items) == 1 else None


# Distances


def distance(head: Head, slots: Slots) -> Form | None:
    """Between two, or from the camera."""
    known = (
        "", "of", "from", "to", "between", "pair", "relative", "axis", "apart", "surfaces",
        "centers", "between_surfaces", "extent", "ground", "side", "sidesof", "limit", "mutual",
        "travel", "sides", "order", "than",
    )  # fmt: skip
    if not slots.only(*known) or slots.twice():
        return None
    closest = head.kind in ("gap", "space") or slots.has("surfaces")
    closest &= not slots.has("centers")
    if slots.has("extent"):
        return dimension(Head("dim", slots.get("extent")), slots.without("extent"))
    if slots.has("ground"):
        return above_ground(head, slots.without("ground"))
    if slots.has("between_surfaces"):
        closest = True
    apart = (
        head.value == "apart" or slots.has("apart") or slots.has("mutual") or slots.has("centers")
    )
    axis = slots.get("axis")
    if slots.has("side") or slots.has("sides") or slots.has("sidesof"):
        return _offset(head, slots)
    if slots.has("order"):
        return _compared_quantity(Attribute.DISTANCE, slots) if head.kind == "dist" else None
    pair = None if slots.has("than") else _pair(slots, head, apart)
    if head.kind == "space" and head.asked and slots.only("", "of", "axis"):
        return size(Head("size"), slots)
    if pair is None or (head.kind == "space" and not (slots.has("between") or apart)):
        return None
    mentions, between = pair
    if slots.has("limit"):
        return _limited_distance(mentions, between, closest, slots.get("limit"), axis)
    return _measured_distance(mentions, between, closest, axis)


def _pair(slots: Slots, head: Head, apart: bool) -> tuple[tuple[Mention, ...], bool] | None:
    """The objects, and whether what is between them is asked for rather than each one's."""
    plain, start, end = slots.plain, slots.get("from"), slots.get("to")
    end = end or slots.get("relative")
    both = slots.get("between") or slots.get("between_surfaces") or slots.get("pair")
    given = [refs for refs in (plain, start, end, both) if refs is not None]
    if any(conjunction == "or" for _, conjunction in given) or not given:
        return None
    if both is not None:
        if plain or start or end:
            return None
        return both[0], True
    if start is not None and end is not None and plain is not None:
        return None
    if len(given) == 2:
        first, second = given
        if len(first[0]) == len(second[0]) == 1:
            if plain is None and _before(slots, "to", "from"):  # "to A from B"
                first, second = second, first
            return (*first[0], *second[0]), True
        if CAMERA in second[0] and len(second[0]) == 1:
            return (*first[0], CAMERA), len(first[0]) == 1
        if CAMERA in first[0] and len(first[0]) == 1:
            return (*second[0], CAMERA), False
        return None
    mentions = given[0][0]
    if apart and CAMERA in mentions and slots.roles.count("") > 1:
        return None
    if apart or (head.kind == "gap" and not head.asked and len(mentions) == 1 and mentions[0].many):
        return mentions, True
    if len(mentions) == 2 and plain is not None and CAMERA not in mentions:
        each = (
            head.kind == "dist"
            and head.asked
            and all(role == "" for role in slots.roles)
            and len(slots.items) == 1
        )
        return mentions, not each
    return mentions, False


def _before(slots: Slots, first: str, second: str) -> bool:
    return slots.roles.index(first) < slots.roles.index(second)


def _measured_distance(
    mentions: tuple[Mention, ...], between: bool, closest: bool, axis: str | None
) -> Form | None:
    anything = any(m.kind is Kind.ANY and not m.selector and not m.condition for m in mentions)
    if anything and (between or len(mentions) > 1 + (CAMERA in mentions)):
        return None
    pixels = [m for m in mentions if m.kind is Kind.PIXEL]
    others = tuple(m for m in mentions if m != CAMERA)
    if len(others) < len(mentions) or not between:
        if not others or (len(others) < len(mentions) - 1):
            return None
        if pixels:
            return PixelDepth(others[0], True) if len(others) == 1 and axis is None else None
        if axis is None:
            return CameraDistance(others)
        return Distance(others[0], CAMERA, axis=axis) if len(others) == 1 else None
    if len(others) == 1:
        return Distance(others[0], None, closest, axis) if others[0].many else None
    return Distance(others[0], others[1], closest, axis) if len(others) == 2 else None


def _limited_distance(
    mentions: tuple[Mention, ...], between: bool, closest: bool, bound: Bound, axis: str | None
) -> Form | None:
    """ "Is the distance between A and B less than 1 m?" """
    others = tuple(m for m in mentions if m != CAMERA)
    if axis is not None or not others or len(others) > 2:
        return None
    if not between or len(others) < len(mentions):
        return Holds(others[0], within(bound, Attribute.DISTANCE)) if len(others) == 1 else None
    if len(others) == 1 and not others[0].many:
        return None
    attribute = Attribute.GAP if closest else Attribute.DISTANCE
    return Holds(others[0], within(bound, attribute, others[-1]))


def _offset(head: Head, slots: Slots) -> Form | None:
    """ "How far left of B is A?", "how far left or right of B is A?" """
    known = ("", "of", "side", "sides", "sidesof", "from", "relative", "axis")
    if head.kind != "dist" or not slots.only(*known):
        return None
    plain = slots.plain
    if plain is None or len(plain[0]) != 1 or plain[0][0] == CAMERA:
        return None
    obj = plain[0][0]
    if slots.has("side"):
        related = slots.get("side")
        if not slots.only("", "side") or not isinstance(related, RelationTo):
            return None
        if obj.selector and slots.roles[-1] == "side":  # "the nearest box left of B": which one
            return None
        if related == RelationTo("behind", CAMERA):  # out of its view
            return None
        if related.predicate not in OFFSET_AXES or related.directly or related.mention.many:
            return None
        return Distance(obj, related.mention, axis=OFFSET_AXES[related.predicate])
    given = slots.get("sides")
    origin = slots.get("from") or slots.get("relative") or ((CAMERA,), "")
    if slots.has("sidesof"):
        given, origin = slots.get("sidesof")
    axes = {OFFSET_AXES.get(side) for side in given if isinstance(side, str)}
    if len(axes) != 1 or len(origin[0]) != 1:
        return None
    return Distance(obj, origin[0][0], axis=axes.pop())


# One object's quantities


def dimension(head: Head, slots: Slots) -> Form | None:
    attribute = head.value
    if slots.has("extent"):
        if slots.get("extent") is not attribute:
            return None
        slots = slots.without("extent")
    if slots.has("ground"):
        if attribute not in (Attribute.HEIGHT, Attribute.UP):
            return None
        return above_ground(head, slots.without("ground"))
    if slots.has("limit") and slots.only("", "of", "limit"):
        plain = slots.plain
        if plain is None or len(plain[0]) != 1:
            return None
        return Holds(plain[0][0], within(slots.get("limit"), attribute))
    if slots.has("order"):
        return _compared_quantity(attribute, slots)
    if slots.has("side") and attribute is Attribute.HEIGHT and head.asked:  # "how high above B"
        related = slots.get("side")
        if isinstance(related, RelationTo) and OFFSET_AXES.get(related.predicate) == "vertical":
            return _offset(Head("dist"), slots)
        return None
    if slots.has("relative") and slots.only("", "of", "relative"):
        return _difference_of(attribute, (*slots.items,))
    if attribute is Attribute.DEPTH and slots.has("from") and slots.only("", "of", "from"):
        origin = slots.get("from")  # "the depth of A from the camera"
        return distance(Head("dist"), slots) if origin and origin[0] == (CAMERA,) else None
    objects = _objects(slots)
    if objects and any(m.kind is Kind.PIXEL for m in objects):
        return (
            PixelDepth(objects[0]) if attribute is Attribute.DEPTH and len(objects) == 1 else None
        )
    return Dimension(objects, attribute) if objects else None


def _compared_quantity(attribute: Attribute, slots: Slots) -> Form | None:
    """ "Is A's height greater than B's?" """
    greater, than, plain = slots.get("order"), slots.get("than"), slots.plain
    if greater and plain and not than and plain[1] == "or" and CAMERA not in plain[0]:
        order = Order(compared_by(attribute), greater[0].descending)
        return Extreme(order, plain[0]) if slots.only("", "of", "order") else None
    if greater is None or than is None or plain is None or len(plain[0]) != 1 or len(than[0]) != 1:
        return None
    if not slots.only("", "of", "order", "than"):
        return None
    order = greater[0]
    if order.attribute not in (Attribute.VOLUME, Attribute.UP, attribute) or order.anchor:
        return None
    return Holds(
        plain[0][0], ComparedTo(Order(compared_by(attribute), order.descending), than[0][0])
    )


def _difference_of(attribute: Attribute, items: tuple[Item, ...]) -> Form | None:
    """ "The height of A compared with B"."""
    slots = Slots(items)
    plain, other = slots.plain, slots.get("relative")
    if plain is None or other is None or len(plain[0]) != 1 or len(other[0]) != 1:
        return None
    if other[0][0] == CAMERA or plain[0][0] == CAMERA:
        return None
    if attribute is Attribute.DEPTH:
        return Distance(plain[0][0], other[0][0], axis="forward")
    return Difference(Order(attribute, True), plain[0][0], other[0][0])


def size(head: Head, slots: Slots) -> Form | None:
    slots = slots.without("dims")
    if slots.has("extent"):
        return dimension(Head("dim", slots.get("extent")), slots.without("extent"))
    if slots.has("axis") and slots.only("", "of", "axis"):
        objects = _objects(Slots(tuple(i for i in slots.items if i[0] != "axis")))
        attribute = _EXTENTS.get(slots.get("axis"))
        return Dimension(objects, attribute) if objects and attribute else None
    if slots.has("relative"):
        return (
            _difference_of(Attribute.VOLUME, slots.items)
            if slots.only("", "of", "relative")
            else None
        )
    if slots.has("order"):
        return _compared_quantity(Attribute.VOLUME, slots)
    objects = _objects(slots)
    return Size(objects) if objects and not _pixel(objects) else None


def _pixel(objects: tuple[Mention, ...]) -> bool:
    return any(m.kind is Kind.PIXEL for m in objects)


def above_ground(head: Head, slots: Slots) -> Form | None:
    objects = _objects(slots)
    return Elevation(objects) if objects and not _pixel(objects) else None


def box(head: Head, slots: Slots) -> Form | None:
    objects = _objects(slots)
    return Box(objects) if objects and not _pixel(objects) else None


def image_position(head: Head, slots: Slots) -> Form | None:
    objects = _objects(slots)
    return ImagePosition(objects) if objects and not _pixel(objects) else None


def position(head: Head, slots: Slots) -> Form | None:
    """Where something is: coordinates, or relative to something else."""
    slots = slots.without("centers")
    if slots.only("", "of"):
        objects = _objects(slots)
        if objects and _pixel(objects):
            return PixelPosition(objects[0]) if len(objects) == 1 else None
        return Position(objects) if objects else None
    if head.kind == "pos" and slots.has("from") and not slots.has("relative"):
        origin = slots.get("from")
        if origin is None or origin[0] != (CAMERA,):
            return None
    return relative(head, slots)


def relative(head: Head, slots: Slots) -> Form | None:
    """Where one thing or several lie as seen from another."""
    if not slots.only("", "of", "from", "to", "relative", "than", "between", "mutual", "sides",
                      "sidesof", "travel", "centers"):  # fmt: skip
        return None
    if head.kind == "sidesof" or slots.has("sidesof"):
        return _beside(head, slots)
    choices = head.value if head.kind == "sides" else slots.get("sides")
    choices = choices if isinstance(choices, tuple) else ()
    origins = [slots.get(r) for r in ("relative", "from", "than", "to") if slots.has(r)]
    plain, both = slots.plain, slots.get("between")
    if slots.has("mutual") and plain is None:
        return None
    if both is not None:
        if plain or origins or len(both[0]) < 2 or both[1] == "or":
            return None
        return (
            _each_relative(both[0][1:], both[0][0], choices)
            if len(both[0]) > 2
            else (RelativeDirection(both[0][0], both[0][1], choices))
        )
    if plain is None or plain[1] == "or" or (head.kind == "sides" and slots.has("of")):
        return None
    if len(origins) == 1:
        origin = origins[0]
        if origin is None or len(origin[0]) != 1 or len(plain[0]) > 3:
            return None
        if origin[0][0] == CAMERA and head.kind in ("where", "pos") and not choices:
            return Position(plain[0])
        return _each_relative(plain[0], origin[0][0], choices)
    if origins:
        return None
    mentions = plain[0]
    if head.kind == "relation" and slots.roles == ["of", ""]:  # "which side of B is A on"
        mentions = mentions[::-1]
    if len(mentions) == 1 and head.kind != "where":
        return RelativeDirection(mentions[0], CAMERA, choices) if not mentions[0].many else None
    if head.kind == "where" and choices and len(mentions) == 1:
        return RelativeDirection(mentions[0], CAMERA, choices)
    if len(mentions) == 2 and head.kind == "relation":
        return RelativeDirection(mentions[0], mentions[1], choices)
    if len(mentions) == 3 and head.kind == "relation":
        return _each_relative(mentions[1:], mentions[0], choices)
    return None


def _beside(head: Head, slots: Slots) -> Form | None:
    """ "Is A left or right of B?" """
    choices, origin = head.value if head.kind == "sidesof" else slots.get("sidesof")
    plain = slots.plain
    if head.kind not in ("sidesof", "where", "relation", "direction") or plain is None:
        return None
    if not slots.only("", "of", "sidesof") or plain[1] == "or" or len(origin[0]) != 1:
        return None
    if slots.roles.count("") + slots.roles.count("of") != 1:
        return None
    return _each_relative(plain[0], origin[0][0], choices)


def _each_relative(
    mentions: tuple[Mention, ...], origin: Mention, choices: tuple[Any, ...]
) -> Form | None:
    if any(m == CAMERA or m.kind is Kind.PIXEL or m.many for m in mentions):
        return None
    forms = tuple(RelativeDirection(m, origin, choices) for m in mentions)
    return forms[0] if len(forms) == 1 else Several(forms)


def vector(head: Head, slots: Slots) -> Form | None:
    """From the one to the other, in whichever order they are named."""
    if not slots.only("", "of", "from", "to", "between", "pair", "relative") or slots.twice():
        return None
    start, end = slots.get("from") or slots.get("relative"), slots.get("to")
    plain, both = slots.plain, slots.get("between") or slots.get("pair")
    if both is not None:
        return Direction(*both[0]) if len(both[0]) == 2 and not (plain or start or end) else None
    mentions: list[Mention] = []
    if start and end and plain is None:
        mentions = [*start[0], *end[0]]
    elif plain and start and not end:
        mentions = [*start[0], *plain[0]]
    elif plain and end and not start:
        mentions = [*plain[0], *end[0]]
    elif plain and not start and not end:
        mentions = [CAMERA, *plain[0]] if len(plain[0]) == 1 else [*plain[0]]
    elif end and not plain and not start:
        mentions = [CAMERA, *end[0]]
    if len(mentions) != 2:
        return None
    return Direction(mentions[0], mentions[1])


def direction(head: Head, slots: Slots) -> Form | None:
    """ "The direction from A to B" is a vector, "in which direction is A" is not."""
    if slots.has("travel"):  # "which direction do I go from A to get to B?"
        return vector(head, slots.without("travel"))
    if (slots.has("to") and slots.has("from")) or (not head.asked and slots.has("to")):
        return vector(head, slots)
    if not head.asked and slots.has("between"):
        return vector(head, slots)
    if not head.asked and slots.only("", "of"):
        return vector(head, slots)
    return relative(Head("relation"), slots)


def bearing(head: Head, slots: Slots) -> Form | None:
    if (
        not slots.only("", "of", "to", "from", "relative", "between", "side", "sides", "travel")
        or slots.twice()
    ):
        return None
    plain = slots.plain or slots.get("to")
    if slots.plain and slots.has("to"):
        return None
    both = slots.get("between")
    clock = head.kind == "clock"
    if both is not None and not clock:
        return Angle(*both[0]) if len(both[0]) == 2 and plain is None else None
    origin = slots.get("from") or slots.get("relative") or ((CAMERA,), "")
    side = slots.get("side")
    if side is not None and (not isinstance(side, RelationTo) or side.mention != CAMERA):
        return None
    if plain is None or len(plain[0]) != 1 or len(origin[0]) != 1 or plain[0][0] == CAMERA:
        return None
    if not clock and origin[0][0] != CAMERA:
        return None
    return Bearing(plain[0][0], origin[0][0], clock)


# Comparisons


def extreme(head: Head, slots: Slots) -> Form | None:
    """Which of several comes first."""
    (order, superlative), rank = head.value
    order, slots = _in_terms_of(order, slots.without("these"))
    if order is None:
        return None
    if not slots.only("", "of", "between", "which", "surfaces", "from", "to") or slots.twice():
        return None
    if slots.roles.count("") + slots.roles.count("of") > 1:
        return None
    if slots.has("surfaces"):
        if order.anchor is None or order.attribute is not Attribute.DISTANCE:
            return None
        order = replace(order, attribute=Attribute.GAP)
    anchor = slots.get("from") or slots.get("to")
    if slots.has("from") and slots.has("to"):
        return None
    if anchor is not None:
        if order.attribute is not Attribute.DISTANCE or order.anchor or len(anchor[0]) != 1:
            return None
        order = order if anchor[0][0] == CAMERA else replace(order, anchor=anchor[0][0])
    which, both = slots.get("which"), slots.get("between")
    plain = slots.plain
    if plain is not None and both is not None:
        return None
    refs = plain or both
    asked = slots.has("which")
    kind = which if isinstance(which, Mention) else None
    if kind is not None and (kind.selector is not None or kind.kind is Kind.PIXEL):
        return None
    if refs is None:
        if kind is None:
            return Extreme(order, (ANY,), rank) if asked else None
        return Extreme(
            order, (replace(kind, plural=kind.kind is not Kind.ANY or kind.plural),), rank
        )
    mentions = refs[0]
    if CAMERA in mentions or (kind is not None and len(mentions) == 1 and not mentions[0].many):
        return None
    if len(mentions) == 1:
        one = mentions[0]
        if both is not None and not one.every:
            return None
        if not one.many or not (asked or superlative):
            return None
        if kind is not None and kind.kind is not Kind.ANY:
            return None
        return Extreme(order, mentions, rank)
    if refs[1] == "and" and not asked and not slots.has("between") and not slots.has("of"):
        return None
    if kind is not None and kind.condition is not None:
        return None
    if any(m.kind is Kind.ANY and m.selector is None for m in mentions):
        return None
    return Extreme(order, mentions, rank)


def _in_terms_of(order: Order, slots: Slots) -> tuple[Order | None, Slots]:
    """ "In terms of height, which is greater?" """
    if not slots.has("extent"):
        return order, slots
    attribute = slots.get("extent")
    if order.attribute not in (Attribute.VOLUME, attribute):
        return None, slots
    return replace(order, attribute=compared_by(attribute)), slots.without("extent")


def _measurable(order: Order) -> Order:
    """ "Three times higher" is said of a thing's height."""
    return replace(order, attribute=Attribute.HEIGHT) if order.attribute is Attribute.UP else order


def _two(slots: Slots) -> tuple[Mention, Mention | None] | None:
    """What is compared with what."""
    than = slots.get("than") or slots.get("relative") or slots.get("to") or slots.get("from")
    plain, both = slots.plain, slots.get("between")
    if both is not None:
        return _split(both[0]) if plain is None and than is None else None
    if plain is None or plain[1] == "or":
        return None
    if than is None:
        return _split(plain[0])
    if len(plain[0]) != 1 or len(than[0]) != 1:
        return None
    return plain[0][0], than[0][0]


def _split(mentions: tuple[Mention, ...]) -> tuple[Mention, Mention | None] | None:
    if CAMERA in mentions:
        return None
    if len(mentions) == 1:
        return (mentions[0], None) if mentions[0].many else None
    return (mentions[0], mentions[1]) if len(mentions) == 2 else None


def difference(head: Head, slots: Slots) -> Form | None:
    """By how much one exceeds the other."""
    order, slots = _in_terms_of(head.value, slots)
    if order is None:
        return None
    if slots.get("from") == ((CAMERA,), "") and order.attribute is Attribute.DISTANCE:
        slots = slots.without("from")
    if not slots.only("", "of", "than", "relative", "between") or slots.twice():
        return None
    two = _two(slots)
    if two is None or CAMERA in two:
        return None
    if head.kind == "more" and not (slots.has("than") or slots.has("relative")):
        return None
    return Difference(order, *two)


def difference_in(head: Head, slots: Slots) -> Form | None:
    """ "The difference in height between A and B"; in depth: how much further back."""
    if not slots.only("", "of", "than", "relative", "between", "to", "from") or slots.twice():
        return None
    two = _two(slots)
    if two is None or CAMERA in two:
        return None
    if head.value is Attribute.DEPTH:
        return Distance(*two, axis="forward")
    return Difference(Order(head.value, True), *two)


def ratio(head: Head, slots: Slots) -> Form | None:
    """How many times the second the first is."""
    order, slots = _in_terms_of(head.value, slots)
    if not slots.only("", "of", "than", "relative", "between", "to") or slots.twice():
        return None
    two = _two(slots)
    if order is None or two is None or two[1] is None or CAMERA in two:
        return None
    order = _measurable(order)
    if order.attribute in (Attribute.RIGHT, Attribute.FORWARD):
        return None
    return Ratio(order, two[0], two[1])


def rank(head: Head, slots: Slots) -> Form | None:
    order, top = head.value
    slots = slots.without("these")
    if not slots.only("", "of", "between", "which", "to", "from", "axis") or slots.twice():
        return None
    anchor = slots.get("to") or slots.get("from")
    if anchor is not None:
        if order.attribute is not Attribute.DISTANCE or order.anchor or len(anchor[0]) != 1:
            return None
        order = order if anchor[0][0] == CAMERA else replace(order, anchor=anchor[0][0])
    which = slots.get("which")
    refs = slots.plain or slots.get("between")
    if refs is None:
        kind = which if isinstance(which, Mention) else ANY
        return Rank(order, (replace(kind, every=False),), top)
    mentions = tuple(m for m in refs[0] if m.kind is not Kind.ANY) or refs[0]
    if refs[1] == "or" or CAMERA in mentions or (len(mentions) == 1 and not mentions[0].many):
        return None
    if isinstance(which, Mention) and which.kind is not Kind.ANY:
        return None
    return Rank(order, mentions, top)


def passage(head: Head, slots: Slots) -> Form | None:
    """ "Can a 60 cm wide robot pass between A and B?": is their gap wider than that?"""
    slots = slots.without("who")
    if not slots.has("pass") or not slots.only("between", "wide", "pass"):
        return None
    both, wide = slots.get("between"), slots.get("wide")
    if both is None or wide is None or len(both[0]) > 2 or CAMERA in both[0]:
        return None
    if len(both[0]) == 1 and not both[0][0].many:
        return None
    operator = ">" if wide.operator == "=" else wide.operator
    second = both[0][-1]
    return Holds(both[0][0], Limit(Attribute.GAP, operator, wide.value, second))


FRAMES: dict[str, Callable[[Head, Slots], Form | None]] = {
    "dist": distance,
    "gap": distance,
    "space": distance,
    "dim": dimension,
    "size": size,
    "above_ground": above_ground,
    "box": box,
    "image_position": image_position,
    "where": position,
    "pos": position,
    "relation": relative,
    "sides": relative,
    "sidesof": relative,
    "vector": vector,
    "direction": direction,
    "bearing": bearing,
    "clock": bearing,
    "order": extreme,
    "more": difference,
    "either": difference,
    "difference": difference_in,
    "ratio": ratio,
    "rank": rank,
    "pass": passage,
}


def build(head: Head, items: tuple[Item, ...]) -> Form | None:
    """The form of a head and what stands beside it; None if they do not go together."""
    return FRAMES[head.kind](head, Slots(items))
