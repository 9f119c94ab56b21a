"""Rules of the grammar: whole questions, and what may be said beside them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from hispatial_ros.language import conditions, nouns
from hispatial_ros.language.chart import Grammar, Rule
from hispatial_ros.language.conditions import Bound, CloserTo, converse, negated
from hispatial_ros.language.forms import (
    Approach,
    Box,
    CameraDistance,
    Elevation,
    Exists,
    Facing,
    Form,
    PixelContents,
    Position,
    Several,
    Size,
    Summary,
)
from hispatial_ros.language.frames import FRAMES, Head, Item, build
from hispatial_ros.language.names import singular
from hispatial_ros.language.nouns import IT, SIDE_ORDERS, Refs, restricted
from hispatial_ros.language.question import Viewpoint, mentions
from hispatial_ros.language.relation_forms import (
    Bearing,
    Count,
    CountCompared,
    Describe,
    Distance,
    Extreme,
    Holds,
    Rank,
    RelativeDirection,
    Select,
)
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    AllOf,
    Attribute,
    ComparedTo,
    Condition,
    Converse,
    Extremal,
    InBetween,
    Kind,
    Limit,
    Mention,
    Multiple,
    Not,
    Order,
    RelationTo,
)

_ADJECTIVE_HEADS = {
    (Attribute.DISTANCE, True): Head("dist", asked=True),
    (Attribute.DISTANCE, False): Head("gap", asked=True),
    (Attribute.VOLUME, True): Head("size", asked=True),
    (Attribute.VOLUME, False): Head("size", asked=True),
}
_ALL_SIDES = {("dim", a) for a in (Attribute.WIDTH, Attribute.HEIGHT, Attribute.DEPTH)}


# Heads


def how(graded: tuple[Attribute, bool]) -> Head | None:
    """ "How tall", "how far", "how close"."""
    if graded in _ADJECTIVE_HEADS:
        return _ADJECTIVE_HEADS[graded]
    attribute, descending = graded
    if not descending:
        return None
    return Head("dim", Attribute.HEIGHT if attribute is Attribute.UP else attribute, True)


def asking(asked: Any, head: Head) -> Head:
    return replace(head, asked=head.asked or asked is not None)


def either_order(first: Order, second: Order) -> Head | None:
    """ "Higher or lower"."""
    if first.attribute is not second.attribute or first.descending == second.descending:
        return None
    return Head("either", first) if first.anchor is None and second.anchor is None else None


def sides(first: Any, rest: tuple[Any, ...]) -> Head | None:
    predicates = (first, *rest)
    return Head("sides", predicates) if len(set(predicates)) > 1 else None


def ends(low: Order, high: Order) -> Order | None:
    """ "From near to far"."""
    if low.attribute is not high.attribute or low.descending == high.descending:
        return None
    return low


def by_quantity(attribute: Attribute, ascending: bool | None) -> Order:
    """ "By distance", nearest first; "by height", tallest first."""
    attribute = conditions.compared_by(attribute)
    descending = attribute is not Attribute.DISTANCE if ascending is None else not ascending
    return Order(attribute, descending)


def _adj_order(graded: tuple[Attribute, bool]) -> Order:
    return Order(*graded)


# Clauses


def clause(before: tuple[Item, ...], head: Head, after: tuple[Item, ...]) -> Form | None:
    if head.kind not in ("order", "rank"):  # "what is A's size?", "A's size is what?"
        if before[:1] == (("which", True),):
            before, head = before[1:], replace(head, asked=True)
        elif after[-1:] == (("which", True),):
            after, head = after[:-1], replace(head, asked=True)
    items = (*before, *after)
    if head.kind == "several":
        if {(h.kind, h.value) for h in head.value} == _ALL_SIDES:
            return build(Head("size"), items)
        parts = tuple(build(h, items) for h in head.value)
        if any(p is None for p in parts) or len(set(parts)) < len(parts):
            return None
        return Several(parts)  # type: ignore[arg-type]
    return build(head, items)


def holds(mention: Mention, condition: Any) -> Form | None:
    """Yes or no: of one object, of all of a class, or whether there is one."""
    if mention == CAMERA:
        return None
    if mention.kind is Kind.PIXEL and not isinstance(condition, ComparedTo):
        return None
    if isinstance(condition, CloserTo):
        if mention.many:
            return None
        return Holds(condition.first, condition.of(mention))
    if isinstance(condition, Converse):  # "does the bowl contain the die?"
        return None if mention.many else holds(condition.mention, RelationTo(condition.predicate, mention))
    if mention.many and not mention.every:
        return exists(mention, condition)
    return Holds(mention, condition)


def exists(kind: Mention, condition: Any = None) -> Form | None:
    if kind == CAMERA or kind.kind is Kind.PIXEL or isinstance(condition, CloserTo):
        return None
    if kind.selector is not None or kind.number is not None:
        return None
    if kind.condition is not None:
        kind, condition = _both(kind, condition)
    return Exists(replace(kind, plural=True, every=False), condition)


def select(kind: Mention, condition: Any = None) -> Form | None:
    if kind in (CAMERA, IT) or kind.kind is Kind.PIXEL or isinstance(condition, CloserTo):
        return None
    if kind.condition is not None:
        kind, condition = _both(kind, condition)
    if condition is None:
        return None
    if kind.selector is not None:  # "on the desk, what is the tallest object?"
        among = Mention(kind.kind, kind.words, True, condition=condition)
        return Extreme(kind.selector, (among,), kind.rank)
    if kind.kind is not Kind.ANY:
        kind = replace(kind, plural=True)
    return Select(replace(kind, every=False), condition)


def _both(kind: Mention, condition: Condition | None) -> tuple[Mention, Condition | None]:
    """A kind without its restriction, which is a condition like the other."""
    assert kind.condition is not None
    others = () if condition is None else (condition,)
    return replace(kind, condition=None), conditions.all_of(kind.condition, others)


def beside(condition: Condition) -> Form | None:
    """ "What is next to the mug?" asks for the nearest thing."""
    if isinstance(condition, RelationTo) and condition.predicate == "near":
        if condition.mention != CAMERA and not condition.mention.many:
            return Extreme(Order(Attribute.DISTANCE, False, condition.mention), (ANY,))
    if condition == RelationTo("in_front_of", CAMERA):
        return Describe()
    return select(ANY, condition)


def count(kind: Mention, condition: Any = None) -> Form | None:
    if kind in (CAMERA, IT) or kind.kind is Kind.PIXEL or isinstance(condition, CloserTo):
        return None
    if kind.selector is not None or kind.number is not None:
        return None
    if kind.condition is not None:
        kind, condition = _both(kind, condition)
    plural = kind.kind is not Kind.ANY or kind.plural
    return Count(replace(kind, plural=plural, every=False), condition)


def counted(
    operator: str, kind: Mention, other: Mention | int, condition: Any = None
) -> Form | None:
    """ "Are there more bottles than chairs?", "are there at least two boxes?" """
    asked = count(kind, condition)
    if not isinstance(asked, Count):
        return None
    if isinstance(other, int):
        if (other, operator) == (1, ">="):  # "is there at least one?"
            return None
        return CountCompared(asked.kind, operator, None, other, asked.condition)
    if other.kind is Kind.PIXEL or other in (CAMERA, IT) or other.selector is not None:
        return None
    other = replace(other, plural=True, every=False)
    return CountCompared(asked.kind, operator, other, None, asked.condition)


def extremal(mention: Mention, order: tuple[Order, bool], among: Mention | None) -> Form | None:
    """ "Is A the nearest object?" """
    if mention.many or mention == CAMERA or not order[1] and among is None:
        return None
    if among is None:
        among = ANY
    if among.selector is not None or not (among.kind is Kind.ANY or among.words):
        return None
    if among.kind is not Kind.ANY:
        among = replace(among, plural=True, every=False)
    return Holds(mention, Extremal(order[0], replace(among, plural=among.kind is not Kind.ANY)))


def one_of(mention: Mention) -> Form | None:
    """ "Which is the nearest chair?": the selector turned into the question."""
    if mention.selector is None or mention.kind in (Kind.PIXEL, Kind.CAMERA):
        return None
    kind = replace(mention, selector=None, rank=1, plural=True, every=False)
    if kind.kind is Kind.ANY:
        kind = replace(kind, plural=False)
    return Extreme(mention.selector, (kind,), mention.rank)


def top(number: int, order: Order, kind: Mention) -> Form | None:
    if not kind.plural or kind.selector or number < 2:
        return None
    return Rank(order, (replace(kind, every=False),), number)


def summary(refs: Refs) -> Form | None:
    mentions, conjunction = refs
    if conjunction == "or" or any(m in (CAMERA, IT) for m in mentions):
        return None
    if len(mentions) == 1 and mentions[0].kind is Kind.PIXEL:
        return PixelContents(mentions[0])
    if any(m.kind in (Kind.PIXEL,) for m in mentions):
        return None
    if len(mentions) == 1 and mentions[0].kind is Kind.ANY:
        return None
    return Summary(mentions)


def thing(mention: Mention) -> Form | None:
    """ "What is the thing behind the mug?" """
    if mention.selector is not None:
        return one_of(mention)
    if mention.condition is not None:
        return select(mention)
    return None


def listed(mention: Mention) -> Form | None:
    """ "List all objects", "list the objects left of the mug"."""
    if mention.condition is not None or mention.selector is not None:
        return thing(mention)
    return Describe() if mention.kind is Kind.ANY or mention.plural else None


def closer_of(first: Mention, order: tuple[Order, bool], refs: Refs) -> Form | None:
    """ "Is A closer to B or to C?": which of B and C is nearer to A."""
    if first.kind is Kind.ANY or order[0].anchor is not None or order[0].attribute is not Attribute.DISTANCE:
        return None
    if refs[1] != "or" or CAMERA in refs[0] or first == CAMERA:
        return None
    return Extreme(replace(order[0], anchor=first), refs[0])


def approach(mention: Mention, stand_off: float | None = None) -> Form | None:
    if mention.many or mention in (CAMERA, IT) or mention.kind is Kind.PIXEL:
        return None
    if mention.kind is Kind.ANY and mention.selector is None and mention.condition is None:
        return None
    return Approach((mention,), stand_off)


def turning(mention: Mention) -> Form | None:
    if mention.many or mention == CAMERA:
        return None
    return Bearing(mention)


def tilting(mention: Mention) -> Form | None:
    if mention.many or mention == CAMERA:
        return None
    return RelativeDirection(mention, CAMERA, ("above", "below"))


def facing(mention: Mention) -> Form | None:
    return None if mention == CAMERA or mention.many else Facing((mention,))


def equal(refs: Refs, attribute: Attribute) -> Form | None:
    """ "Do A and B have the same height?" """
    mentions, conjunction = refs
    if conjunction == "or" or CAMERA in mentions:
        return None
    attribute = conditions.compared_by(attribute)
    if len(mentions) == 1 and mentions[0].many:
        return Holds(mentions[0], conditions.same(attribute, mentions[0]))
    if len(mentions) == 2:
        return Holds(mentions[0], conditions.same(attribute, mentions[1]))
    return None


def mutual(refs: Refs, side: str) -> Form | None:
    """ "Are A and B touching?" """
    mentions, conjunction = refs
    if side not in ("touching", "near") or conjunction == "or" or CAMERA in mentions:
        return None
    if len(mentions) == 1 and mentions[0].many:
        return Holds(mentions[0], RelationTo(side, replace(mentions[0], every=False)))
    return Holds(mentions[0], RelationTo(side, mentions[1])) if len(mentions) == 2 else None


def apart(
    refs: Refs, bound: Bound, closest: bool = False, room: bool = False
) -> Form | None:
    """ "Are A and B more than 1 m apart?" """
    mentions, conjunction = refs
    if conjunction == "or" or CAMERA in mentions or len(mentions) > 2:
        return None
    if len(mentions) == 1 and not mentions[0].many:
        return None
    attribute = Attribute.GAP if closest else Attribute.DISTANCE
    operator = bound.operator
    if room and operator == "=":  # "is there room for 60 cm between A and B?"
        operator = ">"
    return Holds(mentions[0], Limit(attribute, operator, bound.value, mentions[-1], bound.upper))


def by_side(side: str, which: Any, refs: Refs | None) -> Form | None:
    """ "Which is on the right, A or B?", "which mug is on the left?" """
    if side not in SIDE_ORDERS:
        return None
    order = SIDE_ORDERS[side]
    if refs is not None:
        kind = which if isinstance(which, Mention) else None
        if kind is not None and kind.kind is not Kind.ANY:
            return None
        if len(refs[0]) == 1 and not refs[0][0].many or CAMERA in refs[0]:
            return None
        return Extreme(order, refs[0])
    if isinstance(which, Mention) and which.kind is Kind.OBJECT and which.selector is None:
        return Extreme(order, (replace(which, plural=True, every=False),))
    return None


def relative_sides(mention: Mention, head: Head, related: Any = None) -> Form | None:
    return build(head, (("", ((mention,), "")),))


def more_of(two: tuple[Refs, Order]) -> None:
    return None


# Several questions


def what_is_meant(value: Any, antecedent: Mention, said: Mention = IT) -> Any:
    """The value with "it", or whatever was ``said``, replaced."""
    if value == said:
        return antecedent
    if isinstance(value, tuple):
        return tuple(what_is_meant(v, antecedent, said) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            f.name: what_is_meant(getattr(value, f.name), antecedent, said)
            for f in fields(value)
            if f.init
        }
        return replace(value, **changed)
    return value


def speaks_of_it(form: Any) -> bool:
    return any(m == IT for m in mentions(form))


def about(mention: Mention, asked: Form) -> Form | None:
    """ "There is a stool on the left; how big is it?" """
    if mention in (CAMERA, IT):
        return None
    one = mention
    if mention.words and not mention.every and singular(mention.words[-1]) == mention.words[-1]:
        one = replace(mention, plural=False)  # "there is a stool"
    if speaks_of_it(asked):
        return what_is_meant(asked, one)
    named = {m.words for m in mentions(asked)}
    return asked if mention.words and mention.words in named and not mention.condition else None


def topic(form: Form) -> Mention | None:
    """What a question is about: what "it" means in the next."""
    if isinstance(form, Extreme) and len(form.candidates) == 1:
        kind = form.candidates[0]
        plain = replace(kind, plural=False, every=False)
        return replace(plain, selector=form.order, rank=form.rank)
    if isinstance(form, Several):
        return topic(form.parts[0])
    for name in ("objects", "first", "object", "kind"):
        value = getattr(form, name, None)
        if isinstance(value, tuple):
            return value[0] if len(value) == 1 else None
        if isinstance(value, Mention):
            return value if value.kind not in (Kind.CAMERA,) else None
    return None


def several(first: Form, second: Form) -> Form | None:
    """Two questions in one, whose numbers have one unit."""
    if speaks_of_it(second):
        meant = topic(first)
        if meant is None:
            return None
        second = what_is_meant(second, meant)
    parts = (*first.parts, second) if isinstance(first, Several) else (first, second)
    if first == second or len({unit(part) for part in parts}) > 1 or unit(second) is None:
        return None
    return Several(parts)


def unit(form: Form) -> str | None:
    """The unit of a form's numbers; None where it stands alone."""
    if isinstance(form, Several):
        units = {unit(part) for part in form.parts}
        return units.pop() if len(units) == 1 else None
    if isinstance(form, Extreme):
        return None if form.order.attribute is Attribute.VOLUME else "m"
    if isinstance(form, Bearing):
        return "rad"
    attribute = getattr(form, "attribute", None)
    if attribute is Attribute.VOLUME:
        return None
    lengths = (CameraDistance, Size, Position, Elevation, Distance, Box, RelativeDirection)
    return "m" if attribute is not None or isinstance(form, lengths) else None


