"""Level 2: yes or no, which ones, how many, what is there."""

from dataclasses import replace

from hispatial_ros.language.clause import Clause, Rule
from hispatial_ros.language.forms import Exists, Form
from hispatial_ros.language.level2_order import SIDE_ORDERS
from hispatial_ros.language.relation_forms import Count, Describe, Extreme, Holds, Select
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    Attribute,
    ComparedTo,
    Kind,
    Mention,
    Multiple,
    Order,
    RelationTo,
)


def _holds(c: Clause) -> Form:
    return _exists(c) if c.refs[0].many else Holds(c.refs[0], c.fulfilled)


def _exists(c: Clause) -> Form:
    if c.refs[0].every and not c.has("EXIST"):  # "are the chairs ...?": all of them
        return Holds(c.refs[0], c.fulfilled)
    return Exists(replace(c.refs[0], plural=True), c.fulfilled)


def _limit(c: Clause) -> Form:
    """ "Is the distance between A and B less than 1 m?" """
    limit, subject = c.get("LIMITED"), c.refs[0]
    between = c.has("APART") or c.has("BETWEEN")
    if subject.many and len(c.refs) == 1 and not between:
        return _exists(c)
    attribute = limit.attribute
    if c.has("DIMENSION"):
        attribute = c.get("DIMENSION")
    elif c.has("GAP") or c.has("SPACE") or (c.has("BETWEEN") and not c.has("DISTANCE")):
        attribute = Attribute.GAP
    anchor = c.refs[-1] if between or len(c.refs) == 2 else limit.anchor
    if (anchor is None and attribute is Attribute.GAP) or (
        anchor is not None and attribute not in (Attribute.GAP, Attribute.DISTANCE)
    ):
        attribute = Attribute.DISTANCE
    # "Is there room for 60 cm between A and B?"
    room = "EXIST" in c.words or (c.has("SPACE") and not c.has("YESNO"))
    if room and (between or c.has("GAP")) and limit.operator == "=":
        limit = replace(limit, operator=">")
    return Holds(subject, replace(limit, attribute=attribute, anchor=anchor))


def _select(c: Clause) -> Form:
    (kind,) = c.candidates
    condition = c.fulfilled
    if kind.selector is not None:  # "on the desk, what is the tallest object?"
        among = Mention(kind.kind, kind.words, True, condition=condition)
        return Extreme(kind.selector, (among,), kind.rank)
    if isinstance(condition, RelationTo) and condition.predicate == "near":
        return Extreme(Order(Attribute.DISTANCE, False, condition.mention), (kind,))
    return Select(kind, condition)


def _side(c: Clause) -> Form:
    return Holds(c.refs[0], RelationTo(c.get("SIDE"), CAMERA))


def _on_that_side(c: Clause) -> Form:
    """ "What is on the left?" """
    return Select(c.get("LIST") or ANY, RelationTo(c.get("SIDE"), CAMERA))


def _count_on_that_side(c: Clause) -> Form:
    """ "How many objects are on the left?" """
    return Count(c.get("COUNT") or ANY, RelationTo(c.get("SIDE"), CAMERA))


def _exists_on_that_side(c: Clause) -> Form:
    """ "Is there a chair on the left?" """
    kind = replace(c.refs[0], plural=True)
    return Exists(kind, RelationTo(c.get("SIDE"), CAMERA))


def _mutual(c: Clause) -> Form:
    """ "Are A and B touching?" """
    return Holds(c.refs[0], RelationTo(c.get("SIDE"), c.refs[1]))


def _closer_to_than(c: Clause) -> Form:
    """ "Is A closer to B than to C?": B is closer to A than C is."""
    order, third = c.get("CLOSER_TO")
    return Holds(order.anchor, ComparedTo(replace(order, anchor=c.refs[0]), third))


# When a rule applies.


def _objects(c: Clause) -> bool:
    """ "Objects", "everything", but not "anything"."""
    return c.refs[0].plural and c.refs[0].kind is Kind.ANY


def _not_a_sum(c: Clause) -> bool:
    """But not "what is twice the height of A?", a length."""
    sum_asked = isinstance(c.condition, Multiple) and "of" in c.words["CONDITION"]
    return not (sum_asked and c.has("WHAT"))


def _touching(c: Clause) -> bool:
    return c.get("SIDE") in ("touching", "near") and not c.either


# A and B are the objects in the order they are named; see ``Rule`` for the notation.
LISTING = (
    Rule("SCENE|DESCRIBE [SCENE] [LIST] [DESCRIBE] [WHICH] [EXIST]", lambda c: Describe()),
    Rule("EXIST WHAT|LIST|WHICH", lambda c: Describe()),
    Rule(
        "WHICH|LIST|DESCRIBE|EXIST [EXIST] [SCENE] [A]", lambda c: Describe(), lambda c: c.anything
    ),
)
RULES = (
    Rule(
        "COUNT [CONDITION] [LIMITED] [DIMENSION] [EXIST] [LIST]",
        lambda c: Count(c.get("COUNT") or ANY, c.condition),
    ),
    Rule("CONDITION|LIMITED A [DIMENSION]", _select, _objects),
    Rule("CONDITION|LIMITED YESNO|EXIST A [DIMENSION]", _exists, lambda c: c.many),
    Rule("CONDITION|LIMITED WHICH|LIST|WHAT|SCENE [DIMENSION] [EXIST] [A]", _select, _not_a_sum),
    Rule("CONDITION|LIMITED EXIST A [YESNO] [DIMENSION]", _exists),
    Rule(
        "LIMITED A [B] [YESNO] [EXIST] [DISTANCE] [GAP] [SPACE] [DIMENSION] [BETWEEN] [APART]"
        " [CENTERS]",
        _limit,
    ),
    Rule("CONDITION A [YESNO] [QUANTITY] [POSITION]", _holds),
    Rule("CLOSER_TO A [YESNO]", _closer_to_than),
    Rule("SIDE A B [YESNO] [APART]", _mutual, _touching),
    Rule("SIDE YESNO A", _side, lambda c: c.get("SIDE") in SIDE_ORDERS),
    Rule("SIDE EXIST A [YESNO]", _exists_on_that_side, lambda c: c.get("SIDE") in SIDE_ORDERS),
    Rule("SIDE WHAT|SCENE|LIST [SCENE] [EXIST]", _on_that_side),
    Rule("SIDE COUNT [EXIST]", _count_on_that_side),
)
