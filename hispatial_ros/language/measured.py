"""From where to where a question wants distances measured: "from surface to surface"."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.language.forms import CameraDistance, Form, ImagePosition, Position, Several
from hispatial_ros.language.question import parts
from hispatial_ros.language.relation_forms import (
    Bearing,
    Difference,
    Direction,
    Distance,
    Extreme,
    Holds,
    Rank,
    RelativeDirection,
)
from hispatial_ros.language.terms import Attribute, ComparedTo, Condition, Limit, Order, RelationTo

_CENTRAL = (Position, ImagePosition, RelativeDirection, Direction, Bearing, Difference)
_BY_CENTRES = ("left_of", "right_of", "above", "below", "in_front_of", "behind")


def measured(form: Form, how: str) -> Form | None:
    """The form with its distances between "surfaces" or "centers", or its direction as on a
    "clock"; None if it has none.

    Distances from the camera stay: they are those to the nearest point.
    """
    if how == "clock":
        return _on_the_clock(form)
    closest = how == "surfaces"
    if isinstance(form, Several):
        each = tuple(measured(part, how) for part in form.parts)
        return None if None in each else Several(each)  # type: ignore[arg-type]
    if isinstance(form, Distance):
        return replace(form, closest=closest)
    if isinstance(form, CameraDistance):
        first, *others = form.objects
        if len(others) > 1 or not (others or first.many):
            return None if others else form
        return Distance(first, others[0] if others else None, closest)
    if isinstance(form, (Extreme, Rank)):
        order = _order(form.order, closest)
        return None if order is None else replace(form, order=order)
    if isinstance(form, Holds):
        condition = _condition(form.condition, closest)
        return None if condition is None else replace(form, condition=condition)
    central = isinstance(form, _CENTRAL) and not any(isinstance(p, Limit) for p in parts(form))
    return form if central and not closest else None


def _on_the_clock(form: Form) -> Form | None:
    """ "Where is it, as on a clock?" """
    if isinstance(form, Bearing):
        return replace(form, clock=True)
    if isinstance(form, RelativeDirection):
        return Bearing(form.first, form.second, True)
    if isinstance(form, Position) and len(form.objects) == 1:
        return Bearing(form.objects[0], clock=True)
    return None


def _attribute(attribute: Attribute, closest: bool) -> Attribute | None:
    if attribute in (Attribute.DISTANCE, Attribute.GAP):
        return Attribute.GAP if closest else Attribute.DISTANCE
    placed = attribute in (Attribute.UP, Attribute.RIGHT, Attribute.FORWARD)
    return attribute if placed and not closest else None


def _order(order: Order, closest: bool) -> Order | None:
    if order.anchor is None and order.attribute is Attribute.DISTANCE:
        return order
    attribute = _attribute(order.attribute, closest)
    return attribute and replace(order, attribute=attribute)


def _condition(condition: Condition, closest: bool) -> Condition | None:
    if isinstance(condition, RelationTo):
        return condition if condition.predicate in _BY_CENTRES and not closest else None
    if isinstance(condition, ComparedTo):
        order = _order(condition.order, closest)
        return None if order is None else replace(condition, order=order)
    if not isinstance(condition, Limit) or condition.attribute not in (
        Attribute.DISTANCE,
        Attribute.GAP,
    ):
        return None
    if condition.anchor is None or condition.axis is not None:
        return condition
    attribute = _attribute(condition.attribute, closest)
    return attribute and replace(condition, attribute=attribute)
