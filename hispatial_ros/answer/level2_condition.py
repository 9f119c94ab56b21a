"""Answers of Level 2: yes or no, which ones, how many, what is there."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.answer.claims import claim, is_volume, mentioned, statement
from hispatial_ros.answer.conditions import Verdict, check
from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, listing, percent, the
from hispatial_ros.answer.quantities import Quantity, quantity
from hispatial_ros.answer.relating import (
    SURE,
    relation_answer,
)
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level
from hispatial_ros.language.forms import Exists
from hispatial_ros.language.relation_forms import Count, Describe, Holds, Select
from hispatial_ros.language.terms import (
    Attribute,
    Condition,
    Kind,
    Limit,
    Mention,
    Order,
)
from hispatial_ros.measure.types import MeasuredObject


@answer_form.register
def _(form: Holds, scene: Scene) -> Answer:
    apart = isinstance(form.condition, Limit) and form.condition.anchor == form.object
    if form.object.many and not apart:
        return _all_hold(form, scene)
    obj, form = _two_of_a_kind(form, scene)
    verdict = check(form.condition, obj, scene)
    yes = "Yes" if verdict.holds else "No"
    stated = statement(form.condition, verdict.holds, scene)
    sure = max(verdict.probability, 1 - verdict.probability)
    doubt = "" if sure >= SURE else f" ({percent(sure)} sure)"
    text = f"{yes}, {the(scene.name(obj))} is {stated}: {verdict.measured}{doubt}."
    unit = "m3" if is_volume(form.condition) else "m"
    return relation_answer(
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
    asked = [o for o in scene.all(form.object) if o not in mentioned(condition, scene)]
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
        f"{claim(condition, scene)}{which}{doubt}."
    )
    return relation_answer(
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
    anchor = Mention(words=(second.id,))
    scene.remember(anchor, second)
    return first, replace(form, condition=replace(condition, anchor=anchor))


def _fulfilling(
    kind: Mention, condition: Condition, scene: Scene
) -> list[tuple[MeasuredObject, Verdict]]:
    """Objects of a kind that fulfil a condition, surest first; the reference itself is left out."""
    found = []
    for obj in scene.all(kind):
        if obj in mentioned(condition, scene):
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


def _nouns(kind: Mention, count: int) -> str:
    name = kind.name or "object"
    if count != 1 and not name.endswith("s"):
        name += "s"
    return name


@answer_form.register
def _(form: Select, scene: Scene) -> Answer:
    found = _fulfilling(form.kind, form.condition, scene)
    claimed = claim(form.condition, scene)
    objects = [obj for obj, _ in found]
    names = [scene.name(o) for o in objects]
    if not found:
        text = f"None of the known {_nouns(form.kind, 2)} is {claimed}."
    else:
        verb = "is" if len(found) == 1 else "are"
        text = f"{capitalized(listing([the(n) for n in names]))} {verb} {claimed}."
    return relation_answer(
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
        claimed = "known"
    else:
        found = _fulfilling(form.kind, form.condition, scene)
        objects, count = [obj for obj, _ in found], len(found)
        names = [scene.name(o) for o in objects]
        relations = [r for _, verdict in found for r in verdict.relations]
        claimed = claim(form.condition, scene)
    verb = "is" if count == 1 else "are"
    listed = f": {listing(names)}" if names and len(names) <= 12 else ""
    text = f"{count} {_nouns(form.kind, count)} {verb} {claimed}{listed}."
    return relation_answer(
        text, [Quantity(float(count), 0.0)], "count", objects=objects, relations=relations
    )


@answer_form.register
def _(form: Exists, scene: Scene) -> Answer:
    if form.condition is None:
        objects = scene.measurable(form.kind)
        names = [r.label for r in scene.named(form.kind)]
        relations = []
        claimed = "known"
    else:
        found = _fulfilling(form.kind, form.condition, scene)
        objects = [obj for obj, _ in found]
        names = [scene.name(o) for o in objects]
        relations = [r for _, verdict in found for r in verdict.relations]
        claimed = claim(form.condition, scene)
    if names:
        verb = "is" if len(names) == 1 else "are"
        text = f"Yes, {listing([the(n) for n in names])} {verb} {claimed}."
    else:
        text = f"No, no {_nouns(form.kind, 1)} is {claimed}."
    answer = relation_answer(
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
    objects = scene.sorted(scene.all(Mention(Kind.ANY)), Order(Attribute.DISTANCE))
    parts = []
    for obj in objects:
        q = quantity(obj, Attribute.DISTANCE, scene.reference)
        parts.append(f"{the(scene.name(obj))} at {length(q.value)}")
    noun = "object" if len(objects) == 1 else "objects"
    text = f"{len(objects)} known {noun}, nearest first: {listing(parts)}."
    return relation_answer(text, [Quantity(float(len(objects)), 0.0)], "count", objects=objects)
