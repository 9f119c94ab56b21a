"""Answers of Level 2: distance, direction, comparison, order, number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hispatial_ros.answer.conditions import WORDS, Verdict, check, volume
from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, listing, percent, the
from hispatial_ros.answer.quantities import Quantity, along, probability_less, quantity
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.question import (
    Attribute,
    ComparedTo,
    Condition,
    Count,
    Describe,
    Difference,
    Direction,
    Distance,
    Exists,
    Extremal,
    Extreme,
    Holds,
    InBetween,
    Kind,
    Limit,
    Order,
    Rank,
    Reference,
    RelationTo,
    RelativeDirection,
    Select,
)
from hispatial_ros.measure.types import MeasuredObject

SURE = 0.9  # below this probability an answer says how sure it is
_AXES = {"x": 0, "y": 1, "z": 2}
_COORDINATES = (Attribute.RIGHT, Attribute.UP, Attribute.FORWARD)


def _relation_answer(
    text: str, numbers: Sequence[Quantity] = (), unit: str = "", **fields: object
) -> Answer:
    answer = Answer("", text, Level.RELATION, Source.MEASURED)
    answer.values = [q.value for q in numbers]
    answer.values_stddev = [q.stddev for q in numbers]
    answer.unit = unit if numbers else ""
    for name, value in fields.items():
        setattr(answer, name, value)
    return answer


# Distance and direction


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
    return _relation_answer(text, [chosen], "m", objects=[first, second], relations=[relation])


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
    return _relation_answer(text, [chosen], "m", objects=[obj])


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
    word = _comparative(form.order if difference.value >= 0 else opposite, scene)
    names = the(scene.name(first)), the(scene.name(second))
    text = f"{capitalized(names[0])} is {by} {word} than {names[1]}."
    unit = "m3" if form.order.attribute is Attribute.VOLUME else "m"
    return _relation_answer(text, [difference], unit, objects=[first, second])


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
    return _relation_answer(text, numbers, "1", objects=objects)


def _place(reference: Reference, scene: Scene) -> tuple[np.ndarray, str, np.ndarray]:
    """Position [3], name and covariance [3, 3] of an object or the camera."""
    if reference.kind is Kind.CAMERA:
        return scene.reference.translation, "the camera", np.zeros((3, 3))
    obj = scene.one(reference)
    return obj.center, the(scene.name(obj)), obj.covariance[:3, :3]


_DIRECTIONS = (("right_of", "left_of"), ("above", "below"), ("behind", "in_front_of"))
_SHORT = {
    "right_of": "right", "left_of": "left", "above": "above", "below": "below",
    "behind": "behind", "in_front_of": "front",
}  # fmt: skip


@answer_form.register
def _(form: RelativeDirection, scene: Scene) -> Answer:
    first = scene.one(form.first)
    origin, name, _ = _place(form.second, scene)
    offsets = []
    for attribute in _COORDINATES:
        mine = quantity(first, attribute, scene.reference)
        axis = scene.axis(attribute)
        offset = Quantity(mine.value - float(axis @ origin), mine.stddev)
        if form.second.kind is not Kind.CAMERA:
            theirs = quantity(scene.one(form.second), attribute, scene.reference)
            offset = mine - theirs
        offsets.append(offset)
    signed = [
        (names[q.value < 0], abs(q.value), q) for q, names in zip(offsets, _DIRECTIONS, strict=True)
    ]
    signed.sort(key=lambda item: -item[1])
    largest = signed[0][1]
    objects = [first]
    relations = []
    if form.second.kind is not Kind.CAMERA:
        objects.append(scene.one(form.second))
        relations = [
            scene.relation(first, objects[1], predicate)
            for predicate, size, _ in signed
            if size > 0.2 * largest
        ]
    chosen = [s for s in signed if s[0] in form.choices] or signed
    parts = [
        f"{length(size, q.stddev)} {_way(predicate, form.second.kind is Kind.CAMERA)}"
        for predicate, size, q in signed
        if size > 0.2 * largest
    ]
    where = WORDS[chosen[0][0]] if form.second.kind is not Kind.CAMERA else ""
    subject = capitalized(the(scene.name(first)))
    if where:
        text = f"{subject} is {where} {name}: {listing(parts)}."
    else:
        text = f"As seen from {name}, {the(scene.name(first))} is {listing(parts)}."
    return _relation_answer(
        text, offsets, "m", choice=_SHORT[chosen[0][0]], objects=objects, relations=relations
    )


def _way(predicate: str, camera: bool) -> str:
    if camera:
        return {
            "right_of": "to the right", "left_of": "to the left", "above": "up",
            "below": "down", "behind": "ahead", "in_front_of": "behind it",
        }[predicate]  # fmt: skip
    return {
        "right_of": "right", "left_of": "left", "above": "up", "below": "down",
        "behind": "back", "in_front_of": "to the front",
    }[predicate]  # fmt: skip


# Order


@answer_form.register
def _(form: Extreme, scene: Scene) -> Answer:
    candidates = scene.sorted(scene.each(form.candidates), form.order)
    if not 1 <= form.rank <= len(candidates):
        raise SpatialError(
            ErrorCode.UNKNOWN_OBJECT,
            f"there are {len(candidates)} objects to choose from, no #{form.rank}",
        )
    chosen = candidates[form.rank - 1]
    mine = scene.value(chosen, form.order)
    answer = _relation_answer("", [mine], _unit(form.order), choice=scene.name(chosen))
    answer.objects = [chosen]
    subject = the(scene.name(chosen))
    if len(candidates) == 1:
        answer.text = (
            f"{capitalized(subject)} is the only one, {_measured(mine, form.order, scene)}."
        )
        return answer
    rival = candidates[form.rank - 2] if form.rank == len(candidates) else candidates[form.rank]
    theirs = scene.value(rival, form.order)
    less = probability_less(mine, theirs)
    ahead = form.rank < len(candidates)
    sure = 1 - less if form.order.descending is ahead else less
    if len(candidates) == 2 and form.rank == 1:
        word = _comparative(form.order, scene)
    else:
        word = f"the {f'#{form.rank} ' if form.rank > 1 else ''}{_superlative(form.order, scene)}"
    other = the(scene.name(rival))
    against = _against(mine, theirs, form.order, other, scene)
    if form.rank == 1 and sure < SURE:
        answer.text = (
            f"{capitalized(subject)} and {other} are about equal; {subject} is probably {word} "
            f"({percent(sure)} sure): {against}."
        )
    else:
        answer.text = f"{capitalized(subject)} is {word}: {against}."
    answer.values += [theirs.value]
    answer.values_stddev += [theirs.stddev]
    answer.objects = candidates if len(candidates) <= 7 else candidates[: form.rank + 1]
    predicate = _predicate(form.order)
    if predicate is not None:
        answer.relations = [scene.relation(chosen, rival, predicate)]
    return answer


def _predicate(order: Order) -> str | None:
    if order.anchor is not None:
        return None
    return {
        (Attribute.DISTANCE, False): "nearer", (Attribute.DISTANCE, True): "farther",
        (Attribute.HEIGHT, False): "shorter", (Attribute.HEIGHT, True): "taller",
        (Attribute.WIDTH, False): "narrower", (Attribute.WIDTH, True): "wider",
        (Attribute.VOLUME, False): "smaller", (Attribute.VOLUME, True): "larger",
        (Attribute.RIGHT, False): "left_of", (Attribute.RIGHT, True): "right_of",
        (Attribute.UP, False): "below", (Attribute.UP, True): "above",
        (Attribute.FORWARD, False): "in_front_of", (Attribute.FORWARD, True): "behind",
    }.get((order.attribute, order.descending))  # fmt: skip


def _unit(order: Order) -> str:
    return "m3" if order.attribute is Attribute.VOLUME else "m"


def _measured(q: Quantity, order: Order, scene: Scene) -> str:
    if order.attribute is Attribute.VOLUME:
        return volume(q)
    return scene.length(q)


def _rounded(q: Quantity, order: Order, scene: Scene) -> str:
    if order.attribute is Attribute.VOLUME:
        return volume(q).split(" ±")[0]
    return length(q.value, unit=scene.unit)


def _against(mine: Quantity, theirs: Quantity, order: Order, other: str, scene: Scene) -> str:
    if order.attribute in _COORDINATES:
        gap = mine - theirs
        return f"{length(abs(gap.value), gap.stddev, scene.unit)} from {other}"
    return f"{_measured(mine, order, scene)}, {other} {_measured(theirs, order, scene)}"


@answer_form.register
def _(form: Rank, scene: Scene) -> Answer:
    objects = scene.sorted(scene.each(form.candidates), form.order)
    numbers = [scene.value(o, form.order) for o in objects]
    names = [scene.name(o) for o in objects]
    steps = [
        f"{name} ({_rounded(q, form.order, scene)})" for name, q in zip(names, numbers, strict=True)
    ]
    close = [
        f"{a} and {b}"
        for a, b, p, q in zip(names, names[1:], numbers, numbers[1:], strict=False)
        if abs((p - q).value) < (p - q).stddev
    ]
    if close:
        scene.note(f"about equal: {listing(close)}")
    return _relation_answer(
        " -> ".join(steps) + ".",
        numbers,
        _unit(form.order),
        choice=" -> ".join(names),
        objects=objects,
    )


# Conditions


@answer_form.register
def _(form: Holds, scene: Scene) -> Answer:
    apart = isinstance(form.condition, Limit) and form.condition.anchor == form.object
    if form.object.many and not apart:
        return _all_hold(form, scene)
    obj, form = _two_of_a_kind(form, scene)
    verdict = check(form.condition, obj, scene)
    yes = "Yes" if verdict.holds else "No"
    claim = _claim(form.condition, scene)
    negation = "" if verdict.holds else "not "
    sure = max(verdict.probability, 1 - verdict.probability)
    doubt = "" if sure >= SURE else f" ({percent(sure)} sure)"
    text = f"{yes}, {the(scene.name(obj))} is {negation}{claim}: {verdict.measured}{doubt}."
    unit = "m3" if _is_volume(form.condition) else "m"
    return _relation_answer(
        text,
        verdict.quantities,
        unit,
        choice=yes.lower(),
        objects=[obj, *verdict.others],
        relations=list(verdict.relations),
    )


def _all_hold(form: Holds, scene: Scene) -> Answer:
    """ "Are the chairs left of the table?": yes only if all of them are."""
    condition = form.condition
    asked = [o for o in scene.all(form.object) if o not in _mentioned(condition, scene)]
    verdicts = [check(condition, obj, scene) for obj in asked]
    fulfilling = [o for o, v in zip(asked, verdicts, strict=True) if v.holds]
    every = len(fulfilling) == len(asked)
    sure = min((max(v.probability, 1 - v.probability) for v in verdicts), default=1.0)
    doubt = "" if sure >= SURE else f" ({percent(sure)} sure)"
    which = listing([the(scene.name(o)) for o in fulfilling])
    which = f": {which}" if fulfilling and not every else ""
    text = (
        f"{'Yes' if every else 'No'}, {len(fulfilling)} of {len(asked)} "
        f"{_nouns(form.object, len(asked))} {'is' if len(fulfilling) == 1 else 'are'} "
        f"{_claim(condition, scene)}{which}{doubt}."
    )
    return _relation_answer(
        text,
        [Quantity(float(len(fulfilling)), 0.0)],
        "count",
        choice="yes" if every else "no",
        objects=asked,
        relations=[r for v in verdicts for r in v.relations],
    )


def _two_of_a_kind(form: Holds, scene: Scene) -> tuple[MeasuredObject, Holds]:
    """ "Are the chairs more than 1 m apart?" is asked of the one and the other."""
    condition = form.condition
    if not (isinstance(condition, Limit) and condition.anchor == form.object):
        return scene.one(form.object), form
    first, second = scene.pair(form.object, None)
    anchor = Reference(words=(second.id,))
    scene.remember(anchor, second)
    return first, replace(form, condition=replace(condition, anchor=anchor))


def _is_volume(condition: Condition) -> bool:
    return (
        isinstance(condition, (ComparedTo, Extremal))
        and condition.order.attribute is Attribute.VOLUME
    )


_OPERATORS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "=": "about"}
_LIMIT_WORDS = {
    Attribute.DISTANCE: "away", Attribute.GAP: "away", Attribute.WIDTH: "wide",
    Attribute.HEIGHT: "tall", Attribute.DEPTH: "deep", Attribute.LENGTH: "long",
    Attribute.VOLUME: "long",
}  # fmt: skip


def _claim(condition: Condition, scene: Scene) -> str:
    if isinstance(condition, RelationTo):
        return f"{WORDS[condition.predicate]} {_named(condition.reference, scene)}"
    if isinstance(condition, InBetween):
        first, second = (_named(r, scene) for r in (condition.first, condition.second))
        return f"between {first} and {second}"
    if isinstance(condition, ComparedTo):
        return f"{_comparative(condition.order, scene)} than {_named(condition.reference, scene)}"
    if isinstance(condition, Extremal):
        name = condition.among.name or "object"
        return f"the {_superlative(condition.order, scene)} {name}"
    assert isinstance(condition, Limit)
    number = f"{_OPERATORS[condition.operator]} {length(condition.value, unit=scene.unit)}"
    if condition.anchor is not None:
        return f"{number} from {_named(condition.anchor, scene)}"
    return f"{number} {_LIMIT_WORDS.get(condition.attribute, '')}".rstrip()


def _comparative(order: Order, scene: Scene) -> str:
    plain = Order(order.attribute, order.descending).comparative
    return f"{plain} to {_named(order.anchor, scene)}" if order.anchor else plain


def _superlative(order: Order, scene: Scene) -> str:
    plain = Order(order.attribute, order.descending).superlative
    return f"{plain} to {_named(order.anchor, scene)}" if order.anchor else plain


def _named(reference: Reference, scene: Scene) -> str:
    if reference.kind is Kind.CAMERA:
        return "the camera"
    return the(scene.name(scene.one(reference)))


def _fulfilling(
    kind: Reference, condition: Condition, scene: Scene
) -> list[tuple[MeasuredObject, Verdict]]:
    """Objects of a kind that fulfil a condition, surest first; the reference itself is left out."""
    found = []
    for obj in scene.all(kind):
        if obj in _mentioned(condition, scene):
            continue
        verdict = check(condition, obj, scene)
        if verdict.holds:
            found.append((obj, verdict))
        if abs(verdict.probability - 0.5) < SURE - 0.5:
            scene.note(
                f"{scene.name(obj)}: {'probably' if verdict.holds else 'probably not'} "
                f"({percent(max(verdict.probability, 1 - verdict.probability))} sure)"
            )
    return sorted(found, key=lambda item: -item[1].probability)


def _mentioned(condition: Condition, scene: Scene) -> list[MeasuredObject]:
    references = []
    if isinstance(condition, (RelationTo, ComparedTo)):
        references.append(condition.reference)
    if isinstance(condition, InBetween):
        references += [condition.first, condition.second]
    if isinstance(condition, Limit) and condition.anchor is not None:
        references.append(condition.anchor)
    return [scene.one(r) for r in references if r.kind is not Kind.CAMERA]


def _nouns(kind: Reference, count: int) -> str:
    name = kind.name or "object"
    if count != 1 and not name.endswith("s"):
        name += "s"
    return name


@answer_form.register
def _(form: Select, scene: Scene) -> Answer:
    found = _fulfilling(form.kind, form.condition, scene)
    claim = _claim(form.condition, scene)
    objects = [obj for obj, _ in found]
    names = [scene.name(o) for o in objects]
    if not found:
        text = f"None of the known {_nouns(form.kind, 2)} is {claim}."
    else:
        verb = "is" if len(found) == 1 else "are"
        text = f"{capitalized(listing([the(n) for n in names]))} {verb} {claim}."
    return _relation_answer(
        text,
        [Quantity(float(len(found)), 0.0)],
        "count",
        choice=", ".join(names),
        objects=objects,
        relations=[r for _, verdict in found for r in verdict.relations],
    )


@answer_form.register
def _(form: Count, scene: Scene) -> Answer:
    if form.condition is None:
        regions = scene.named(form.kind)
        objects, count = scene.measurable(form.kind), len(regions)
        names = [r.label for r in regions]
        relations = []
        claim = "known"
    else:
        found = _fulfilling(form.kind, form.condition, scene)
        objects, count = [obj for obj, _ in found], len(found)
        names = [scene.name(o) for o in objects]
        relations = [r for _, verdict in found for r in verdict.relations]
        claim = _claim(form.condition, scene)
    verb = "is" if count == 1 else "are"
    listed = f": {listing(names)}" if names and len(names) <= 12 else ""
    text = f"{count} {_nouns(form.kind, count)} {verb} {claim}{listed}."
    return _relation_answer(
        text, [Quantity(float(count), 0.0)], "count", objects=objects, relations=relations
    )


@answer_form.register
def _(form: Exists, scene: Scene) -> Answer:
    if form.condition is None:
        objects = scene.measurable(form.kind)
        names = [r.label for r in scene.named(form.kind)]
        relations = []
        claim = "known"
    else:
        found = _fulfilling(form.kind, form.condition, scene)
        objects = [obj for obj, _ in found]
        names = [scene.name(o) for o in objects]
        relations = [r for _, verdict in found for r in verdict.relations]
        claim = _claim(form.condition, scene)
    if names:
        verb = "is" if len(names) == 1 else "are"
        text = f"Yes, {listing([the(n) for n in names])} {verb} {claim}."
    else:
        text = f"No, no {_nouns(form.kind, 1)} is {claim}."
    answer = _relation_answer(
        text,
        [Quantity(float(len(names)), 0.0)],
        "count",
        choice="yes" if names else "no",
        objects=objects,
        relations=relations,
    )
    answer.level = Level.OBJECT if form.condition is None else Level.RELATION
    return answer


@answer_form.register
def _(form: Describe, scene: Scene) -> Answer:
    objects = scene.sorted(scene.all(Reference(Kind.ANY)), Order(Attribute.DISTANCE))
    parts = []
    for obj in objects:
        q = quantity(obj, Attribute.DISTANCE, scene.reference)
        parts.append(f"{the(scene.name(obj))} at {length(q.value)}")
    noun = "object" if len(objects) == 1 else "objects"
    text = f"{len(objects)} known {noun}, nearest first: {listing(parts)}."
    return _relation_answer(text, [Quantity(float(len(objects)), 0.0)], "count", objects=objects)
