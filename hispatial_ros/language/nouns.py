"""Rules of the grammar: what names objects, and how one is chosen among several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hispatial_ros.language.chart import Rule
from hispatial_ros.language.names import singular
from hispatial_ros.language.terms import (
    ANY,
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


RULES: tuple[Rule, ...] = (
    # Determiners: several are one ("all of the").
    ("Det: DET", lambda d: d),
    ("Det: DET DET", lambda d, e: e if d in ("the", "a") else d),
    ("Det: DET? NUMBER", lambda d, n: None if n < 2 else "both" if d == "the" else "two", 1),
    ("Unknown: UNKNOWN", lambda w: (w,), UNKNOWN_NAME),
    ("Unknown: UNKNOWN Unknown", lambda w, more: (w, *more), UNKNOWN_NAME),
    ("Core: NAME", lambda m: m),
    ("Core: THING", lambda plural: replace(ANY, plural=plural)),
    ("Core: PERSON", lambda p: Mention(words=("person",), plural=True)),
    ("Core: ANYTHING", lambda a: ANY),
    ("Plain: EVERYTHING", lambda e: replace(ANY, plural=True, every=True)),
    ("Definite: DET Core", determined),
    ("Core: THING else", lambda plural, other: replace(ANY, plural=plural)),
    ("Core: Unknown", unknown),
    ("Core: Unknown NAME", unknown),
    ("Core: NAME Unknown", lambda m, w: unknown((*m.words, *w))),
    # "the chair", "the second tallest chair", "the left chair", "the closer one"
    ("Plain: Det? Core", determined),
    ("Plain: DET NAME THAT NAME", lambda d, m, t, a: determined(d, replace(m, words=(*a.words, *m.words))), 1),
    ("Plain: DET? ORDINAL? DET? Sup Core", lambda d, n, e, o, m: selected(o, m, n or 1)),
    ("Plain: DET? ORDINAL? Sup ONE", lambda d, n, o, one: selected(o, ANY, n or 1), 2),
    ("Plain: DET LR Core", lambda d, side, m: selected(SIDE_ORDERS[side], replace(m, every=False))),
    ("Plain: LR Core", lambda side, m: selected(SIDE_ORDERS[side], m), 2),
    ("Plain: DET? LRMOST Core", lambda d, side, m: selected(SIDE_ORDERS[side], m)),
    ("Plain: DET Cmp Core", _taller_one, 1),
    ("Plain: DET? ORDINAL Core FROM|at LR", _from_side),
    ("Plain: DET? ORDINAL? Sup AMONG Plain", _of_several),
    ("Plain: COORDINATES", lambda p: p),
    ("Plain: DET? PIXEL at|in|with? DET? PIXEL? COORDINATES", lambda d, n, a, e, q, p: p),
    ("Plain: ITSELF", lambda w: IT, 1),
    # What stands behind a name.
    ("Noun: Plain", lambda m: m),
    ("Noun: Plain After", lambda m, after: after(m)),
    ("Noun: Plain After After", lambda m, a, b: (n := a(m)) and b(n), -1),
    ("After: SEP? THAT Condition", lambda s, t, c: lambda m: restricted(m, c), 1),
    ("After: Related", lambda c: lambda m: restricted(m, c), RESTRICTED),
    ("After: Condition", lambda c: lambda m: restricted(m, c) if m.many else None, RESTRICTED),
    ("After: Viewed", lambda side: lambda m: on_side(m, side), RESTRICTED),
    ("After: THAT Viewed", lambda t, side: lambda m: on_side(m, side), 1),
    ("After: SEP DET ONE THAT? Viewed", lambda s, d, o, t, side: lambda m: on_side(m, side), 1),
    ("After: SEP? OrderAnchored ONE?", lambda s, o, one: _superlative(o), RESTRICTED),
    ("After: SEP? THAT OrderAnchored ONE?", lambda s, t, o, one: _superlative(o), 1),
    ("After: SEP? THAT Order ONE?", lambda s, t, o, one: _superlative(o), 2),
    ("After: SEP DET ONE THAT? Order", lambda s, d, one, t, o: _superlative(o), 1),
    ("After: SEP Order ONE", lambda s, o, one: _superlative(o), 1),
    ("After: TO Ref", lambda t, ref: lambda m: anchored(m, ref), RESTRICTED),
    ("Ref: Noun", lambda m: m),
    ("Ref: Noun 's CENTERS", lambda m, s, c: m),
    ("Ref: DET? CENTERS of Noun", lambda d, c, o, m: m),
    ("Ref: Noun SEP CAM SEP?", lambda m, s, c, e: m, 2),
    ("Ref: DET? CAM", lambda d, c: CAMERA),
    ("Ref: Noun 's", lambda m, s: m, 1),
    # Several
    ("And: SEP? AND", lambda s, a: "and"),
    ("And: SEP? OR", lambda s, o: "or"),
    ("And: SEP", lambda s: ","),
    ("Another: And Ref", lambda c, m: (c, m)),
    ("Several: Ref Another Another*", lambda m, a, more: joined(m, (a, *more))),
    ("Several: DET? Sup AND DET? Sup Core", lambda d, a, c, e, b, m: _two_of(a, b, m)),
    ("Several: EITHER Several", lambda e, refs: (refs[0], "or")),
    ("Refs: Ref", lambda m: ((m,), "")),
    ("Refs: Several", lambda refs: refs),
    ("Refs: DET? THING SEP Several SEP?", lambda d, t, s, refs, e: refs),
    # Left and right as seen by whoever looks: (predicate, whether it says whose)
    ("Viewed: DET? LR", lambda d, side: (side, False)),
    ("Viewed: Toward LR", lambda p, side: (side, False)),
    ("Viewed: Toward? MINE LR", lambda p, m, side: (side, True)),
    ("Toward: TO|in|on|at DET?", lambda p, d: True),
)


def _superlative(order: tuple[Order, bool]) -> Any:
    """ "The mug nearest to the sink", "the chair that is tallest"."""
    return (lambda m: selected(order[0], m)) if order[1] else None
