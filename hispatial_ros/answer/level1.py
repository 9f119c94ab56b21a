"""Answers of Level 1: one object, or the same asked of several."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hispatial_ros.answer.conditions import volume
from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, listing, point, the
from hispatial_ros.answer.quantities import Quantity, quantity
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.forms import (
    Box,
    CameraDistance,
    Dimension,
    Elevation,
    Facing,
    ObjectForm,
    Position,
    Several,
    Size,
    Summary,
)
from hispatial_ros.language.terms import Attribute
from hispatial_ros.measure.types import MeasuredObject

# Of an object: the rest of the sentence, and the numbers.
Describe = Callable[[MeasuredObject], tuple[str, list[Quantity]]]


def _each(form: ObjectForm, scene: Scene, describe: Describe, unit: str = "m") -> Answer:
    """One sentence per object."""
    objects = scene.each(form.objects)
    sentences, numbers = [], []
    for obj in objects:
        words, quantities = describe(obj)
        sentences.append(f"{capitalized(the(scene.name(obj)))} {words}.")
        numbers += quantities
    return Answer(
        "",
        " ".join(sentences),
        Level.OBJECT,
        Source.MEASURED,
        [q.value for q in numbers],
        [q.stddev for q in numbers],
        unit,
        objects=objects,
    )


@answer_form.register
def _(form: CameraDistance, scene: Scene) -> Answer:
    def describe(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        q = quantity(obj, Attribute.DISTANCE, scene.reference)
        center = float(np.linalg.norm(obj.center - scene.reference.translation))
        return (
            f"is {scene.length(q)} from the camera (its centre {length(center, unit=scene.unit)})",
            [q],
        )

    return _each(form, scene, describe)


_ADJECTIVES = {
    Attribute.WIDTH: "wide",
    Attribute.HEIGHT: "tall",
    Attribute.DEPTH: "deep",
    Attribute.LENGTH: "long",
}


@answer_form.register
def _(form: Dimension, scene: Scene) -> Answer:
    def describe(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        q = quantity(obj, form.attribute, scene.reference)
        if form.attribute is Attribute.VOLUME:
            return f"takes up {volume(q)}", [q]
        return f"is {scene.length(q)} {_ADJECTIVES[form.attribute]}", [q]

    answer = _each(form, scene, describe, "m3" if form.attribute is Attribute.VOLUME else "m")
    if form.attribute is Attribute.VOLUME:
        scene.note("volume of the box around the object")
    return answer


@answer_form.register
def _(form: Size, scene: Scene) -> Answer:
    def describe(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        sides = (Attribute.WIDTH, Attribute.HEIGHT, Attribute.DEPTH)
        quantities = [quantity(obj, side, scene.reference) for side in sides]
        parts = [
            f"{scene.length(q)} {_ADJECTIVES[side]}"
            for q, side in zip(quantities, sides, strict=True)
        ]
        return f"is {listing(parts)}", quantities

    return _each(form, scene, describe)


@answer_form.register
def _(form: Position, scene: Scene) -> Answer:
    def describe(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        stddev = np.sqrt(np.diagonal(obj.covariance)[:3])
        numbers = [Quantity(float(v), float(s)) for v, s in zip(obj.center, stddev, strict=True)]
        away = length(obj.distance, obj.distance_stddev)
        return f"is at {point(obj.center)} ({scene.frame_name}), {away} from the camera", numbers

    return _each(form, scene, describe)


@answer_form.register
def _(form: Box, scene: Scene) -> Answer:
    def describe(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        low, high = obj.center - obj.extent / 2, obj.center + obj.extent / 2
        center = np.sqrt(np.diagonal(obj.covariance)[:3])
        spread = np.hypot(center, obj.extent_stddev / 2)
        numbers = [
            Quantity(float(v), float(s))
            for v, s in zip([*low, *high], [*spread, *spread], strict=True)
        ]
        return f"spans from {point(low)} to {point(high)} ({scene.frame_name})", numbers

    return _each(form, scene, describe)


@answer_form.register
def _(form: Elevation, scene: Scene) -> Answer:
    gravity = scene.measurement.gravity
    if gravity is None or (gravity.offset is None and not gravity.floor_source):
        raise SpatialError(
            ErrorCode.NO_VALID_DEPTH,
            "no floor or table top is seen, so heights above it are not known: tilt the camera "
            "until one is in view",
        )
    up, ground, plane = np.asarray(gravity.up), gravity.offset, "detected support plane"
    above = "supporting plane"
    if gravity.floor_source and gravity.floor is not None:
        ground, above = gravity.floor, "floor"
        plane = f"floor of the TF frame {gravity.floor_source}"

    def describe(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        reach = np.abs(up @ obj.rotation) @ obj.size / 2
        stddev = np.sqrt(up @ obj.covariance[:3, :3] @ up)
        bottom = Quantity(float(up @ obj.center - reach - ground), float(stddev))
        return f"is {scene.length(bottom)} above the {above}", [bottom]

    scene.note(f"from the lowest point of the object to the {plane}")
    return _each(form, scene, describe)


@answer_form.register
def _(form: Facing, scene: Scene) -> Answer:
    name = the(form.objects[0].name or "object")
    raise SpatialError(
        ErrorCode.BACKEND_UNAVAILABLE,
        f"which way {name} faces can not be measured, only seen: ask the model (backend 'model')",
    )


@answer_form.register
def _(form: Several, scene: Scene) -> Answer:
    answers = [answer_form(part, scene) for part in form.parts]
    objects: list[MeasuredObject] = []
    for answer in answers:
        objects += [o for o in answer.objects if o not in objects]
    return Answer(
        "",
        " ".join(a.text for a in answers),
        Level.OBJECT,
        Source.MEASURED,
        [v for a in answers for v in a.values],
        [v for a in answers for v in a.values_stddev],
        "m",
        objects=objects,
    )


@answer_form.register
def _(form: Summary, scene: Scene) -> Answer:
    def describe(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        q = quantity(obj, Attribute.DISTANCE, scene.reference)
        width, height, depth = (length(s) for s in obj.size)
        return (
            f"is {scene.length(q)} from the camera at {point(obj.center)} ({scene.frame_name}); "
            f"it is {width} wide, {height} tall and {depth} deep",
            [q],
        )

    return _each(form, scene, describe)
