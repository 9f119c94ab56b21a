"""Answers about where things lie: which side, at what angle, in what direction (Level 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hispatial_ros.answer.conditions import WORDS
from hispatial_ros.answer.phrasing import capitalized, length, listing, the
from hispatial_ros.answer.quantities import COORDINATES, Quantity, axis_of
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.relation_forms import Angle, Bearing, Direction, RelativeDirection
from hispatial_ros.language.terms import CAMERA, Kind, Mention, RelationTo

_AT_ONE_PLACE = 0.01  # m, side by side in the plane: no angle can be told
_NOTICEABLE = 0.2  # of the largest offset; smaller ones are not named
_DIRECTIONS = (("right_of", "left_of"), ("above", "below"), ("behind", "in_front_of"))
# In front of an observer is what they look at, in front of an object what hides it.
_FROM_OBSERVER = (*_DIRECTIONS[:2], ("in_front_of", "behind"))
_OPPOSITE = {a: b for pair in _DIRECTIONS for a, b in (pair, pair[::-1])}
_SHORT = {
    "right_of": "right", "left_of": "left", "above": "above", "below": "below",
    "behind": "behind", "in_front_of": "front",
}  # fmt: skip
_WAY = {
    "right_of": "right", "left_of": "left", "above": "up", "below": "down",
    "behind": "back", "in_front_of": "to the front",
}  # fmt: skip
_WAY_FROM_OBSERVER = {
    "right_of": "to the right", "left_of": "to the left", "above": "up",
    "below": "down", "in_front_of": "ahead", "behind": "behind it",
}  # fmt: skip


def bearing(form: Bearing, resolver: Resolver) -> Answer:
    """Clockwise seen from above, rad: positive to the right of straight ahead."""
    scene, reference_frame = resolver.scene, resolver.scene.reference_frame
    obj = resolver.one(form.object)
    objects = [obj]
    start, spread = reference_frame.translation, obj.covariance[:3, :3]
    if form.origin != CAMERA:
        origin = resolver.one(form.origin)
        scene.check_different(obj, origin)
        objects.append(origin)
        start, spread = origin.center, spread + origin.covariance[:3, :3]
    plane = np.stack([reference_frame.right, reference_frame.forward]).astype(float)
    right, ahead = plane @ (obj.center - start)
    away = float(np.hypot(right, ahead))
    name, seen_from = the(scene.name(obj)), resolver.name(form.origin)
    if away < _AT_ONE_PLACE:
        raise SpatialError(
            ErrorCode.BAD_QUESTION,
            f"{name} is straight above or below {seen_from}: it is seen at no angle",
        )
    across = np.array([ahead, -right]) @ plane / away
    angle = Quantity(
        float(np.arctan2(right, ahead)), float(np.sqrt(across @ spread @ across)) / away
    )
    degrees, stddev = np.degrees(angle.value), max(np.degrees(angle.stddev), 1.0)
    side = "right" if degrees > 0 else "left"
    turned = f"{abs(degrees):.0f}° ± {stddev:.0f}° to the {side} of straight ahead"
    hour = f"{round(degrees / 30) % 12 or 12} o'clock"
    where = f"at about {hour}: {turned}" if form.clock else f"{turned} (about {hour})"
    if form.origin != CAMERA:
        where += f", as seen from {seen_from}"
        if reference_frame.name in ("camera", "gravity"):  # no observer who faces something
            resolver.note("straight ahead, 12 o'clock, is where the camera looks")
    text = f"{capitalized(name)} is {where}."
    choice = hour if form.clock else side
    return measured_answer(text, [angle], "rad", choice=choice, objects=objects)


def angle_between(form: Angle, resolver: Resolver) -> Answer:
    """Between the lines of sight to the centres, rad."""
    scene = resolver.scene
    first, second = resolver.one(form.first), resolver.one(form.second)
    scene.check_different(first, second)
    sights, variance = [], 0.0
    for obj in (first, second):
        sight = obj.center - scene.reference_frame.translation
        away = float(np.linalg.norm(sight))
        sights.append(sight / away)
        variance += float(np.trace(obj.covariance[:3, :3])) / 3 / away**2
    value = float(np.arccos(np.clip(sights[0] @ sights[1], -1, 1)))
    angle = Quantity(value, float(np.sqrt(variance)))
    text = (
        f"Seen from the camera, {the(scene.name(first))} and {the(scene.name(second))} are "
        f"{np.degrees(value):.0f}° ± {max(np.degrees(angle.stddev), 1.0):.0f}° apart."
    )
    return measured_answer(text, [angle], "rad", objects=[first, second])


def direction(form: Direction, resolver: Resolver) -> Answer:
    (start, start_cov), (end, end_cov) = (
        _place(mention, resolver) for mention in (form.first, form.second)
    )
    names = resolver.name(form.first), resolver.name(form.second)
    offset = end - start
    distance = float(np.linalg.norm(offset))
    if distance < 1e-6:
        raise SpatialError(
            ErrorCode.BAD_QUESTION, f"{names[0]} and {names[1]} are at the same place"
        )
    unit = offset / distance
    across = np.eye(3) - np.outer(unit, unit)
    stddev = np.sqrt(np.diagonal(across @ (start_cov + end_cov) @ across)) / distance
    numbers = [Quantity(float(v), float(s)) for v, s in zip(unit, stddev, strict=True)]
    vector = ", ".join(f"{v + 0.0:.2f}" for v in unit)
    text = (
        f"The direction from {names[0]} to {names[1]} is ({vector}) "
        f"({resolver.scene.frame_name}); they are {length(distance)} apart."
    )
    objects = [resolver.one(m) for m in (form.first, form.second) if m.kind is not Kind.CAMERA]
    return measured_answer(text, numbers, "1", objects=objects)


def _place(mention: Mention, resolver: Resolver) -> tuple[np.ndarray, np.ndarray]:
    """Position [3] and covariance [3, 3] of an object or the camera."""
    if mention.kind is Kind.CAMERA:
        return resolver.scene.reference_frame.translation, np.zeros((3, 3))
    obj = resolver.one(mention)
    return obj.center, obj.covariance[:3, :3]


def _best(
    choices: Sequence[str | tuple[str, ...]], offsets: dict[str, Quantity]
) -> tuple[str, ...]:
    """The side, or the corner, of those offered that lies closest to where the object is."""

    def along(choice: str | tuple[str, ...]) -> float:
        predicates = [p for p in _sides(choice) if p in _OPPOSITE]
        lengths = [
            abs(offsets[p].value) if p in offsets else -abs(offsets[_OPPOSITE[p]].value)
            for p in predicates
        ]
        return float(sum(lengths) / np.sqrt(len(lengths))) if lengths else -np.inf

    return _sides(max(choices, key=along))


def _sides(choice: str | tuple[str, ...]) -> tuple[str, ...]:
    return (choice,) if isinstance(choice, str) else choice


def relative_direction(form: RelativeDirection, resolver: Resolver) -> Answer:
    scene = resolver.scene
    first = resolver.one(form.first)
    second = None if form.second.kind is Kind.CAMERA else resolver.one(form.second)
    if second is not None:
        scene.check_different(first, second)
    seen = second is None or second is scene.observer
    directions = _FROM_OBSERVER if seen else _DIRECTIONS
    offsets = []
    for attribute in COORDINATES:
        mine = scene.value(first, attribute)
        if second is None:
            camera = axis_of(attribute, scene.reference_frame) @ scene.reference_frame.translation
            offsets.append(Quantity(mine.value - float(camera), mine.stddev))
        else:
            offsets.append(mine - scene.value(second, attribute))
    signed = [
        (predicates[q.value < 0], q) for q, predicates in zip(offsets, directions, strict=True)
    ]
    signed.sort(key=lambda item: -abs(item[1].value))
    least = _NOTICEABLE * abs(signed[0][1].value)
    noticeable = [(predicate, q) for predicate, q in signed if abs(q.value) > least]
    held = [] if second is None else [RelationTo(p, form.second) for p, _ in noticeable]
    relations = [r for condition in held for r in resolver.check(condition, first).relations]
    chosen = signed[0][0]
    offered = _best(form.choices, dict(signed)) if form.choices else (chosen,)
    if len(offered) == 1 and offered[0] in WORDS:
        chosen = offered[0]
    ways = _WAY_FROM_OBSERVER if seen else _WAY
    where = listing([f"{length(abs(q.value), q.stddev)} {ways[p]}" for p, q in noticeable])
    subject, origin = the(scene.name(first)), resolver.name(form.second)
    text = f"{capitalized(subject)} is {WORDS[chosen]} {origin}: {where}."
    if second is None:
        text = f"As seen from {origin}, {subject} is {where}."
    return measured_answer(
        text,
        offsets,
        "m",
        choice=" ".join(_SHORT.get(p, p) for p in offered),
        objects=[first] if second is None else [first, second],
        relations=relations,
    )
