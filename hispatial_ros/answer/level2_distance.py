"""Answers of Level 2: distance and direction between objects."""

from __future__ import annotations

import numpy as np

from hispatial_ros.answer.conditions import WORDS, check, volume
from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, listing, the
from hispatial_ros.answer.quantities import Quantity, along, quantity
from hispatial_ros.answer.relating import (
    AS,
    COORDINATES,
    comparative,
    name_of,
    relation_answer,
)
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.relation_forms import (
    Difference,
    Direction,
    Distance,
    Ratio,
    RelativeDirection,
)
from hispatial_ros.language.terms import (
    Attribute,
    Kind,
    Mention,
    Order,
    RelationTo,
)

_AXES = {"x": 0, "y": 1, "z": 2}


@answer_form.register
def _(form: Distance, scene: Scene) -> Answer:
    if form.second is not None and form.second.kind is Kind.CAMERA:
        return _from_camera(form, scene)
    first, second = scene.pair(form.first, form.second)
    relation = scene.relation(first, second)
    names = f"{the(scene.name(first))} and {the(scene.name(second))}"
    gap = Quantity(relation.closest_distance, relation.closest_distance_stddev)
    center = Quantity(relation.center_distance, relation.center_distance_stddev)
    if form.axis is not None:
        axes = _spanning(form.axis, scene)
        chosen = along(first, second, axes)
        if form.closest:
            offset = axes @ (relation.object_point - relation.subject_point)
            chosen = Quantity(float(np.linalg.norm(offset)), gap.stddev)
        what = "closest points" if form.closest else "centres"
        axis = {"forward": "depth", "lateral": "left-right"}.get(form.axis, form.axis)
        text = f"The {axis} distance between {names} is {scene.length(chosen)} ({what})."
    elif form.closest:
        chosen = gap
        text = f"The closest distance between {names} is {scene.length(gap)}."
    else:
        chosen = center
        closest = length(gap.value, unit=scene.unit)
        text = (
            f"The distance between {names} is {scene.length(center)} from centre to centre "
            f"({closest} at the closest)."
        )
    return relation_answer(text, [chosen], "m", objects=[first, second], relations=[relation])


def _from_camera(form: Distance, scene: Scene) -> Answer:
    """How far to the side of, above or ahead of the camera an object's centre is."""
    obj = scene.one(form.first)
    axes = _spanning(form.axis or "forward", scene)
    offset = axes @ (obj.center - scene.reference.translation)
    value = float(np.linalg.norm(offset))
    direction = offset @ axes / max(value, 1e-9)
    spread = float(np.sqrt(direction @ obj.covariance[:3, :3] @ direction))
    chosen = Quantity(value, spread)
    name = capitalized(the(scene.name(obj)))
    text = f"{name} is {scene.length(chosen)} from the camera {_ALONG[form.axis or 'forward']}."
    return relation_answer(text, [chosen], "m", objects=[obj])


_ALONG = {
    "horizontal": "horizontally",
    "vertical": "vertically",
    "lateral": "to the side",
    "forward": "along the viewing direction",
    "x": "along x",
    "y": "along y",
    "z": "along z",
}


def _spanning(axis: str, scene: Scene) -> np.ndarray:
    """Orthonormal rows of the space that a distance is taken in."""
    reference = scene.reference
    if axis in _AXES:
        return np.eye(3)[[_AXES[axis]]]
    if axis == "horizontal":
        # The plane across up: the two smaller singular directions.
        return np.linalg.svd(np.asarray(reference.up, float)[None])[2][1:]
    rows = {"vertical": reference.up, "lateral": reference.right, "forward": reference.forward}
    return np.asarray(rows[axis], float)[None]


@answer_form.register
def _(form: Difference, scene: Scene) -> Answer:
    first, second = scene.pair(form.first, form.second)
    mine, theirs = scene.value(first, form.order), scene.value(second, form.order)
    difference = mine - theirs if form.order.descending else theirs - mine
    by = length(abs(difference.value), difference.stddev, scene.unit)
    if form.order.attribute is Attribute.VOLUME:
        by = volume(Quantity(abs(difference.value), difference.stddev))
    opposite = Order(form.order.attribute, not form.order.descending, form.order.anchor)
    word = comparative(form.order if difference.value >= 0 else opposite, scene)
    names = the(scene.name(first)), the(scene.name(second))
    text = f"{capitalized(names[0])} is {by} {word} than {names[1]}."
    unit = "m3" if form.order.attribute is Attribute.VOLUME else "m"
    return relation_answer(text, [difference], unit, objects=[first, second])


