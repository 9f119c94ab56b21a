"""Phrases that an object fulfils or not: relations to others, and limits."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.language.chunk import Built, Chunk, noun, ref
from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.names import Names
from hispatial_ros.language.terms import (
    CAMERA,
    AllOf,
    Attribute,
    Condition,
    InBetween,
    Kind,
    Limit,
    RelationTo,
    negated,
)


def _relation(side: Atom, preposition: Atom | None, mention: Atom) -> Built:
    needs_of = side.value in ("left_of", "right_of") or side.words in (("front",), ("ahead",))
    if needs_of and preposition is None:
        return None
    if preposition is not None and preposition.symbol == "from" and side.words[0] == "on":
        return None  # "how far is the mug on the left from the plate"
    if mention.symbol == "LIST" and side.value not in ("on",):
        return None
    return Atom("CONDITION", RelationTo(side.value, ref(mention)))


def _on_its_side(on: Atom, mention: Atom, side: Atom) -> Built:
    """ "On the mug's left"."""
    return Atom("CONDITION", RelationTo(side.value, ref(mention))) if on.value == "on" else None


def _order_limit(order: Atom, than: Atom | None, number: Atom) -> Built:
    attribute, descending, _ = order.value
    if attribute is Attribute.UP:  # "higher than 30 cm" is said of a thing's height
        attribute = Attribute.HEIGHT
    return Atom("LIMITED", Limit(attribute, ">" if descending else "<", number.value))


def _limit(operator: Atom, than: Atom | None, number: Atom) -> Built:
    attribute = Attribute.GAP if "within" in operator.words else Attribute.DISTANCE
    return Atom("LIMITED", Limit(attribute, operator.value, number.value))


def _side_limit(side: Atom, number: Atom) -> Built:
    """ "above 1 m", "under 50 cm", "within 2 m"."""
    if side.value == "inside":
        return Atom("LIMITED", Limit(Attribute.GAP, "<", number.value))
    operator = {"above": ">", "below": "<", "behind": ">"}.get(side.value)
    if operator is None:
        return None
    limit = Atom("LIMITED", Limit(Attribute.DISTANCE, operator, number.value))
    return limit if side.value == "behind" else [limit, Atom("OVER")]


def _of_dimension(limited: Atom, preposition: Atom | None, dimension: Atom) -> Built:
    """ "(Less than 30 cm) tall", "in height"."""
    limit = limited.value
    if limit.anchor is not None or limit.attribute not in (Attribute.DISTANCE, Attribute.GAP):
        return None
    return Atom("LIMITED", replace(limit, attribute=dimension.value))


def _limit_from(limited: Atom, away: Atom | None, preposition: Atom, mention: Atom) -> Built:
    """ "within 1 m of the mug", "more than 1 m away from the camera"."""
    limit = limited.value
    if mention.symbol == "CAMERA":
        if limit.attribute is Attribute.GAP:
            limit = replace(limit, attribute=Attribute.DISTANCE)
        return Atom("LIMITED", limit)
    return Atom("LIMITED", replace(limit, anchor=mention.value))


def _clear_of(mention: Atom, limited: Atom) -> Built:
    """ "Clear of the mug by at least 10 cm"."""
    limit = replace(limited.value, attribute=Attribute.GAP, anchor=mention.value)
    return Atom("LIMITED", limit)


def _restricted(mention: Atom, that: Atom, condition: Atom) -> Built:
    """ "the mug that is on the table"."""
    meant = condition.value
    if mention.value.condition is not None:
        meant = AllOf((mention.value.condition, meant))
    return noun(replace(mention.value, condition=meant))


def _restricted_by(mention: Atom, condition: Atom) -> Built:
    """ "How tall is the mug on the table?" """
    side = condition.value
    placed = isinstance(side, RelationTo) and side.predicate in ("on", "inside", "near", "touching")
    described = mention.value.selector or mention.value.kind is Kind.ANY
    if not placed and not described:  # "how far is A left of B" is another question
        return None
    return _restricted(mention, mention, condition)


def _related_to_all(side: Atom, preposition: Atom | None, mentions: Atom) -> Built:
    """ "left of A and B": of both."""
    if "or" in mentions.words:
        return None
    return Atom("CONDITION", AllOf(tuple(RelationTo(side.value, r) for r in mentions.value)))


def _either_side(condition: Atom, conjunction: Atom, other: Atom) -> Built:
    """ "Left of A or right (of A)?" """
    first, second = condition.value, other.value
    if isinstance(second, RelationTo) and isinstance(first, RelationTo):
        second = second.predicate if second.mention == first.mention else None
    if not isinstance(first, RelationTo) or not isinstance(second, str):
        return None
    sides = Atom("SIDES", (first.predicate, second))
    if first.mention == CAMERA:
        return sides
    return [sides, Atom("relative", words=("relative", "to")), noun(first.mention)]


def _not(negation: Atom, condition: Atom) -> Built:
    return replace(condition, value=negated(condition.value))


def _all_of(first: Atom, *others: Atom | None) -> Built:
    conditions: list[Condition] = []
    for atom in (first, others[-1]):
        assert atom is not None
        condition = atom.value
        if isinstance(condition, Limit) and condition.anchor is None:  # "within 1 m" of the camera
            near = condition.attribute is Attribute.GAP
            condition = replace(condition, attribute=Attribute.DISTANCE) if near else condition
        conditions += condition.conditions if isinstance(condition, AllOf) else [condition]
    return Atom("CONDITION", AllOf(tuple(conditions)))


def _range(bounds: Atom) -> Atom:
    low, high = sorted(bounds.value)
    return Atom("LIMITED", Limit(Attribute.DISTANCE, "..", low, upper=high))


def _in_between(between: Atom, pair: Atom) -> Built:
    if len(pair.value) != 2 or "or" in pair.words:
        return None
    return Atom("CONDITION", InBetween(*pair.value))


def _sides(first: Atom, conjunction: Atom | None, second: Atom) -> Built:
    if conjunction is None and first.value == second.value:
        return None
    before = first.value if first.symbol == "SIDES" else (first.value,)
    return Atom("SIDES", (*before, second.value))


def _sides_of(sides: Atom, preposition: Atom | None, mention: Atom) -> Built:
    relative = Atom("relative", words=("relative", "to"))
    return [sides, relative, mention]


def _chosen_among(mention: Atom, condition: Atom) -> Built:
    if mention.value.selector is None:
        return None
    return _restricted(mention, mention, condition)


def contained(names: Names) -> Chunk:
    """ "In the bowl", "in bowl 2"; but "in danger" is nothing's place."""

    def build(preposition: Atom, mention: Atom) -> Built:
        if mention.words[:1] != ("the",) and not names.knows(mention.value):
            return None
        return Atom("CONDITION", RelationTo("inside", mention.value))

    return Chunk("in NP", build)