# What stands aside


def view(at: Mention, to: Mention | None = None) -> Any:
    if at.many or at == IT:
        return None
    return ("view", Viewpoint(at, to))


_A = Attribute.DISTANCE
QUESTIONS: tuple[Rule, ...] = (
    # Heads of frames
    ("Ask: WHAT|WHICH|LIST|HOW|MUCH|DESCRIBE", lambda w: True),
    ("Head: Ask? DET? DIST", lambda a, d, n: Head("dist", asked=a is not None)),
    ("Head: MUCH ADJ", lambda m, adj: how(adj)),
    ("Head: DET ADJ", lambda d, adj: how(adj), 2),
    ("Item: AWAY", lambda a: ("travel", True)),
    ("Clause: HOW Refs POSITIONED Item*", lambda h, r, p, more: build(Head("relation"), (("", r), *more))),
    ("Clause: RELATION Ref on", lambda r, m, o: build(Head("relation"), (("", ((m,), "")),))),
    ("Head: GREATER", lambda more: Head("order", ((Order(Attribute.VOLUME, more), False), 1)), 1),
    ("Item: THAN DET? Quantity of Refs", lambda t, d, q, o, r: ("than", r)),
    ("Item: SEP SIZE SEP?", lambda s, v, e: ("dims", True)),
    ("Item: in RANK", lambda i, r: ("these", True)),
    ("Head: MUCH of DET? GAP|SPACE", lambda m, o, d, g: Head("gap")),
    ("Item: THESE", lambda t: ("these", True)),
    ("Item: at|in|on DET? PIXEL? COORDINATES", lambda a, d, p, c: ("of", ((c,), ""))),
    ("Clause: Head Refs SEP AND? Head Refs", lambda a, r, s, c, b, q: _two_clauses((a, r), (b, q))),
    ("Item: AXIS of CAM", lambda a, o, c: ("axis", a)),
    ("Head: HOW MUCH? ADJ AWAY?", lambda h, m, adj, away: how(adj)),
    ("Head: HOW MUCH? ADJ DIST", lambda h, m, adj, d: how(adj) and Head("dist", asked=True)),
    ("Head: Ask? DET? GAP", lambda a, d, g: Head("gap")),
    ("Head: Ask? DET? SPACE", lambda a, d, g: Head("space", asked=a is not None)),
    ("Head: Ask? DET? DIM", lambda a, d, v: Head("dim", v)),
    ("Head: Ask? DET? SIZE", lambda a, d, v: Head("size")),
    ("Head: Ask? DET? SIZE in terms of DIM", lambda a, d, v, i, t, o, dim: Head("dim", dim)),
    ("Head: HOW ADJ in terms of DIM", lambda h, a, i, t, o, dim: Head("dim", dim)),
    ("Head: UNITASK AWAY?", lambda u, a: Head("dist", asked=True)),
    ("Head: UNITASK ADJ", lambda u, adj: how(adj)),
    ("Head: UNITASK in? DIM", lambda u, i, v: Head("dim", v)),
    ("Head: APART", lambda a: Head("dist", "apart"), 1),
    ("Head: SURFACES", lambda a: Head("gap"), 1),
    ("Head: CENTERS", lambda a: Head("dist", "apart"), 1),
    ("Head: EXTENT", lambda a: Head("dim", a), 1),
    ("Item: EXTENT", lambda a: ("extent", a)),
    ("Item: in terms of DIM", lambda i, t, o, a: ("extent", a)),
    ("Item: in DET? DIM", lambda i, d, a: ("extent", a)),
    ("Item: ABOVE_GROUND", lambda a: ("ground", True)),
    ("Item: Over ADJ", lambda b, adj: ("limit", b) if adj == (Attribute.WIDTH, True) else None),
    ("Item: BETWEEN SURFACES of? Refs", lambda b, s, o, r: ("between_surfaces", r)),
    ("Item: MUST", lambda m: ("travel", True)),
    ("Head: ABOVE_GROUND", lambda a: Head("above_ground")),
    ("Head: HOW|Ask? ADJ|DIM|DIST? AWAY|UPDOWN? ABOVE_GROUND", lambda h, a, u, g: Head("above_ground")),
    ("Head: Ask? DET? BOX", lambda a, d, b: Head("box")),
    ("Head: Ask? DET? IMAGEPOS", lambda a, d, b: Head("image_position")),
    ("Head: WHERE", lambda w: Head("where")),
    ("Clause: Item* WHERE Item* in|on DET? IMAGE", lambda a, w, b, i, d, p: build(Head("image_position"), (*a, *b))),
    ("Head: at|in IMAGEPOS", lambda a, i: Head("image_position")),
    ("Head: Ask? DET? POS", lambda a, d, p: Head("pos")),
    ("Head: Ask? DET? RELATION", lambda a, d, r: Head("relation")),
    ("Head: Ask? DET? VECTOR", lambda a, d, v: Head("vector")),
    ("Head: in? Ask? DET? DIRECTION", lambda i, a, d, v: Head("direction", asked=a is not None)),
    ("Head: Ask? DET? BEARING", lambda a, d, b: Head("bearing")),
    ("Head: BEARING Toward? LR", lambda b, t, s: Head("bearing")),
    ("Head: by|at Ask DET? BEARING", lambda i, a, d, b: Head("bearing")),
    ("Head: at Ask? DET? DIM", lambda i, a, d, v: Head("dim", v) if a else None),
    ("Item: ITS", lambda i: ("of", ((IT,), "")), 1),
    ("Head: CLOCK at?", lambda c, at=None: Head("clock")),
    ("Head: Sides", lambda s: s),
    ("Head: EITHER? SidesOf", lambda e, s: Head("sidesof", s)),
    ("Item: SidesOf", lambda s: ("sidesof", s)),
    ("SidesOf: Offered of|FROM? Refs SEP? OR Offered ITSELF?", lambda a, o, r, s, c, b, i: ((a, b), r) if a != b else None),
    ("SidesOf: Sides of|FROM|TO|RELATIVE? Refs", lambda s, o, r: (s.value, r)),
    ("Head: in|at Ask DET? DIST", lambda i, a, d, n: Head("dist", asked=True)),
    ("Head: LIST WHERE", lambda w, h: Head("where")),
    ("Head: HOW ADJ DET? GAP|SPACE", lambda h, a, d, g: Head("gap")),
    ("Head: Ask? DET? SIZE SEP SIZE SEP?", lambda a, d, v, s, t, e: Head("size")),
    ("Head: Ask? DET? DIM SEP SIZE SEP?", lambda a, d, v, s, t, e: Head("dim", v)),
    ("Clause: Item* Ask? DET? AXIS Head Item*", lambda a, q, d, x, h, b: _along(a, ("axis", x), h, b)),
    ("Clause: Item* Ask? DET? CENTERS Head Item*", lambda a, q, d, x, h, b: _along(a, ("centers", x), h, b)),
    ("Clause: Item* Ask? DET? SURFACES Head Item*", lambda a, q, d, x, h, b: _along(a, ("surfaces", x), h, b)),
    ("Clause: COMPARE Refs DIM|SizeOf|DistOf", lambda c, r, v: build(Head("difference", v), (("", r),))),
    ("Clause: MUCH Ref Related", lambda w, m, c: build(Head("dist"), (("", ((m,), "")), ("side", c)))),
    ("Clause: Ask? DET? RATIO of? DET? Quantity of Ref TO DET? Quantity of Ref", lambda a, d, r, o, e, p, f, m, t, g, q, h, n: _ratio_of(p, m, q, n)),
    ("Clause: Ask? DET? RATIO of? Ref 's Quantity TO Ref 's Quantity", lambda a, d, r, o, m, s, p, t, n, u, q: _ratio_of(p, m, q, n)),
    ("Clause: Item* RankHead Item* in RANK of Way Quantity Item*", lambda a, h, b, i, r, o, way, q, c: build(Head("rank", (by_quantity(q, way), None)), (*a, *b, *c))),
    ("Clause: WHAT|WHICH Noun? FRONT", lambda w, n, side: Describe() if side == "in_front_of" and n is None else None),
    ("Clause: RATIO Ref Cmp THAN|RELATIVE Ref", lambda r, m, o, t, n: build(Head("ratio", o), (("", ((m,), "")), ("than", ((n,), ""))))),
    ("Clause: MUCH|UNITASK Ref OrderTo THAN|RELATIVE Ref", lambda r, m, o, t, n: None if o[1] else build(Head("more", o[0]), (("", ((m,), "")), ("than", ((n,), ""))))),
    ("Item: Ref TO Ref", lambda a, t, b: ("pair", ((a, b), "")), 1),
    ("Item: GREATER", lambda more: ("order", (Order(Attribute.VOLUME, more), False))),
    ("Head: EITHER Sides", lambda e, s: s),
    ("Head: MUCH|UNITASK OrderTo", lambda m, o: None if o[1] else Head("more", o[0])),
    ("Head: HOW MUCH? ADJ Cmp", lambda h, m, adj, o: Head("more", o) if adj == (_A, True) else None),
    ("Head: Ask? DET? DIFFERENCE in|of? DET? DIM|SizeOf|DistOf", lambda a, d, f, i, e, v: Head("difference", v)),
    ("Head: Ask? DET? DIM|SizeOf|DistOf DIFFERENCE", lambda a, d, v, f: Head("difference", v)),
    ("Head: COMPARE DET? DIM|SizeOf|DistOf", lambda c, d, v: Head("difference", v)),
    ("SizeOf: SIZE", lambda s: Attribute.VOLUME),
    ("DistOf: DIST", lambda s: Attribute.DISTANCE),
    ("Head: RATIO Cmp", lambda r, o: Head("ratio", o)),
    ("Head: Ask? DET? RATIO of? DET? DIM|SizeOf|DistOf", lambda a, d, r, o, e, v: Head("ratio", Order(v, True))),
    ("Head: RATIO EQUALLY? ADJ AWAY? EQUALLY?", lambda r, e, adj, a, f: Head("ratio", Order(*adj))),
    ("Head: Order ONE?", lambda o, one: Head("order", (o, 1))),
    ("Head: OrderAnchored ONE? SEP?", lambda o, one, s: Head("order", (o, 1))),
    ("Head: DET ONE OrderAnchored", lambda d, one, o: Head("order", (o, 1)), -2),
    ("Head: DET? ORDINAL Sup ONE?", lambda d, n, o, one: Head("order", ((o, True), n))),
    ("Head: DET? ORDINAL OrderAnchored", lambda d, n, o: Head("order", (o, n)) if o[1] else None),
    ("Head: DET? ORDINAL FROM|at LR", lambda d, n, f, s: Head("order", ((SIDE_ORDERS[s], True), n))),
    ("OrderAnchored: Order TO|FROM|RELATIVE Ref", lambda o, t, m: _anchor(o, m)),
    ("OrderAnchored: Order Definite", lambda o, m: _anchor(o, m), -1),
    ("Head: EitherOrder", lambda h: h),
    ("EitherOrder: Cmp OR Cmp", lambda a, o, b: either_order(a, b)),
    ("Head: Ranking", lambda h: h),
    ("Ends: TO|FROM? Extent TO Extent", lambda f, a, t, b: ends(a, b)),
    ("Ends: starting with|at DET? Extent", lambda s, w, d, a: a),
    ("Ends: Extent FIRST", lambda a, f: a),
    ("Ends: FROM|Starting LR TO LR", lambda f, a, t, b: SIDE_ORDERS[a] if a != b else None),
    ("Ends: LR TO LR", lambda a, t, b: SIDE_ORDERS[a] if a != b else None),
    ("Starting: FROM", lambda f: f),
    ("Ends: FROM? FRONT TO FRONT", lambda f, a, t, b: Order(_A, a == "behind") if a != b else None),
    ("Ends: FROM? top TO bottom", lambda *w: Order(Attribute.UP, True)),
    ("Ends: FROM? bottom TO top", lambda *w: Order(Attribute.UP)),
    ("Ends: FROM? top UPDOWN", lambda *w: Order(Attribute.UP, True)),
    ("Ends: FROM? bottom UPDOWN", lambda *w: Order(Attribute.UP)),
    ("Extent: ADJ ONE|THING|AWAY?", lambda adj, one: Order(*adj)),
    ("Extent: Cmp|Sup ONE|THING|AWAY?", lambda o, one: o),
    ("Way: ASCENDING", lambda a: True),
    ("Way: DESCENDING", lambda d: False),
    ("ByQuantity: by Quantity", lambda b, q: q),
    ("ByQuantity: in DET? RANK of Quantity", lambda i, d, r, o, q: q),
    ("ByQuantity: in TO? Quantity", lambda i, t, q: q),
    ("ByQuantity: after|Considering DET? Quantity", lambda a, d, q: q),
    ("Considering: according TO", lambda a, t: True),
    ("ByQuantity: by how ADJ", lambda b, h, adj: Attribute.HEIGHT if adj[0] is Attribute.UP else adj[0]),
    ("Ranking: Ranked Ends", lambda r, o: Head("rank", (o, None))),
    ("Ranking: Ends", lambda o: Head("rank", (o, None))),
    ("Ranked: Ask? DET? RANK in? RANK?", lambda *r: True),
    ("RankHead: Ranked", lambda r: True),
    # Several heads of one kind of object
    ("Heads: HOW|UNITASK ADJ SEP? AND ADJ", lambda u, a, s, c, b: Head("several", (how(a), how(b))) if how(a) and how(b) else None),
    ("Heads: Head SEP? AND Head", lambda a, s, c, b: Head("several", (a, b))),
    ("Heads: Head SEP Head SEP Head", lambda a, s, b, t, d: Head("several", (a, b, d)) if {(h.kind, h.value) for h in (a, b, d)} == _ALL_SIDES else None),
    ("Heads: Head SEP Head SEP? AND Head", lambda a, s, b, t, c, d: Head("several", (a, b, d))),
    ("Sides: Offered OtherSide OtherSide*", lambda a, b, more: sides(a, (b, *more))),
    ("OtherSide: SEP? OR DET? Offered", lambda s, o, d, side: side),
    ("OtherSide: SEP DET? Offered", lambda s, d, side: side),
    ("Offered: Toward? MINE? LR", lambda t, m, side: side),
    ("Offered: QUALIFIER? SIDE|FRONT|CORNER of?", lambda q, side, o: side),
    ("Offered: Toward? MINE? CORNER", lambda t, m, side: side),
    # Phrases beside a head
    ("Item: Refs", lambda r: ("", r)),
    ("Item: SEP Refs", lambda s, r: ("", r), 1),
    ("Item: of|AMONG Refs", lambda o, r: ("of", r)),
    ("Item: Refs 's", lambda r, s: ("of", r)),
    ("Item: FROM Refs", lambda f, r: ("from", r)),
    ("Item: TO Refs", lambda t, r: ("to", r)),
    ("Item: THAN of? Refs 's?", lambda t, o, r, s: ("than", r)),
    ("Item: RELATIVE of? Refs", lambda t, o, r: ("relative", r)),
    ("Item: BETWEEN Refs", lambda b, r: ("between", r)),
    ("Item: AMONG Refs", lambda a, r: ("between", r), 1),
    ("Item: AXIS", lambda a: ("axis", a)),
    ("Item: in|along|Considering? DET? AXIS DIRECTION", lambda i, d, a, n: ("axis", a)),
    ("Item: APART", lambda a: ("apart", True)),
    ("Item: AWAY FROM? THESE", lambda a, f, t: ("apart", True)),
    ("Item: MUTUAL", lambda a: ("mutual", True)),
    ("Item: SURFACES", lambda a: ("surfaces", True)),
    ("Item: CENTERS of?", lambda a, o: ("centers", True)),
    ("Item: Related", lambda c: ("side", c)),
    ("Item: Toward? LR", lambda t, side: ("side", RelationTo(side, CAMERA)), 4),
    ("Item: Toward? MINE LR", lambda t, m, side: ("side", RelationTo(side, CAMERA))),
    ("Item: FRONT of? CAM?", lambda side, o, c: ("side", RelationTo(side, CAMERA))),
    ("Item: Sides", lambda s: ("sides", s.value)),
    ("Item: Over", lambda b: ("limit", b)),
    ("Item: Order", lambda o: ("order", o)),
    ("Item: Which", lambda w: ("which", w)),
    ("Wide: with? DET? DIM? of? Bound ADJ? Who?", lambda w, d, m, o, b, a, who: Limit(_A, b.operator, b.value) if b.upper is None else None),
    ("Wide: YESNO? Who with|THAT? DET? DIM? of? Bound ADJ?", lambda y, who, w, d, m, o, b, a: Limit(_A, b.operator, b.value) if b.upper is None else None),
    ("Who: Det? CAM|NAME|UNKNOWN|ANYTHING|THING", lambda d, w: True),
    ("Item: TO? TRAVEL TO?", lambda a, t, to: ("travel", True)),
    ("Which: LIST? WHICH|WHAT ONE? THESE?", lambda l, w, one, t: True),
    ("Which: WHICH PIXEL", lambda w, p: True),
    ("Which: WHICH|WHAT Noun", lambda w, m: m),
    ("Which: WHICH ONE? of|AMONG THESE", lambda w, one, o, t: True),
    ("Which: LIST Noun", lambda w, m: m),
    ("Which: LIST", lambda w: True),
    # Frames
    ("Clause: Item* Head Item*", clause),
    ("Clause: Item* Heads Item*", clause),
    ("Clause: Item* RankHead Item* ByQuantity Item* Way? Item*", lambda a, h, b, q, c, way, d: build(Head("rank", (by_quantity(q, way), None)), (*a, *b, *c, *d))),
    ("Clause: Item* RankHead Item* ByQuantity Item* SEP? Ends Item*", lambda a, h, b, q, c, s, e, d: _ranked_by(q, e, (*a, *b, *c, *d))),
    ("Clause: Item* RankHead Item* Ends Item*", lambda a, h, b, e, c: build(Head("rank", (e, None)), (*a, *b, *c))),
    ("Clause: ByQuantity RankHead Item* Way?", lambda q, h, a, way: build(Head("rank", (by_quantity(q, way), None)), a)),
    ("Clause: LIST Refs ByQuantity Way? Item*", lambda w, r, q, way, more: build(Head("rank", (by_quantity(q, way), None)), (("", r), *more))),
    ("Clause: LIST Refs by? Way of? Quantity Item*", lambda w, r, b, way, o, q, more: build(Head("rank", (by_quantity(q, way), None)), (("", r), *more))),
    ("Clause: YESNO? DET? POS of Ref Comparison", lambda y, d, p, o, m, c: holds(m, c)),
    ("Clause: LIST Refs ByQuantity Ends", lambda w, r, q, e: _ranked_by(q, e, (("", r),))),
    ("Clause: Ends SEP? LIST Refs", lambda e, s, w, r: build(Head("rank", (e, None)), (("", r),))),
    ("Clause: LIST Refs Ends", lambda w, r, e: build(Head("rank", (e, None)), (("", r),))),
    # Yes or no
    ("Clause: YESNO Ref Condition", lambda y, m, c: holds(m, c)),
    ("Clause: Ref Condition", lambda m, c: None if m.kind is Kind.ANY and not m.selector else holds(m, c)),
    ("Clause: ANYTHING Condition", lambda t, c: exists(ANY, c)),
    ("Clause: ANYTHING Viewed", lambda t, v: exists(ANY, RelationTo(v[0], CAMERA))),
    ("Clause: Condition Ref", lambda c, m: holds(m, c), 3),
    ("Clause: YESNO? DET? NONE DET? Noun Condition", lambda y, d, n, e, m, c: _none(replace(m, plural=m.kind is not Kind.CAMERA), c)),
    ("Clause: YESNO? NEITHER DET? Noun Condition", lambda y, n, d, m, c: _none(replace(m, plural=m.kind is not Kind.CAMERA), c)),
    ("Clause: YESNO? EXIST Noun", lambda y, e, m: exists(m)),
    ("Clause: YESNO? EXIST Noun Condition", lambda y, e, m, c: exists(m, c)),
    ("Clause: YESNO? Noun EXIST", lambda y, m, e: exists(m)),
    ("Clause: YESNO EXIST Viewed Noun", lambda y, e, v, m: exists(m, RelationTo(v[0], CAMERA))),
    ("Clause: YESNO? EXIST Noun Viewed", lambda y, e, m, v: exists(m, RelationTo(v[0], CAMERA))),
    ("Clause: YESNO? Ref Viewed", lambda y, m, v: holds(m, RelationTo(v[0], CAMERA))),
    ("Clause: YESNO Ref FRONT", lambda y, m, side: holds(m, RelationTo(side, CAMERA))),
    ("Clause: YESNO? Ref NOT? DET? Sup", lambda y, m, n, d, o: None if n else extremal(m, (o, True), None)),
    ("Clause: YESNO Ref DET? Sup ONE|THING? of? Noun?", lambda y, m, d, o, one, f, among: extremal(m, (o, True), among) if not (one and among) else None),
    ("Clause: Ref DET Sup ONE|THING? of? Noun?", lambda m, d, o, one, f, among: extremal(m, (o, True), among) if not (one and among) else None),
    ("Clause: YESNO Noun Definite", lambda y, a, b: extremal(b, (a.selector, True), replace(a, selector=None)) if a.selector and a.rank == 1 and not a.condition else None),
    ("Clause: YESNO? Ref OrderAnchored", lambda y, m, o: extremal(m, o, None)),
    ("Clause: YESNO? Refs SIDE APART|MUTUAL|THESE?", lambda y, r, side, a: mutual(r, side)),
    ("Clause: YESNO? Refs Bound APART", lambda y, r, b, a: apart(r, b)),
    ("Clause: YESNO? Refs Cmp THAN LENGTH TO|APART APART?", lambda y, r, o, t, v, a, b: apart(r, Bound(">" if o.descending else "<", v)) if o.attribute is Attribute.DISTANCE else None),
    ("Clause: YESNO? EXIST? Bound of? SPACE|GAP? for? BETWEEN Refs", lambda y, e, b, o, s, f, w, r: apart(r, b, True, e is not None)),
    ("Clause: YESNO? EXIST? SPACE|GAP of|for? Bound BETWEEN Refs", lambda y, e, s, o, b, w, r: apart(r, b, True, e is not None)),
    ("Clause: YESNO? SPACE|GAP BETWEEN Refs Bound", lambda y, s, w, r, b: apart(r, b, True)),
    ("Clause: YESNO? GAP BETWEEN Refs Cmp THAN LENGTH", lambda y, s, w, r, o, t, v: apart(r, Bound(">" if o.descending else "<", v), True)),
    ("Clause: YESNO? Ref Cmp OR Ref", lambda y, m, o, c, n: None if CAMERA in (m, n) else Extreme(o, (m, n))),
    ("Clause: YESNO? Bound FROM Ref TO Ref", lambda y, b, f, m, t, n: None if CAMERA in (m, n) else holds(n, conditions.within(b, Attribute.DISTANCE, m))),
    ("Clause: YESNO? Refs Cmp APART THAN LENGTH", lambda y, r, o, a, t, v: apart(r, Bound(">" if o.descending else "<", v)) if o.attribute is Attribute.DISTANCE else None),
    ("Clause: WHICH|WHAT|LIST? Noun AMONG|THESE? SEP? Several", lambda w, m, a, s, r: _one_of_these(m, r)),
    ("Clause: Ends SEP? RankHead Item*", lambda e, s, r, items: build(Head("rank", (e, None)), items)),
    ("Clause: YESNO? Ref Cmp TO|FROM? Several", lambda y, m, o, t, r: closer_of(m, (o, False), r)),
    ("Clause: YESNO? Ref Cmp TO|FROM Ref OR TO|FROM Ref", lambda y, m, o, t, a, c, u, b: closer_of(m, (o, False), ((a, b), "or"))),
    ("Clause: WHICH Noun? YESNO? Ref Cmp TO SEP Several", lambda w, k, y, m, o, t, s, r: closer_of(m, (o, False), r)),
    ("Clause: YESNO? Ref EitherOrder THAN|RELATIVE Ref", lambda y, m, h, t, n: build(h, (("", ((m,), "")), ("than", ((n,), ""))))),
    ("Clause: RELATIVE Ref SEP? YESNO? Ref EitherOrder", lambda t, n, s, y, m, h: build(h, (("", ((m,), "")), ("than", ((n,), ""))))),
    ("Clause: RELATIVE Ref SEP? YESNO? Ref Cmp TO CAM OR Cmp FROM|TO CAM", lambda t, n, s, y, m, a, p, c, o, b, q, d: (h := either_order(a, b)) and build(h, (("", ((m,), "")), ("than", ((n,), ""))))),
    ("Clause: YESNO? Refs at|of? DET? SAME Quantity", lambda y, r, a, d, s, q: equal(r, q)),
    ("Clause: YESNO? Refs EQUALLY ADJ AWAY?", lambda y, r, e, adj, a: equal(r, Attribute.HEIGHT if adj[0] is Attribute.UP else adj[0])),
    ("Clause: YESNO? Refs SIDE OR SIDE", lambda *w: None),
    ("Clause: YESNO Refs 's? Sides", lambda y, r, s, h: None),
    # Counts
    ("Many: WHAT|LIST? DET? MANY", lambda w, d, m: True),
    ("Clause: Many Noun EXIST?", lambda m, n, e: count(n)),
    ("Clause: Many Noun EXIST? Condition", lambda m, n, e, c: count(n, c)),
    ("Clause: Many Condition", lambda m, c: count(ANY, c)),
    ("Clause: Many Noun EXIST? Viewed", lambda m, n, e, v: count(n, RelationTo(v[0], CAMERA))),
    ("Clause: Noun SEP? MANY", lambda n, s, m: count(n)),
    ("Clause: EXIST MANY Noun", lambda e, m, n: count(n)),
    ("Counted: only", lambda o: "="),
    ("Counted: MORE", lambda more: ">" if more else "<"),
    ("Counted: LIMIT THAN?", lambda op, t: op),
    ("Clause: YESNO? EXIST? MORE Noun THAN Noun", lambda y, e, more, a, t, b: counted(">" if more else "<", a, b)),
    ("Clause: YESNO? EXIST? EQUALLY many Noun EQUALLY Noun", lambda y, e, f, m, a, g, b: counted("=", a, b)),
    ("Clause: YESNO? EXIST? SAME MANY Noun EQUALLY|AND Noun", lambda y, e, s, m, a, g, b: counted("=", a, b)),
    ("Clause: YESNO? EXIST? Counted NUMBER Noun EXIST?", lambda y, e, op, n, m, f: counted(op, m, n)),
    ("Clause: YESNO? EXIST? Counted NUMBER Noun Condition", lambda y, e, op, n, m, c: counted(op, m, n, c)),
    ("Clause: YESNO? EXIST NUMBER Noun", lambda y, e, n, m: counted("=", m, n) if n > 1 else None),
    ("Clause: YESNO? EXIST NUMBER Noun Condition", lambda y, e, n, m, c: counted("=", m, n, c) if n > 1 else None),
    # Which ones
    ("Clause: LIST? WHAT|WHICH AROUND Refs", lambda l, w, a, r: select(ANY, conditions.relation(None, "near", r)), -1),
    ("Clause: LIST? WHAT|WHICH Condition", lambda l, w, c: beside(c)),
    ("Clause: WHICH|WHAT ONE? of|AMONG Noun Condition", lambda w, one, o, n, c: select(n, c)),
    ("Clause: LIST? WHICH|WHAT|LIST Noun Condition", lambda l, w, n, c: select(n, c)),
    ("Clause: WHAT|WHICH|LIST Noun", lambda w, n: thing(n)),
    ("Clause: Noun", lambda n: thing(n) if n.selector else None, 1),
    ("Clause: EVERYTHING After", lambda e, a: _things(a)),
    ("Clause: DET? THING After", lambda d, t, a: _things(a) if d != "any" else None),
    ("Clause: THING Condition", lambda t, c: select(ANY, c)),
    ("Clause: WHAT|WHICH Noun? EXIST? Viewed", lambda w, n, e, v: select(n or ANY, RelationTo(v[0], CAMERA)) if n is None or v[1] or n.kind is Kind.ANY else None),
    ("Clause: LIST? Noun Viewed", lambda w, n, v: select(n, RelationTo(v[0], CAMERA)) if n.kind is Kind.ANY else None),
    ("Clause: WHAT EXIST Condition", lambda w, e, c: select(ANY, c)),
    ("Clause: Toward Viewed WHAT Noun?", lambda *w: None),
    ("Clause: Condition SEP? WHAT|WHICH Noun?", lambda c, s, w, n: select(n or ANY, c)),
    ("Clause: Condition SEP? MANY Noun", lambda c, s, m, n: count(n, c)),
    ("Clause: WHICH Noun? Viewed SEP? Several?", lambda w, n, v, s, r: by_side(v[0], n or True, r)),
    ("Clause: WHICH Noun FRONT", lambda w, n, side: by_side(side, n, None)),
    ("Clause: WHICH Noun? Side SEP? Several", lambda w, n, side, s, r: by_side(side, n or True, r)),
    ("Clause: WHICH ONE? of|AMONG Refs Viewed", lambda w, one, o, r, v: by_side(v[0], True, r)),
    ("Clause: BETWEEN|AMONG Several SEP? WHICH Noun|ONE? Viewed", lambda b, r, s, w, n, v: by_side(v[0], n or True, r)),
    ("Clause: BETWEEN|AMONG Several SEP? WHICH ONE? Side", lambda b, r, s, w, one, side: by_side(side, True, r)),
    ("Clause: Several SEP? WHICH ONE? Viewed", lambda r, s, w, one, v: by_side(v[0], True, r)),
    ("Clause: Ref SIDE WHAT|WHICH Noun?", lambda m, side, w, n: select(n or ANY, converse(m, side))),
    ("Clause: Ref Toward? LR|FRONT of WHAT|WHICH Noun?", lambda m, t, side, o, w, n: select(n or ANY, converse(m, side))),
    ("Clause: WHAT|WHICH Noun? Ref SIDE", lambda w, n, m, side: select(n or ANY, converse(m, side)) if not m.many else None),
    ("Clause: WHAT|WHICH Noun? Ref Toward? LR|FRONT of", lambda w, n, m, t, side, o: select(n or ANY, converse(m, side)) if not m.many else None),
    ("Clause: WHAT Ref CONTAINS", lambda w, m, c: select(ANY, RelationTo("inside", m)) if not m.many else None),
    # The first of an order, and several of them
    ("Clause: WHAT|WHICH|LIST? DET? NUMBER Sup Noun", lambda w, d, n, o, m: top(n, o, m)),
    ("Clause: WHAT|WHICH|LIST? DET? NUMBER Core Order|OrderAnchored", lambda w, d, n, m, o: top(n, o[0], m) if o[1] else None),
    ("Clause: WHAT|WHICH|LIST? DET? Sup NUMBER Noun", lambda w, d, o, n, m: top(n, o, m)),
    ("Clause: Noun YESNO? WHICH|WHAT ONE?", lambda n, y, w, o: one_of(n)),
    # Sizes of gaps
    ("Clause: Passing Passing*", lambda p, more: build(Head("pass"), (p, *more))),
    ("Passing: TO? PASS|SPACE|GAP", lambda t, p: ("pass", True)),
    ("Passing: BETWEEN Refs", lambda b, r: ("between", r)),
    ("Passing: for? Wide", lambda f, w: ("wide", w)),
    ("Passing: CAN|EXIST|CAM", lambda e: ("who", True)),
    ("Passing: for? Who", lambda f, w: ("who", True), 1),
    # Ways to go, and where to turn
    ("Clause: GO Noun", lambda g, m: approach(m)),
    ("Clause: STOP Bound SHORT_OF Noun", lambda s, b, o, m: approach(m, b.value) if b.operator == "=" else None),
    ("Clause: get|come within LENGTH of Noun", lambda g, w, v, o, m: approach(m, v)),
    ("Clause: GO within? LENGTH of Noun", lambda g, w, v, o, m: approach(m, v)),
    ("Clause: GO Noun AND STOP Bound SHORT_OF ITSELF", lambda g, m, a, s, b, o, i: approach(m, b.value) if b.operator == "=" else None),
    ("Turning: TURN", lambda t: True),
    ("Turning: in? Ask? DET? DIRECTION|RELATION? MUST? TURN", lambda *w: True),
    ("Turning: BEARING|MUCH|HOW? ADJ? MUST? TURN", lambda *w: True),
    ("Turning: YESNO? MUST? TURN TurnSides", lambda *w: True),
    ("Turning: BEARING TurnSides? MUST? TURN?", lambda *w: True),
    ("TurnSides: LR OR LR", lambda a, o, b: True if a != b else None),
    ("TurnSides: Toward? LR", lambda t, s: True, 2),
    ("Clause: Turning TurnTo Ref", lambda t, to, m: turning(m)),
    ("Clause: TurnTo Ref SEP? Turning", lambda to, m, s, t: turning(m)),
    ("Clause: Turning AND? TurnTo Ref TurnSides?", lambda t, a, to, m, s: turning(m)),
    ("Clause: FACE Ref", lambda f, m: turning(m)),
    ("Clause: TURN TO Ref SEP? BEARING", lambda t, to, m, s, b: turning(m)),
    ("TurnTo: TO|FACE|at", lambda t: True),
    ("TurnTo: TO? CAM? FACE", lambda t, c, f: True),
    ("TurnTo: TO? TURN at|TO", lambda *t: True),
    ("TurnTo: TO see|find", lambda *t: True),
    ("Clause: YESNO? MUST? TURN UPDOWN OR UPDOWN TurnTo Ref", lambda y, m, t, a, o, b, to, r: tilting(r) if a != b else None),
    # Which way something faces
    ("Faced: CAM|Noun|Sides|Viewed", lambda f: True),
    ("Clause: Ask? DET? DIRECTION|RELATION? of? Noun FACE Faced?", lambda a, d, n, o, m, f, to: facing(m)),
    ("Clause: Ask DET? RELATION of Noun FACE CAM", lambda a, d, n, o, m, f, c: facing(m)),
    ("Clause: RELATION of Noun FACE CAM", lambda n, o, m, f, c: facing(m)),
    ("Clause: YESNO Noun FACE Faced", lambda y, m, f, to: facing(m)),
    ("Clause: WHAT Noun FACE", lambda w, m, f: facing(m)),
    ("Clause: Ask? DET? orientation of Noun", lambda a, d, o, f, m: facing(m)),
    # Pixels
    ("Clause: WHAT|WHICH|EXIST? Noun? at|on|in? COORDINATES", lambda w, n, a, p: PixelContents(p) if w else None),
    ("Clause: WHAT|WHICH THING? at|on|in? DET? PIXEL at|in? COORDINATES", lambda w, t, a, d, p, i, c: PixelContents(c)),
    ("Clause: DESCRIBE|WHERE|LIST DET? THING at|on|in DET? PIXEL? at? COORDINATES", lambda *w: PixelContents(w[-1])),
    ("Clause: Ask DET? THING DET? PIXEL COORDINATES TO?", lambda a, d, t, e, p, c, to: PixelContents(c)),
    # What there is
    ("Clause: SEEING", lambda s: Describe()),
    ("Clause: DESCRIBE? DET? SCENE", lambda d, e, s: Describe() if d else None),
    ("Clause: DESCRIBE", lambda d: Describe()),
    ("Clause: DESCRIBE|LIST SEEING", lambda d, s: Describe()),
    ("Clause: WHAT|WHICH Noun? EXIST", lambda w, n, e: Describe() if n is None or n.kind is Kind.ANY and not n.condition and not n.selector else None),
    ("Clause: WHAT|WHICH|LIST in|on|inside? DET? SCENE", lambda w, i, d, s: Describe()),
    ("Clause: LIST EXIST?", lambda w, e: None),
    ("Clause: LIST|DESCRIBE|WHAT Noun", lambda w, n: listed(n)),
    ("Clause: LIST? WHAT|WHICH? Noun EXIST", lambda l, w, n, e: listed(n) if w or l else None),
    ("Clause: LIST WHAT EXIST", lambda l, w, e: Describe()),
    ("Clause: DESCRIBE Refs", lambda d, r: summary(r)),
    ("Clause: WHAT IS Refs", lambda d, i, r: summary(r), 2),
    ("Clause: LIST Noun", lambda d, m: summary(((m,), "")) if m.kind is Kind.OBJECT and m.selector is None else None, 2),
)
ASIDES: tuple[Rule, ...] = (
    ("Aside: UNIT", lambda u: ("unit", u)),
    ("Aside: FRAME", lambda f: ("frame", f)),
    ("Aside: TRUE", lambda t: ()),
    ("Aside: Prep Picture", lambda p, s: (), 1),
    ("Aside: Prep Picture 's VIEWPOINT", lambda p, s, a, v: ()),
    ("Aside: FROM DET? ADJECTIVE ADJECTIVE? VIEWPOINT", lambda f, d, a, b, v: ()),
    ("Aside: Prep? Picture only", lambda *p: ()),
    ("Prep: in|on|FROM|within|inside|at|with|using|given|considering|considered|per|through|of|about", lambda p: p),
    ("Prep: based on|upon", lambda b, o: b),
    ("Prep: according|looking|judging TO|at|by|FROM", lambda b, o: b),
    ("Prep: TURN? at", lambda t, a: a),
    ("Prep: look|looking|examine|inspect|observe|consider|study at?", lambda t, a: t),
    ("Picture: DET? DEPICTED* SCENE DEPICTED*", lambda d, a, s, b: s),
    ("Picture: DET? DEPICTED* SCENE Prep DET? DEPICTED* SCENE", lambda *p: True),
    ("Aside: Consider Layout LayoutOf? SEP?", lambda c, l, o, s: o or ()),
    ("Consider: considering|consider|given|regarding|concerning|estimate|using", lambda c: c),
    ("Consider: based on", lambda b, o: b),
    ("Consider: Taking into account|consideration", lambda t, i, a: t),
    ("Taking: taking|take", lambda t: t),
    ("Consider: look|looking at", lambda l, a: l),
    ("Layout: DET? LAYOUT LAYOUT*", lambda d, w, more: w),
    ("LayoutOf: of|between|among|in DET? THING|Picture", lambda *w: ()),
    ("LayoutOf: of|between|among DET? THING Prep Picture", lambda *w: ()),
    ("LayoutOf: of|between|among Refs", lambda o, r: ("topic", r[0])),
    ("LayoutOf: of|between|among Refs Prep Picture", lambda o, r, p, s: ("topic", r[0])),
    # Whose left and right is meant
    ("Aside: Viewing", lambda v: v),
    ("Viewing: FROM? CAM VIEWPOINT", lambda f, c, v: view(CAMERA)),
    ("Viewing: FROM|in|at? Ref 's VIEWPOINT", lambda f, m, s, v: view(m)),
    ("Viewing: FROM|in|at? Ref 's VIEWPOINT SEP? FACE Ref", lambda f, m, s, v, e, g, to: view(m, to)),
    ("Viewing: FROM|in|at DET? VIEWPOINT of Ref", lambda f, d, v, o, m: view(m)),
    ("Viewing: FROM|in|at DET? VIEWPOINT of Ref SEP? FACE Ref", lambda f, d, v, o, m, s, g, to: view(m, to)),
    ("Viewing: FROM DET? VIEWPOINT", lambda f, d, v: view(CAMERA), 3),
    ("Viewing: SEEN Ref", lambda s, m: view(m)),
    ("Viewing: SEEN Ref SEP? AND? FACE Ref", lambda s, m, e, a, g, to: view(m, to)),
    ("Viewing: Standing Ref SEP? AND? CAM? FACE Ref", lambda a, m, s, n, c, g, to: view(m, to)),
    ("Viewing: Standing Ref SEP?", lambda a, m, s: view(m), 2),
    ("Standing: YESNO? CAM? AT_PLACE", lambda y, c, a: True),
    ("Viewing: FROM WHERE Noun SEP? FACE Ref", lambda f, w, m, s, g, to: view(m, to)),
    ("Viewing: YESNO? CAM? FACE Ref FROM Ref", lambda y, c, g, to, f, m: view(m, to)),
    ("Viewing: FROM Noun SEP? FACE Ref", lambda f, m, s, g, to: view(m, to)),
)
FRAGMENTS: tuple[Rule, ...] = (
    ("OfferedSide: CAM|ITSELF? Offered Ref?", lambda i, side, m: side if isinstance(side, tuple) else (side,)),
    ("OfferedSide: UPDOWN", lambda side: (side,)),
    ("OfferedPixel: DET? PIXEL? at? COORDINATES", lambda d, p, a, m: m),
    ("Fragment: AND? Ref", lambda a, m: ("", m)),
    ("Fragment: AND? FROM Ref", lambda a, f, m: ("from", m)),
    ("Fragment: AND? TO Ref", lambda a, f, m: ("to", m)),
    ("Fragment: HOW|AND? about Ref", lambda h, a, m: ("", m)),
    ("Fragment: AND? DESCRIBE Ref", lambda a, d, m: ("", m)),
)
TEXTS: tuple[Rule, ...] = (
    ("Text: Clause", lambda c: c),
    ("Text: AND Clause", lambda a, c: c),
    ("Text: Clause Text2", several, 1),
    ("Text2: SEP? AND SEP? Clause", lambda s, a, t, c: c),
    ("Text2: SEP Clause", lambda s, c: c if speaks_of_it(c) else None),
    ("Text: THERE Noun SEP AND? Clause", lambda t, m, s, a, c: about(m, c), 1),
    ("Text: Noun SEP Clause", lambda m, s, c: about(m, c) if speaks_of_it(c) else None, 1),
)
RULES: tuple[Rule, ...] = (*nouns.RULES, *conditions.RULES, *QUESTIONS, *ASIDES, *FRAGMENTS, *TEXTS)


