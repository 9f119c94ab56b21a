"""Rules of the grammar: what an object fulfils or not, and what objects are ordered by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hispatial_ros.language.chart import rule
from hispatial_ros.language.nouns import IT, SIDE_ORDERS, Refs, all_but
from hispatial_ros.language.terms import (
    CAMERA,
    AllOf,
    AnyOf,
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
    if any(m.kind is Kind.PIXEL for m in mentions):
        return None
    if conjunction == "or" and len(mentions) > 2:  # "which is on the couch, the cat or the remote?"
        return None
    if CAMERA in mentions and predicate in ("on", "inside", "touching"):
        return None
    if predicate in _EXACT and any(m.kind is Kind.ANY and m.many for m in mentions):
        return None
    if predicate in _EXACT:  # "near the shelves" is near one of them
        mentions = tuple(replace(m, every=False) for m in mentions)
    related = tuple(RelationTo(predicate, m, directly) for m in mentions)
    if len(related) == 1:
        return related[0]
    return AnyOf(related) if conjunction == "or" else AllOf(related)


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


def within(
    bound: Bound, attribute: Attribute, anchor: Mention | None = None, axis: str | None = None
) -> Condition:
    return Limit(attribute, bound.operator, bound.value, anchor, bound.upper, axis)


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


def same(attribute: Attribute, mention: Mention, anchor: Mention | None = None) -> Condition:
    return Multiple(Order(attribute, True, anchor), "=", 1.0, mention)


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
    mentions, _ = refs
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


def along(axis: str, condition: Condition) -> bool:
    """ "Vertically, is A above B?": whether sides lie along an axis."""
    sides = {
        "vertical": ("above", "below"), "lateral": ("left_of", "right_of"),
        "horizontal": ("left_of", "right_of"), "forward": ("in_front_of", "behind"),
    }  # fmt: skip
    return isinstance(condition, RelationTo) and condition.predicate in sides.get(axis, ())


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


# Read by ``grammar``, with the functions of this module.
# fmt: off
TABLE = (
    # Orders: comparatives and superlatives
    rule("Cmp: a:CMP", order_of),
    rule("Cmp: more:MORE adj:ADJ", lambda more, adj: Order(adj[0], adj[1] == more)),
    rule("Cmp: graded:CMP in q:Quantity", order_of),
    rule("Cmp: at DET? graded:CMP ABOVE_GROUND|POS|PLACE|level", lambda graded: order_of(graded) if graded[0] is Attribute.UP else None),
    rule("Cmp: at DET? graded:CMP v:DIM", lambda graded, v: Order(_D, graded[1]) if v is Attribute.DEPTH else order_of(graded) if graded[0] is Attribute.UP and v is Attribute.HEIGHT else None),
    rule("Cmp: at DET? graded:CMP DIST", lambda graded: Order(_D, graded[1]) if graded[0] in (Attribute.LENGTH, Attribute.HEIGHT) else None),
    rule("Cmp: graded:CMP DIST", lambda graded: Order(_D, graded[1]) if graded[0] in (Attribute.LENGTH, Attribute.HEIGHT) else None),
    rule("Cmp: more:GREATER|MORE in? q:Quantity", lambda more, q: Order(compared_by(q), more)),
    rule("Cmp: with DET? more:GREATER|MORE q:Quantity", lambda more, q: Order(compared_by(q), more)),
    rule("Cmp: at DET? more:GREATER|MORE q:Quantity", lambda more, q: Order(_placed_by(q), more)),
    rule("Cmp: FURTHER Toward? side:LR", lambda side: SIDE_ORDERS[side]),
    rule("Cmp: at|with? DET? graded:CMP POS", lambda graded: order_of(graded) if graded[0] is Attribute.UP else None),
    rule("Cmp: graded:CMP UPDOWN|AWAY", order_of),
    rule("Sup: a:SUP", order_of),
    rule("Sup: most:MOST adj:ADJ", lambda most, adj: Order(adj[0], adj[1] == most)),
    rule("Sup: graded:SUP in q:Quantity", order_of),
    rule("Sup: most:GREATEST in? q:Quantity", lambda most, q: Order(compared_by(q), most), cost=2),
    rule("Sup: at DET? most:GREATEST q:Quantity", lambda most, q: Order(_placed_by(q), most)),
    rule("Sup: with DET? most:GREATEST q:Quantity", lambda most, q: Order(compared_by(q), most)),
    rule("Sup: in|at DET? graded:SUP PLACE", order_of),
    rule("Sup: side:LRMOST", lambda side: SIDE_ORDERS[side]),
    rule("Sup: FURTHER Toward? side:LR", lambda side: SIDE_ORDERS[side]),
    rule("Sup: graded:SUP AWAY|UPDOWN", order_of),
    rule("Quantity: ITS q:Quantity"),
    rule("Quantity: DET? attribute:DIM"),
    rule("Quantity: DET? DIST", lambda: Attribute.DISTANCE),
    rule("Quantity: DET? SIZE", lambda: Attribute.VOLUME),
    rule("Quantity: DET? DIST FROM DET? CAM|VIEWPOINT", lambda: Attribute.DISTANCE),
    # (order, whether it is a superlative), perhaps from a place
    rule("Order: o:Cmp", lambda o: (o, False)),
    rule("Order: DET o:Cmp", lambda o: (o, False)),
    rule("Order: DET? o:Sup", lambda o: (o, True)),
    rule("OrderTo: o:Order"),
    rule("OrderTo: o:Order TO|FROM|by|RELATIVE r:Refs", lambda o, r: (a := _anchored(o[0], r)) and (a, o[1])),
    rule("OrderTo: o:Order m:Definite", lambda o, m: (a := _anchored(o[0], ((m,), ''))) and (a, o[1])),
    # Relations
    rule("Side: side:SIDE"),
    rule("Side: side:FRONT"),
    rule("Related: q:QUALIFIER? s:SIDE of|FROM|TO|with|THAN? r:Refs", relation),
    rule("Related: q:QUALIFIER? Toward? s:LR of r:Refs", relation),
    rule("Related: q:QUALIFIER? Toward s:LR FROM r:Refs", relation, cost=4),
    rule("Related: q:QUALIFIER? s:SIDE of|TO? r:Refs OR outside of? Refs?", lambda q, s, r: relation(q, s, r) if s == 'inside' else None),
    rule("Related: s:SIDE OR outside of? r:Refs", lambda s, r: relation(None, s, r) if s == 'inside' else None),
    rule("Related: q:QUALIFIER? Toward? s:LR RELATIVE r:Refs", relation),
    rule("Related: Toward? ITS s:LR", lambda s: RelationTo(s, IT), cost=1),
    rule("Related: q:QUALIFIER? s:LR FROM|TO|THAN|with r:Refs", relation),
    rule("Related: q:QUALIFIER? s:FRONT of|FROM r:Refs", relation),
    rule("Related: q:QUALIFIER? s:FRONT r:Refs", relation, cost=1),
    rule("Related: QUALIFIER Toward? MINE s:LR", lambda s: RelationTo(s, CAMERA, True)),
    rule("Related: Toward m:Ref 's side:LR|FRONT|SIDE", lambda m, side: relation(None, side, ((m,), ''))),
    rule("Related: nearby", lambda: RelationTo('near', CAMERA), cost=-1),
    rule("Related: close by", lambda: RelationTo('near', CAMERA), cost=1),
    rule("Related: by m:Ref", lambda m: None if m == CAMERA else relation(None, 'near', ((m,), ''))),
    rule("Related: AROUND r:Refs", lambda r: relation(None, 'near', r), cost=1),
    rule("Related: BETWEEN refs:Refs", _between),
    rule("Related: BLOCKS BETWEEN refs:Refs", _between),
    rule("Related: BLOCKS BETWEEN|FROM a:Ref TO b:Ref", InBetween),
    rule("Related: BLOCKS TO|of m:Ref", lambda m: None if m.many or m == CAMERA else InBetween(CAMERA, m)),
    rule("Related: Toward? c:CORNER of|FROM m:Ref", _corner),
    rule("Related: CONTAINS m:Ref", lambda m: Converse('inside', m)),
    rule("Related: CARRIES m:Ref", lambda m: Converse('on', m)),
    rule("Related: in? DET? c:CORNER corner|part|quadrant|section|region|side|of? of? DET? SCENE", lambda c: _corner(c, CAMERA)),
    rule("Related: h:HALF of? DET? SCENE", lambda h: RelationTo(h, CAMERA)),
    # Limits
    rule("Bound: op:LIMIT THAN? value:LENGTH", Bound),
    rule("Bound: value:LENGTH op:LIMIT", lambda value, op: Bound(op, value) if op == '>=' else None),
    rule("Bound: r:RANGE", lambda r: Bound('..', *r)),
    rule("Bound: a:LENGTH", _exactly),
    rule("Limit: b:Bound", lambda b: within(b, _D)),
    rule("Over: b:Bound"),
    rule("Over: op:OVER v:LENGTH", Bound),
    rule("Over: op:LIMITED v:LENGTH", Bound),
    rule("Limit: b:Over AWAY FROM? CAM?", lambda b: within(b, _D)),
    rule("Limit: b:Over AWAY? FROM|TO m:Ref", lambda b, m: away(b, m, False)),
    rule("Limit: op:LIMIT value:LENGTH of m:Ref", lambda op, value, m: away(Bound(op, value), m, True)),
    rule("Limit: b:Over adj:ADJ", lambda b, adj: (a := _tall(adj)) and _of_dimension(b, a)),
    rule("Limit: with|at DET? q:Quantity of? b:Over", lambda q, b: within(b, q)),
    rule("Limit: q:Quantity of? b:Over", lambda q, b: within(b, q), cost=1),
    rule("Limit: o:OrderTo THAN? v:LENGTH", lambda o, v: None if o[1] else limited(o[0], v)),
    rule("Limit: o:Cmp THAN v:LENGTH FROM|TO m:Ref", lambda o, v, m: (a := _anchored(o, ((m,), ''))) and limited(a, v)),
    rule("Limit: MEASURES b:Over", lambda b: within(b, Attribute.LENGTH)),
    rule("Limit: NONE o:Cmp THAN v:LENGTH", lambda o, v: (c := limited(o, v)) and negated(c)),
    rule("Limit: first:Limit1 r:Related", _beside),
    rule("Limit1: b:Bound", lambda b: within(b, _D)),
    rule("Limit: AWAY of|FROM m:Ref by? b:Bound", lambda m, b: Limit(Attribute.GAP, b.operator, b.value, m, b.upper)),
    # Comparisons
    rule("Comparison: o:OrderTo THAN|RELATIVE of? m:Ref", lambda o, m: None if o[1] else compared(o[0], m)),
    rule("Comparison: o:OrderTo THAN TO|FROM m:Ref", _closer_to),
    rule("Comparison: o:Cmp THAN m:Ref in q:Quantity", lambda o, m, q: compared(replace(o, attribute=compared_by(q)), m) if o.attribute in (Attribute.VOLUME, Attribute.UP, q) else None),
    rule("Comparison: o:OrderTo EQUALLY m:Ref", lambda o, m: None if o[1] else compared(o[0], m), cost=2),
    rule("Multiple: b:LIMIT? THAN? n:TIMES EQUALLY? adj:ADJ EQUALLY? m:Ref", multiple),
    rule("Multiple: b:LIMIT? THAN? n:TIMES adj:ADJ AWAY EQUALLY? m:Ref", multiple),
    rule("Multiple: b:LIMIT? THAN? n:TIMES cmp:CMP THAN m:Ref", multiple),
    rule("Multiple: b:LIMIT? THAN? n:TIMES q:Quantity of|EQUALLY|THAN? m:Ref", lambda b, n, q, m: multiple(b, n, (q, True), m)),
    rule("Multiple: b:LIMIT? THAN? n:TIMES m:Ref 's q:Quantity", lambda b, n, m, q: multiple(b, n, (q, True), m)),
    rule("Multiple: EQUALLY adj:ADJ EQUALLY m:Ref", lambda adj, m: multiple(None, 1.0, (adj[0], True), m)),
    rule("Multiple: EQUALLY adj:ADJ AWAY EQUALLY m:Ref", lambda adj, m: multiple(None, 1.0, (adj[0], True), m)),
    rule("Multiple: at? of? DET? SAME q:Quantity EQUALLY|with|TO m:Ref", lambda q, m: same(compared_by(q), m)),
    # All of it
    rule("Atom: c:Related"),
    rule("Atom: c:Limit"),
    rule("Atom: c:Comparison"),
    rule("Atom: c:Multiple"),
    rule("Atom: NOT c:Atom", _negated),
    rule("Further: SEP? AND THAT? c:Atom"),
    rule("Further: EXCEPT r:Refs", all_but),
    rule("Condition: a:Atom b:Further*", all_of),
    rule("Condition: c:Atom THAT d:Limit|Comparison|Multiple", lambda c, d: all_of(c, (d,))),
    rule("Condition: c:Atom THAT also d:Atom", lambda c, d: all_of(c, (d,))),
    # "The cup behind the bowl that is left of the kettle": what is nearest is meant, the bowl.
    rule("Condition: c:Atom THAT d:Atom", lambda c, d: all_of(c, (d,)), cost=3),
    rule("Condition: both c:Atom AND d:Atom", lambda c, d: all_of(c, (d,))),
    rule("Condition: NEITHER c:Atom NOR d:Atom", lambda c, d: all_of(negated(c), (negated(d),))),
)
# fmt: on
