"""Level 1: one object - how far, how big, where."""

from dataclasses import replace

from hispatial_ros.language.clause import Clause, Rule
from hispatial_ros.language.forms import (
    Approach,
    Box,
    CameraDistance,
    Dimension,
    Elevation,
    Exists,
    Facing,
    Form,
    Position,
    Size,
    Summary,
)
from hispatial_ros.language.relation_forms import Angle, Bearing
from hispatial_ros.language.terms import Attribute


def _dimension(c: Clause) -> Form:
    attributes = set(c.symbols["DIMENSION"])
    if "longest" in c.words["DIMENSION"]:  # "the longest dimension (width, height or depth)"
        attributes = {Attribute.LENGTH}
    return Size(c.refs) if len(attributes) > 1 else Dimension(c.refs, attributes.pop())


_SIDES = {
    "horizontal": Attribute.WIDTH,
    "lateral": Attribute.WIDTH,
    "vertical": Attribute.HEIGHT,
    "forward": Attribute.DEPTH,
}


def _along(c: Clause) -> Form:
    """ "How much space does A take up horizontally?" """
    return Dimension(c.refs, _SIDES[c.get("AXIS")])


def _end_to_end(c: Clause) -> Form:
    """ "How far does A stretch from front to back?" """
    sides = {
        Attribute.DISTANCE: Attribute.DEPTH,
        Attribute.RIGHT: Attribute.WIDTH,
        Attribute.UP: Attribute.HEIGHT,
    }
    if c.has("DIMENSION"):
        return _dimension(c)
    attribute = c.get("RANK_ORDER")[0]
    return Dimension(c.refs, sides.get(attribute, attribute))


def _depth_from_camera(c: Clause) -> Form:
    """ "The depth of A from the camera"."""
    return CameraDistance(c.refs) if c.get("DIMENSION") is Attribute.DEPTH else _dimension(c)


def _clock(c: Clause) -> Form:
    """ "At what o'clock is A?", or as seen from B."""
    if len(c.refs) == 1:
        return Bearing(c.refs[0], clock=True)
    first, second = c.related_pair
    return Bearing(first, second, clock=True)


def _exists(c: Clause) -> Form:
    return Exists(replace(c.refs[0], plural=True), c.condition)


def _to_a_thing(c: Clause) -> bool:
    """ "Go to A", "reach A", but not "go from A", "can I reach A?" nor "should I go to A?"."""
    if c.words.get("BE", set()) & {"should", "must"} and c.has("YESNO"):
        return False
    reached = bool(c.words["MOVE"] & _REACHING) and not c.has("YESNO")
    return c.roles == ("to",) or (c.roles == ("",) and reached)


_REACHING = {"reach", "approach"}

# A is one object, "A.." one or more; see ``Rule`` for the notation.
RULES = (
    Rule("CLOCK A [B] [WHERE] [POSITION] [WHICH] [DIRECTION] [RELATIVE_DIRECTION] [EXIST]", _clock),
    Rule(
        "BEARING A [MOVE] [FACE] [FACING] [SIDE] [SIDES] [CAMERA] [EXIST]",
        lambda c: Bearing(c.refs[0]),
    ),
    Rule("BEARING BETWEEN A B [CAMERA] [HOW_MUCH]", lambda c: Angle(*c.refs)),
    Rule("ABOVE_GROUND A.. [DIMENSION] [DISTANCE] [AXIS]", lambda c: Elevation(c.refs)),
    Rule("DIMENSION CAMERA A", _depth_from_camera, lambda c: c.camera_role in ("from", "to")),
    Rule("SPACE|SIZE A..", lambda c: Size(c.refs)),
    Rule("SPACE|SIZE AXIS A..", _along, lambda c: c.get("AXIS") in _SIDES),
    Rule("DIMENSION A.. [SIZE] [DISTANCE] [HOW_MUCH]", _dimension),
    Rule("DIMENSION WHICH A", _dimension, lambda c: c.get("WHICH") is None),
    Rule("RANK_ORDER A [QUANTITY]", _end_to_end),
    Rule("DISTANCE|GAP|DEPTH_VALUE CAMERA A..", lambda c: CameraDistance(c.refs)),
    Rule("DISTANCE|GAP|DEPTH_VALUE A", lambda c: CameraDistance(c.refs)),
    Rule(
        "FACE A [SIDE] [SIDES] [DIRECTION] [RELATIVE_DIRECTION] [WHICH] [WHERE] [YESNO]",
        lambda c: Facing(c.refs),
    ),
    Rule("FACE A B YESNO", lambda c: Facing(c.refs[:1])),
    Rule("FACING A", lambda c: Facing(c.refs)),
    Rule("BOX A.. [LIST] [POSITION] [WHERE]", lambda c: Box(c.refs)),
    Rule("WHERE|POSITION A.. [WHERE] [POSITION] [CENTERS]", lambda c: Position(c.refs)),
    Rule("MOVE A [YESNO] [WHERE]", lambda c: Approach(c.refs), _to_a_thing),
    Rule("EXIST A [CONDITION] [LIMITED] [YESNO]", _exists),
    Rule("LIST|DESCRIBE A..", lambda c: Summary(c.refs)),
    Rule("WHAT BE A", lambda c: Summary(c.refs), lambda c: c.words["BE"] <= {"is", "are", "s"}),
)
