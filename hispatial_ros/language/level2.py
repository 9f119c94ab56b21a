"""Level 2: relations between objects - distance, direction, comparison, order, number."""

from dataclasses import replace

from hispatial_ros.language import question as q
from hispatial_ros.language.clause import Clause, Rule
from hispatial_ros.language.question import Attribute

A = Attribute

# Comparatives and superlatives: (attribute, largest first, superlative).
PHRASES = {
    ("ORDER", (A.DISTANCE, False, False)): [
        "(closer|nearer) [by|in|up]", "less (far|distant) [away]", "(smaller|lower|lesser|shorter) (depth|depth value|distance)",
        "more (near|close|proximate)", "(less|least) far away",
    ],
    ("ORDER", (A.DISTANCE, False, True)): [
        "(closest|nearest) [by|in]", "least (far|distant) [away]",
        "(smallest|lowest|least|minimum|minimal) (depth|depth value) [away]", "most (near|nearby|close)",
        "foremost",
    ],
    ("ORDER", (A.DISTANCE, True, False)): [
        "(farther|further|father) [away|off|out|back]", "more (distant|far|remote) [away]",
        "(larger|bigger|greater|higher) (depth|depth value|distance)", "less (near|close)",
    ],
    ("ORDER", (A.DISTANCE, True, True)): [
        "(farthest|furthest) [away|off|out|back]", "most (distant|far|remote) [away]",
        "(largest|biggest|greatest|highest|maximum|longest) (depth|depth value|distance) [away]", "least (near|close)",
        "farest",
    ],
    ("ORDER", (A.HEIGHT, True, False)): [
        "taller", "(greater|larger|bigger|more) (height|in height)", "more tall", "higher (height|in height)",
    ],
    ("ORDER", (A.HEIGHT, True, True)): [
        "tallest", "(greatest|largest|most|biggest|maximum|highest) (height|in height)", "most tall",
    ],
    ("ORDER", (A.HEIGHT, False, False)): [
        "shorter", "(smaller|lower|less|lesser) (height|in height)", "less tall",
    ],
    ("ORDER", (A.HEIGHT, False, True)): [
        "shortest", "(smallest|lowest|least|minimum) (height|in height)", "least tall",
    ],
    ("ORDER", (A.WIDTH, True, False)): ["wider", "broader", "(greater|larger|bigger|more) (width|in width)", "fatter", "more wide"],
    ("ORDER", (A.WIDTH, True, True)): ["widest", "broadest", "(greatest|largest|most|biggest|maximum) (width|in width)"],
    ("ORDER", (A.WIDTH, False, False)): [
        "narrower", "thinner", "slimmer", "skinnier", "(smaller|less|lesser) (width|in width)", "less wide", "more narrow",
    ],
    ("ORDER", (A.WIDTH, False, True)): [
        "narrowest", "thinnest", "slimmest", "(smallest|least|minimum) (width|in width)", "least wide",
    ],
    ("ORDER", (A.DEPTH, True, False)): ["deeper", "thicker"],
    ("ORDER", (A.DEPTH, True, True)): ["deepest", "thickest"],
    ("ORDER", (A.DEPTH, False, False)): ["shallower", "less (deep|thick)"],
    ("ORDER", (A.DEPTH, False, True)): ["shallowest", "least (deep|thick)"],
    ("ORDER", (A.LENGTH, True, False)): ["longer", "(greater|larger|more) (length|in length)"],
    ("ORDER", (A.LENGTH, True, True)): ["longest", "(greatest|largest|most) (length|in length)"],
    ("ORDER", (A.LENGTH, False, False)): ["less long", "shorter in length", "(smaller|less) length"],
    ("ORDER", (A.LENGTH, False, True)): ["least long", "shortest in length", "(smallest|least) length"],
    ("ORDER", (A.VOLUME, True, False)): [
        "(bigger|larger|greater|huger|bulkier) [in] [size|volume|dimensions]", "more (massive|voluminous|bulky|big|large)",
        "more (space|room|volume)",
    ],
    ("ORDER", (A.VOLUME, True, True)): [
        "(biggest|largest|greatest|bulkiest) [in] [size|volume]", "most (massive|voluminous|bulky|space|room|volume)",
    ],
    ("ORDER", (A.VOLUME, False, False)): [
        "(smaller|littler|tinier|lesser|more compact|less big|less large) [in] [size|volume]", "less (space|room|volume)",
    ],
    ("ORDER", (A.VOLUME, False, True)): [
        "(smallest|littlest|tiniest|most compact) [in] [size|volume]", "least (space|room|volume)",
    ],
    ("ORDER", (A.UP, True, False)): ["(higher|upper) [up|in elevation|in position]", "more elevated", "further up"],
    ("ORDER", (A.UP, True, True)): [
        "(highest|topmost|uppermost|top most|upper most) [up|in elevation]", "most elevated", "furthest up", "at the [very] top",
    ],
    ("ORDER", (A.UP, False, False)): ["lower [down|in elevation|in position]", "further down", "less (high|elevated)"],
    ("ORDER", (A.UP, False, True)): [
        "(lowest|bottommost|bottom most|lowermost) [down|in elevation]", "furthest down", "at the [very] bottom", "least (high|elevated)",
    ],
    ("ORDER", (A.RIGHT, False, False)): ["(more|further|farther) [to|on|toward|towards|over] [to] [the] left [side|hand side]"],
    ("ORDER", (A.RIGHT, False, True)): [
        "leftmost", "left most", "(most|furthest|farthest) [to|on|toward|towards] [the] left [side]", "far left", "on the far left", "most left",
    ],
    ("ORDER", (A.RIGHT, True, False)): ["(more|further|farther) [to|on|toward|towards|over] [to] [the] right [side|hand side]"],
    ("ORDER", (A.RIGHT, True, True)): [
        "rightmost", "right most", "(most|furthest|farthest) [to|on|toward|towards] [the] right [side]", "far right", "on the far right", "most right",
    ],
    ("ORDER", (A.FORWARD, False, False)): ["(more|further) [in|to] [the] front", "(further|more) (forward|forwards)", "less (backward|behind)"],
    ("ORDER", (A.FORWARD, False, True)): ["frontmost", "front most", "at the very front", "most [in] [the] front"],
    ("ORDER", (A.FORWARD, True, False)): ["more [in|to|at|towards] [the] back", "more behind", "further behind", "(more|further) (backward|backwards|rearward)", "less (forward|in front)"],
    ("ORDER", (A.FORWARD, True, True)): ["rearmost", "backmost", "at the very back", "most [in|at] [the] back", "back most"],
    # Predicates of SpatialRelation. "of" after them is read by the grammar.
    ("SIDE", "left_of"): [
        "[to|on|at|towards] [the] left [hand] [side|part]", "left side", "[to|on] [its|my|your|his|her] left [side]", "leftwards", "leftward", "lefthand side",
        "on [the] left [hand] side", "left hand side",
    ],
    ("SIDE", "right_of"): [
        "[to|on|at|towards] [the] right [hand] [side|part]", "right side", "[to|on] [its|my|your|his|her] right [side]", "rightwards", "rightward", "righthand side",
        "on [the] right [hand] side", "right hand side",
    ],
    ("SIDE", "above"): ["above", "over", "higher up than", "overhead", "overhanging", "up from", "vertically above", "directly above", "hovering over"],
    ("SIDE", "below"): ["below", "beneath", "under", "underneath", "down from", "directly below", "lower down than", "vertically below", "[at|on] the (bottom|underside)"],
    ("SIDE", "in_front_of"): [
        "[in|at|to|on] [the] front [side]", "ahead", "before", "infront", "directly in front", "up front", "in the foreground",
    ],
    ("SIDE", "behind"): ["[directly|right] behind", "[in|at|to|on] [the] (back|rear) [side]", "in the background", "hidden behind", "beyond", "past"],
    ("SIDE", "on"): [
        "on", "upon", "atop", "on [the] top", "on [the] (surface|top surface)", "supported by", "top",
    ],
    ("SIDE", "touching"): [
        "touching", "touch", "touches", "[in] contact [with]", "(making|make|makes) contact [with]", "contacting",
        "against", "(leaning|leans|lean) (on|against)", "adjoining", "abutting", "in touch [with]", "connected",
    ],
    ("SIDE", "near"): [
        "near", "nearby", "close to", "close by", "next to", "beside", "besides", "alongside", "by the side of", "adjacent [to]", "around the",
        "in the vicinity of", "close together", "near to", "right next to", "right beside", "neighbouring", "neighboring", "close",
    ],
    ("GAP", None): [
        "(closest|minimum|min|minimal|shortest|smallest|nearest|least) [possible] (distance|dist|separation|gap|clearance|approach|space|spacing|range)",
        "(gap|gaps|clearance|free space|empty space|headroom|open space)", "how (close|near) [together|by]",
        "[their] (closest|nearest) (point|points|surface|surfaces|edge|edges|parts) [of]",
        "how much (clearance|gap|free space|empty space|air)",
        "how much (space|room|clearance|gap) (separates|separating)", "how (big|large|wide|small|narrow|much) [of] [is|a] [the] (gap|clearance|space)",
        "(surface to surface|edge to edge|skin to skin|nearest point|closest point) (distance|separation|gap)",
        "(width|size) of the (gap|clearance|space)", "(space|room) between", "proximity",
        "distance (at|between) [their|the] (closest|nearest) (point|points|surfaces|edges) [of]",
    ],
    ("CENTERS", None): [
        "(center|centre|centers|centres|middle|middles|centroid|centroids|midpoint|midpoints) [of|point|points] [of]",
        "(center|centre|c) to (center|centre|c)", "from (center|centre) to (center|centre)",
    ],
    ("APART", None): [
        "apart [from each other|from one another]", "separation", "separations", "(separate|separates|separating|separated)",
        "[away] from (each other|one another)", "(each other|one another|eachother)", "mutual", "in between them",
    ],
    ("AXIS", "horizontal"): [
        "horizontal", "horizontally", "in the horizontal (plane|direction)", "along the (ground|floor)", "on the (ground|floor) plane",
        "in the ground plane", "ground", "over the ground",
    ],
    ("AXIS", "vertical"): [
        "vertical", "vertically", "in [the] vertical direction", "along the vertical [axis|direction]", "in elevation", "along the gravity [axis|direction]",
        "up down", "in the up down direction", "along the up [axis|direction]",
    ],
    ("AXIS", "lateral"): [
        "lateral", "laterally", "sideways", "side to side distance", "left right (axis|direction)", "in the left right direction",
        "along the left right (axis|direction)", "sideward", "sidewards",
    ],
    ("AXIS", "forward"): [
        "along the depth [axis|direction]", "in [the] depth [direction]", "depthwise", "depth wise", "along the viewing (direction|axis)",
        "longitudinal", "longitudinally", "front (to) back distance", "along the (optical axis|view direction|line of sight)", "forward", "in [the] forward direction",
        "front back", "depth direction", "depth (distance|separation)",
    ],
    **{
        ("AXIS", axis): [
            f"[along|in|on] [the] {axis} [axis|direction|dimension|coordinate]",
            f"[along|in|on] [the] {axis} axis direction",
        ]
        for axis in "xyz"
    },
    ("DIFFERENCE", None): ["(difference|differences|diff|delta|disparity|gap) [in]", "differ [in]"],
    ("COMPARE", None): ["compare", "compares", "comparison", "comparing"],
    ("DIRECTION", None): [
        "[3d|unit|normalized|normalised] (direction|displacement|unit) (vector|vectors)", "[unit] vector", "direction",
        "which direction", "what direction", "displacement", "[in] (which|what) direction", "heading vector", "pointing direction",
    ],
    ("RELATIVE_DIRECTION", None): [
        "[what|which|the|in] [is] [the] (relative|spatial) (direction|position|location|relationship|relation|placement|orientation) [best] [describes|describe]",
        "(which|what) way", "in (which|what) (direction|way)", "[on|to|at] (which|what) side", "how (is|are|does) [the] positioned",
        "(which|what) direction best describes", "spatial (relation|relationship)", "relationship", "relation",
        "best (describes|describe)", "bearing",
    ],
    ("RANK", None): [
        "rank", "ranking", "order", "sort", "arrange", "sequence", "ordering", "sorted", "ranked", "ordered", "arranged", "line up",
        "(put|place) [them|these|those|the|all] [objects|things|items|following] in order", "in order", "in [the] order [of]", "order of", "what is the order", "(list|name|give|sort) in order", "sequence of",
        "in (ascending|increasing) order [of]",
    ],
    ("RANK_DESCENDING", None): ["in (descending|decreasing) order [of]", "descending", "decreasing", "descendingly"],
    ("BY", None): ["by", "according to", "based on", "in terms of", "with regard to", "on the basis of"],
    **{
        ("RANK_ORDER", value): wordings
        for value, wordings in {
            (A.DISTANCE, False): [
                "[from] [the] (close|closest|near|nearest|nearby|closer|nearer) [object|one] to [the] (far|farthest|furthest|distant|farther|further) [one|away|object]",
                "(closest|nearest|close|near) first", "[from] front to back", "starting (from|with) the (closest|nearest)",
            ],
            (A.DISTANCE, True): [
                "[from] [the] (far|farthest|furthest|distant|farther|further) [object|one] to [the] (close|closest|near|nearest|nearby|closer|nearer) [one|object]",
                "(farthest|furthest) first", "[from] back to front", "starting (from|with) the (farthest|furthest)",
            ],
            (A.HEIGHT, True): ["[from] [the] (tall|tallest|high) [one] to [the] (short|shortest) [one]", "tallest first"],
            (A.HEIGHT, False): ["[from] [the] (short|shortest) [one] to [the] (tall|tallest) [one]", "shortest first"],
            (A.WIDTH, True): ["[from] [the] (wide|widest) to [the] (narrow|narrowest)", "widest first"],
            (A.WIDTH, False): ["[from] [the] (narrow|narrowest) to [the] (wide|widest)", "narrowest first"],
            (A.VOLUME, True): [
                "[from] [the] (big|biggest|large|largest) [one] to [the] (small|smallest|little) [one]", "(largest|biggest) first",
            ],
            (A.VOLUME, False): ["[from] [the] (small|smallest|little) [one] to [the] (big|biggest|large|largest) [one]", "smallest first"],
            (A.UP, True): ["[from] [the] (high|highest) to [the] (low|lowest)", "highest first", "[from] [the] top to [the] bottom order", "from top down"],
            (A.UP, False): ["[from] [the] (low|lowest) to [the] (high|highest)", "lowest first", "from bottom up"],
            (A.RIGHT, False): ["[from] [the] [far] (left|leftmost) to [the] [far] (right|rightmost)", "(left|leftmost) first"],
            (A.RIGHT, True): ["[from] [the] [far] (right|rightmost) to [the] [far] (left|leftmost)", "(right|rightmost) first"],
        }.items()
    },
    ("MORE", ">"): ["more", "over", "greater", "exceed", "exceeds", "exceeding", "beyond", "above", "bigger", "larger", "longer", "higher"],
    ("MORE", "<"): ["less", "under", "below", "smaller", "fewer", "not more", "no more", "shorter", "lower"],
    ("LIMIT", ">="): ["at least", "no less than", "not less than", "minimum", "a minimum of", "no closer than", "or more"],
    ("LIMIT", "<="): ["at most", "no more than", "not more than", "up to", "no farther than", "no further than", "maximum", "a maximum of", "max"],
    ("LIMIT", "<"): ["within", "within (the|a) (distance|range|radius) of", "inside", "in a radius of", "within a radius of", "<"],
    ("LIMIT", ">"): [">", "outside [of]"],
    ("LIMIT", "="): ["equal to", "equals", "="],
    ("AWAY", None): ["away", "distant", "far", "far away", "off", "in distance", "out"],
    ("DESCRIBE", None): [
        "describe [to me]", "[a] description of", "summarize", "summarise", "[a|the] (summary|overview) [of]", "what about", "tell [me] about", "info on", "explain",
        "characterize",
    ],
    ("SCENE", None): [
        "[the|this|my|your|a] (scene|image|picture|surroundings|environment|room you see|view|photo|layout|world|workspace|frame|photograph)",
        "what is going on", "what is (here|there|around|visible|in view)",
        "what (do|can) you see", "what is in front of (you|me|us|the camera|the robot)", "what (can|do) (you|we|i) (detect|perceive|recognize|find)",
        "what is (in|on) (the|this) (scene|image|picture|view|photo|frame)", "what are you (seeing|looking at)",
    ],
    ("FRAME", "camera"): [
        "[in|using|with] [the] (camera|optical|sensor|viewer) [optical] (frame|coordinates|coordinate system|coordinate frame|space|reference frame|axes)",
        "in (camera|optical) (frame|coordinates|space)", "from camera frame",
    ],
    ("FRAME", "gravity"): [
        "[in|using|with] [the] (world|gravity|gravity aligned|level|levelled|leveled|gravity level|global|map|room) (frame|coordinates|coordinate system|coordinate frame|axes|reference frame|aligned frame|space)",
        "in (world|gravity|gravity aligned) (frame|coordinates)", "gravity aligned [world] [frame|coordinates]", "with respect to gravity", "relative to gravity",
    ],
}  # fmt: skip


