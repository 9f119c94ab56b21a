"""Level 2: distance, difference and direction between objects."""

from dataclasses import replace

from hispatial_ros.language.clause import RELATING, Clause, Rule
from hispatial_ros.language.forms import CameraDistance, Form
from hispatial_ros.language.relation_forms import (
    Difference,
    Direction,
    Distance,
    Holds,
    Ratio,
    RelativeDirection,
)
from hispatial_ros.language.terms import CAMERA, Attribute, ComparedTo, Limit, Order, RelationTo

_OFFSET_AXES = {
    "left_of": "lateral",
    "right_of": "lateral",
    "above": "vertical",
    "below": "vertical",
    "in_front_of": "forward",
    "behind": "forward",
}


def _distance(c: Clause) -> Form:
    return Distance(*c.pair, c.has("GAP") and not c.has("CENTERS"), c.get("AXIS"))


def _gap(c: Clause) -> Form:
    return Distance(*c.pair, True, c.get("AXIS"))


def _offset(c: Clause) -> Form:
    """ "How far left of B is A?" """
    if c.has("SIDE"):  # "how far ahead is A?"
        return Distance(c.refs[0], CAMERA, axis=_OFFSET_AXES[c.get("SIDE")])
    relation = c.relation
    return Distance(c.refs[0], relation.mention, axis=_OFFSET_AXES[relation.predicate])


def _axis_of_sides(c: Clause) -> str | None:
    axes = {_OFFSET_AXES.get(side) for side in c.get("SIDES")}
    return axes.pop() if len(axes) == 1 else None


def _sideways(c: Clause) -> Form:
    """ "How far left or right of B is A?" """
    first, second = c.related_pair if len(c.refs) == 2 else (c.refs[0], CAMERA)
    return Distance(first, second, axis=_axis_of_sides(c))


def _difference(c: Clause) -> Form:
    if len(c.refs) == 2:
        return Difference(c.order, *c.related_pair)
    comparison = c.comparison
    return Difference(comparison.order, c.refs[0], comparison.mention)


def _attribute_difference(c: Clause) -> Form:
    attribute = c.get("DIMENSION") or (Attribute.VOLUME if c.has("SIZE") else Attribute.DISTANCE)
    if attribute is Attribute.DEPTH:  # "difference in depth": how much further back
        return Distance(*c.pair, axis="forward")
    return Difference(Order(attribute, True), *c.pair)


def _direction(c: Clause) -> Form:
    """From the one to the other, in whichever order they were named."""
    refs = (*c.refs, CAMERA)[:2]
    roles = (*c.roles, c.camera_role)[:2]
    backwards = roles[1] == "from" or roles[0] == "to"
    if len(c.refs) == 1:
        backwards = roles[0] != "from"  # the direction of A: from the camera to A
    return Direction(*(refs[::-1] if backwards else refs))


def _relative(c: Clause) -> Form:
    first, second = c.related_pair if len(c.refs) == 2 else (c.refs[0], CAMERA)
    return RelativeDirection(first, second, c.get("SIDES") or ())


def _ratio(c: Clause) -> Form:
    """ "How many times taller is A than B?" """
    if len(c.refs) == 1:
        comparison = c.comparison
        return Ratio(_measurable(comparison.order), c.refs[0], comparison.mention)
    order = Order(Attribute.DISTANCE, True) if c.has("AWAY") else c.order
    order = replace(order, descending=True) if c.has("DISTANCE") else order
    return Ratio(_measurable(order), *c.related_pair)


def _measurable(order: Order) -> Order:
    """ "Three times higher" is said of a thing's height."""
    return replace(order, attribute=Attribute.HEIGHT) if order.attribute is Attribute.UP else order


def _passage(c: Clause) -> Form:
    """ "Can a 60 cm wide robot pass between A and B?": is their gap wider than that?"""
    limit = c.get("LIMITED")
    second = c.refs[-1]
    first = second if second.many else c.refs[-2]
    operator = ">" if limit.operator == "=" else limit.operator
    return Holds(first, Limit(Attribute.GAP, operator, limit.value, second))


# When a rule applies.


def _either_way(c: Clause) -> Form:
    """ "Is A taller or shorter than B?": by how much which of the two."""
    return Difference(c.get("ORDER_EITHER"), *c.related_pair)


def _has_ratio(c: Clause) -> bool:
    """Coordinates have none: nothing is twice as far left."""
    order = c.order if len(c.refs) == 2 else c.comparison.order
    return order.attribute not in (Attribute.RIGHT, Attribute.FORWARD)


def _between_two(c: Clause) -> bool:
    return len(c.refs) > 1 or c.refs[0].many


def _each_distance(c: Clause) -> bool:
    """ "The distances of A, B and C"."""
    return len(c.refs) > 2 and set(c.roles) in ({"of"}, {"to"})


