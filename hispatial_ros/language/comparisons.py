"""Frames of comparisons: which comes first, by how much, in which order."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.language.conditions import compared_by
from hispatial_ros.language.forms import Form
from hispatial_ros.language.relation_forms import Difference, Distance, Extreme, Holds, Rank, Ratio
from hispatial_ros.language.slots import Head, Slots
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    Attribute,
    Kind,
    Limit,
    Mention,
    Order,
    RelationTo,
)


def extreme(head: Head, slots: Slots) -> Form | None:
    """Which of several comes first."""
    (order, superlative), rank = head.value
    order, slots = _in_terms_of(order, slots.without("these"))
    if slots.get("side") == RelationTo("in_front_of", CAMERA):  # "closest in front of me"
        slots = slots.without("side")
    if not slots.only("", "of", "between", "which", "from", "to", "but"):
        return None
    if slots.twice():
        return None
    if slots.has("of") and slots.has(""):  # "which of the crates is nearest, the red or the blue"
        of = slots.get("of")
        if of is not None and len(of[0]) == 1 and of[0][0].many:
            slots = slots.without("of")
    order = order and _anchored(order, slots)
    if order is None or slots.roles.count("") + slots.roles.count("of") > 1:
        return None
    which = slots.get("which")
    kind = which if isinstance(which, Mention) else None
    if kind is not None and (kind.selector is not None or kind.kind is Kind.PIXEL):
        return None
    if slots.plain is None and slots.get("between") is None:
        kind = kind or ANY
        kind = replace(kind, plural=kind.kind is not Kind.ANY or kind.plural)
        if slots.has("but"):  # "what is nearest to the mug except the globe?"
            kind = replace(kind, condition=slots.get("but")) if kind.condition is None else ANY
        return Extreme(order, (kind,), rank) if slots.has("which") else None
    if slots.has("but"):
        return None
    if slots.plain is not None and slots.has("between"):
        return None
    candidates = _candidates(slots, kind, superlative)
    return Extreme(order, candidates, rank) if candidates else None


def _anchored(order: Order, slots: Slots) -> Order | None:
    """An order of distances from, or to, something."""
    if not (slots.has("from") or slots.has("to")):
        return order
    anchor = slots.one("from", "to")
    if anchor is None or len(anchor[0]) != 1:
        return None
    if order.attribute is not Attribute.DISTANCE or order.anchor:
        return None
    return order if anchor[0][0] == CAMERA else replace(order, anchor=anchor[0][0])


def _candidates(slots: Slots, kind: Mention | None, superlative: bool) -> tuple[Mention, ...]:
    """What is named to be chosen from; none if that and the rest do not go together."""
    mentions, conjunction = slots.plain or slots.get("between")
    asked, several = slots.has("which"), len(mentions) > 1
    if CAMERA in mentions:
        return ()
    if not several:  # of a class: "the bottles"
        one = mentions[0]
        fit = one.many and (one.every or not slots.has("between")) and (asked or superlative)
        return mentions if fit and (kind is None or kind.kind is Kind.ANY) else ()
    said = asked or slots.has("between") or slots.has("of")
    if conjunction == "and" and not said:  # "closer, A and B"
        return ()
    if slots.has("of") and not superlative and len(mentions) > 2:  # "more near of A, B or C"
        return ()
    if any(m.kind is Kind.ANY and m.selector is None for m in mentions):
        return ()
    return () if kind is not None and kind.condition is not None else mentions


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
    than = slots.one("than", "relative", "to", "from")
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
    if slots.get("from") == ((CAMERA,), "") and order and order.attribute is Attribute.DISTANCE:
        slots = slots.without("from")
    if not slots.only("", "of", "than", "relative", "between", "to") or slots.twice():
        return None
    if slots.roles.count("") + slots.roles.count("of") > 1:  # in which order is not said
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
    order = _anchored(order, slots)
    if order is None:
        return None
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