def _anchor(order: tuple[Order, bool], mention: Mention) -> Any:
    plain, superlative = order
    if plain.attribute is not Attribute.DISTANCE or plain.anchor is not None:
        return None
    if mention == CAMERA:
        return order
    return replace(plain, anchor=mention), superlative


def _none(mention: Mention, condition: Any) -> Form | None:
    """ "Are none of the bottles left of the mug?": all are not."""
    if isinstance(condition, CloserTo) or not mention.many:
        return None
    return Holds(replace(mention, every=True), negated(condition))


def _along(before: tuple[Item, ...], said: Item, head: Head, after: tuple[Item, ...]) -> Form | None:
    """ "The horizontal distance", "the distance of the centres"."""
    if head.kind not in ("dist", "gap", "space"):
        return None
    return clause((*before, said), head, after)


def _ratio_of(one: Attribute, first: Mention, other: Attribute, second: Mention) -> Form | None:
    """ "The ratio of A's height to B's height"."""
    if one is not other:
        return None
    refs = (("", ((first,), "")), ("than", ((second,), "")))
    return build(Head("ratio", Order(conditions.compared_by(one), True)), refs)


def _one_of_these(mention: Mention, refs: Refs) -> Form | None:
    """ "The second tallest object of the following: A, B, C"."""
    if mention.selector is None or mention.kind is not Kind.ANY or mention.condition is not None:
        return None
    if CAMERA in refs[0]:
        return None
    return Extreme(mention.selector, refs[0], mention.rank)