@answer_form.register
def _(form: Ratio, scene: Scene) -> Answer:
    objects = scene.pair(form.first, form.second)
    scene.check_different(*objects)
    more, less = objects if form.order.descending else objects[::-1]
    above, below = scene.value(more, form.order), scene.value(less, form.order)
    if min(above.value, below.value) <= 0:
        raise SpatialError(
            ErrorCode.BAD_QUESTION, f"{the(scene.name(less))} measures nothing: no ratio to it"
        )
    relative = np.hypot(above.stddev / above.value, below.stddev / below.value)
    ratio = Quantity(above.value / below.value, above.value / below.value * float(relative))
    shown = volume if form.order.attribute is Attribute.VOLUME else scene.length
    anchor = f" from {name_of(form.order.anchor, scene)}" if form.order.anchor else ""
    text = (
        f"{capitalized(the(scene.name(more)))} is {ratio.value:.2f} ± "
        f"{max(ratio.stddev, 0.01):.2f} times as {AS[form.order.attribute]}{anchor} as "
        f"{the(scene.name(less))}: {shown(above)} against {shown(below)}."
    )
    return relation_answer(text, [ratio], "1", objects=objects)


@answer_form.register
def _(form: Direction, scene: Scene) -> Answer:
    (start, start_name, start_cov), (end, end_name, end_cov) = (
        _place(reference, scene) for reference in (form.first, form.second)
    )
    offset = end - start
    distance = float(np.linalg.norm(offset))
    if distance < 1e-6:
        raise SpatialError(
            ErrorCode.BAD_QUESTION, f"{start_name} and {end_name} are at the same place"
        )
    unit = offset / distance
    across = np.eye(3) - np.outer(unit, unit)
    stddev = np.sqrt(np.diagonal(across @ (start_cov + end_cov) @ across)) / distance
    numbers = [Quantity(float(v), float(s)) for v, s in zip(unit, stddev, strict=True)]
    vector = ", ".join(f"{v + 0.0:.2f}" for v in unit)
    text = (
        f"The direction from {start_name} to {end_name} is ({vector}) ({scene.frame_name}); "
        f"they are {length(distance)} apart."
    )
    objects = [scene.one(r) for r in (form.first, form.second) if r.kind is not Kind.CAMERA]
    return relation_answer(text, numbers, "1", objects=objects)


def _place(reference: Mention, scene: Scene) -> tuple[np.ndarray, str, np.ndarray]:
    """Position [3], name and covariance [3, 3] of an object or the camera."""
    if reference.kind is Kind.CAMERA:
        return scene.reference.translation, "the camera", np.zeros((3, 3))
    obj = scene.one(reference)
    return obj.center, the(scene.name(obj)), obj.covariance[:3, :3]


_DIRECTIONS = (("right_of", "left_of"), ("above", "below"), ("behind", "in_front_of"))
# In front of an observer is what they look at, in front of an object what hides it.
_FROM_OBSERVER = (*_DIRECTIONS[:2], ("in_front_of", "behind"))
_SHORT = {
    "right_of": "right", "left_of": "left", "above": "above", "below": "below",
    "behind": "behind", "in_front_of": "front",
}  # fmt: skip


@answer_form.register
def _(form: RelativeDirection, scene: Scene) -> Answer:
    first = scene.one(form.first)
    origin, name, _ = _place(form.second, scene)
    offsets = []
    for attribute in COORDINATES:
        mine = quantity(first, attribute, scene.reference)
        axis = scene.axis(attribute)
        offset = Quantity(mine.value - float(axis @ origin), mine.stddev)
        if form.second.kind is not Kind.CAMERA:
            theirs = quantity(scene.one(form.second), attribute, scene.reference)
            offset = mine - theirs
        offsets.append(offset)
    camera = form.second.kind is Kind.CAMERA
    own = camera or scene.one(form.second) is scene.observer
    directions = _FROM_OBSERVER if own else _DIRECTIONS
    signed = [
        (names[q.value < 0], abs(q.value), q) for q, names in zip(offsets, directions, strict=True)
    ]
    signed.sort(key=lambda item: -item[1])
    largest = signed[0][1]
    objects = [first]
    relations = []
    if not camera:
        objects.append(scene.one(form.second))
        held = [
            RelationTo(predicate, form.second)
            for predicate, size, _ in signed
            if size > 0.2 * largest
        ]
        relations = [r for condition in held for r in check(condition, first, scene).relations]
    chosen = [s for s in signed if s[0] in form.choices] or signed
    parts = [
        f"{length(size, q.stddev)} {_way(predicate, own)}"
        for predicate, size, q in signed
        if size > 0.2 * largest
    ]
    where = "" if camera else WORDS[chosen[0][0]]
    subject = capitalized(the(scene.name(first)))
    if where:
        text = f"{subject} is {where} {name}: {listing(parts)}."
    else:
        text = f"As seen from {name}, {the(scene.name(first))} is {listing(parts)}."
    return relation_answer(
        text, offsets, "m", choice=_SHORT[chosen[0][0]], objects=objects, relations=relations
    )


def _way(predicate: str, from_observer: bool) -> str:
    if from_observer:
        return {
            "right_of": "to the right", "left_of": "to the left", "above": "up",
            "below": "down", "in_front_of": "ahead", "behind": "behind it",
        }[predicate]  # fmt: skip
    return {
        "right_of": "right", "left_of": "left", "above": "up", "below": "down",
        "behind": "back", "in_front_of": "to the front",
    }[predicate]  # fmt: skip