SIDE_ORDERS = {
    "left_of": q.Order(A.RIGHT),
    "right_of": q.Order(A.RIGHT, True),
    "above": q.Order(A.UP, True),
    "below": q.Order(A.UP),
    "in_front_of": q.Order(A.FORWARD),
    "behind": q.Order(A.FORWARD, True),
}


def _between(c: Clause) -> q.Form:
    first, second = (c.refs[0], c.refs[1]) if len(c.refs) == 2 else (c.refs[0], None)
    return q.Distance(first, second, c.has("GAP") and not c.has("CENTERS"), c.get("AXIS"))


def _gap(c: Clause) -> q.Form:
    return replace(_between(c), closest=True)


def _pair(c: Clause) -> tuple[q.Reference, q.Reference]:
    """(what is asked about, what it is related to)."""
    for i, role in enumerate(c.roles):
        if role in ("than", "relative", "from", "of", "to"):
            return c.refs[1 - i], c.refs[i]
    return c.refs[0], c.refs[1]


def _arrow(c: Clause) -> q.Form:
    """The direction from one to the other, in whichever order they were named."""
    refs = (*c.refs, q.CAMERA)[:2]
    roles = (*c.roles, c.camera_role)[:2]
    if roles[1] == "from" or roles[0] == "to":
        refs = refs[::-1]
    elif len(c.refs) == 1 and roles[0] != "from":
        refs = refs[::-1]  # the direction of A: from the camera to A
    return q.Direction(*refs)