def again(previous: Form, fragment: tuple[str, Mention]) -> Form | None:
    """The question before, asked of something else: "and the globe?", "and from the globe?"."""
    role, mention = fragment
    asked = topic(previous)
    if role:
        asked = getattr(previous, "second", None)
    if asked is None or mention in (IT, CAMERA) and not role:
        return None
    return what_is_meant(previous, mention, asked)


def _two_clauses(first: tuple[Head, Refs], second: tuple[Head, Refs]) -> Form | None:
    """ "Height of A, width of B"."""
    forms = [build(head, (("", refs),)) for head, refs in (first, second)]
    if forms[0] is None or forms[1] is None:
        return None
    return several(forms[0], forms[1])


def _things(after: Any) -> Form | None:
    """ "Objects closer than 2 m"."""
    kind = after(replace(ANY, plural=True)) if after else None
    return select(kind) if kind is not None and kind.selector is None else None


def _ranked_by(attribute: Attribute, order: Order, items: tuple[Item, ...]) -> Form | None:
    """ "By height, smallest first"."""
    attribute = conditions.compared_by(attribute)
    if order.attribute not in (attribute, Attribute.VOLUME, Attribute.UP, Attribute.DISTANCE):
        return None
    return build(Head("rank", (Order(attribute, order.descending), None)), items)


GRAMMAR = Grammar(RULES)
assert FRAMES
__all__ = ["GRAMMAR", "AllOf", "ComparedTo", "InBetween", "Multiple", "Not", "restricted"]
