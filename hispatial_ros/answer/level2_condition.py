"""Answers of Level 2: yes or no, which ones, how many, what is there."""

from __future__ import annotations

from dataclasses import replace

from hispatial_ros.answer.conditions import WORDS, Verdict, check
from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, listing, percent, the
from hispatial_ros.answer.quantities import Quantity, quantity
from hispatial_ros.answer.relating import (
    SURE,
    comparative,
    name_of,
    relation_answer,
    superlative,
)
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level
from hispatial_ros.language.forms import Count, Describe, Exists, Holds, Select
from hispatial_ros.language.terms import (
    Attribute,
    ComparedTo,
    Condition,
    Extremal,
    InBetween,
    Kind,
    Limit,
    Order,
    Reference,
    RelationTo,
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
    claim = _claim(form.condition, scene)
    negation = "" if verdict.holds else "not "
    sure = max(verdict.probability, 1 - verdict.probability)
    doubt = "" if sure >= SURE else f" ({percent(sure)} sure)"
    text = f"{yes}, {the(scene.name(obj))} is {negation}{claim}: {verdict.measured}{doubt}."
    unit = "m3" if _is_volume(form.condition) else "m"
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
        return f"{WORDS[condition.predicate]} {name_of(condition.reference, scene)}"
    if isinstance(condition, InBetween):
        first, second = (name_of(r, scene) for r in (condition.first, condition.second))
        return f"between {first} and {second}"
    if isinstance(condition, ComparedTo):
        return f"{comparative(condition.order, scene)} than {name_of(condition.reference, scene)}"
    if isinstance(condition, Extremal):
        name = condition.among.name or "object"
        return f"the {superlative(condition.order, scene)} {name}"
    assert isinstance(condition, Limit)
    number = f"{_OPERATORS[condition.operator]} {length(condition.value, unit=scene.unit)}"
    if condition.anchor is not None:
        return f"{number} from {name_of(condition.anchor, scene)}"
    return f"{number} {_LIMIT_WORDS.get(condition.attribute, '')}".rstrip()


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
    return relation_answer(
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
    objects = scene.sorted(scene.all(Reference(Kind.ANY)), Order(Attribute.DISTANCE))
    parts = []
    for obj in objects:
        q = quantity(obj, Attribute.DISTANCE, scene.reference)
        parts.append(f"{the(scene.name(obj))} at {length(q.value)}")
    noun = "object" if len(objects) == 1 else "objects"
    text = f"{len(objects)} known {noun}, nearest first: {listing(parts)}."
    return relation_answer(text, [Quantity(float(len(objects)), 0.0)], "count", objects=objects)
