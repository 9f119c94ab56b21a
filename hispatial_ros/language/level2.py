"""Level 2: relations between objects - distance, direction, comparison, order, number."""

from dataclasses import replace

from hispatial_ros.language.clause import Clause, Rule
from hispatial_ros.language.question import (
    CameraDistance,
    Count,
    Describe,
    Difference,
    Direction,
    Distance,
    Exists,
    Extreme,
    Form,
    Holds,
    Rank,
    RelativeDirection,
    Select,
)
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    Attribute,
    ComparedTo,
    Extremal,
    Kind,
    Limit,
    Order,
    Reference,
    RelationTo,
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
_OFFSET_AXES = {
    "left_of": "lateral",
    "right_of": "lateral",
    "above": "vertical",
    "below": "vertical",
    "in_front_of": "forward",
    "behind": "forward",
}
_RELATING = ("than", "relative", "from", "of", "to")

# What the parts of a question amount to.


def _two(c: Clause) -> tuple[Reference, Reference | None]:
    """Two references, or one that names two things."""
    if c.roles == ("from", ""):  # "from the mug, how far is the globe?"
        return c.refs[1], c.refs[0]
    return (c.refs[0], c.refs[1]) if len(c.refs) == 2 else (c.refs[0], None)


def _related_pair(c: Clause) -> tuple[Reference, Reference]:
    """(what is asked about, what it is related to)."""
    if c.roles[0] == c.roles[1]:
        return c.refs[0], c.refs[1]
    for i, role in enumerate(c.roles):
        if role in _RELATING:
            return c.refs[1 - i], c.refs[i]
    return c.refs[0], c.refs[1]


def _candidates(c: Clause) -> tuple[Reference, ...]:
    return c.refs or (c.get("WHICH") or c.get("LIST") or ANY,)


def _class_of(reference: Reference) -> Reference:
    return Reference(reference.kind, reference.words, True)


# Distance and direction


def _distance(c: Clause) -> Form:
    return Distance(*_two(c), c.has("GAP") and not c.has("CENTERS"), c.get("AXIS"))


def _gap(c: Clause) -> Form:
    return Distance(*_two(c), True, c.get("AXIS"))


def _offset(c: Clause) -> Form:
    """ "How far left of B is A?" """
    if c.has("SIDE"):  # "how far ahead is A?"
        return Distance(c.refs[0], CAMERA, axis=_OFFSET_AXES[c.get("SIDE")])
    relation = c.relation
    return Distance(c.refs[0], relation.reference, axis=_OFFSET_AXES[relation.predicate])


def _difference(c: Clause) -> Form:
    if len(c.refs) == 2:
        return Difference(c.order, *_related_pair(c))
    comparison = c.comparison
    return Difference(comparison.order, c.refs[0], comparison.reference)


def _attribute_difference(c: Clause) -> Form:
    attribute = c.get("DIMENSION") or (Attribute.VOLUME if c.has("SIZE") else Attribute.DISTANCE)
    if attribute is Attribute.DEPTH:  # "difference in depth": how much further back
        return Distance(*_two(c), axis="forward")
    return Difference(Order(attribute, True), *_two(c))


def _direction(c: Clause) -> Form:
    """From the one to the other, in whichever order they were named."""
    refs = (*c.refs, CAMERA)[:2]
    roles = (*c.roles, c.camera_role)[:2]
    backwards = roles[1] == "from" or roles[0] == "to"
    if len(c.refs) == 1:
        backwards = roles[0] != "from"  # the direction of A: from the camera to A
    return Direction(*(refs[::-1] if backwards else refs))


def _relative(c: Clause) -> Form:
    first, second = _related_pair(c) if len(c.refs) == 2 else (c.refs[0], CAMERA)
    return RelativeDirection(first, second, c.get("SIDES") or ())


# Order


def _extreme(c: Clause) -> Form:
    return Extreme(c.order, _candidates(c), c.rank)


def _nearest(c: Clause) -> Form:
    return Extreme(_NEAREST, _candidates(c))


def _by_side(c: Clause) -> Form:
    """ "Which is on the right, A or B?" """
    return Extreme(SIDE_ORDERS[c.get("SIDE")], _candidates(c))


def _closer_to(c: Clause) -> Form:
    """ "Is A closer to B or to C?": which of B and C is nearer to A."""
    return Extreme(replace(c.order, anchor=c.refs[0]), c.refs[1:])


def _closer_to_than(c: Clause) -> Form:
    """ "Is A closer to B than to C?": B is closer to A than C is."""
    order, third = c.get("CLOSER_TO")
    return Holds(order.anchor, ComparedTo(replace(order, anchor=c.refs[0]), third))


def _one_of(c: Clause) -> Form:
    """ "Which is the nearest chair?": the selector turned into the question."""
    ref = c.refs[0]
    assert ref.selector is not None
    return Extreme(ref.selector, (_class_of(ref),), ref.rank)


