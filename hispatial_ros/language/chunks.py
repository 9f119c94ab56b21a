"""Putting symbols together into phrases: a cascade of small rewriting rules.

Each rule is a short pattern over neighbouring symbols and what they become; the rules are applied
in turn, each once from left to right, so the work is linear in the length of the question.
Pattern notation: symbols by name, ``X|Y`` alternatives, a trailing ``?`` optional.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hispatial_ros.language.lexer import Atom
from hispatial_ros.language.names import Names
from hispatial_ros.language.noun_phrases import lists, noun_phrases
from hispatial_ros.language.question import Viewpoint
from hispatial_ros.language.terms import (
    CAMERA,
    Attribute,
    ComparedTo,
    InBetween,
    Kind,
    Limit,
    Order,
    Reference,
    RelationTo,
)

Built = Atom | list[Atom] | None
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


@dataclass(frozen=True)
class Chunk:
    """One rewriting rule. ``build`` gets the matched atoms by pattern position (None where an
    optional one is missing) and returns what replaces them, or None to leave them."""

    pattern: str
    build: Callable[..., Built]

    def match(self, atoms: Sequence[Atom], i: int) -> tuple[list[Atom | None], int] | None:
        matched: list[Atom | None] = []
        for element in self.pattern.split():
            if i < len(atoms) and atoms[i].symbol in element.rstrip("?").split("|"):
                matched.append(atoms[i])
                i += 1
            elif element.endswith("?"):
                matched.append(None)
            else:
                return None
        return matched, i

    def apply(self, atoms: list[Atom]) -> list[Atom]:
        out: list[Atom] = []
        i = 0
        while i < len(atoms):
            found = self.match(atoms, i)
            built = self.build(*found[0]) if found else None
            if found is None or built is None:
                out.append(atoms[i])
                i += 1
            else:
                out.extend(built if isinstance(built, list) else [built])
                i = found[1]
        return out


def _ref(atom: Atom) -> Reference:
    return CAMERA if atom.symbol == "CAMERA" else atom.value


def _np(reference: Reference) -> Atom:
    return Atom("NP", reference)


# Orders


def _order(atom: Atom) -> Order:
    attribute, descending, _ = atom.value
    return Order(attribute, descending)


def _anchored(order: Atom, preposition: Atom, reference: Atom) -> Built:
    """ "closer to the mug"."""
    if order.value[0] is not Attribute.DISTANCE or order.symbol != "ORDER":
        return None
    built = replace(_order(order), anchor=_ref(reference))
    return Atom("ANCHORED", built, order.words)


def _selected(order: Atom, reference: Atom, rank: int = 1) -> Built:
    """ "nearest chair"."""
    if reference.value.kind is Kind.PIXEL or reference.value.selector:
        return None
    return _np(replace(reference.value, selector=_order(order), rank=rank))


def _superlative(order: Atom, of: Atom | None, reference: Atom) -> Built:
    if of is None and reference.words[:1] == ("the",):  # "nearest the bowl"
        return None
    if not order.value[2] or (of is not None and not reference.value.many):
        return None
    return _selected(order, reference)


def _anchor_selected(reference: Atom, to: Atom, anchor: Atom) -> Built:
    """ "the nearest bottle to the mug"."""
    selector = reference.value.selector
    if selector is None or selector.attribute is not Attribute.DISTANCE or selector.anchor:
        return None
    if anchor.symbol == "CAMERA":
        return reference
    return _np(replace(reference.value, selector=replace(selector, anchor=anchor.value)))


def _from_the_side(ordinal: Atom, reference: Atom, preposition: Atom, side: Atom) -> Built:
    """ "the second chair from the left"."""
    if side.value not in ("left_of", "right_of", "in_front_of", "behind"):
        return None
    return _np(replace(reference.value, selector=_SELECTORS[side.value], rank=ordinal.value))


def _side_selected(reference: Atom, side: Atom) -> Built:
    """ "the chair on the left"."""
    if side.value not in ("left_of", "right_of") or side.words[0] == "left":
        return None
    if reference.value.selector or reference.value.kind is Kind.PIXEL:
        return None
    return _np(replace(reference.value, selector=_SELECTORS[side.value]))


def _left_one(side: Atom, reference: Atom) -> Built:
    """ "the left chair", but not "who left the chair there"."""
    if reference.words[:1] == ("the",):
        return None
    if side.value not in ("left_of", "right_of") or side.words[0] not in ("left", "right", "the"):
        return None
    return _np(replace(reference.value, selector=_SELECTORS[side.value]))


# Conditions


def _relation(side: Atom, preposition: Atom | None, reference: Atom) -> Built:
    needs_of = side.value in ("left_of", "right_of") or side.words[-1] in ("front", "ahead")
    if needs_of and preposition is None:
        return None
    if preposition is not None and preposition.symbol == "from" and side.words[0] == "on":
        return None  # "how far is the mug on the left from the plate"
    if reference.symbol == "LIST" and side.value not in ("on",):
        return None
    return Atom("CONDITION", RelationTo(side.value, _ref(reference)))


def _compared(order: Atom, than: Atom, reference: Atom) -> Built:
    if reference.symbol == "CAMERA":  # "higher than the camera"
        side = _CAMERA_SIDES.get(order.value[:2]) if order.symbol == "ORDER" else None
        return Atom("CONDITION", RelationTo(side, CAMERA)) if side else None
    built = order.value if order.symbol == "ANCHORED" else _order(order)
    return Atom("CONDITION", ComparedTo(built, _ref(reference)))


def _nearer_than_to(order: Atom, than: Atom, to: Atom, reference: Atom) -> Built:
    """ "closer to A than to B"."""
    if order.value.anchor is None:
        return None
    return Atom("CLOSER_TO", (order.value, reference.value))


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
    return _np(replace(reference.value, condition=condition.value))


# Questions


def _which(which: Atom, reference: Atom) -> Built:
    if which.words[0] in ("what", "whats") and not reference.value.many:
        return None
    if reference.value.selector or reference.value.kind is Kind.PIXEL:
        return None
    return Atom("WHICH", replace(reference.value, plural=True), which.words)


def _count(count: Atom, of: Atom | None, reference: Atom) -> Built:
    return Atom("COUNT", replace(reference.value, plural=True))


def _sides(first: Atom, conjunction: Atom | None, second: Atom) -> Built:
    if conjunction is None and first.value == second.value:
        return None
    before = first.value if first.symbol == "SIDES" else (first.value,)
    return Atom("SIDES", (*before, second.value))


def _sides_of(sides: Atom, preposition: Atom | None, reference: Atom) -> Built:
    relative = Atom("relative", words=("relative", "to"))
    return [sides, relative, reference]


# Viewpoints


def _view(at: Atom, facing: Atom | None = None) -> Atom:
    return Atom("VIEW", Viewpoint(_ref(at), _ref(facing) if facing else None))


_NP = "NP|CAMERA"

# Before objects are gathered into lists ...
EARLY: tuple[Chunk, ...] = (
    # Whose left and right is meant
    Chunk(f"from? {_NP} 's VIEWPOINT", lambda f, np, s, v: _view(np)),
    Chunk(f"from|in|at? VIEWPOINT of {_NP}", lambda f, v, o, np: _view(np)),
    Chunk(
        f"IF? CAMERA? BE? BE? AT_PLACE {_NP} separator? and? BE? FACE NP",
        lambda i, c, b, b2, a, at, s, n, b3, f, to: _view(at, to),
    ),
    Chunk(f"IF CAMERA? BE? BE? AT_PLACE {_NP}", lambda i, c, b, b2, a, at: _view(at)),
    Chunk(f"CAMERA BE? BE? AT_PLACE {_NP}", lambda c, b, b2, a, at: _view(at)),
    Chunk(f"AT_PLACE {_NP} separator", lambda a, at, s: _view(at)),
    Chunk("from WHERE NP BE separator? FACE NP", lambda f, w, at, b, s, f2, to: _view(at, to)),
    Chunk(f"SEEN_FROM {_NP}", lambda s, at: _view(at)),
    # "the second nearest chair", "the nearest chair", "the second chair from the left"
    Chunk("ORDINAL the? ORDER NP", lambda n, t, o, np: _selected(o, np, n.value)),
    Chunk("the ORDER NP", lambda t, o, np: _selected(o, np)),
    Chunk("ORDER of? NP", _superlative),
    Chunk("ORDINAL NP from|at? SIDE", _from_the_side),
    Chunk("SIDE NP", _left_one),
    # "which chair", "how many chairs"
    Chunk("WHICH|WHAT NP", _which),
    Chunk("COUNT of? NP", _count),
)

# ... and after.
LATE: tuple[Chunk, ...] = (
    # Comparisons
    Chunk("ORDER to|from|of|relative CAMERA", lambda o, p, c: o),
    Chunk("ORDER to|from NP", _anchored),
    Chunk("ORDER NP", lambda o, np: _anchored(o, o, np) if o.value[2] else None),
    Chunk("ORDER than? to|from? NUMBER", lambda o, t, p, n: _order_limit(o, t, n)),
    Chunk("ORDER APART than NUMBER", lambda o, a, t, n: [_order_limit(o, t, n), a]),
    Chunk("ANCHORED than to|from NP", _nearer_than_to),
    Chunk("ORDER|ANCHORED than NP|CAMERA", _compared),
    Chunk("to|at NP|CAMERA 's SIDE", lambda p, np, s, side: _relation(side, p, np)),
    # Limits
    Chunk("MORE than? NUMBER", _limit),
    Chunk("LIMIT than? NUMBER", _limit),
    Chunk("SIDE NUMBER", _side_limit),
    Chunk("NUMBER", lambda n: Atom("LIMITED", Limit(Attribute.DISTANCE, "=", n.value))),
    Chunk("LIMITED AWAY? of|from|to NP|CAMERA", _limit_from),
    # Relations
    Chunk("SIDE|SIDES of? or|and? SIDE", lambda a, o, c, b: _sides(a, c, b)),
    Chunk("SIDES of|from|to|relative? NP|CAMERA", _sides_of),
    Chunk("SIDE of|from|to|than|with? NP|CAMERA", _relation),
)


QUANTITIES = frozenset(
    {"DISTANCE", "GAP", "DIMENSION", "SIZE", "POSITION", "BOX", "DIFFERENCE", "HOW_MUCH", "WHERE"}
    | {"SPACE"}
)


def rewrite(atoms: list[Atom], names: Names) -> list[Atom]:
    """The whole cascade."""
    atoms = noun_phrases(atoms, names)
    atoms = [a for a in atoms if a.symbol != "ONE"]
    for chunk in EARLY:
        atoms = chunk.apply(atoms)
    if not {a.symbol for a in atoms} & {"DISTANCE", "GAP", "DIRECTION", "APART"}:
        atoms = _ANCHORED.apply(atoms)
    atoms = lists([a for a in atoms if a.symbol != "the"])
    for chunk in LATE:
        atoms = chunk.apply(atoms)
    symbols = {a.symbol for a in atoms}
    if not symbols & (QUANTITIES | ORDERS):
        atoms = _BETWEEN.apply(atoms)
    if symbols & QUANTITIES and not symbols & {"HOW_MUCH", "YESNO"}:
        for chunk in RESTRICTIONS:
            atoms = chunk.apply(atoms)
    return atoms


def _in_between(between: Atom, pair: Atom) -> Built:
    if len(pair.value) != 2 or "or" in pair.words:
        return None
    return Atom("CONDITION", InBetween(*pair.value))


# "What is between A and B?"; elsewhere "between" only introduces the two.
_BETWEEN = Chunk("between LIST_OF", _in_between)
ORDERS = frozenset(
    {"ORDER", "ANCHORED", "SIDE", "SIDES", "APART", "LIMITED", "DIRECTION", "RELATIVE_DIRECTION"}
    | {"AXIS", "CENTERS", "SPACE", "RANK", "DEPTH_VALUE", "CONDITION"}
)


# "The nearest bottle to the mug"; but "the distance from the nearest bottle to the mug".
_ANCHORED = Chunk("NP to|from|relative NP|CAMERA", _anchor_selected)


def _restricted_by(reference: Atom, condition: Atom) -> Built:
    """ "How tall is the mug on the table?" """
    side = condition.value
    if not isinstance(side, RelationTo) or side.predicate not in ("on", "near", "touching"):
        return None
    return _restricted(reference, reference, condition)


# Where a quantity is asked for, what stands behind an object tells which one is meant.
RESTRICTIONS = (
    Chunk("NP that CONDITION", _restricted),
    Chunk("NP CONDITION", _restricted_by),
    Chunk("NP SIDE", _side_selected),
)
