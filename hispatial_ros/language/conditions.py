"""Rules of the grammar: what an object fulfils or not, and what objects are ordered by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hispatial_ros.language.chart import Rule
from hispatial_ros.language.nouns import SIDE_ORDERS, Refs
from hispatial_ros.language.terms import (
    CAMERA,
    AllOf,
    Attribute,
    ComparedTo,
    Condition,
    Converse,
    InBetween,
    Kind,
    Limit,
    Mention,
    Multiple,
    Order,
    RelationTo,
    negated,
)

_OPPOSITE_SIDES = {
    "left_of": "right_of", "right_of": "left_of", "above": "below", "below": "above",
    "in_front_of": "behind", "behind": "in_front_of", "near": "near", "touching": "touching",
}  # fmt: skip
_EXACT = ("on", "inside", "touching", "near")  # "directly" says nothing more
_CAMERA_SIDES = {
    (Attribute.UP, True): "above", (Attribute.UP, False): "below",
    (Attribute.RIGHT, True): "right_of", (Attribute.RIGHT, False): "left_of",
}  # fmt: skip
_UNBOUNDED = (Attribute.RIGHT, Attribute.FORWARD, Attribute.VOLUME)  # no length limits them


@dataclass(frozen=True)
class CloserTo:
    """ "Closer to A than to B": B is compared with A, as seen from whatever is closer."""

    order: Order
    first: Mention
    second: Mention

    def of(self, mention: Mention) -> Condition:
        return ComparedTo(replace(self.order, anchor=mention), self.second)


@dataclass(frozen=True)
class Bound:
    """A limit whose attribute is said elsewhere: "is the height (over 1 m)"."""

    operator: str
    value: float
    upper: float | None = None


def relation(qualifier: Any, predicate: str, refs: Refs) -> Condition | None:
    mentions, conjunction = refs
    directly = qualifier is not None and predicate not in _EXACT
    if conjunction == "or" or any(m.kind is Kind.PIXEL for m in mentions):
        return None
    if CAMERA in mentions and predicate in ("on", "inside", "touching"):
        return None
    if predicate in _EXACT and any(m.kind is Kind.ANY and m.many for m in mentions):
        return None
    if predicate in _EXACT:  # "near the shelves" is near one of them
        mentions = tuple(replace(m, every=False) for m in mentions)
    related = tuple(RelationTo(predicate, m, directly) for m in mentions)
    return related[0] if len(related) == 1 else AllOf(related)


def converse(mention: Mention, predicate: str) -> Condition:
    """ "The mug is in front of what?": of whatever is behind it."""
    if predicate in _OPPOSITE_SIDES:
        return RelationTo(_OPPOSITE_SIDES[predicate], mention)
    return Converse(predicate, mention)


def compared(order: Order, mention: Mention) -> Condition | None:
    if mention == CAMERA:  # "higher than the camera"
        side = _CAMERA_SIDES.get((order.attribute, order.descending))
        return RelationTo(side, CAMERA) if side and order.anchor is None else None
    return ComparedTo(order, mention)


def order_of(graded: tuple[Attribute, bool], quantity: Attribute | None = None) -> Order:
    attribute, descending = graded
    return Order(attribute if quantity is None else compared_by(quantity), descending)


def compared_by(attribute: Attribute) -> Attribute:
    """Of depths, those from the camera are compared, unless objects are called deeper."""
    return Attribute.DISTANCE if attribute is Attribute.DEPTH else attribute


def _placed_by(attribute: Attribute) -> Attribute:
    """ "At a greater height" is higher up, not taller."""
    return Attribute.UP if attribute is Attribute.HEIGHT else compared_by(attribute)


def limited(order: Order, value: float) -> Condition | None:
    """ "Closer than 2 m"; "higher than 30 cm" is said of a thing's height."""
    attribute = Attribute.HEIGHT if order.attribute is Attribute.UP else order.attribute
    if attribute in _UNBOUNDED:
        return None
    return Limit(attribute, ">" if order.descending else "<", value, order.anchor)


def within(bound: Bound, attribute: Attribute, anchor: Mention | None = None) -> Condition:
    return Limit(attribute, bound.operator, bound.value, anchor, bound.upper)


