"""Answers about one object, or the same asked of several (Level 1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hispatial_ros.answer.phrasing import capitalized, length, listing, point, the, volume
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.forms import (
    Approach,
    Box,
    CameraDistance,
    Dimension,
    Elevation,
    Facing,
    ImagePosition,
    ObjectForm,
    Position,
    Size,
    Summary,
)
from hispatial_ros.language.terms import Attribute
from hispatial_ros.measure.types import MeasuredObject

# Of an object: the rest of the sentence, and the numbers.
Predicate = Callable[[MeasuredObject], tuple[str, list[Quantity]]]

_AT_TOP = 0.05  # m, at most between a top, or a foot, and the plane that it lies in
_ADJECTIVES = {
    Attribute.WIDTH: "wide",
    Attribute.HEIGHT: "tall",
    Attribute.DEPTH: "deep",
    Attribute.LENGTH: "long",
}


def camera_distance(form: CameraDistance, resolver: Resolver) -> Answer:
    scene = resolver.scene

    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        q = scene.value(obj, Attribute.DISTANCE)
        center = float(np.linalg.norm(obj.center - scene.reference_frame.translation))
        away = length(center, unit=scene.unit)
        return f"is {scene.length(q)} from the camera (its centre {away})", [q]

    return _each(form, resolver, predicate)


def dimension(form: Dimension, resolver: Resolver) -> Answer:
    scene = resolver.scene

    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        q = scene.value(obj, form.attribute)
        if form.attribute is Attribute.HEIGHT:
            q = _height_of_top(obj, resolver) or q
        if form.attribute is Attribute.VOLUME:
            return f"takes up {volume(q)}", [q]
        return f"is {scene.length(q)} {_ADJECTIVES[form.attribute]}", [q]

    answer = _each(form, resolver, predicate, "m3" if form.attribute is Attribute.VOLUME else "m")
    if form.attribute is Attribute.VOLUME:
        resolver.note("volume of the box around the object")
    return answer


def _height_of_top(obj: MeasuredObject, resolver: Resolver) -> Quantity | None:
    """How high a desk is: that of its top above the floor, not how thick the board is.

    Of an object whose top is the surface that things stand on; None for any other.
    """
    gravity = resolver.scene.measurement.gravity
    if gravity is None or gravity.offset is None:
        return None
    up = np.asarray(gravity.up)
    reach = float(np.abs(up @ obj.rotation) @ obj.size) / 2
    middle = float(up @ obj.center)
    if abs(middle + reach - gravity.offset) > _AT_TOP:
        return None
    name = the(resolver.scene.name(obj))
    if gravity.floor is None or gravity.floor > gravity.offset - _AT_TOP:
        resolver.note(f"{name} is what things stand on, and no floor is seen: what is seen of it")
        return None
    if middle - reach < gravity.floor + _AT_TOP:  # it reaches the floor: measured as a whole
        return None
    stddev = float(np.sqrt(up @ obj.covariance[:3, :3] @ up))
    resolver.note(f"{name} is what things stand on: the height of its top above the floor")
    return Quantity(middle + reach - gravity.floor, float(np.hypot(stddev, obj.size_stddev[1] / 2)))


def image_position(form: ImagePosition, resolver: Resolver) -> Answer:
    """Pixel (u, v) of the middle of the object's region."""

    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        x0, y0, x1, y1 = obj.region.box
        u, v = (x0 + x1) / 2, (y0 + y1) / 2
        known = [Quantity(float(u), 0.0), Quantity(float(v), 0.0)]
        return f"is at pixel ({u:.0f}, {v:.0f}) of the image", known

    return _each(form, resolver, predicate, "px")


def size(form: Size, resolver: Resolver) -> Answer:
    scene = resolver.scene

    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        sides = (Attribute.WIDTH, Attribute.HEIGHT, Attribute.DEPTH)
        quantities = [scene.value(obj, side) for side in sides]
        parts = [
            f"{scene.length(q)} {_ADJECTIVES[side]}"
            for q, side in zip(quantities, sides, strict=True)
        ]
        return f"is {listing(parts)}", quantities

    return _each(form, resolver, predicate)


def position(form: Position, resolver: Resolver) -> Answer:
    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        return f"is {_where(obj, resolver)}", _quantities(obj.center, _center_stddev(obj))

    return _each(form, resolver, predicate)


def approach(form: Approach, resolver: Resolver) -> Answer:
    """Where the object is; the place to stand before it is found afterwards."""
    obj = resolver.one(form.objects[0])
    name = capitalized(the(resolver.scene.name(obj)))
    text = f"{name} is {_where(obj, resolver)}; where to stand before it is not known."
    return measured_answer(text, objects=[obj])


def box(form: Box, resolver: Resolver) -> Answer:
    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        low, high = obj.center - obj.extent / 2, obj.center + obj.extent / 2
        spread = np.hypot(_center_stddev(obj), obj.extent_stddev / 2)
        words = f"spans from {point(low)} to {point(high)} ({resolver.scene.frame_name})"
        return words, _quantities(low, spread) + _quantities(high, spread)

    return _each(form, resolver, predicate)


def elevation(form: Elevation, resolver: Resolver) -> Answer:
    scene = resolver.scene
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

    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        reach = np.abs(up @ obj.rotation) @ obj.size / 2
        stddev = np.sqrt(up @ obj.covariance[:3, :3] @ up)
        bottom = Quantity(float(up @ obj.center - reach - ground), float(stddev))
        return f"is {scene.length(bottom)} above the {above}", [bottom]

    resolver.note(f"from the lowest point of the object to the {plane}")
    return _each(form, resolver, predicate)


def facing(form: Facing, resolver: Resolver) -> Answer:
    """Not an answer, but a hint to who can tell."""
    name = the(form.objects[0].name or "object")
    raise SpatialError(
        ErrorCode.BACKEND_UNAVAILABLE,
        f"which way {name} faces cannot be measured, only seen: ask the model (backend 'model')",
    )


def summary(form: Summary, resolver: Resolver) -> Answer:
    scene = resolver.scene

    def predicate(obj: MeasuredObject) -> tuple[str, list[Quantity]]:
        q = scene.value(obj, Attribute.DISTANCE)
        width, height, depth = (length(s) for s in obj.size)
        return (
            f"is {scene.length(q)} from the camera at {point(obj.center)} ({scene.frame_name}); "
            f"it is {width} wide, {height} tall and {depth} deep",
            [q],
        )

    return _each(form, resolver, predicate)


def _each(form: ObjectForm, resolver: Resolver, predicate: Predicate, unit: str = "m") -> Answer:
    """One sentence per object."""
    objects = resolver.each(form.objects)
    sentences, numbers = [], []
    for obj in objects:
        words, quantities = predicate(obj)
        sentences.append(f"{capitalized(the(resolver.scene.name(obj)))} {words}.")
        numbers += quantities
    return measured_answer(" ".join(sentences), numbers, unit, objects=objects)


def _where(obj: MeasuredObject, resolver: Resolver) -> str:
    away = length(obj.distance, obj.distance_stddev)
    return f"at {point(obj.center)} ({resolver.scene.frame_name}), {away} from the camera"


def _center_stddev(obj: MeasuredObject) -> np.ndarray:
    return np.sqrt(np.diagonal(obj.covariance)[:3])


def _quantities(values: np.ndarray, stddevs: np.ndarray) -> list[Quantity]:
    return [Quantity(float(v), float(s)) for v, s in zip(values, stddevs, strict=True)]