def _relative(c: Clause) -> q.Form:
    first, second = _pair(c) if len(c.refs) == 2 else (c.refs[0], q.CAMERA)
    return q.RelativeDirection(first, second, c.get("SIDES") or ())


def _extreme(c: Clause) -> q.Form:
    return q.Extreme(c.order, c.refs or (c.get("WHICH") or q.ANY,), c.rank)


def _one_of(c: Clause) -> q.Form:
    """ "Which is the nearest chair?": the selector turned into the question."""
    ref = c.refs[0]
    return q.Extreme(ref.selector, (q.Reference(ref.kind, ref.words, True),), ref.rank)


def _rank(c: Clause) -> q.Form:
    refs, order = c.refs, c.order
    if len(refs) > 1 and c.roles[-1] in ("to", "from") and order.attribute is Attribute.DISTANCE:
        order, refs = replace(order, anchor=refs[-1]), refs[:-1]  # "by distance to the mug"
    return q.Rank(order, refs or (c.get("WHICH") or c.get("LIST") or q.ANY,))


def _closer_to(c: Clause) -> q.Form:
    """ "Is A closer to B or to C?": which of B and C is nearer to A."""
    return q.Extreme(q.Order(c.order.attribute, c.order.descending, c.refs[0]), c.refs[1:])


