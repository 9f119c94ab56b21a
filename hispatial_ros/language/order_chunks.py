"""Phrases that put objects in an order: comparatives, and superlatives that select."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.language.chunk import Built, Chunk, noun, ref
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.terms import (
    CAMERA,
    Attribute,
    ComparedTo,
    Kind,
    Order,
    RelationTo,
)

_SELECTORS = {
    "left_of": Order(Attribute.RIGHT),
    "right_of": Order(Attribute.RIGHT, True),
    "in_front_of": Order(Attribute.FORWARD),
    "behind": Order(Attribute.FORWARD, True),
    "above": Order(Attribute.UP, True),
    "below": Order(Attribute.UP),
    "near": Order(Attribute.DISTANCE),
}
_CAMERA_SIDES = {
    (Attribute.UP, True): "above",
    (Attribute.UP, False): "below",
    (Attribute.RIGHT, True): "right_of",
    (Attribute.RIGHT, False): "left_of",
}


def _order(atom: Atom) -> Order:
    attribute, descending, _ = atom.value
    return Order(attribute, descending)


def _anchored(order: Atom, preposition: Atom, mention: Atom) -> Built:
    """ "closer to the mug"."""
    if order.value[0] is not Attribute.DISTANCE or order.symbol != "ORDER":
        return None
    built = replace(_order(order), anchor=ref(mention))
    return Atom("ANCHORED", built, order.words)


def _one_side(mention: Atom, side: Atom, *following: Atom | None) -> Built:
    """ "The shelf on the left" and something else."""
    selected = _side_selected(mention, side)
    return [selected, *filter(None, following)] if isinstance(selected, Atom) else None


def _than_one_side(than: Atom, mention: Atom, side: Atom, of: Atom | None) -> Built:
    """ "... than the chair on the right", but not "on the right of the table"."""
    selected = _side_selected(mention, side) if of is None else None
    return [than, selected] if isinstance(selected, Atom) else None


def _selected(order: Atom, mention: Atom, rank: int = 1) -> Built:
    """ "nearest chair"."""
    if mention.value.kind is Kind.PIXEL or mention.value.selector:
        return None
    return noun(replace(mention.value, selector=_order(order), rank=rank))


def _superlative(order: Atom, of: Atom | None, mention: Atom) -> Built:
    if of is None and mention.words[:1] == ("the",):  # "nearest the bowl"
        return None
    if not order.value[2] or (of is not None and not mention.value.many):
        return None
    return _selected(order, mention)


def _anchor_selected(mention: Atom, to: Atom, anchor: Atom) -> Built:
    """ "the nearest bottle to the mug"."""
    selector = mention.value.selector
    if selector is None or selector.attribute is not Attribute.DISTANCE or selector.anchor:
        return None
    if anchor.symbol == "CAMERA":
        return mention
    return noun(replace(mention.value, selector=replace(selector, anchor=anchor.value)))


def _counted_from(ordinal: Atom, preposition: Atom, side: Atom) -> Built:
    """ "The third from the left"."""
    if side.value not in ("left_of", "right_of"):
        return None
    order = _SELECTORS[side.value]
    return [ordinal, Atom("ORDER", (order.attribute, order.descending, True), side.words)]


def _from_the_side(ordinal: Atom, mention: Atom, preposition: Atom, side: Atom) -> Built:
    """ "the second chair from the left"."""
    if side.value not in ("left_of", "right_of", "in_front_of", "behind"):
        return None
    return noun(replace(mention.value, selector=_SELECTORS[side.value], rank=ordinal.value))


def _left_one(side: Atom, mention: Atom) -> Built:
    """ "the left chair", but not "who left the chair there"."""
    if mention.words[:1] == ("the",):
        return None
    if side.value not in ("left_of", "right_of") or side.words[0] not in ("left", "right", "the"):
        return None
    return noun(replace(mention.value, selector=_SELECTORS[side.value]))


def _side_selected(mention: Atom, side: Atom) -> Built:
    """ "the chair on the left"."""
    if side.value not in ("left_of", "right_of") or side.words[0] == "left":
        return None
    if mention.value.selector or mention.value.kind is Kind.PIXEL:
        return None
    return noun(replace(mention.value, selector=_SELECTORS[side.value]))


def _between(order: Atom, preposition: Atom, first: Atom, second: Atom) -> Built:
    """ "Closer to A or to B"."""
    return [order, preposition, Atom("LIST_OF", (first.value, second.value), ("or",))]


def _first_is_anchor(order: Atom, several: Atom) -> Built:
    """ "Nearest the door, the lamp or the sofa?": two of three are to choose from."""
    anchor, *rest = several.value
    if len(rest) < 2 or "or" not in several.words or order.value[0] is not Attribute.DISTANCE:
        return None
    nearest = Atom("ANCHORED", replace(_order(order), anchor=anchor), order.words)
    return [nearest, Atom("LIST_OF", tuple(rest), ("or",))]


def _either_order(first: Atom, conjunction: Atom, second: Atom) -> Built:
    """ "Higher or lower"."""
    (attribute, descending, _), other = first.value, second.value
    if (attribute, not descending) != other[:2]:
        return None
    return Atom("ORDER_EITHER", _order(first), first.words)


def _top(number: Atom, order: Atom, mention: Atom) -> Built:
    """ "The three nearest chairs"."""
    count = number.value
    whole = isinstance(count, int) or (isinstance(count, float) and count.is_integer())
    if not whole or not mention.value.plural or mention.value.selector:
        return None
    return Atom("TOP", (_order(order), mention.value, int(count)))


def _compared(order: Atom, than: Atom, mention: Atom) -> Built:
    if mention.symbol == "CAMERA":  # "higher than the camera"
        side = _CAMERA_SIDES.get(order.value[:2]) if order.symbol == "ORDER" else None
        return Atom("CONDITION", RelationTo(side, CAMERA)) if side else None
    built = order.value if order.symbol == "ANCHORED" else _order(order)
    return Atom("CONDITION", ComparedTo(built, ref(mention)))


def _nearer_than_to(order: Atom, than: Atom, to: Atom, mention: Atom) -> Built:
    """ "closer to A than to B"."""
    if order.value.anchor is None:
        return None
    return Atom("CLOSER_TO", (order.value, mention.value))


def _the_one(mention: Atom, *following: Atom | None) -> Built:
    """ "The mug, the one on the left", "the mug that is nearest"; but not "... nearest to me"."""
    place, preposition = following[-2:]
    assert place is not None
    if preposition is not None:
        return None
    if place.symbol == "SIDE":
        return _side_selected(mention, place)
    return _selected(place, mention) if place.value[2] else None


# What selects behind a name.
THE_ONE: tuple[Chunk, ...] = (
    Chunk(
        "NP separator the ONE that? SIDE|ORDER of|from|to|than|NP|CAMERA?",
        lambda np, *rest: _the_one(np, *rest),
    ),
    Chunk(
        "NP separator the ORDER ONE of|from|to|than|NP|CAMERA?",
        lambda np, s, t, order, one, after: _the_one(np, order, after),
    ),
    Chunk("NP that ORDER of|from|to|than|NP|CAMERA?", _the_one),
)
SELECTORS: tuple[Chunk, ...] = (
    Chunk("BOTH|NUMBER ORDER NP", _top),
    Chunk("ORDINAL the? ORDER NP", lambda n, t, o, np: _selected(o, np, n.value)),
    Chunk("the ORDER NP", lambda t, o, np: _selected(o, np)),
    Chunk("ORDER of? NP", _superlative),
    Chunk("ORDINAL NP from|at? SIDE", _from_the_side),
    Chunk("ORDINAL from SIDE", _counted_from),
    Chunk("SIDE NP", _left_one),
    Chunk("NP SIDE and|than the? NP", _one_side),
    Chunk("NP SIDE ORDER than", _one_side),
    Chunk("than the? NP SIDE of|from|NP|CAMERA?", lambda t, a, *rest: _than_one_side(t, *rest)),
)
COMPARISONS: tuple[Chunk, ...] = (
    # A distance to the camera against one to something else: nothing here compares them.
    Chunk("ORDER to|from CAMERA than to|from NP", lambda *matched: Atom("INCOMPARABLE")),
    Chunk("ORDER to|from? LIST_OF", lambda o, p, several: _first_is_anchor(o, several)),
    Chunk("ORDER to|from NP or to|from NP", lambda o, p, a, c, q, b: _between(o, p, a, b)),
    Chunk("ORDER or ORDER", _either_order),
    Chunk("ORDER to|from|of|relative CAMERA", lambda o, p, c: o),
    Chunk("ORDER to|from NP", _anchored),
    Chunk("ORDER NP", lambda o, np: _anchored(o, o, np) if o.value[2] else None),
    Chunk("ANCHORED than to|from CAMERA", lambda *matched: Atom("INCOMPARABLE")),
    Chunk("ANCHORED than to|from NP", _nearer_than_to),
    Chunk("ORDER|ANCHORED than NP|CAMERA", _compared),
)


def _nearest_to(mention: Atom, order: Atom) -> Built:
    """ "The mug nearest to the sink"."""
    if not order.words[0].endswith("est") or mention.value.selector:
        return None
    return noun(replace(mention.value, selector=order.value))


# Where a quantity is asked for: "how far is the mug nearest to the sink".
BESIDE = Chunk("NP that? ANCHORED", lambda np, that, order: _nearest_to(np, order))

# "The nearest bottle to the mug"; but "the distance from the nearest bottle to the mug".
ANCHORED = Chunk("NP to|from|relative NP|CAMERA", _anchor_selected)

# Where a quantity is asked for, a side tells which object is meant: "the chair on the left".
ON_SIDE = Chunk("NP that? SIDE", lambda np, that, side: _side_selected(np, side))
