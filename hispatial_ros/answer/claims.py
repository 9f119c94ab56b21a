"""Conditions in words: "to the left of the mug", "at most 2.00 m away"."""

from __future__ import annotations

from hispatial_ros.answer.conditions import WORDS
from hispatial_ros.answer.phrasing import length, listing
from hispatial_ros.answer.relating import AS, comparative, name_of, superlative
from hispatial_ros.answer.scene import Scene
from hispatial_ros.language.terms import (
    AllOf,
    Attribute,
    ComparedTo,
    Condition,
    Extremal,
    InBetween,
    Kind,
    Limit,
    Mention,
    Multiple,
    Not,
    RelationTo,
)
from hispatial_ros.measure.types import MeasuredObject

_OPERATORS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "=": "about"}
_LIMIT_WORDS = {
    Attribute.DISTANCE: "away", Attribute.GAP: "away", Attribute.WIDTH: "wide",
    Attribute.HEIGHT: "tall", Attribute.DEPTH: "deep", Attribute.LENGTH: "long",
    Attribute.VOLUME: "long",
}  # fmt: skip


def claim(condition: Condition, scene: Scene) -> str:
    """What follows "is" or "are"."""
    if isinstance(condition, RelationTo):
        return f"{WORDS[condition.predicate]} {name_of(condition.mention, scene)}"
    if isinstance(condition, InBetween):
        first, second = (name_of(r, scene) for r in (condition.first, condition.second))
        return f"between {first} and {second}"
    if isinstance(condition, ComparedTo):
        return f"{comparative(condition.order, scene)} than {name_of(condition.mention, scene)}"
    if isinstance(condition, Multiple):
        return _multiple(condition, scene)
    if isinstance(condition, Extremal):
        name = condition.among.name or "object"
        return f"the {superlative(condition.order, scene)} {name}"
    if isinstance(condition, Not):
        return f"not {claim(condition.condition, scene)}"
    if isinstance(condition, AllOf):
        return listing([claim(c, scene) for c in condition.conditions])
    return _limit(condition, scene)


def statement(condition: Condition, holds: bool, scene: Scene) -> str:
    """The claim, or that it is not so."""
    if isinstance(condition, Not):
        return statement(condition.condition, not holds, scene)
    if holds:
        return claim(condition, scene)
    both = "both " if isinstance(condition, AllOf) and len(condition.conditions) == 2 else ""
    return f"not {both}{claim(condition, scene)}"


def _limit(limit: Limit, scene: Scene) -> str:
    number = length(limit.value, unit=scene.unit)
    if limit.upper is not None:
        number = f"between {number} and {length(limit.upper, unit=scene.unit)}"
    else:
        number = f"{_OPERATORS[limit.operator]} {number}"
    if limit.anchor is not None:
        return f"{number} from {name_of(limit.anchor, scene)}"
    return f"{number} {_LIMIT_WORDS.get(limit.attribute, '')}".rstrip()


def _multiple(condition: Multiple, scene: Scene) -> str:
    """ "At least 2 times as tall as the desk"."""
    order = condition.order
    away = f" from {name_of(order.anchor, scene)}" if order.anchor else ""
    return (
        f"{_OPERATORS[condition.operator]} {condition.factor:g} times as {AS[order.attribute]}"
        f"{away} as {name_of(condition.mention, scene)}"
    )


def mentioned(condition: Condition, scene: Scene) -> list[MeasuredObject]:
    """The objects that others are related to: these are not asked about."""
    if isinstance(condition, Not):
        return mentioned(condition.condition, scene)
    if isinstance(condition, AllOf):
        return [o for c in condition.conditions for o in mentioned(c, scene)]
    references: list[Mention] = []
    if isinstance(condition, (RelationTo, ComparedTo, Multiple)):
        references.append(condition.mention)
    if isinstance(condition, InBetween):
        references += [condition.first, condition.second]
    if isinstance(condition, Limit) and condition.anchor is not None:
        references.append(condition.anchor)
    return [scene.one(r) for r in references if r.kind is not Kind.CAMERA]


def is_volume(condition: Condition) -> bool:
    """Whether cubic metres are compared."""
    if isinstance(condition, Not):
        return is_volume(condition.condition)
    return (
        isinstance(condition, (ComparedTo, Multiple, Extremal))
        and condition.order.attribute is Attribute.VOLUME
    )