def _limit(c: Clause) -> q.Form:
    """ "Is the distance between A and B less than 1 m?" """
    limit = c.get("LIMITED")
    attribute = limit.attribute
    if c.refs[0].many and len(c.refs) == 1 and not c.has("APART"):
        return q.Exists(c.refs[0], c.condition)
    if c.has("DIMENSION"):
        attribute = c.get("DIMENSION")
    elif c.has("GAP"):
        attribute = Attribute.GAP
    anchor = c.refs[1] if len(c.refs) == 2 else limit.anchor
    if c.has("APART") or c.has("BETWEEN"):  # "are the chairs 1 m apart?"
        anchor = c.refs[-1]
    if attribute is Attribute.GAP and anchor is None:
        attribute = Attribute.DISTANCE
    return q.Holds(c.refs[0], q.Limit(attribute, limit.operator, limit.value, anchor))


def _holds(c: Clause) -> q.Form:
    condition = c.condition
    if c.refs[0].many:
        return q.Exists(c.refs[0], condition)
    return q.Holds(c.refs[0], condition)


def _select(c: Clause) -> q.Form:
    kind = c.refs[0] if c.refs else (c.get("WHICH") or c.get("LIST") or q.ANY)
    condition = c.condition
    if isinstance(condition, q.RelationTo) and condition.predicate == "near":
        order = q.Order(Attribute.DISTANCE, False, condition.reference)
        return q.Extreme(order, (kind,))
    return q.Select(kind, condition)


