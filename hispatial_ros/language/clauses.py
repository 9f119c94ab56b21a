"""Rules of the grammar: whole questions, and what may be said beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hispatial_ros.language import conditions
from hispatial_ros.language.conditions import Bound, CloserTo, negated
from hispatial_ros.language.forms import (
    Approach,
    Exists,
    Facing,
    Form,
    PixelContents,
    Position,
    Several,
    Summary,
)
from hispatial_ros.language.frames import build
from hispatial_ros.language.names import singular
from hispatial_ros.language.nouns import IT, SIDE_ORDERS, Refs
from hispatial_ros.language.question import Viewpoint
from hispatial_ros.language.relation_forms import (
    Apart,
    Bearing,
    Count,
    CountCompared,
    Describe,
    Extreme,
    Fits,
    Holds,
    Rank,
    RelativeDirection,
    Select,
)
from hispatial_ros.language.slots import Head, Item
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    Attribute,
    ComparedTo,
    Condition,
    Converse,
    Extremal,
    Kind,
    Limit,
    Mention,
    Order,
    RelationTo,
)

_ADJECTIVE_HEADS = {
    (Attribute.DISTANCE, True): Head("dist", asked=True),
    (Attribute.DISTANCE, False): Head("gap", asked=True),
    (Attribute.VOLUME, True): Head("size", asked=True),
    (Attribute.VOLUME, False): Head("size", asked=True),
}
ALL_SIDES = {("dim", a) for a in (Attribute.WIDTH, Attribute.HEIGHT, Attribute.DEPTH)}


# Heads


def how(graded: tuple[Attribute, bool]) -> Head | None:
    """ "How tall", "how far", "how close"."""
    if graded in _ADJECTIVE_HEADS:
        return _ADJECTIVE_HEADS[graded]
    attribute, descending = graded
    if not descending:
        return None
    if attribute is Attribute.UP:  # "how high", perhaps above something
        return Head("dim", Attribute.HEIGHT, asked=True)
    return Head("dim", attribute)


def either_order(first: Order, second: Order) -> Head | None:
    """ "Higher or lower"."""
    if first.attribute is not second.attribute or first.descending == second.descending:
        return None
    first = replace(first, attribute=conditions.compared_by(first.attribute))
    return Head("either", first) if first.anchor is None and second.anchor is None else None


def sides(first: Any, rest: tuple[Any, ...]) -> Head | None:
    predicates = (first, *rest)
    return Head("sides", predicates) if len(set(predicates)) > 1 else None


def ends(low: Order, high: Order) -> Order | None:
    """ "From near to far"."""
    if low.attribute is not high.attribute or low.descending == high.descending:
        return None
    return replace(low, attribute=conditions.compared_by(low.attribute))


def by_quantity(attribute: Attribute, ascending: bool | None) -> Order:
    """ "By distance", nearest first; "by height", tallest first."""
    attribute = conditions.compared_by(attribute)
    descending = attribute is not Attribute.DISTANCE if ascending is None else not ascending
    return Order(attribute, descending)


# Clauses


def clause(before: tuple[Item, ...], head: Head, after: tuple[Item, ...]) -> Form | None:
    if head.kind not in ("order", "rank"):  # "what is A's size?", "A's size is what?"
        if before[:1] == (("which", True),):
            before, head = before[1:], replace(head, asked=True)
        elif after[-1:] == (("which", True),):
            after, head = after[:-1], replace(head, asked=True)
    items = (*before, *after)
    if head.kind == "several":
        if {(h.kind, h.value) for h in head.value} == ALL_SIDES:
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
        return (
            None
            if mention.many
            else holds(condition.mention, RelationTo(condition.predicate, mention))
        )
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


def either_exists(kinds: Refs) -> Form | None:
    """ "Are there chairs or bottles?" of each."""
    if kinds[1] != "or" or any(m.kind is not Kind.OBJECT or m.every for m in kinds[0]):
        return None
    parts = tuple(exists(kind) for kind in kinds[0])
    return Several(parts) if None not in parts else None  # type: ignore[arg-type]


def both_exist(first: Mention, second: Mention, condition: Any = None) -> Form | None:
    """ "Are there both chairs and bottles?" """
    parts = exists(first, condition), exists(second, condition)
    return Several(parts) if None not in parts and parts[0] != parts[1] else None  # type: ignore[arg-type]


def from_both(subject: Mention, first: Mention, second: Mention) -> Form | None:
    """ "How far is A from B and from C?" """
    parts = tuple(
        build(Head("dist", asked=True), (("", ((subject,), "")), ("from", ((m,), ""))))
        for m in (first, second)
    )
    return Several(parts) if None not in parts and first != second else None  # type: ignore[arg-type]


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
        mention = condition.mention
        one = mention != CAMERA and not mention.many
        if one:
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
    operator: str,
    kind: Mention,
    other: Mention | int,
    condition: Any = None,
    apiece: bool = False,
) -> Form | None:
    """ "Are there more bottles than chairs?", "are there at least two boxes?"

    With ``apiece`` it is said of each kind what is counted: "is the number of A less than that of
    B on the table?"; else a restriction of one of them may be meant of both.
    """
    asked = count(kind, condition)
    if not isinstance(asked, Count):
        return None
    if isinstance(other, int):
        if (other, operator) == (1, ">="):  # "is there at least one?"
            return None
        return CountCompared(asked.kind, operator, None, other, asked.condition)
    if other.kind is Kind.PIXEL or other in (CAMERA, IT) or other.selector is not None:
        return None
    if (other.condition is None) != (asked.condition is None) and not apiece:
        return None  # "more A than B on the table"
    other = replace(other, plural=True, every=False)
    return CountCompared(asked.kind, operator, other, None, asked.condition)


def more_beside(more: bool, kind: Mention, side: str, other: str) -> Form | None:
    """ "Are there more mugs on my left or on my right?": of one kind, on either side."""
    if side == other or kind.kind is not Kind.OBJECT or kind.condition or kind.selector:
        return None
    here, there = (replace(kind, condition=RelationTo(s, CAMERA)) for s in (side, other))
    return counted(">" if more else "<", here, there, apiece=True)


def more_of(kind: Mention, other: Mention) -> Form | None:
    """ "Are there more bottles or mugs?" asks for both numbers."""
    parts = count(kind), count(other)
    return Several(parts) if None not in parts and parts[0] != parts[1] else None  # type: ignore[arg-type]


def pairs(
    order: Order, first: tuple[Mention, Mention], second: tuple[Mention, Mention], claimed: bool
) -> Form | None:
    """ "Which is farther apart, A and B or C and D?" """
    named = (*first, *second)
    if order.attribute is not Attribute.DISTANCE or order.anchor is not None:
        return None
    if any(m.kind is Kind.PIXEL or m == CAMERA or m.many for m in named):
        return None
    return Apart(order, first, second, claimed)


def width(b: Bound) -> Limit | None:
    """What a thing that passes is wide."""
    return Limit(Attribute.DISTANCE, b.operator, b.value) if b.upper is None else None


def fits(mention: Mention, refs: Refs) -> Form | None:
    """ "Does the chair fit between the table and the couch?" """
    ends, conjunction = refs
    if mention == CAMERA or mention.many or mention.kind is Kind.PIXEL or conjunction == "or":
        return None
    if any(m.kind is not Kind.OBJECT for m in ends) or len(ends) > 2:
        return None
    if len(ends) == 1:
        return Fits(mention, ends[0], None) if ends[0].many else None
    return Fits(mention, *ends)


def extremal(mention: Mention, order: tuple[Order, bool], among: Mention | None) -> Form | None:
    """ "Is A the nearest object?" """
    if mention.many or mention == CAMERA or (not order[1] and among is None):
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


def this_one(mention: Mention) -> Form | None:
    """ "The nearest chair" asks which it is, "the chair by the window" where."""
    if mention.selector is not None:
        return thing(mention)
    one = mention.kind is Kind.OBJECT and not mention.plural and mention.condition is not None
    return Position((mention,)) if one else None


def listed(mention: Mention) -> Form | None:
    """ "List all objects", "list the objects left of the mug"."""
    if mention.condition is not None or mention.selector is not None:
        return thing(mention)
    return Describe() if mention.kind is Kind.ANY or mention.plural else None


def closer_of(first: Mention, order: tuple[Order, bool], refs: Refs) -> Form | None:
    """ "Is A closer to B or to C?": which of B and C is nearer to A."""
    if (
        first.kind is Kind.ANY
        or order[0].anchor is not None
        or order[0].attribute is not Attribute.DISTANCE
    ):
        return None
    if refs[1] != "or" or CAMERA in refs[0]:
        return None
    if first == CAMERA:  # "am I closer to B or to C?"
        return Extreme(order[0], refs[0])
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


def equal(refs: Refs, attribute: Attribute, anchor: Mention | None = None) -> Form | None:
    """ "Do A and B have the same height?", "... the same distance from C?" """
    mentions, conjunction = refs
    if conjunction == "or" or CAMERA in mentions or (anchor is not None and anchor.many):
        return None
    if anchor == CAMERA:
        anchor = None
    attribute = conditions.compared_by(attribute)
    if len(mentions) == 1 and mentions[0].many:
        return Holds(mentions[0], conditions.same(attribute, mentions[0], anchor))
    if len(mentions) == 2:
        return Holds(mentions[0], conditions.same(attribute, mentions[1], anchor))
    return None


def unequal(refs: Refs, attribute: Attribute) -> Form | None:
    """ "The boxes are of different sizes"."""
    same = equal(refs, attribute)
    return replace(same, condition=negated(same.condition)) if isinstance(same, Holds) else None


def which_end(kind: Mention, order: Order, first: str, second: str) -> Form | None:
    """ "Which can is shorter, the left or the right?" """
    if first == second or kind.kind is not Kind.OBJECT or kind.condition or kind.selector:
        return None
    one = replace(kind, plural=False, every=False)
    ends = (replace(one, selector=SIDE_ORDERS[side]) for side in (first, second))
    return Extreme(order, tuple(ends))


def mutual(refs: Refs, side: str) -> Form | None:
    """ "Are A and B touching?" """
    mentions, conjunction = refs
    if side not in ("touching", "near") or conjunction == "or" or CAMERA in mentions:
        return None
    if len(mentions) == 1 and mentions[0].many:
        if not (mentions[0].every or singular(mentions[0].name) != mentions[0].name):
            return None  # "is there a mug nearby?"
        return Holds(mentions[0], RelationTo(side, replace(mentions[0], every=False)))
    return Holds(mentions[0], RelationTo(side, mentions[1])) if len(mentions) == 2 else None


def apart(refs: Refs, bound: Bound, closest: bool = False, room: bool = False) -> Form | None:
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
        if (len(refs[0]) == 1 and not refs[0][0].many) or CAMERA in refs[0]:
            return None
        return Extreme(order, refs[0])
    if isinstance(which, Mention) and which.kind is Kind.OBJECT and which.selector is None:
        return Extreme(order, (replace(which, plural=True, every=False),))
    return None


# What stands aside


def view(at: Mention, to: Mention | None = None) -> Any:
    if at.many or at == IT or at.kind is Kind.PIXEL:
        return None
    return ("view", Viewpoint(at, to))


def anchor_of(order: tuple[Order, bool], mention: Mention) -> Any:
    plain, superlative = order
    if plain.attribute is not Attribute.DISTANCE or plain.anchor is not None:
        return None
    if mention == CAMERA:
        return order
    return replace(plain, anchor=mention), superlative


def holds_for_none(mention: Mention, condition: Any) -> Form | None:
    """ "Are none of the bottles left of the mug?": all are not."""
    if isinstance(condition, CloserTo) or not mention.many:
        return None
    return Holds(replace(mention, every=True), negated(condition))


def along_axis(
    before: tuple[Item, ...], said: Item, head: Head, after: tuple[Item, ...]
) -> Form | None:
    """ "The horizontal distance", "the distance of the centres"."""
    if head.kind not in ("dist", "gap", "space"):
        return None
    return clause((*before, said), head, after)


def ratio_of(
    one: Attribute, first: Mention, other: Attribute, second: Mention, more: bool = True
) -> Form | None:
    """ "The ratio of A's height to B's height", "how many times as tall as B is A"."""
    if one is not other or not more:
        return None
    refs = (("", ((first,), "")), ("than", ((second,), "")))
    attribute = one if one is Attribute.UP else conditions.compared_by(one)
    return build(Head("ratio", Order(attribute, True)), refs)


def one_of_these(mention: Mention, refs: Refs) -> Form | None:
    """ "The second tallest object of the following: A, B, C"."""
    if mention.selector is None or mention.kind is not Kind.ANY or mention.condition is not None:
        return None
    if CAMERA in refs[0]:
        return None
    return Extreme(mention.selector, refs[0], mention.rank)


def things(after: Any) -> Form | None:
    """ "Objects closer than 2 m"."""
    kind = after(replace(ANY, plural=True)) if after else None
    return select(kind) if kind is not None and kind.selector is None else None


def ranked_by(attribute: Attribute, order: Order, items: tuple[Item, ...]) -> Form | None:
    """ "By height, smallest first"."""
    attribute = conditions.compared_by(attribute)
    if order.attribute not in (attribute, Attribute.VOLUME, Attribute.UP, Attribute.DISTANCE):
        return None
    return build(Head("rank", (Order(attribute, order.descending), None)), items)