def away(bound: Bound, anchor: Mention | None, within_it: bool) -> Condition:
    """ "Within 1 m of the mug" is between surfaces, "1 m from the mug" between centres."""
    if anchor is None or anchor == CAMERA:
        return within(bound, Attribute.DISTANCE)
    return within(bound, Attribute.GAP if within_it else Attribute.DISTANCE, anchor)


def multiple(
    bound: str | None, times: float, graded: tuple[Attribute, bool], mention: Mention
) -> Condition | None:
    """ "At least twice as tall as the desk"; of coordinates nothing is a multiple."""
    attribute, descending = graded
    if not descending or attribute in (Attribute.RIGHT, Attribute.FORWARD):
        return None
    if attribute is Attribute.UP:
        attribute = Attribute.HEIGHT
    return Multiple(Order(attribute, True), bound or "=", times, mention)


def same(attribute: Attribute, mention: Mention) -> Condition:
    return Multiple(Order(attribute, True), "=", 1.0, mention)


def all_of(first: Condition, rest: tuple[Condition, ...]) -> Condition | None:
    conditions: list[Condition] = []
    for condition in (first, *rest):
        if isinstance(condition, CloserTo):
            return first if not rest else None
        conditions += condition.conditions if isinstance(condition, AllOf) else [condition]
    return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))


def _negated(condition: Condition) -> Condition | None:
    return None if isinstance(condition, CloserTo) else negated(condition)


def _anchored(order: Order, refs: Refs) -> Any:
    """ "Closer to the mug"."""
    mentions, conjunction = refs
    if order.attribute is not Attribute.DISTANCE or order.anchor is not None:
        return None
    if len(mentions) != 1 or (mentions[0].kind is Kind.ANY and mentions[0].many):
        return None
    return order if mentions[0] == CAMERA else replace(order, anchor=mentions[0])


def _between(refs: Refs) -> Condition | None:
    mentions, conjunction = refs
    if len(mentions) == 2 and conjunction != "or":
        return InBetween(mentions[0], mentions[1])
    return None


def _corner(predicates: tuple[str, str], mention: Mention) -> Condition:
    return AllOf(tuple(RelationTo(p, mention) for p in predicates))


def _of_dimension(bound: Bound, attribute: Attribute) -> Condition:
    return within(bound, attribute)


def _tall(graded: tuple[Attribute, bool]) -> Attribute | None:
    attribute, descending = graded
    if attribute in (Attribute.DISTANCE, Attribute.VOLUME) or not descending:
        return None
    return Attribute.HEIGHT if attribute is Attribute.UP else attribute


def _exactly(length: float) -> Bound:
    return Bound("=", length)