def _difference(c: Clause) -> q.Form:
    if len(c.refs) == 2:
        return q.Difference(c.order, *_pair(c))
    condition = c.condition
    assert isinstance(condition, q.ComparedTo)
    return q.Difference(condition.order, c.refs[0], condition.reference)


def _attribute_difference(c: Clause) -> q.Form:
    attribute = c.get("DIMENSION") or (Attribute.VOLUME if c.has("SIZE") else Attribute.DISTANCE)
    first, second = c.refs if len(c.refs) == 2 else (c.refs[0], None)
    if attribute is Attribute.DEPTH:  # "difference in depth": how much further back
        return q.Distance(first, second, axis="forward")
    return q.Difference(q.Order(attribute, True), first, second)


def _offset(c: Clause) -> q.Form:
    """ "How far left of B is A?" """
    relation = c.condition
    axis = {"left_of": "lateral", "right_of": "lateral", "above": "vertical", "below": "vertical"}
    return q.Distance(
        c.refs[0], relation.reference, axis=axis.get(relation.predicate, "forward")
    )


def _side(c: Clause) -> q.Form:
    return q.Holds(c.refs[0], q.RelationTo(c.get("SIDE"), q.CAMERA))


def _mutual(c: Clause) -> q.Form:
    return q.Holds(c.refs[0], q.RelationTo(c.get("SIDE"), c.refs[1]))


