"""Rules of the grammar: what names objects, and how one is chosen among several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hispatial_ros.language.names import singular
from hispatial_ros.language.terms import (
    CAMERA,
    AllOf,
    Attribute,
    Condition,
    Kind,
    Mention,
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
    if mention.condition is not None:
        condition = AllOf((mention.condition, condition))
    return replace(mention, condition=condition)


def on_side(mention: Mention, side: tuple[str, bool]) -> Mention | None:
    """ "The chair on the left" is the leftmost; what is on my left is there."""
    predicate, mine = side
    if mine or mention.kind is Kind.ANY:
        return restricted(mention, RelationTo(predicate, CAMERA))
    return selected(SIDE_ORDERS[predicate], mention)


def joined(first: Mention, rest: tuple[tuple[str, Mention], ...]) -> Refs:
    conjunctions = {c for c, _ in rest}
    conjunction = "or" if "or" in conjunctions else "and" if "and" in conjunctions else ","
    return (first, *(m for _, m in rest)), conjunction


def _two_of(first: Order, second: Order, core: Mention) -> Refs | None:
    """ "The nearest and the farthest chair"."""
    two = selected(first, core), selected(second, core)
    return ((two[0], two[1]), "and") if two[0] and two[1] and first != second else None


def _from_side(det: Any, rank: int, core: Mention, prep: Any, side: str) -> Mention | None:
    return selected(SIDE_ORDERS[side], replace(core, plural=False), rank)


def _of_several(det: Any, rank: int | None, order: Order, of: Any, several: Mention) -> Any:
    """ "The tallest of the bottles"."""
    return selected(order, several, rank or 1) if several.many else None


def _taller_one(det: Any, order: Order, core: Mention) -> Mention | None:
    """ "The taller chair": of two."""
    return selected(order, core)


def _superlative(order: tuple[Order, bool]) -> Any:
    """ "The mug nearest to the sink", "the chair that is tallest"."""
    return (lambda m: selected(order[0], m)) if order[1] else None


# Read by ``grammar``, with the functions of this module.
TABLE = """
# Determiners: several are one ("all of the").
Det: d:DET
Det: d:DET e:DET -> e if d in ('the', 'a') else d
Det: d:DET? n:NUMBER -> None if n < 2 else 'both' if d == 'the' else 'two' @1
Unknown: w:UNKNOWN -> (w,) @UNKNOWN_NAME
Unknown: w:UNKNOWN more:Unknown -> (w, *more) @UNKNOWN_NAME
Core: m:NAME
Core: plural:THING -> replace(ANY, plural=plural)
Core: PERSON -> Mention(words=('person',), plural=True)
Core: ANYTHING -> ANY
Plain: EVERYTHING -> replace(ANY, plural=True, every=True)
Definite: a:DET b:Core -> determined(a, b)
Core: plural:THING else -> replace(ANY, plural=plural)
Core: a:Unknown -> unknown(a)
Core: a:Unknown b:NAME -> unknown(a, b) @-1
Core: m:NAME w:Unknown -> unknown((*m.words, *w)) @-1
# "the chair", "the second tallest chair", "the left chair", "the closer one"
Plain: a:Det? b:Core -> determined(a, b)
Plain: d:DET m:NAME THAT a:NAME -> determined(d, replace(m, words=(*a.words, *m.words))) @1
Plain: DET? n:ORDINAL? DET? o:Sup m:Core -> selected(o, m, n or 1)
Plain: DET? n:ORDINAL? o:Sup one:ONE -> selected(o, one, n or 1) @2
Plain: DET side:LR m:Core -> selected(SIDE_ORDERS[side], replace(m, every=False))
Plain: side:LR m:Core -> selected(SIDE_ORDERS[side], m) @2
Plain: DET? side:LRMOST m:Core -> selected(SIDE_ORDERS[side], m)
Plain: a:DET b:Cmp c:Core -> _taller_one(a, b, c) @1
Plain: a:DET? b:ORDINAL c:Core d:FROM|at e:LR -> _from_side(a, b, c, d, e)
Plain: a:DET? b:ORDINAL? c:Sup d:AMONG e:Plain -> _of_several(a, b, c, d, e)
Plain: p:COORDINATES
Plain: DET? PIXEL at|in|with? DET? PIXEL? p:COORDINATES
Plain: ITSELF -> IT @1
Plain: THEM -> THEM @1
# What stands behind a name.
Noun: m:Plain
Noun: m:Plain after:After -> after(m)
Noun: m:Plain a:After b:After -> (n := a(m)) and b(n) @-1
After: SEP? THAT c:Condition -> lambda m: restricted(m, c) @1
After: c:Related -> lambda m: restricted(m, c) @RESTRICTED
After: c:Condition -> lambda m: restricted(m, c) if m.many else None @RESTRICTED
After: side:Viewed -> lambda m: on_side(m, side) @RESTRICTED
After: THAT side:Viewed -> lambda m: on_side(m, side) @1
After: SEP DET ONE THAT? side:Viewed -> lambda m: on_side(m, side) @1
After: SEP? o:OrderAnchored ONE? -> _superlative(o) @RESTRICTED
After: SEP? THAT o:OrderAnchored ONE? -> _superlative(o) @1
After: SEP? THAT o:Order ONE? -> _superlative(o) @2
After: SEP DET ONE THAT? o:Order -> _superlative(o) @1
After: SEP o:Order ONE -> _superlative(o) @1
After: with|having DET? o:Sup -> lambda m: selected(o, m) @RESTRICTED
After: TO ref:Ref -> lambda m: anchored(m, ref) @RESTRICTED
Ref: m:Noun
Ref: m:Noun 's CENTERS
Ref: DET? CENTERS of m:Noun
Ref: m:Noun SEP CAM SEP? @2
Ref: DET? CAM -> CAMERA
Ref: m:Noun 's @1
# Several
And: SEP? AND -> 'and'
And: SEP? OR -> 'or'
And: SEP -> ','
Another: c:And m:Ref -> (c, m)
Several: m:Ref a:Another more:Another* -> joined(m, (a, *more))
Several: DET? a:Sup AND DET? b:Sup m:Core -> _two_of(a, b, m)
Several: EITHER refs:Several -> (refs[0], 'or')
Refs: m:Ref -> ((m,), '')
Refs: refs:Several
Refs: DET? THING SEP refs:Several SEP?
# Left and right as seen by whoever looks: (predicate, whether it says whose)
Viewed: DET? side:LR -> (side, False)
Viewed: Toward side:LR -> (side, False)
Viewed: Toward? MINE side:LR -> (side, True)
Toward: TO|in|on|at DET?
"""