def _how_far_are(c: Clause) -> bool:
    """ "How far are A and B?": each, as "how far are the chairs"; "apart" would be another word."""
    asked = {"how", "far"} <= c.words["DISTANCE"] and "are" in c.words.get("BE", ())
    return asked and c.roles == ("", "") and not c.either


def _compares(c: Clause) -> bool:
    return isinstance(c.condition, ComparedTo)


def _directional(c: Clause) -> bool:
    return isinstance(c.condition, RelationTo) and c.condition.predicate in _OFFSET_AXES


def _how_high_above(c: Clause) -> bool:
    """ "How high is A above B?" """
    return (
        _directional(c)
        and "how" in c.words["DIMENSION"]
        and _OFFSET_AXES[c.relation.predicate] == "vertical"
    )


def _without_camera(c: Clause) -> bool:
    """The distance is between the objects."""
    return not c.has("CAMERA")


def _related(c: Clause) -> bool:
    return c.roles[1] in RELATING or c.roles[0] == "relative"


def _is_vector(c: Clause) -> bool:
    """Asked for as a vector or from one to the other, not "in which direction is A"."""
    return not (c.words["DIRECTION"] & {"which", "what", "in"}) or "to" in c.roles


# A and B are the objects in the order they are named; see ``Rule`` for the notation.
RULES = (
    # Distance
    Rule("CONDITION DISTANCE A [HOW_MUCH] [AXIS]", _offset, _directional),
    Rule("CONDITION DIMENSION A", _offset, _how_high_above),
    Rule("SIDES DISTANCE A [B]", _sideways, lambda c: _axis_of_sides(c) is not None),
    Rule("SIDE DISTANCE A", _offset, lambda c: c.get("SIDE") in _OFFSET_AXES),
    Rule("DIFFERENCE|COMPARE QUANTITY A [B] [BETWEEN] [HOW_MUCH]", _attribute_difference),
    Rule("DIMENSION|SIZE A B [HOW_MUCH]", _attribute_difference, lambda c: "relative" in c.roles),
    Rule("DISTANCE ORDER A B", _difference, lambda c: c.than),
    Rule(
        "DISTANCE|GAP|SPACE|APART CAMERA A [BETWEEN] [APART] [HOW_MUCH] [GAP]",
        lambda c: CameraDistance(c.refs),
        lambda c: c.single,
    ),
    Rule(
        "DISTANCE|GAP BETWEEN|APART|CENTERS A [B] [AXIS] [DISTANCE] [GAP] [DIFFERENCE] [HOW_MUCH]",
        _distance,
    ),
    Rule("APART A [B] [BETWEEN] [CENTERS] [AXIS] [HOW_MUCH]", _distance),
    Rule("SPACE BETWEEN|APART A [B]", _gap),
    Rule("DISTANCE DIMENSION A B", _gap, lambda c: "edge" in c.words["DIMENSION"]),
    Rule("DISTANCE A B..", lambda c: CameraDistance(c.refs), _each_distance),
    Rule("DISTANCE A B", lambda c: CameraDistance(c.refs), _how_far_are),
    Rule("DISTANCE AXIS A", lambda c: Distance(c.refs[0], CAMERA, axis=c.get("AXIS"))),
    Rule("GAP DIMENSION BETWEEN A [B]", _gap, lambda c: c.get("DIMENSION") is Attribute.WIDTH),
    Rule("DISTANCE|GAP A B [AXIS] [HOW_MUCH]", _distance, _without_camera),
    Rule("AXIS DIFFERENCE|BETWEEN|CENTERS A B", _distance),
    Rule("RATIO ORDER A B [QUANTITY]", _ratio, lambda c: c.than and _has_ratio(c)),
    Rule("RATIO CONDITION A [QUANTITY]", _ratio, lambda c: _compares(c) and _has_ratio(c)),
    Rule("RATIO DIMENSION|SIZE|DISTANCE|AWAY A B", _ratio, _has_ratio),
    Rule(
        "PASS|MOVE LIMITED BETWEEN A.. [YESNO] [EXIST] [DIMENSION] [GAP] [SPACE] [MOVE] [PASS]",
        _passage,
        _between_two,
    ),
    Rule("ORDER_EITHER A B [YESNO] [WHICH]", _either_way, lambda c: c.than),
    Rule("HOW_MUCH ORDER A B [QUANTITY]", _difference),
    Rule("HOW_MUCH|DISTANCE CONDITION A [QUANTITY]", _difference, _compares),
    # Direction
    Rule("DIRECTION A [B] [BETWEEN]", _direction, _is_vector),
    Rule(
        "SIDES|RELATIVE_DIRECTION|DIRECTION A [B] [WHERE] [WHICH] [BETWEEN] [YESNO] [SIDE]",
        _relative,
        lambda c: (c.has("SIDES") or not c.has("YESNO")) and c.get("SIDE") in (None, "on"),
    ),
    Rule("WHERE|POSITION A B [DESCRIBE]", _relative, _related),
)
