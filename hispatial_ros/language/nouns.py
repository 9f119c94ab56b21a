"""Rules of the grammar: what names objects, and how one is chosen among several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hispatial_ros.language.chart import rule
from hispatial_ros.language.lexicon import COLOURS
from hispatial_ros.language.names import singular
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    AllOf,
    Attribute,
    Condition,
    Converse,
    Except,
    Kind,
    Mention,
    Not,
    Order,
    RelationTo,
)

IT = Mention(words=("it",))  # what was mentioned before
THEM = Mention(words=("it",), plural=True)
UNKNOWN_NAME = 30  # cost of taking an unknown word for a name
RESTRICTED = 3  # cost of taking what stands behind a name as a part of it

SIDE_ORDERS = {
    "left_of": Order(Attribute.RIGHT),
    "right_of": Order(Attribute.RIGHT, True),
    "above": Order(Attribute.UP, True),
    "below": Order(Attribute.UP),
    "in_front_of": Order(Attribute.FORWARD),
    "behind": Order(Attribute.FORWARD, True),
}
_AROUND = {"above": "below", "below": "above", "near": "near"}  # "a bowl with a lamp above it"
Refs = tuple[tuple[Mention, ...], str]  # with "and", "or" or ""


def determined(det: str | None, mention: Mention) -> Mention | None:
    """ "Each chair" is plural, "the chairs" are all of them, "a chair" is any of them."""
    if det in ("both", "two") and not mention.plural and mention.kind is Kind.OBJECT:
        return None
    several = det in ("all", "both")
    several |= det in ("a", "any") and mention.kind is not Kind.ANY and mention != IT
    plural = mention.plural or several
    if mention.number is not None:
        plural = False
    return replace(mention, plural=plural, every=plural and det in ("the", "all", "both"))


def unknown(words: tuple[str, ...], name: Mention | None = None) -> Mention:
    """ "Mug handle" is not the mug: unknown words beside a name belong to it."""
    words = (*words, *name.words) if name else words
    return Mention(words=words, plural=singular(words[-1]) != words[-1])


def _called(mention: Mention, several: bool) -> Mention | None:
    """ "The mug object", "stool objects"; but what is green is not only what is called so."""
    if mention.plural or (several and COLOURS.issuperset(mention.words)):
        return None
    return replace(mention, plural=several)


def _numbered(mention: Mention) -> Mention | None:
    """ "Object 41", of a detector whose classes are numbers."""
    return mention if all(word.isdecimal() for word in mention.words) else None


def selected(order: Order, mention: Mention, rank: int = 1) -> Mention | None:
    if mention.selector is not None or mention.kind in (Kind.PIXEL, Kind.CAMERA):
        return None
    if mention == IT or (mention.kind is Kind.ANY and mention.plural):
        return None
    return replace(mention, selector=order, rank=rank, every=False)


def anchored(mention: Mention, anchor: Mention) -> Mention | None:
    """ "The nearest bottle to the mug"."""
    selector = mention.selector
    if selector is None or selector.attribute is not Attribute.DISTANCE or selector.anchor:
        return None
    if anchor == CAMERA:
        return mention
    return replace(mention, selector=replace(selector, anchor=anchor))


def restricted(mention: Mention, condition: Condition) -> Mention | None:
    """ "The mug that is on the table"."""
    if mention.kind in (Kind.PIXEL, Kind.CAMERA) or mention == IT:
        return None
    if not isinstance(
        condition, get_args(Condition)
    ):  # "closer to A than to B" is no condition yet
        return None
    if mention.condition is not None:
        condition = AllOf((mention.condition, condition))
    return replace(mention, condition=condition)


def all_but(refs: Refs) -> Except | None:
    """ "Except the mug and the globe"."""
    named = all(m.kind is Kind.OBJECT for m in refs[0])
    return Except(refs[0]) if named and refs[1] != "or" else None


def one_of_kinds(refs: Refs) -> Condition | None:
    """ "Either cups or bananas"."""
    if refs[1] != "or" or any(m.kind is not Kind.OBJECT or m.selector for m in refs[0]):
        return None
    return Not(Except(tuple(replace(m, plural=True, every=False) for m in refs[0])))


def _without(mention: Mention, others: Except) -> Mention | None:
    several = mention.plural or mention.kind is Kind.ANY
    return restricted(mention, others) if several else None


def on_side(mention: Mention, side: tuple[str, bool]) -> Mention | None:
    """ "The chair on the left" is the leftmost; what is on my left is there."""
    predicate, mine = side
    if mine or mention.kind is Kind.ANY:
        return restricted(mention, RelationTo(predicate, CAMERA))
    return selected(SIDE_ORDERS[predicate], mention)


def joined(first: Mention, rest: tuple[tuple[str, Mention], ...]) -> Refs | None:
    conjunctions = {c for c, _ in rest}
    if any(
        m.kind is Kind.ANY and m.plural and not m.condition for m in (first, *dict(rest).values())
    ):
        return None  # "the objects: A, B"
    if {"and", "or"} <= conjunctions:
        return None
    conjunction = "or" if "or" in conjunctions else "and" if "and" in conjunctions else ","
    return (first, *(m for _, m in rest)), conjunction


def _two_of(first: Order, second: Order, core: Mention) -> Refs | None:
    """ "The nearest and the farthest chair"."""
    two = selected(first, core), selected(second, core)
    return ((two[0], two[1]), "and") if two[0] and two[1] and first != second else None


def _from_side(det: Any, rank: int, core: Mention, prep: Any, side: str) -> Mention | None:
    return selected(SIDE_ORDERS[side], replace(core, plural=False), rank)


def _either_side(core: Mention, first: str, second: str) -> Refs | None:
    """ "The chair on the left or the right"."""
    if first == second or core.kind is not Kind.OBJECT:
        return None
    core = replace(core, plural=False)
    two = selected(SIDE_ORDERS[first], core), selected(SIDE_ORDERS[second], core)
    return ((two[0], two[1]), "or") if two[0] and two[1] else None


def _of_several(det: Any, rank: int | None, order: Order, of: Any, several: Mention) -> Any:
    """ "The tallest of the bottles"."""
    return selected(order, several, rank or 1) if several.many else None


def _taller_of(order: Order, one: Mention) -> Mention | None:
    """ "The nearer one", of what was named before."""
    return selected(order, one) if one.words else None


def _taller_one(det: Any, order: Order, core: Mention) -> Mention | None:
    """ "The taller chair": of two."""
    return selected(order, core)


def _superlative(order: tuple[Order, bool]) -> Any:
    """ "The mug nearest to the sink", "the chair that is tallest"."""
    return (lambda m: selected(order[0], m)) if order[1] else None


# Read by ``grammar``, with the functions of this module.
# fmt: off
TABLE = (
    # Determiners: several are one ("all of the").
    rule("Det: d:DET"),
    rule("Det: d:DET e:DET", lambda d, e: e if d in ('the', 'a') else d),
    rule("Det: d:DET? n:NUMBER", lambda d, n: None if n < 2 else 'both' if d == 'the' else 'two', cost=1),
    rule("Unknown: w:UNKNOWN", lambda w: (w,), cost=UNKNOWN_NAME),
    rule("Unknown: w:UNKNOWN more:Unknown", lambda w, more: (w, *more), cost=UNKNOWN_NAME),
    rule("Core: m:NAME"),
    rule("Core: m:NAME several:THING", _called, cost=1),
    rule("Core: plural:THING", lambda plural: replace(ANY, plural=plural)),
    rule("Core: OTHER plural:THING", lambda plural: replace(ANY, plural=plural), cost=1),
    rule("Core: PERSON", lambda: Mention(words=('person',), plural=True)),
    rule("Core: person", lambda: Mention(words=('person',)), cost=UNKNOWN_NAME),
    rule("Core: ANYTHING", lambda: ANY),
    rule("Plain: EVERYTHING", lambda: replace(ANY, plural=True, every=True)),
    rule("Definite: a:DET b:Core", determined),
    rule("Core: a:Unknown", unknown, cost=1),
    rule("Core: a:Unknown b:NAME", unknown),
    rule("Core: m:NAME w:Unknown", lambda m, w: unknown((*m.words, *w))),
    # "the chair", "the second tallest chair", "the left chair", "the closer one"
    rule("Plain: a:Det? b:Core", determined),
    rule("Plain: DET? THING|class|label|id number|id|SEP? m:NAME", _numbered),
    rule("Plain: d:DET m:NAME THAT a:NAME", lambda d, m, a: determined(d, replace(m, words=(*a.words, *m.words))), cost=1),
    rule("Plain: DET? n:ORDINAL? DET? o:Sup m:Core", lambda n, o, m: selected(o, m, n or 1)),
    rule("Plain: DET? n:ORDINAL? o:Sup one:ONE", lambda n, o, one: selected(o, one, n or 1), cost=2),
    rule("Plain: DET? o:Cmp one:ONE", _taller_of),
    rule("Plain: DET? side:LR one:ONE", lambda side, one: selected(SIDE_ORDERS[side], one), cost=1),
    rule("Plain: DET one:ONE c:Related", lambda one, c: restricted(one, c) if one.words else None, cost=1),
    rule("Several: DET? a:LR OR DET? b:LR one:ONE", lambda a, b, one: _either_side(one, a, b), cost=1),
    rule("Plain: DET side:LR m:Core", lambda side, m: selected(SIDE_ORDERS[side], replace(m, every=False))),
    rule("Plain: side:LR m:Core", lambda side, m: selected(SIDE_ORDERS[side], m), cost=2),
    rule("Plain: DET? side:LRMOST m:Core", lambda side, m: selected(SIDE_ORDERS[side], m)),
    rule("Plain: a:DET b:Cmp c:Core", _taller_one, cost=1),
    rule("Plain: a:DET? b:ORDINAL c:Core d:FROM|at e:LR", _from_side),
    rule("Plain: a:DET? b:ORDINAL c:Core d:FROM e:LR TO LR", _from_side),
    rule("Several: DET? m:Core Toward? a:LR OR Toward? b:LR", _either_side),
    rule("Several: DET? a:LR c:And DET? b:LR m:Core", lambda a, c, b, m: (r := _either_side(m, a, b)) and (r[0], c)),
    rule("Plain: a:DET? b:ORDINAL? c:Sup d:AMONG e:Plain", _of_several),
    rule("Plain: the? several:THING m:NAME", lambda several, m: None if several else m, cost=2),
    rule("Plain: EITHER m:NAME", lambda m: None if m.plural else replace(m, plural=True)),
    rule("Plain: DET? PIXEL a|b|c|d|p|q SEP|at? p:COORDINATES SEP?"),
    rule("Plain: a|b|c|d|p|q SEP|at? p:COORDINATES SEP?"),
    rule("Plain: p:COORDINATES"),
    rule("Plain: DET? PIXEL at|in|with? DET? PIXEL? p:COORDINATES"),
    rule("Plain: ITSELF", lambda: IT, cost=1),
    rule("Plain: DET PIXEL", lambda: IT, cost=3),
    rule("Plain: the plural:THING", lambda plural: None if plural else IT, cost=1),
    rule("Plain: THEM", lambda: THEM, cost=1),
    rule("Plain: the n:NUMBER", lambda n: THEM if n > 1 else None, cost=2),
    # What stands behind a name.
    rule("Noun: m:Plain"),
    rule("Noun: m:Plain after:After", lambda m, after: after(m)),
    rule("Noun: m:Thing after:After", lambda m, after: after(m), cost=-2),
    rule("Noun: m:Plain a:After b:Phrase", lambda m, a, b: (n := a(m)) and b(n), cost=-1),
    rule("Noun: m:Plain a:After b:Clausal", lambda m, a, b: (n := a(m)) and b(n), cost=3),
    rule("Thing: DET? plural:THING", lambda plural: replace(ANY, plural=plural)),
    rule("After: a:Phrase"),
    rule("After: a:Clausal"),
    rule("Phrase: SEP? EXCEPT r:Refs", lambda r: (b := all_but(r)) and (lambda m: _without(m, b)), cost=1),
    rule("Clausal: SEP? THAT c:Condition", lambda c: lambda m: restricted(m, c), cost=1),
    rule("Clausal: THAT at n:Ref", lambda n: lambda m: restricted(m, RelationTo('near', n)), cost=RESTRICTED),
    rule("Phrase: c:Related", lambda c: lambda m: restricted(m, c), cost=RESTRICTED),
    rule("Phrase: c:Condition", lambda c: lambda m: restricted(m, c) if m.many else None, cost=RESTRICTED),
    rule("Phrase: where c:Limit", lambda c: lambda m: restricted(m, c) if m.many else None, cost=1),
    rule("Phrase: side:Viewed", lambda side: lambda m: on_side(m, side), cost=RESTRICTED),
    rule("Phrase: side:LRMOST", lambda side: lambda m: selected(SIDE_ORDERS[side], m), cost=RESTRICTED),
    rule("Clausal: THAT NOT r:Refs", lambda r: (b := all_but(r)) and (lambda m: _without(m, b)), cost=1),
    rule("Clausal: THAT side:Viewed", lambda side: lambda m: on_side(m, side), cost=1),
    rule("Phrase: SEP DET ONE THAT? side:Viewed", lambda side: lambda m: on_side(m, side), cost=1),
    rule("Phrase: SEP? o:OrderAnchored ONE?", _superlative, cost=RESTRICTED),
    rule("Clausal: SEP? THAT o:OrderAnchored ONE?", _superlative, cost=1),
    rule("Clausal: SEP? THAT DET? n:ORDINAL o:OrderAnchored", lambda n, o: (lambda m: selected(o[0], m, n)) if o[1] else None, cost=1),
    rule("Clausal: SEP? THAT o:Order ONE?", _superlative, cost=2),
    rule("Clausal: SEP? THAT o:OrderAnchored", lambda o: lambda m: None if o[1] else selected(o[0], m), cost=3),
    rule("Phrase: SEP DET ONE THAT? o:Order|OrderAnchored", _superlative, cost=1),
    rule("Phrase: SEP o:Order ONE", _superlative, cost=1),
    rule("Phrase: with n:Noun side:SIDE ITSELF", lambda n, side: lambda m: restricted(m, Converse(side, n) if side in ('on', 'inside') else RelationTo(_AROUND[side], n)) if side in ('on', 'inside', *_AROUND) else None, cost=RESTRICTED),
    rule("Phrase: with|having DET? o:Sup", lambda o: lambda m: selected(o, m), cost=RESTRICTED),
    rule("Phrase: TO ref:Ref", lambda ref: lambda m: anchored(m, ref), cost=RESTRICTED),
    rule("Ref: m:Noun"),
    rule("Ref: m:Noun SEP CAM SEP?", cost=2),
    rule("Ref: DET? CAM", lambda: CAMERA),
    rule("Ref: DET VIEWPOINT", lambda: CAMERA, cost=2),
    # Several
    rule("And: SEP? AND", lambda: 'and'),
    rule("And: SEP? OR", lambda: 'or'),
    rule("And: SEP", lambda: ','),
    rule("Another: c:And m:Ref", lambda c, m: (c, m)),
    rule("Several: m:Ref a:Another more:Another*", lambda m, a, more: joined(m, (a, *more))),
    rule("Several: DET? a:Sup AND DET? b:Sup m:Core", _two_of),
    rule("Several: m:Ref 's OR n:Ref 's", lambda m, n: ((m, n), 'or')),
    rule("Several: EITHER refs:Several", lambda refs: (refs[0], 'or')),
    rule("Several: both refs:Several", lambda refs: None if refs[1] == 'or' else refs),
    rule("Refs: m:Ref", lambda m: ((m,), '')),
    rule("Refs: refs:Several"),
    rule("Refs: DET? THING SEP refs:Several SEP?"),
    rule("Refs: DET? NUMBER THING SEP? refs:Several SEP?"),
    rule("Refs: DET? THING SEP m:NAME", lambda m: ((m,), ''), cost=1),
    # Left and right as seen by whoever looks: (predicate, whether it says whose)
    rule("Viewed: DET? side:LR", lambda side: (side, False)),
    rule("Viewed: Toward side:LR", lambda side: (side, False)),
    rule("Ahead: v:Viewed"),
    rule("Ahead: side:FRONT of? CAM?", lambda side: (side, True), cost=2),
    rule("Viewed: Toward? MINE side:LR", lambda side: (side, True), cost=-1),
    rule("Toward: TO|in|on|at DET?"),
)
# fmt: on
