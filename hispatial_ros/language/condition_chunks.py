"""Phrases that an object fulfils or not: relations to others, and limits."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.language.chunk import Built, Chunk, noun, ref
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.terms import (
    Attribute,
    InBetween,
    Limit,
    RelationTo,
)


def _relation(side: Atom, preposition: Atom | None, reference: Atom) -> Built:
    needs_of = side.value in ("left_of", "right_of") or side.words[-1] in ("front", "ahead")
    if needs_of and preposition is None:
        return None
    if preposition is not None and preposition.symbol == "from" and side.words[0] == "on":
        return None  # "how far is the mug on the left from the plate"
    if reference.symbol == "LIST" and side.value not in ("on",):
        return None
    return Atom("CONDITION", RelationTo(side.value, ref(reference)))


def _order_limit(order: Atom, than: Atom | None, number: Atom) -> Built:
    attribute, descending, _ = order.value
    if attribute is Attribute.UP:  # "higher than 30 cm" is said of a thing's height
        attribute = Attribute.HEIGHT
    return Atom("LIMITED", Limit(attribute, ">" if descending else "<", number.value))


def _limit(operator: Atom, than: Atom | None, number: Atom) -> Built:
    attribute = Attribute.GAP if "within" in operator.words else Attribute.DISTANCE
    return Atom("LIMITED", Limit(attribute, operator.value, number.value))


def _side_limit(side: Atom, number: Atom) -> Built:
    """ "above 1 m", "under 50 cm"."""
    operator = {"above": ">", "below": "<", "behind": ">"}.get(side.value)
    return Atom("LIMITED", Limit(Attribute.DISTANCE, operator, number.value)) if operator else None


def _limit_from(limited: Atom, away: Atom | None, preposition: Atom, reference: Atom) -> Built:
    """ "within 1 m of the mug", "more than 1 m away from the camera"."""
    limit = limited.value
    if reference.symbol == "CAMERA":
        if limit.attribute is Attribute.GAP:
            limit = replace(limit, attribute=Attribute.DISTANCE)
        return Atom("LIMITED", limit)
    return Atom("LIMITED", replace(limit, anchor=reference.value))


def _restricted(reference: Atom, that: Atom, condition: Atom) -> Built:
    """ "the mug that is on the table"."""
    return noun(replace(reference.value, condition=condition.value))


def _restricted_by(reference: Atom, condition: Atom) -> Built:
    """ "How tall is the mug on the table?" """
    side = condition.value
    if not isinstance(side, RelationTo) or side.predicate not in ("on", "near", "touching"):
        return None
    return _restricted(reference, reference, condition)


def _in_between(between: Atom, pair: Atom) -> Built:
    if len(pair.value) != 2 or "or" in pair.words:
        return None
    return Atom("CONDITION", InBetween(*pair.value))


def _sides(first: Atom, conjunction: Atom | None, second: Atom) -> Built:
    if conjunction is None and first.value == second.value:
        return None
    before = first.value if first.symbol == "SIDES" else (first.value,)
    return Atom("SIDES", (*before, second.value))


def _sides_of(sides: Atom, preposition: Atom | None, reference: Atom) -> Built:
    relative = Atom("relative", words=("relative", "to"))
    return [sides, relative, reference]


LIMITS: tuple[Chunk, ...] = (
    Chunk("ORDER than? to|from? NUMBER", lambda o, t, p, n: _order_limit(o, t, n)),
    Chunk("ORDER APART than NUMBER", lambda o, a, t, n: [_order_limit(o, t, n), a]),
    Chunk("MORE than? NUMBER", _limit),
    Chunk("LIMIT than? NUMBER", _limit),
    Chunk("SIDE NUMBER", _side_limit),
    Chunk("NUMBER", lambda n: Atom("LIMITED", Limit(Attribute.DISTANCE, "=", n.value))),
    Chunk("LIMITED AWAY? of|from|to NP|CAMERA", _limit_from),
)
RELATIONS: tuple[Chunk, ...] = (
    Chunk("to|at NP|CAMERA 's SIDE", lambda p, np, s, side: _relation(side, p, np)),
    Chunk("SIDE|SIDES of? or|and? SIDE", lambda a, o, c, b: _sides(a, c, b)),
    Chunk("SIDES of|from|to|relative? NP|CAMERA", _sides_of),
    Chunk("SIDE of|from|to|than|with? NP|CAMERA", _relation),
)

# "What is between A and B?"; elsewhere "between" only introduces the two.
BETWEEN = Chunk("between LIST_OF", _in_between)

# Where a quantity is asked for, what stands behind an object tells which one is meant.
RESTRICTIONS: tuple[Chunk, ...] = (
    Chunk("NP that CONDITION", _restricted),
    Chunk("NP CONDITION", _restricted_by),
)