def _rank(c: Clause) -> Form:
    refs, order = c.refs, c.order
    if len(refs) > 1 and c.roles[-1] in ("to", "from") and order.attribute is Attribute.DISTANCE:
        order, refs = replace(order, anchor=refs[-1]), refs[:-1]  # "by distance to the mug"
    return Rank(order, refs or _candidates(c))


# Conditions


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
    elif c.has("GAP"):
        attribute = Attribute.GAP
    anchor = c.refs[-1] if between or len(c.refs) == 2 else limit.anchor
    if (anchor is None and attribute is Attribute.GAP) or (
        anchor is not None and attribute not in (Attribute.GAP, Attribute.DISTANCE)
    ):
        attribute = Attribute.DISTANCE
    return Holds(subject, Limit(attribute, limit.operator, limit.value, anchor))


def _select(c: Clause) -> Form:
    (kind,) = _candidates(c)
    condition = c.fulfilled
    if isinstance(condition, RelationTo) and condition.predicate == "near":
        return Extreme(Order(Attribute.DISTANCE, False, condition.reference), (kind,))
    return Select(kind, condition)


def _side(c: Clause) -> Form:
    return Holds(c.refs[0], RelationTo(c.get("SIDE"), CAMERA))


def _on_that_side(c: Clause) -> Form:
    """ "What is on the left?" """
    return Select(c.get("LIST") or ANY, RelationTo(c.get("SIDE"), CAMERA))


def _mutual(c: Clause) -> Form:
    """ "Are A and B touching?" """
    return Holds(c.refs[0], RelationTo(c.get("SIDE"), c.refs[1]))


def _extremal(c: Clause) -> Form:
    """ "Is A the nearest object?" """
    if len(c.refs) == 1:
        return Holds(c.refs[0], Extremal(c.order, ANY))
    among = c.refs[1]
    assert among.selector is not None
    return Holds(c.refs[0], Extremal(among.selector, _class_of(among)))


def _compared(c: Clause) -> Form:
    first, second = _related_pair(c)
    return Holds(first, ComparedTo(c.order, second))


# When a rule applies.


def _many(c: Clause) -> bool:
    return c.refs[0].many


def _single(c: Clause) -> bool:
    return not c.refs[0].many


def _several(c: Clause) -> bool:
    return len(c.refs) != 1 or c.refs[0].many


def _objects(c: Clause) -> bool:
    """ "Objects", "everything", but not "anything"."""
    return c.refs[0].plural and c.refs[0].kind is Kind.ANY


def _anything(c: Clause) -> bool:
    asked = c.refs[0] if c.refs else c.get("WHICH") or c.get("LIST")
    return asked is not None and asked.kind is Kind.ANY and asked.selector is None


def _selected(c: Clause) -> bool:
    return c.refs[-1].selector is not None


def _compares(c: Clause) -> bool:
    return isinstance(c.condition, ComparedTo)


def _directional(c: Clause) -> bool:
    return isinstance(c.condition, RelationTo) and c.condition.predicate in _OFFSET_AXES


def _how_high_above(c: Clause) -> bool:
    """ "How high is A above B?" """
    return _directional(c) and "how" in c.words["DIMENSION"]


def _without_camera(c: Clause) -> bool:
    """The distance is between the objects."""
    return not c.has("CAMERA")


def _than(c: Clause) -> bool:
    return any(role in ("than", "relative") for role in c.roles)


def _related(c: Clause) -> bool:
    return c.roles[1] in _RELATING or c.roles[0] == "relative"


def _either_anchor(c: Clause) -> bool:
    return c.either and c.roles[1] in ("to", "from")


def _alternatives(c: Clause) -> bool:
    return (c.has("WHICH") or c.either) and c.get("SIDE") in SIDE_ORDERS


def _is_vector(c: Clause) -> bool:
    """Asked for as a vector or from one to the other, not "in which direction is A"."""
    return not (c.words["DIRECTION"] & {"which", "what", "in"}) or "to" in c.roles


def _touching(c: Clause) -> bool:
    return c.get("SIDE") in ("touching", "near")


