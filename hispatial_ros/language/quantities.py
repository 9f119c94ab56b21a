"""Frames of lengths: distances, and the sides, heights and places of single objects."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.language.conditions import Bound, compared_by, within
from hispatial_ros.language.forms import (
    Box,
    CameraDistance,
    Dimension,
    Elevation,
    Form,
    ImagePosition,
    PixelDepth,
    Size,
)
from hispatial_ros.language.relation_forms import Difference, Distance, Extreme, Holds
from hispatial_ros.language.slots import Head, Item, Slots
from hispatial_ros.language.terms import (
    CAMERA,
    Attribute,
    ComparedTo,
    Kind,
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


def distance(head: Head, slots: Slots) -> Form | None:
    """Between two, or from the camera."""
    known = (
        "", "of", "from", "to", "between", "pair", "relative", "axis", "apart", "extent",
        "ground", "side", "sidesof", "limit", "mutual",
        "travel", "sides", "order", "than",
    )  # fmt: skip
    if not slots.only(*known) or slots.twice():
        return None
    closest = head.kind in ("gap", "space")
    if slots.has("extent"):
        return dimension(Head("dim", slots.get("extent")), slots.without("extent"))
    if slots.has("ground"):
        return above_ground(head, slots.without("ground"))
    apart = head.value == "apart" or slots.has("apart") or slots.has("mutual")
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
    plain, start, end = slots.plain, slots.get("from"), slots.one("to", "relative")
    both = slots.one("between", "pair")
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
    if not others or len(others) > 2:
        return None
    if axis is not None and (closest or not between or len(others) < 2):
        return None
    if not between or len(others) < len(mentions):
        return Holds(others[0], within(bound, Attribute.DISTANCE)) if len(others) == 1 else None
    if len(others) == 1 and not others[0].many:
        return None
    attribute = Attribute.GAP if closest else Attribute.DISTANCE
    return Holds(others[0], within(bound, attribute, others[-1], axis))


def _offset(head: Head, slots: Slots) -> Form | None:
    """ "How far left of B is A?", "how far left or right of B is A?" """
    known = ("", "of", "side", "sides", "sidesof", "from", "relative", "than", "axis")
    if head.kind != "dist" or not slots.only(*known):
        return None
    plain = slots.plain
    if plain is None or len(plain[0]) != 1 or plain[0][0] == CAMERA:
        return None
    obj = plain[0][0]
    if obj.kind is Kind.ANY and obj.selector is None:  # "how far is the thing left of A"
        return None
    if slots.has("side"):
        related = slots.get("side")
        if not isinstance(related, RelationTo):
            return None
        origin = slots.one("from", "relative", "than")
        if origin is not None and related.mention == CAMERA and len(origin[0]) == 1:
            related = replace(related, mention=origin[0][0])  # "to the right, compared to B"
            slots = slots.without("from").without("relative").without("than")
        if not slots.only("", "side"):
            return None
        if obj.selector and slots.roles[-1] == "side":  # "the nearest box left of B": which one
            return None
        if related == RelationTo("behind", CAMERA):  # out of its view
            return None
        if related.predicate not in OFFSET_AXES or related.directly or related.mention.many:
            return None
        return Distance(obj, related.mention, axis=OFFSET_AXES[related.predicate])
    given = slots.get("sides")
    origin = slots.one("from", "relative", "than") or ((CAMERA,), "")
    if slots.has("sidesof"):
        given, origin = slots.get("sidesof")
    axes = {OFFSET_AXES.get(side) for side in given if isinstance(side, str)}
    if len(axes) != 1 or len(origin[0]) != 1:
        return None
    return Distance(obj, origin[0][0], axis=axes.pop())


def objects_of(slots: Slots) -> tuple[Mention, ...] | None:
    """What a quantity of single objects is asked of."""
    plain = slots.plain
    if plain is None or not slots.only("", "of") or plain[1] == "or" or CAMERA in plain[0]:
        return None
    if len(plain[0]) > 1 and any(m.kind is Kind.ANY and m.many for m in plain[0]):
        return None
    return plain[0] if len(slots.items) == 1 else None


def of_pixels(objects: tuple[Mention, ...]) -> bool:
    return any(m.kind is Kind.PIXEL for m in objects)


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
        plain, limit = slots.plain, slots.get("limit")
        if plain is None or len(plain[0]) != 1 or limit is None:
            return None
        return Holds(plain[0][0], within(limit, attribute))
    if slots.has("order"):
        return _compared_quantity(attribute, slots)
    if slots.has("side") and attribute is Attribute.HEIGHT and head.asked:  # "how high above B"
        related = slots.get("side")
        if isinstance(related, RelationTo) and OFFSET_AXES.get(related.predicate) == "vertical":
            return _offset(Head("dist"), slots)
        return None
    if slots.has("relative") and slots.only("", "of", "relative"):
        return _difference_of(attribute, (*slots.items,))
    if slots.has("than") and slots.only("", "of", "than"):  # "the height of A versus B"
        slots = Slots(tuple(("relative" if r == "than" else r, v) for r, v in slots.items))
        return _difference_of(attribute, slots.items)
    if attribute is Attribute.DEPTH and slots.has("from") and slots.only("", "of", "from"):
        origin = slots.get("from")  # "the depth of A from the camera"
        return distance(Head("dist"), slots) if origin and origin[0] == (CAMERA,) else None
    objects = objects_of(slots)
    if objects and any(m.kind is Kind.PIXEL for m in objects):
        return (
            PixelDepth(objects[0]) if attribute is Attribute.DEPTH and len(objects) == 1 else None
        )
    return Dimension(objects, attribute) if objects else None


def _compared_quantity(attribute: Attribute, slots: Slots) -> Form | None:
    """ "Is A's height greater than B's?" """
    greater, than, plain = slots.get("order"), slots.get("than"), slots.plain
    if slots.roles.count("") + slots.roles.count("of") > 1:
        return None
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
        objects = objects_of(Slots(tuple(i for i in slots.items if i[0] != "axis")))
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
    objects = objects_of(slots)
    return Size(objects) if objects and not of_pixels(objects) else None


def above_ground(head: Head, slots: Slots) -> Form | None:
    objects = objects_of(slots.without("ground"))
    return Elevation(objects) if objects and not of_pixels(objects) else None


def box(head: Head, slots: Slots) -> Form | None:
    objects = objects_of(slots)
    return Box(objects) if objects and not of_pixels(objects) else None


def image_position(head: Head, slots: Slots) -> Form | None:
    objects = objects_of(slots.without("travel"))
    return ImagePosition(objects) if objects and not of_pixels(objects) else None