def _extremal(c: Clause) -> q.Form:
    if len(c.refs) == 2:
        ref = c.refs[1]
        among = q.Reference(ref.kind, ref.words, True)
        return q.Holds(c.refs[0], q.Extremal(ref.selector, among))
    return q.Holds(c.refs[0], q.Extremal(c.order, q.ANY))


def _compared(c: Clause) -> q.Form:
    first, second = _pair(c)
    return q.Holds(first, q.ComparedTo(c.order, second))


def _many(c: Clause) -> bool:
    """The one reference stands for several objects."""
    return c.refs[0].many


def _plural(c: Clause) -> bool:
    return c.refs[0].plural and c.refs[0].kind is q.Kind.ANY


def _single(c: Clause) -> bool:
    return not c.refs[0].many


def _selected(c: Clause) -> bool:
    return c.refs[-1].selector is not None


def _compares(c: Clause) -> bool:
    return isinstance(c.condition, q.ComparedTo)


def _directional(c: Clause) -> bool:
    condition = c.condition
    return isinstance(condition, q.RelationTo) and condition.predicate not in ("on", "near", "touching")


def _anything(c: Clause) -> bool:
    asked = c.refs[0] if c.refs else c.get("WHICH") or c.get("LIST")
    return asked is not None and asked.kind is q.Kind.ANY and asked.selector is None


