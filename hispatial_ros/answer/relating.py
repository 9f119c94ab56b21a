"""What the answers of Level 2 share: their making, and naming orders and references."""

from __future__ import annotations

from collections.abc import Sequence

from hispatial_ros.answer.phrasing import the
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.language.terms import (
    Attribute,
    Kind,
    Mention,
    Order,
)
from hispatial_ros.measure.types import MeasuredObject, Relation

SURE = 0.9  # below this probability an answer says how sure it is
COORDINATES = (Attribute.RIGHT, Attribute.UP, Attribute.FORWARD)
# How much of an attribute: "as tall as".
AS = {
    Attribute.DISTANCE: "far away", Attribute.GAP: "far away", Attribute.WIDTH: "wide",
    Attribute.HEIGHT: "tall", Attribute.DEPTH: "deep", Attribute.LENGTH: "long",
    Attribute.VOLUME: "large",
}  # fmt: skip


def relation_answer(
    text: str,
    numbers: Sequence[Quantity] = (),
    unit: str = "",
    *,
    choice: str = "",
    objects: Sequence[MeasuredObject] = (),
    relations: Sequence[Relation] = (),
) -> Answer:
    """An answer of Level 2; ``unit`` is that of the numbers."""
    return Answer(
        "",
        text,
        Level.RELATION,
        Source.MEASURED,
        [q.value for q in numbers],
        [q.stddev for q in numbers],
        unit if numbers else "",
        choice,
        list(objects),
        list(relations),
    )


def comparative(order: Order, scene: Scene) -> str:
    """ "nearer to the mug"."""
    plain = Order(order.attribute, order.descending).comparative
    return f"{plain} to {name_of(order.anchor, scene)}" if order.anchor else plain


def superlative(order: Order, scene: Scene) -> str:
    """ "nearest to the mug"."""
    plain = Order(order.attribute, order.descending).superlative
    return f"{plain} to {name_of(order.anchor, scene)}" if order.anchor else plain


def name_of(reference: Mention, scene: Scene) -> str:
    """The object that a reference turned out to mean, with its article."""
    if reference.kind is Kind.CAMERA:
        return "the camera"
    return the(scene.name(scene.one(reference)))