# A and B are the objects in the order they are named; see ``Rule`` for the notation. The first
# rule that fits is taken.
RULES = (
    # Listing what is there
    Rule("SCENE|DESCRIBE [SCENE] [LIST] [DESCRIBE] [WHICH] [EXIST]", lambda c: Describe()),
    Rule("EXIST WHAT|LIST|WHICH", lambda c: Describe()),
    Rule("WHICH|LIST|DESCRIBE|EXIST [EXIST] [SCENE] [A]", lambda c: Describe(), _anything),
    # Distance
    Rule("CONDITION DISTANCE A [HOW_MUCH] [AXIS]", _offset, _directional),
    Rule("CONDITION DIMENSION A", _offset, _how_high_above),
    Rule("SIDE DISTANCE A", _offset, lambda c: c.get("SIDE") in _OFFSET_AXES),
    Rule("DIFFERENCE|COMPARE QUANTITY A [B] [BETWEEN] [HOW_MUCH]", _attribute_difference),
    Rule("DISTANCE ORDER A B", _difference, _than),
    Rule(
        "DISTANCE|GAP|SPACE|APART CAMERA A [BETWEEN] [APART] [HOW_MUCH] [GAP]",
        lambda c: CameraDistance(c.refs),
        _single,
    ),
    Rule(
        "DISTANCE|GAP BETWEEN|APART|CENTERS A [B] [AXIS] [DISTANCE] [GAP] [DIFFERENCE] [HOW_MUCH]",
        _distance,
    ),
    Rule("APART A [B] [BETWEEN] [CENTERS] [AXIS] [HOW_MUCH]", _distance),
    Rule("SPACE BETWEEN|APART A [B]", _gap),
    Rule("DISTANCE|GAP A B [AXIS] [HOW_MUCH]", _distance, _without_camera),
    Rule("AXIS DIFFERENCE|BETWEEN|CENTERS A B", _distance),
    Rule("HOW_MUCH ORDER A B [QUANTITY]", _difference),
    Rule("HOW_MUCH|DISTANCE CONDITION A [QUANTITY]", _difference, _compares),
    # Direction
    Rule("DIRECTION A [B] [BETWEEN]", _direction, _is_vector),
    Rule(
        "SIDES|RELATIVE_DIRECTION|DIRECTION A [B] [WHERE] [WHICH] [BETWEEN] [YESNO]",
        _relative,
        lambda c: c.has("SIDES") or not c.has("YESNO"),
    ),
    Rule("WHERE|POSITION A B", _relative, _related),
    # Order
    Rule(
        "RANK ORDER|RANK_ORDER|QUANTITY|AXIS|SIDE [RANK_DESCENDING] [LIST] [WHICH] [PUT] [A..]",
        _rank,
    ),
    Rule("RANK_ORDER [LIST] [WHICH] [QUANTITY] [AXIS] [EXIST] [A..]", _rank, _several),
    Rule("LIST BY QUANTITY [RANK_DESCENDING] [A..]", _rank),
    Rule("YESNO ORDER A B [QUANTITY] [POSITION]", _compared, _than),
    Rule("ORDER A B.. [YESNO] [WHICH] [BETWEEN]", _closer_to, _either_anchor),
    Rule("ORDER A B.. [YESNO] [WHICH] [BETWEEN] [COMPARE] [QUANTITY] [POSITION]", _extreme),
    Rule("WHICH|WHAT|WHERE|LIST ORDER [EXIST] [BETWEEN] [QUANTITY]", _extreme),
    Rule("WHICH GAP [A..]", _nearest),
    Rule("ORDER WHICH|LIST|BETWEEN|WHAT|BOTH A [QUANTITY]", _extreme, _many),
    Rule("SIDE A B.. [WHICH] [YESNO] [BETWEEN]", _by_side, _alternatives),
    Rule("SIDE WHICH [WHERE]", _by_side, lambda c: c.get("SIDE") in SIDE_ORDERS),
    Rule("YESNO A B [ORDER]", _extremal, _selected),
    Rule("YESNO ORDER A", _extremal, _single),
    Rule("[WHICH] [WHAT] [LIST] [EXIST] [YESNO] A", _one_of, _selected),
    # Conditions
    Rule(
        "COUNT [CONDITION] [LIMITED] [DIMENSION] [EXIST] [LIST]",
        lambda c: Count(c.get("COUNT") or ANY, c.condition),
    ),
    Rule("CONDITION|LIMITED A [DIMENSION]", _select, _objects),
    Rule("CONDITION|LIMITED YESNO|EXIST A [DIMENSION]", _exists, _many),
    Rule("CONDITION|LIMITED WHICH|LIST|WHAT|SCENE [DIMENSION] [EXIST] [A]", _select),
    Rule("CONDITION|LIMITED EXIST A [YESNO] [DIMENSION]", _exists),
    Rule(
        "LIMITED A [B] [YESNO] [EXIST] [DISTANCE] [GAP] [DIMENSION] [BETWEEN] [APART] [CENTERS]",
        _limit,
    ),
    Rule("CONDITION A [YESNO] [QUANTITY] [POSITION]", _holds),
    Rule("CLOSER_TO A [YESNO]", _closer_to_than),
    Rule("SIDE A B [YESNO]", _mutual, _touching),
    Rule("SIDE YESNO A", _side, lambda c: c.get("SIDE") in SIDE_ORDERS),
    Rule("SIDE WHAT|SCENE|LIST [SCENE] [EXIST]", _on_that_side),
)