LIMITS: tuple[Chunk, ...] = (
    Chunk("ORDER than? to|from? NUMBER", lambda o, t, p, n: _order_limit(o, t, n)),
    Chunk("ORDER APART than NUMBER", lambda o, a, t, n: [_order_limit(o, t, n), a]),
    Chunk("MORE than? NUMBER", _limit),
    Chunk("LIMIT than? NUMBER", _limit),
    Chunk("SIDE NUMBER", _side_limit),
    Chunk("RANGE", _range),
    Chunk("NUMBER", lambda n: Atom("LIMITED", Limit(Attribute.DISTANCE, "=", n.value))),
    Chunk("LIMITED OVER? in? DIMENSION", lambda a, o, i, d: _of_dimension(a, i, d)),
    Chunk("LIMITED AWAY? of|from|to NP|CAMERA", _limit_from),
    Chunk("AWAY of|from NP BY LIMITED", lambda a, p, np, b, limited: _clear_of(np, limited)),
)
RELATIONS: tuple[Chunk, ...] = (
    Chunk("SIDE NP|CAMERA 's SIDE", lambda o, np, s, side: _on_its_side(o, np, side)),
    Chunk("to|at NP|CAMERA 's SIDE", lambda p, np, s, side: _relation(side, p, np)),
    Chunk("SIDE|SIDES of? or|and? SIDE", lambda a, o, c, b: _sides(a, c, b)),
    Chunk("SIDES of|from|to|relative? NP|CAMERA", _sides_of),
    Chunk("SIDE of|from|to|than|with? NP|CAMERA", _relation),
    Chunk("SIDE of|from? LIST_OF", _related_to_all),
    Chunk("CONDITION or SIDE|CONDITION", _either_side),
)
# "Not closer than 2 m", "left of the mug and closer than 2 m".
COMBINATIONS: tuple[Chunk, ...] = (
    Chunk("NOT CONDITION|LIMITED", _not),
    Chunk("CONDITION|LIMITED and|but that? BE? CONDITION|LIMITED", _all_of),
    Chunk("CONDITION and|but that? BE? CONDITION|LIMITED", _all_of),
)

# "What is between A and B?"; elsewhere "between" only introduces the two.
BETWEEN = Chunk("between LIST_OF", _in_between)

# Where a quantity is asked for, what stands behind an object tells which one is meant.
RESTRICTIONS: tuple[Chunk, ...] = (
    Chunk("NP that|WHICH BE? CONDITION", lambda np, t, b, c: _restricted(np, t, c)),
    Chunk("NP CONDITION", _restricted_by),
)

# "The nearest bottle that is left of the chair"
CHOSEN_AMONG: tuple[Chunk, ...] = (
    Chunk("NP that|WHICH? BE? CONDITION|LIMITED", lambda np, t, b, c: _chosen_among(np, c)),
)
