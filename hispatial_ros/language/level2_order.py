"""Level 2: which of several objects, and in which order."""

from dataclasses import replace

from hispatial_ros.language.clause import Clause, Rule
from hispatial_ros.language.forms import Form
from hispatial_ros.language.relation_forms import Extreme, Holds, Rank
from hispatial_ros.language.terms import (
    ANY,
    Attribute,
    ComparedTo,
    Extremal,
    Kind,
    Mention,
    Order,
)

_NEAREST = Order(Attribute.DISTANCE)
SIDE_ORDERS = {
    "left_of": Order(Attribute.RIGHT),
    "right_of": Order(Attribute.RIGHT, True),
    "above": Order(Attribute.UP, True),
    "below": Order(Attribute.UP),
    "in_front_of": Order(Attribute.FORWARD),
    "behind": Order(Attribute.FORWARD, True),
}


def _extreme(c: Clause) -> Form:
    return Extreme(c.order, c.candidates, c.rank)


def _nearest(c: Clause) -> Form:
    if len(c.refs) == 1 and c.roles[0] in ("to", "from"):
        return Extreme(replace(_NEAREST, anchor=c.refs[0]), (c.get("WHICH") or ANY,))
    return Extreme(_NEAREST, c.candidates)


def _nearest_surface(c: Clause) -> Form:
    """ "Measured from the closest points, which of A, B and C is closest to D?" """
    return Extreme(replace(c.order, attribute=Attribute.GAP), c.refs, c.rank)


def _by_side(c: Clause) -> Form:
    """ "Which is on the right, A or B?" """
    return Extreme(SIDE_ORDERS[c.get("SIDE")], c.candidates)


def _closer_to(c: Clause) -> Form:
    """ "Is A closer to B or to C?": which of B and C is nearer to A."""
    return Extreme(replace(c.order, anchor=c.refs[0]), c.refs[1:])


def _one_of(c: Clause) -> Form:
    """ "Which is the nearest chair?": the selector turned into the question."""
    ref = c.refs[0]
    assert ref.selector is not None
    return Extreme(ref.selector, (_class_of(ref),), ref.rank)


def _top(c: Clause) -> Form:
    """ "What are the three nearest chairs?" """
    order, kind, count = c.get("TOP")
    return Rank(order, (kind,), count)


def _one_of_these(c: Clause) -> Form:
    """ "The second tallest object of the following: A, B, C"."""
    ref = c.refs[0]
    assert ref.selector is not None
    return Extreme(ref.selector, c.refs[1:], ref.rank)


def _rank(c: Clause) -> Form:
    refs, order = c.refs, c.order
    if len(refs) > 1 and c.roles[-1] in ("to", "from") and order.attribute is Attribute.DISTANCE:
        order, refs = replace(order, anchor=refs[-1]), refs[:-1]  # "by distance to the mug"
    named = tuple(r for r in refs if r.kind is not Kind.ANY)
    if len(named) > 1:  # "order these objects: A, B and C"
        refs = named
    return Rank(order, refs or c.candidates)


def _class_of(mention: Mention) -> Mention:
    return Mention(mention.kind, mention.words, True, condition=mention.condition)


def _compared(c: Clause) -> Form:
    first, second = c.related_pair
    return Holds(first, ComparedTo(c.order, second))


def _extremal(c: Clause) -> Form:
    """ "Is A the nearest object?" """
    if len(c.refs) == 1:
        return Holds(c.refs[0], Extremal(c.order, ANY))
    among = c.refs[1]
    assert among.selector is not None
    return Holds(c.refs[0], Extremal(among.selector, _class_of(among)))


# When a rule applies.


def _several(c: Clause) -> bool:
    return len(c.refs) != 1 or c.refs[0].many


def _selected(c: Clause) -> bool:
    return c.refs[-1].selector is not None


def _object_selected(c: Clause) -> bool:
    return c.refs[0].kind is Kind.ANY and c.refs[0].selector is not None


def _one_of_many(c: Clause) -> bool:
    """But not "the largest distance between any two"."""
    return c.many and not (c.has("BETWEEN") and "distance" in c.words["ORDER"])


def _asks_which(c: Clause) -> bool:
    """But not "distance crate pallet nearest", of whatever is left out there."""
    return not c.has("DISTANCE") or c.either or bool(c.symbols.keys() & {"WHICH", "BE", "COMPARE"})


def _either_anchor(c: Clause) -> bool:
    return c.either and c.roles[1] in ("to", "from") and c.order.anchor is None


def _anchored(c: Clause) -> bool:
    return c.order.anchor is not None


def _alternatives(c: Clause) -> bool:
    return (c.has("WHICH") or c.either) and c.get("SIDE") in SIDE_ORDERS


# A and B are the objects in the order they are named; see ``Rule`` for the notation.
RULES = (
    Rule("TOP [WHICH] [WHAT] [LIST] [EXIST]", _top),
    # Order
    Rule(
        "RANK ORDER|RANK_ORDER|QUANTITY|AXIS|SIDE [RANK_ASCENDING] [RANK_DESCENDING] [LIST] [WHICH]"
        " [PUT] [A..]",
        _rank,
    ),
    Rule("RANK_ORDER [LIST] [WHICH] [QUANTITY] [AXIS] [EXIST] [A..]", _rank, _several),
    Rule("LIST BY QUANTITY [RANK_ASCENDING] [RANK_DESCENDING] [A..]", _rank),
    Rule("YESNO ORDER A B [QUANTITY] [POSITION]", _compared, lambda c: c.than),
    Rule("ORDER A B.. [YESNO] [WHICH] [BETWEEN]", _closer_to, _either_anchor),
    Rule(
        "ORDER A B.. [YESNO] [WHICH] [BETWEEN] [COMPARE] [QUANTITY] [POSITION]",
        _extreme,
        _asks_which,
    ),
    Rule(
        "GAP ORDER A B.. [WHICH] [BETWEEN]", _nearest_surface, lambda c: c.order.anchor is not None
    ),
    Rule("WHICH|WHAT|WHERE|LIST ORDER [EXIST] [BETWEEN] [QUANTITY]", _extreme),
    Rule("WHICH GAP [A..]", _nearest),
    Rule("ORDER WHICH|LIST|BETWEEN|WHAT|BOTH A [QUANTITY]", _extreme, _one_of_many),
    Rule("SIDE A B.. [WHICH] [YESNO] [BETWEEN]", _by_side, _alternatives),
    Rule("SIDE WHICH [WHERE]", _by_side, lambda c: c.get("SIDE") in SIDE_ORDERS),
    Rule("YESNO A B [ORDER]", _extremal, _selected),
    Rule("YESNO ORDER A", _extremal, lambda c: c.single),
    Rule("[WHICH] [WHAT] [LIST] [EXIST] [YESNO] A", _one_of, _selected),
    Rule("[WHICH] [WHAT] [LIST] A B..", _one_of_these, _object_selected),
)