def _than(c: Clause) -> bool:
    return any(role in ("than", "relative") for role in c.roles)


def _alone(c: Clause) -> bool:
    """No camera is mentioned: the distance is between the objects."""
    return not c.has("CAMERA")


def _or(c: Clause) -> bool:
    return c.either and c.roles[1] in ("to", "from")


def _alternatives(c: Clause) -> bool:
    return (c.has("WHICH") or c.either) and c.get("SIDE") in SIDE_ORDERS


def _is_arrow(c: Clause) -> bool:
    """Asked for as a vector or from one to the other, not "in which direction is A"."""
    return not (c.words["DIRECTION"] & {"which", "what", "in"}) or "to" in c.roles


def _related(c: Clause) -> bool:
    return c.roles[1] in ("relative", "from", "to", "of", "than") or c.roles[0] == "relative"


def _touching(c: Clause) -> bool:
    return c.get("SIDE") in ("touching", "near")


def _by_side(c: Clause) -> q.Form:
    """ "Which is on the right, A or B?" """
    return q.Extreme(SIDE_ORDERS[c.get("SIDE")], c.refs or (c.get("WHICH") or q.ANY,))


def _exists(c: Clause) -> q.Form:
    return q.Exists(replace(c.refs[0], plural=True), c.condition)


# A and B are the objects in the order they are named. The first rule that fits is taken.
RULES = (
    Rule("SCENE [LIST] [DESCRIBE] [WHAT] [WHICH] [EXIST]", lambda c: q.Describe()),
    Rule("WHICH|LIST|DESCRIBE|EXIST [EXIST] [LIST] [SCENE] [A]", lambda c: q.Describe(), _anything),
    # Distance
    Rule("CONDITION DISTANCE A [HOW_MUCH] [AXIS]", _offset, _directional),
    Rule("DIFFERENCE|COMPARE DIMENSION|SIZE|DISTANCE [BETWEEN] [HOW_MUCH] A [B]", _attribute_difference),
    Rule("DISTANCE ORDER A B", _difference, _than),
    Rule("DISTANCE|GAP|SPACE|APART CAMERA [BETWEEN] [APART] [HOW_MUCH] [GAP] A", lambda c: q.CameraDistance(c.refs), _single),
    Rule("DISTANCE|GAP BETWEEN|APART [CENTERS] [AXIS] [DISTANCE] [GAP] [DIFFERENCE] [HOW_MUCH] A [B]", _between),
    Rule("APART [BETWEEN] [CENTERS] [AXIS] [HOW_MUCH] A [B]", _between),
    Rule("SPACE BETWEEN|APART [BETWEEN] A [B]", _gap),
    Rule("DISTANCE|GAP [CENTERS] [AXIS] [DISTANCE] [HOW_MUCH] A B", _between, _alone),
    Rule("DISTANCE|GAP CENTERS [AXIS] A B", _between),
    Rule("AXIS DIFFERENCE|BETWEEN|CENTERS [BETWEEN] A B", _between),
    Rule("HOW_MUCH ORDER [DIMENSION] [DISTANCE] [SIZE] A B", _difference),
    Rule("HOW_MUCH|DISTANCE CONDITION [HOW_MUCH] [DISTANCE] [DIMENSION] A", _difference, _compares),
    # Direction
    Rule("DIRECTION [BETWEEN] A [B]", _arrow, _is_arrow),
    Rule("SIDES [RELATIVE_DIRECTION] [DIRECTION] [WHERE] [WHICH] [YESNO] A [B]", _relative),
    Rule("RELATIVE_DIRECTION|DIRECTION [DIRECTION] [WHERE] [BETWEEN] [SIDES] [WHICH] A [B]", _relative),
    Rule("WHERE|POSITION [WHERE] A B", _relative, _related),
    # Order
    Rule("RANK ORDER|RANK_ORDER|DIMENSION|SIZE|DISTANCE|AXIS|SIDE [RANK_ORDER] [RANK_DESCENDING] [AXIS] [LIST] [WHICH] [DISTANCE] [A..]", _rank),
    Rule("RANK_ORDER [LIST] [WHICH] [DISTANCE] [DIMENSION] [SIZE] [AXIS] [EXIST] [A..]", _rank),
    Rule("LIST BY DIMENSION|SIZE|DISTANCE [RANK_DESCENDING] [A..]", _rank),
    Rule("YESNO ORDER [DIMENSION] [DISTANCE] [SIZE] [POSITION] A B", _compared, _than),
    Rule("ORDER A B.. [YESNO] [WHICH] [BETWEEN]", _closer_to, _or),
    Rule("ORDER A B.. [YESNO] [WHICH] [BETWEEN] [COMPARE] [DIMENSION] [DISTANCE] [SIZE] [POSITION]", _extreme),
    Rule("WHICH|WHAT|WHERE|LIST ORDER [WHERE] [EXIST] [LIST] [BETWEEN] [DIMENSION] [DISTANCE] [SIZE]", _extreme),
    Rule("WHICH GAP [A..]", lambda c: q.Extreme(q.Order(A.DISTANCE), c.refs or (c.get("WHICH") or q.ANY,))),
    Rule("ORDER WHICH|LIST|BETWEEN|WHAT|BOTH [BETWEEN] [WHICH] [DIMENSION] [DISTANCE] [SIZE] A", _extreme, _many),
    Rule("SIDE A B.. [WHICH] [YESNO] [BETWEEN]", _by_side, _alternatives),
    Rule("SIDE WHICH [WHERE]", _by_side),
    Rule("YESNO [ORDER] A B", _extremal, _selected),
    Rule("YESNO ORDER A", _extremal, _single),
    Rule("WHICH|WHAT|LIST A [WHICH] [LIST] [EXIST]", _one_of, _selected),
    Rule("A", _one_of, _selected),
    # Conditions
    Rule("COUNT [CONDITION] [LIMITED] [DIMENSION] [EXIST] [LIST]", lambda c: q.Count(c.get("COUNT"), c.condition)),
    Rule("CONDITION|LIMITED [DIMENSION] A", _select, _plural),
    Rule("CONDITION|LIMITED YESNO|EXIST [EXIST] [DIMENSION] A", _exists, _many),
    Rule("CONDITION|LIMITED WHICH|LIST|WHAT|SCENE [DIMENSION] [LIST] [EXIST] [A]", _select),
    Rule("CONDITION|LIMITED EXIST [YESNO] [DIMENSION] A", _exists),
    Rule("LIMITED [YESNO] [DISTANCE] [GAP] [DIMENSION] [BETWEEN] [APART] [CENTERS] A [B]", _limit),
    Rule("CONDITION [YESNO] [DIMENSION] [DISTANCE] [SIZE] [POSITION] A", _holds),
    Rule("SIDE [YESNO] A B", _mutual, _touching),
    Rule("SIDE YESNO A", _side),
)
