"""Answers about how far objects are apart (Level 2)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hispatial_ros.answer.phrasing import ALONG, capitalized, doubt, length, the
from hispatial_ros.answer.quantities import Quantity, along, probability_less, spanning
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.relation_forms import Apart, Distance, Fits
from hispatial_ros.language.terms import CAMERA, Attribute, Kind, Mention

_ONE = Mention(words=("it",))  # of several, the one that is answered at a time


def distance(form: Distance, resolver: Resolver) -> Answer:
    if form.second is not None and form.first.many and not form.second.many:
        return _of_each(form, form.second, resolver)
    if form.second is not None and form.second.kind is Kind.CAMERA:
        return _from_camera(form, resolver)
    scene = resolver.scene
    first, second = resolver.pair(form.first, form.second)
    relation = scene.relation(first, second)
    names = f"{the(scene.name(first))} and {the(scene.name(second))}"
    gap = Quantity(relation.closest_distance, relation.closest_distance_stddev)
    center = Quantity(relation.center_distance, relation.center_distance_stddev)
    if form.axis is not None:
        axes = spanning(form.axis, scene.reference_frame)
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
    return measured_answer(text, [chosen], "m", objects=[first, second], relations=[relation])


def _of_each(form: Distance, second: Mention, resolver: Resolver) -> Answer:
    """ "How far are the boxes from the ladder?": of each box, the nearest first."""
    others = [] if second == CAMERA else [resolver.one(second)]
    objects = [o for o in resolver.all(form.first) if o not in others]
    if not objects:
        raise SpatialError(
            ErrorCode.BAD_QUESTION,
            f"there is nothing else that '{form.first}' means: name two different objects",
        )
    one = replace(form, first=_ONE)
    answers = [distance(one, resolver.taking(_ONE, obj)) for obj in objects]
    answers.sort(key=lambda answer: answer.values[0])
    together = [answer.objects[0] for answer in answers]
    return measured_answer(
        " ".join(answer.text for answer in answers),
        [Quantity(a.values[0], a.values_stddev[0]) for a in answers],
        "m",
        choice=resolver.scene.name(together[0]),
        objects=[*together, *others],
        relations=[relation for answer in answers for relation in answer.relations],
    )


def apart(form: Apart, resolver: Resolver) -> Answer:
    """Which of two pairs is nearer together, by their centres."""
    scene = resolver.scene
    pairs = [resolver.pair(*pair) for pair in (form.first, form.second)]
    relations = [scene.relation(*pair) for pair in pairs]
    first, second = (Quantity(r.center_distance, r.center_distance_stddev) for r in relations)
    less = probability_less(first, second)
    probable = 1 - less if form.order.descending else less  # that it is so of the first
    holds = probable >= 0.5
    names = [" and ".join(the(scene.name(o)) for o in pair) for pair in pairs]
    word = "farther apart" if form.order.descending else "closer together"
    said, other = (first, second) if holds or form.claimed else (second, first)
    ordered = names if holds or form.claimed else names[::-1]
    begins = f"{'Yes' if holds else 'No'}, " if form.claimed else ""
    verb = "are" if holds or not form.claimed else "are not"
    text = (
        f"{ordered[0]} {verb} {word} than {ordered[1]}: {scene.length(said)} against "
        f"{scene.length(other)} from centre to centre{doubt(probable)}."
    )
    choice = " and ".join(scene.name(o) for o in pairs[0 if holds else 1])
    return measured_answer(
        begins + (text if begins else capitalized(text)),
        [said, other],
        "m",
        choice=("yes" if holds else "no") if form.claimed else choice,
        objects=list(dict.fromkeys(o for pair in pairs for o in pair)),
        relations=relations,
    )


def fits(form: Fits, resolver: Resolver) -> Answer:
    """Whether the smaller of an object's horizontal sides is less than the gap."""
    scene = resolver.scene
    obj = resolver.one(form.object)
    ends = resolver.pair(form.first, form.second)
    for end in ends:
        scene.check_different(obj, end)
    relation = scene.relation(*ends)
    gap = Quantity(relation.closest_distance, relation.closest_distance_stddev)
    sides = [scene.value(obj, side) for side in (Attribute.WIDTH, Attribute.DEPTH)]
    side = min(sides, key=lambda q: q.value)
    probable = probability_less(side, gap)
    yes = probable >= 0.5
    between = " and ".join(the(scene.name(end)) for end in ends)
    resolver.note("it may be turned to fit; what stands between the two is not looked at")
    text = (
        f"{'Yes' if yes else 'No'}, {the(scene.name(obj))} "
        f"{'fits' if yes else 'does not fit'} between {between}: its smaller side is "
        f"{scene.length(side)}, the gap {scene.length(gap)}{doubt(probable)}."
    )
    return measured_answer(
        text, [side, gap], "m", choice="yes" if yes else "no", objects=[obj, *ends],
        relations=[relation],
    )  # fmt: skip


def _from_camera(form: Distance, resolver: Resolver) -> Answer:
    """How far to the side of, above or ahead of the camera an object's centre is."""
    scene = resolver.scene
    obj = resolver.one(form.first)
    axes = spanning(form.axis or "forward", scene.reference_frame)
    offset = axes @ (obj.center - scene.reference_frame.translation)
    value = float(np.linalg.norm(offset))
    direction = offset @ axes / max(value, 1e-9)
    spread = float(np.sqrt(direction @ obj.covariance[:3, :3] @ direction))
    chosen = Quantity(value, spread)
    name = capitalized(the(scene.name(obj)))
    text = f"{name} is {scene.length(chosen)} from the camera {ALONG[form.axis or 'forward']}."
    return measured_answer(text, [chosen], "m", objects=[obj])