_D = Attribute.DISTANCE
RULES: tuple[Rule, ...] = (
    # Orders: comparatives and superlatives
    ("Cmp: CMP", order_of),
    ("Cmp: MORE ADJ", lambda more, adj: Order(adj[0], adj[1] == more)),
    ("Cmp: CMP in Quantity", lambda graded, i, q: order_of(graded, q)),
    ("Cmp: GREATER in? Quantity", lambda more, i, q: Order(compared_by(q), more)),
    ("Cmp: with DET? GREATER Quantity", lambda a, d, more, q: Order(compared_by(q), more)),
    ("Cmp: at DET? GREATER Quantity", lambda a, d, more, q: Order(_placed_by(q), more)),
    ("Cmp: FURTHER Toward? LR", lambda f, to, side: SIDE_ORDERS[side]),
    ("Cmp: at|with? DET? CMP POS", lambda a, d, graded, p: order_of(graded) if graded[0] is Attribute.UP else None),
    ("Cmp: CMP UPDOWN|AWAY", lambda graded, u: order_of(graded)),
    ("Sup: SUP", order_of),
    ("Sup: MOST ADJ", lambda most, adj: Order(adj[0], adj[1] == most)),
    ("Sup: MOST CMP", lambda most, graded: order_of(graded) if most else None),
    ("Sup: SUP in Quantity", lambda graded, i, q: order_of(graded, q)),
    ("Sup: GREATEST in? Quantity", lambda most, i, q: Order(compared_by(q), most), 2),
    ("Cmp: MORE SPACE", lambda more, s: Order(Attribute.VOLUME, more)),
    ("Sup: DET? MOST SPACE", lambda d, most, s: Order(Attribute.VOLUME, most)),
    ("Sup: LRMOST", lambda side: SIDE_ORDERS[side]),
    ("Sup: FURTHER Toward? LR", lambda f, to, side: SIDE_ORDERS[side]),
    ("Sup: SUP AWAY|UPDOWN", lambda graded, u: order_of(graded)),
    ("Quantity: ITS Quantity", lambda i, q: q),
    ("Quantity: DET? DIM", lambda d, attribute: attribute),
    ("Quantity: DET? DIST", lambda d, n: Attribute.DISTANCE),
    ("Quantity: DET? SIZE", lambda d, n: Attribute.VOLUME),
    ("Quantity: DET? DIST FROM CAM", lambda *n: Attribute.DISTANCE),
    # (order, whether it is a superlative), perhaps from a place
    ("Order: Cmp", lambda o: (o, False)),
    ("Order: DET Cmp", lambda d, o: (o, False)),
    ("Order: DET? Sup", lambda d, o: (o, True)),
    ("OrderTo: Order", lambda o: o),
    ("OrderTo: Order TO|FROM|by|RELATIVE Refs", lambda o, p, r: (a := _anchored(o[0], r)) and (a, o[1])),
    ("OrderTo: Order Definite", lambda o, m: (a := _anchored(o[0], ((m,), ""))) and (a, o[1])),
    # Relations
    ("Side: SIDE", lambda side: side),
    ("Side: FRONT", lambda side: side),
    ("Related: QUALIFIER? SIDE of|FROM|TO|with|THAN? Refs", lambda q, s, p, r: relation(q, s, r)),
    ("Related: QUALIFIER? Toward? LR of Refs", lambda q, t, s, p, r: relation(q, s, r)),
    ("Related: QUALIFIER? LR FROM|TO|THAN|with Refs", lambda q, s, p, r: relation(q, s, r)),
    ("Related: QUALIFIER? FRONT of|FROM Refs", lambda q, s, p, r: relation(q, s, r)),
    ("Related: QUALIFIER? FRONT Refs", lambda q, s, r: relation(q, s, r), 1),
    ("Related: Toward Ref 's LR|FRONT|SIDE", lambda t, m, s, side: relation(None, side, ((m,), ""))),
    ("Related: AROUND Refs", lambda a, r: relation(None, "near", r)),
    ("Related: BETWEEN Refs", lambda b, refs: _between(refs)),
    ("Related: Toward? CORNER of|FROM Ref", lambda t, c, p, m: _corner(c, m)),
    ("Related: CONTAINS Ref", lambda c, m: Converse("inside", m)),
    ("Related: CARRIES Ref", lambda c, m: Converse("on", m)),
    ("Related: HALF of? DET? SCENE", lambda h, o, d, s: RelationTo(h, CAMERA)),
    # Limits
    ("Bound: LIMIT THAN? LENGTH", lambda op, t, value: Bound(op, value)),
    ("Bound: LENGTH LIMIT", lambda value, op: Bound(op, value) if op == ">=" else None),
    ("Bound: RANGE", lambda r: Bound("..", *r)),
    ("Bound: LENGTH", _exactly),
    ("Limit: Bound", lambda b: within(b, _D)),
    ("Over: Bound", lambda b: b),
    ("Over: OVER LENGTH", lambda op, v: Bound(op, v)),
    ("Over: LIMITED LENGTH", lambda op, v: Bound(op, v)),
    ("Limit: Over AWAY FROM? CAM?", lambda b, *rest: within(b, _D)),
    ("Limit: Over AWAY? FROM|TO Ref", lambda b, a, p, m: away(b, m, False)),
    ("Limit: LIMIT LENGTH of Ref", lambda op, value, o, m: away(Bound(op, value), m, True)),
    ("Limit: Over ADJ", lambda b, adj: (a := _tall(adj)) and _of_dimension(b, a)),
    ("Limit: Over in? DIM", lambda b, i, a: _of_dimension(b, a)),
    ("Limit: with|at DET? Quantity of? Over", lambda w, d, q, o, b: within(b, q)),
    ("Limit: Quantity of? Over", lambda q, o, b: within(b, q), 1),
    ("Limit: OrderTo THAN? LENGTH", lambda o, t, v: None if o[1] else limited(o[0], v)),
    ("Limit: Cmp THAN LENGTH FROM|TO Ref", lambda o, t, v, f, m: (a := _anchored(o, ((m,), ""))) and limited(a, v)),
    ("Limit: Limit1 Related", lambda l, r: _beside(l, r)),
    ("Limit1: Bound", lambda b: within(b, _D)),
    ("Limit: AWAY of|FROM Ref by? Bound", lambda a, p, m, by, b: Limit(Attribute.GAP, b.operator, b.value, m, b.upper)),
    # Comparisons
    ("Comparison: OrderTo THAN|RELATIVE of? Ref", lambda o, t, f, m: None if o[1] else compared(o[0], m)),
    ("Comparison: OrderTo THAN TO|FROM Ref", lambda o, t, to, m: _closer_to(o, m)),
    ("Comparison: Cmp THAN Ref in Quantity", lambda o, t, m, i, q: compared(replace(o, attribute=compared_by(q)), m) if o.attribute in (Attribute.VOLUME, Attribute.UP, q) else None),
    ("Comparison: OrderTo EQUALLY Ref", lambda o, e, m: None if o[1] else compared(o[0], m), 2),
    ("Multiple: LIMIT? THAN? TIMES EQUALLY? ADJ EQUALLY? Ref", lambda b, t, n, e, adj, f, m: multiple(b, n, adj, m)),
    ("Multiple: LIMIT? THAN? TIMES ADJ AWAY EQUALLY? Ref", lambda b, t, n, adj, a, f, m: multiple(b, n, adj, m)),
    ("Multiple: LIMIT? THAN? TIMES CMP THAN Ref", lambda b, t, n, cmp, th, m: multiple(b, n, cmp, m)),
    ("Multiple: LIMIT? THAN? TIMES Quantity of|EQUALLY|THAN? Ref", lambda b, t, n, q, o, m: multiple(b, n, (q, True), m)),
    ("Multiple: LIMIT? THAN? TIMES Ref 's Quantity", lambda b, t, n, m, s, q: multiple(b, n, (q, True), m)),
    ("Multiple: EQUALLY ADJ EQUALLY Ref", lambda e, adj, f, m: multiple(None, 1.0, (adj[0], True), m)),
    ("Multiple: EQUALLY ADJ AWAY EQUALLY Ref", lambda e, adj, a, f, m: multiple(None, 1.0, (adj[0], True), m)),
    ("Multiple: at? of? DET? SAME Quantity EQUALLY|with|TO Ref", lambda at, o, d, s, q, e, m: same(compared_by(q), m)),
    # All of it
    ("Atom: Related", lambda c: c),
    ("Atom: Limit", lambda c: c),
    ("Atom: Comparison", lambda c: c),
    ("Atom: Multiple", lambda c: c),
    ("Atom: NOT Atom", lambda n, c: _negated(c)),
    ("Further: SEP? AND THAT? Atom", lambda s, a, t, c: c),
    ("Condition: Atom Further*", all_of),
    ("Condition: Atom THAT Atom", lambda c, t, d: all_of(c, (d,))),
    ("Condition: NEITHER Atom NOR Atom", lambda n, c, o, d: all_of(negated(c), (negated(d),))),
    ("Condition: NEITHER Side NOR Side of? Ref", lambda *a: None),
)


def _beside(limit: Condition, related: Condition) -> Condition | None:
    """ "Within 2 m in front of me"."""
    if not isinstance(limit, Limit) or limit.operator == "=" or not isinstance(related, RelationTo):
        return None
    if related.mention != CAMERA and limit.operator != "<":
        return None
    if related.mention != CAMERA:
        limit = replace(limit, attribute=Attribute.GAP, anchor=related.mention)
    return AllOf((limit, related))


def _closer_to(order: tuple[Order, bool], mention: Mention) -> Any:
    plain, superlative = order
    if superlative or plain.anchor is None or mention == CAMERA:
        return None
    return CloserTo(replace(plain, anchor=None), plain.anchor, mention)
