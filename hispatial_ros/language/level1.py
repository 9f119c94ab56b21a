"""Level 1: one object - how far, how big, where."""

from dataclasses import replace

from hispatial_ros.language import question as q
from hispatial_ros.language.clause import Clause, Rule
from hispatial_ros.language.question import Attribute

PHRASES = {
    ("DISTANCE", None): [
        "how (far|distant|remote|far off|far out) [away|off|out]", "how long [of] a (way|distance)",
        "(distance|dist|distances|range|remoteness|proximity|offset|spacing)",
        "(what|which|at what|at which) (distance|range)",
        "how (much|great|large|big|short|small|long) [of] [a|the] [is|are] [the] (distance|separation)",
    ],
    ("DIMENSION", Attribute.HEIGHT): [
        "how (tall|high)", "(height|heights|tallness|altitude extent)", "tall", "high",
        "[from] (top to bottom|bottom to top|head to toe|floor to top|base to top)",
        "vertical (size|extent|dimension|dimensions|extents|measurement|measurements)", "ht", "up and down",
    ],
    ("DIMENSION", Attribute.WIDTH): [
        "how (wide|broad)", "(width|widths|breadth|wideness|span)", "wide", "broad", "across",
        "how (far|much) across",
        "[from] (side to side|left to right side|edge to edge|one side to the other|end to end|left edge to right edge)",
        "(horizontal|lateral) (size|extent|dimension|dimensions|extents|measurement|measurements|span)",
    ],
    ("DIMENSION", Attribute.DEPTH): [
        "how (deep|thick)", "(depth|depths|thickness)", "deep", "thick",
        "[from] (front to back|back to front|front to rear)",
    ],
    ("DIMENSION", Attribute.LENGTH): [
        "how long", "(length|lengths)", "long", "longest (side|dimension|edge)",
    ],
    ("DIMENSION", Attribute.VOLUME): [
        "(volume|volumes)", "how voluminous", "how much volume", "cubic (volume|capacity)",
    ],
    ("SIZE", None): [
        "how (big|large|small|huge|tiny|sizable|massive|bulky)",
        "[physical|spatial|3d|overall] (size|sizes|dimension|dimensions|dims|measurements|extent|extents|proportions)",
        "what size", "big", "large", "small",
        "(width|length|depth|height) [and] (width|length|depth|height) and (width|length|depth|height)",
        "(w|l) [x] (h|w) [x] (d|h)", "(wxhxd|lxwxh|whd|lwh)", "width and height",
    ],
    ("SPACE", None): ["how much (space|room)", "(space|room) (taken up|occupied) by", "(space|room)"],
    ("POSITION", None): [
        "[exact|3d] (position|positions|location|locations|coordinates|coords|xyz|placement|whereabouts|pose)",
        "x y z [coordinates|position|value|values]", "xyz (coordinates|position|location|value|values|coords)",
        "3d (point|coordinate)", "position in space", "where in (3d|space|the world|3d space)",
        "(center|centre) (point|position|coordinates|location)", "centroid",
        "world coordinates", "camera coordinates", "unproject", "deproject", "backproject", "back project",
    ],
    ("BOX", None): [
        "aabb", "[axis aligned] [3d] (bounding box|bounding boxes|bbox|bounds|bounding volume)",
        "[3d] axis aligned [bounding] box", "3d box", "3d (bbox|bounds)", "3 d bounding box", "cuboid", "bounding cuboid",
        "detect the (aabb|box|bbox)",
    ],
    ("FACING", None): ["[3d] orientation", "heading"],
    ("ABOVE_GROUND", None): [
        "(above|off|over|from) [the] (ground|floor)", "(above|off|over) [the] (table|desk|surface) top",
        "elevation", "altitude", "above (ground level|sea level)", "clear of the (ground|floor)",
    ],
}  # fmt: skip


def _dimension(c: Clause) -> q.Form:
    attributes = set(c.symbols["DIMENSION"])
    return q.Size(c.refs) if len(attributes) > 1 else q.Dimension(c.refs, attributes.pop())


def _exists(c: Clause) -> q.Form:
    return q.Exists(replace(c.refs[0], plural=True), c.condition)


def _camera_depth(c: Clause) -> q.Form:
    """ "The depth of A from the camera"."""
    return q.CameraDistance(c.refs) if c.get("DIMENSION") is Attribute.DEPTH else _dimension(c)


def _facing(c: Clause) -> q.Form:
    return q.Facing(c.refs)


# A is one object, "A.." one or more.
RULES = (
    Rule("ABOVE_GROUND [DIMENSION] [DISTANCE] [AXIS] A..", lambda c: q.Elevation(c.refs)),
    Rule("DIMENSION CAMERA A", _camera_depth, lambda c: c.camera_role in ("from", "to")),
    Rule("SPACE A..", lambda c: q.Size(c.refs)),
    Rule("SIZE A..", lambda c: q.Size(c.refs)),
    Rule("DIMENSION [SIZE] [DISTANCE] A..", _dimension),
    Rule("DISTANCE|GAP|DEPTH_VALUE CAMERA [AWAY] A..", lambda c: q.CameraDistance(c.refs)),
    Rule("DISTANCE|GAP|DEPTH_VALUE [AWAY] A", lambda c: q.CameraDistance(c.refs)),
    Rule("FACE [SIDE] [SIDES] [DIRECTION] [RELATIVE_DIRECTION] [WHICH] [WHERE] [YESNO] A", _facing),
    Rule("FACING A", _facing),
    Rule("BOX [LIST] [POSITION] [WHERE] A..", lambda c: q.Box(c.refs)),
    Rule("WHERE|POSITION [WHERE] [POSITION] [CENTERS] A..", lambda c: q.Position(c.refs)),
    Rule("EXIST [CONDITION] [LIMITED] A", _exists),
    Rule("LIST|DESCRIBE A..", lambda c: q.Summary(c.refs)),
    Rule("WHAT A", lambda c: q.Summary(c.refs)),
)
