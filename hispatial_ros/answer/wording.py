"""Orders and conditions in words: "nearer to the mug", "at most 2.00 m away"."""

from __future__ import annotations

from hispatial_ros.answer.conditions import WORDS
from hispatial_ros.answer.phrasing import ALONG, length, listing
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.language.terms import (
    AllOf,
    Attribute,
    ComparedTo,
    Condition,
    Converse,
    Except,
    Extremal,
    InBetween,
    Joined,
    Limit,
    Multiple,
    Not,
    Order,
    RelationTo,
)

# How much of an attribute: "as tall as".
AS = {
    Attribute.DISTANCE: "far away", Attribute.GAP: "far away", Attribute.WIDTH: "wide",
    Attribute.HEIGHT: "tall", Attribute.DEPTH: "deep", Attribute.LENGTH: "long",
    Attribute.VOLUME: "large", Attribute.RIGHT: "far to the right", Attribute.UP: "high",
    Attribute.FORWARD: "far back",
}  # fmt: skip
_OPERATORS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "=": "about"}
_LIMIT_WORDS = {
    Attribute.DISTANCE: "away", Attribute.GAP: "away", Attribute.WIDTH: "wide",
    Attribute.HEIGHT: "tall", Attribute.DEPTH: "deep", Attribute.LENGTH: "long",
    Attribute.VOLUME: "long",
}  # fmt: skip


def comparative(order: Order, resolver: Resolver) -> str:
    """ "nearer to the mug"."""
    plain = Order(order.attribute, order.descending).comparative
    return f"{plain} to {resolver.name(order.anchor)}" if order.anchor else plain


def superlative(order: Order, resolver: Resolver) -> str:
    """ "nearest to the mug"."""
    plain = Order(order.attribute, order.descending).superlative
    return f"{plain} to {resolver.name(order.anchor)}" if order.anchor else plain


def claim(condition: Condition, resolver: Resolver) -> str:
    """What follows "is" or "are"."""
    if isinstance(condition, RelationTo):
        directly = "directly " if condition.directly else ""
        return f"{directly}{WORDS[condition.predicate]} {resolver.name(condition.mention)}"
    if isinstance(condition, Converse):
        return f"what {resolver.name(condition.mention)} is {WORDS[condition.predicate]}"
    if isinstance(condition, InBetween):
        first, second = (resolver.name(m) for m in (condition.first, condition.second))
        return f"between {first} and {second}"
    if isinstance(condition, ComparedTo):
        return f"{comparative(condition.order, resolver)} than {resolver.name(condition.mention)}"
    if isinstance(condition, Multiple):
        return _multiple(condition, resolver)
    if isinstance(condition, Extremal):
        name = condition.among.name or "object"
        return f"the {superlative(condition.order, resolver)} {name}"
    if isinstance(condition, Not) and isinstance(condition.condition, Except):
        return listing([resolver.name(m) for m in condition.condition.mentions], "or")
    if isinstance(condition, Not):
        return f"not {claim(condition.condition, resolver)}"
    if isinstance(condition, Except):
        return f"other than {listing([resolver.name(m) for m in condition.mentions])}"
    if isinstance(condition, Joined):
        return listing([claim(c, resolver) for c in condition.conditions], condition.word)
    return _limit(condition, resolver)


def statement(condition: Condition, holds: bool, resolver: Resolver) -> str:
    """The claim, or that it is not so."""
    if isinstance(condition, Not):
        return statement(condition.condition, not holds, resolver)
    if holds:
        return claim(condition, resolver)
    both = "both " if isinstance(condition, AllOf) and len(condition.conditions) == 2 else ""
    return f"not {both}{claim(condition, resolver)}"


def is_volume(condition: Condition) -> bool:
    """Whether cubic metres are compared."""
    if isinstance(condition, Not):
        return is_volume(condition.condition)
    return (
        isinstance(condition, (ComparedTo, Multiple, Extremal))
        and condition.order.attribute is Attribute.VOLUME
    )


def _limit(limit: Limit, resolver: Resolver) -> str:
    unit = resolver.scene.unit
    number = length(limit.value, unit=unit)
    if limit.upper is not None:
        number = f"between {number} and {length(limit.upper, unit=unit)}"
    else:
        number = f"{_OPERATORS[limit.operator]} {number}"
    if limit.anchor is not None:
        along = f" {ALONG[limit.axis]}" if limit.axis else ""
        return f"{number} from {resolver.name(limit.anchor)}{along}"
    return f"{number} {_LIMIT_WORDS.get(limit.attribute, '')}".rstrip()


def _multiple(condition: Multiple, resolver: Resolver) -> str:
    """ "At least 2 times as tall as the desk"."""
    order = condition.order
    away = f" from {resolver.name(order.anchor)}" if order.anchor else ""
    if condition.factor == 1 and condition.operator == "=":
        return f"about as {AS[order.attribute]}{away} as {resolver.name(condition.mention)}"
    return (
        f"{_OPERATORS[condition.operator]} {condition.factor:g} times as {AS[order.attribute]}"
        f"{away} as {resolver.name(condition.mention)}"
    )
