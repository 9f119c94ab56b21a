"""Questions as an observer means them: seen and reckoned from a place of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hispatial_ros.language.forms import CameraDistance, Exists, Form, Position, Several
from hispatial_ros.language.question import parts
from hispatial_ros.language.relation_forms import (
    Bearing,
    Count,
    Difference,
    Direction,
    Distance,
    Extreme,
    Holds,
    Rank,
    Ratio,
    RelativeDirection,
    Select,
)
from hispatial_ros.language.terms import (
    CAMERA,
    Attribute,
    ComparedTo,
    Condition,
    Extremal,
    Joined,
    Limit,
    Mention,
    Multiple,
    Not,
    Order,
    RelationTo,
)

_BEHIND_CAMERA = RelationTo("behind", CAMERA)
SIDEWAYS = frozenset({"left_of", "right_of", "in_front_of", "behind"})


def seen_by(form: Form, observer: Mention) -> Form:
    """The question with the observer in the camera's place: relations, distances and orders that
    are meant from the camera become those from the observer."""
    if isinstance(form, RelativeDirection) and form.second == CAMERA:
        return replace(form, second=observer)
    if isinstance(form, Bearing) and form.origin == CAMERA:
        return replace(form, origin=observer)
    if isinstance(form, Position) and len(form.objects) == 1:
        return RelativeDirection(form.objects[0], observer)
    if isinstance(form, CameraDistance) and len(form.objects) == 1:
        return Distance(form.objects[0], observer)
    if isinstance(form, Distance) and form.second == CAMERA:
        return replace(form, second=observer)
    if isinstance(form, Direction) and form.first == CAMERA:
        return replace(form, first=observer)
    if isinstance(form, Several):
        return Several(tuple(seen_by(part, observer) for part in form.parts))
    if isinstance(form, (Extreme, Rank)):
        candidates = tuple(_mention(m, observer) for m in form.candidates)
        return replace(form, order=_order(form.order, observer), candidates=candidates)
    if isinstance(form, (Difference, Ratio)):
        return replace(form, order=_order(form.order, observer))
    if isinstance(form, (Holds, Select, Count, Exists)) and form.condition is not None:
        return replace(form, condition=_condition(form.condition, observer))
    return form


def _mention(mention: Mention, observer: Mention) -> Mention:
    """ "The farthest item on my right"."""
    if mention.condition is None:
        return mention
    return replace(mention, condition=_condition(mention.condition, observer))


def _condition(condition: Condition, observer: Mention) -> Condition:
    if isinstance(condition, RelationTo) and condition.mention == CAMERA:
        return replace(condition, mention=observer)
    if isinstance(condition, Not):
        return Not(_condition(condition.condition, observer))
    if isinstance(condition, Joined):
        return replace(
            condition, conditions=tuple(_condition(c, observer) for c in condition.conditions)
        )
    if isinstance(condition, (ComparedTo, Multiple, Extremal)):
        return replace(condition, order=_order(condition.order, observer))
    if isinstance(condition, Limit) and condition.attribute is Attribute.DISTANCE:
        return condition if condition.anchor else replace(condition, anchor=observer)
    return condition


def _order(order: Order, observer: Mention) -> Order:
    """ "Nearest" is nearest to the observer."""
    if order.attribute is Attribute.DISTANCE and order.anchor is None:
        return replace(order, anchor=observer)
    return order


def out_of_view(form: Form) -> bool:
    """Whether it asks which objects are behind the camera, where it sees none.

    Whether a named object is there can be told: it is not.
    """
    asked = form.object if isinstance(form, Holds) else form
    return any(isinstance(p, RelationTo) and p == _BEHIND_CAMERA for p in parts(asked))


def needs_facing(form: Form) -> bool:
    """Whether the answer depends on which way the observer looks."""
    return any(map(_is_sideways, parts(form)))


def _is_sideways(part: Any) -> bool:
    if isinstance(part, RelationTo):
        return part.predicate in SIDEWAYS
    if isinstance(part, Order):
        return part.attribute in (Attribute.RIGHT, Attribute.FORWARD)
    if isinstance(part, (Distance, Limit)):
        return part.axis in ("lateral", "forward")
    return isinstance(part, (Bearing, RelativeDirection))
