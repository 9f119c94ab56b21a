"""From measurements to readings: by how much conditions are fulfilled, and what answers say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from hispatial_ros.answer.conditions import Verdict
from hispatial_ros.answer.forms.conditions import subject as subject_of
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.language.forms import Exists
from hispatial_ros.language.names import Names
from hispatial_ros.language.question import ParsedQuestion
from hispatial_ros.language.relation_forms import Extreme, Holds, Rank
from hispatial_ros.language.terms import (
    Attribute,
    ComparedTo,
    Condition,
    Extremal,
    Limit,
    Multiple,
    RelationTo,
)
from hispatial_ros.measure.relations import ON, TOUCHING
from hispatial_ros.measure.types import MeasuredObject, Relation
from hispatial_ros.watch.hysteresis import Band, Reading, Slack

# Where things are, of each pair of opposite predicates one; how large they are does not change.
WATCHED = ("left_of", "below", "in_front_of", "nearer", TOUCHING)


def judge(question: ParsedQuestion, resolver: Resolver) -> tuple[dict[str, Slack], bool, float]:
    """By how much each object that a claim is about fulfils its condition.

    Returns:
        Slack by the object's id ("" if there is just one that is meant), whether every one of them
        has to fulfil it rather than any, and the probability that the claim holds.

    Raises:
        SpatialError: if an object cannot be named or measured.
    """
    form = question.form
    assert isinstance(form, (Holds, Exists))
    condition = form.condition
    assert condition is not None
    if isinstance(form, Holds) and (one := subject_of(form, resolver)):
        obj, resolver = one
        verdict = resolver.check(condition, obj)
        return {"": slack(condition, verdict)}, False, verdict.probability
    every = isinstance(form, Holds)
    mention = form.object if isinstance(form, Holds) else form.kind
    others = resolver.compared(condition)
    verdicts = {
        o.id: resolver.check(condition, o) for o in resolver.all(mention) if o not in others
    }
    probabilities = [v.probability for v in verdicts.values()] or [0.0]
    probability = min(probabilities) if every else max(probabilities)
    return {key: slack(condition, v) for key, v in verdicts.items()}, every, probability


def is_none_there(question: ParsedQuestion, labels: Sequence[str]) -> bool:
    """Whether a claim about any of a kind finds none of that kind, so that it does not hold."""
    form = question.form
    if not isinstance(form, Exists):
        return False
    return not labels or not Names(labels).knows(form.kind)


def none_there(question: ParsedQuestion) -> Answer:
    """The answer in that case."""
    assert isinstance(question.form, Exists)
    text = f"No, there is no {question.form.kind.name or 'object'} in view."
    answer = measured_answer(text, [Quantity(0.0, 0.0)], "count", choice="no")
    answer.question, answer.measured_text = question.text, text
    answer.notes = list(question.notes)
    return answer


def slack(condition: Condition, verdict: Verdict) -> Slack:
    """A verdict in metres on either side of the limit."""
    spread = _spread(condition, verdict.quantities)
    if isinstance(condition, Limit) and condition.operator not in ("=", ".."):
        (measured,) = verdict.quantities
        beyond = measured.value - condition.value
        return Slack(-beyond if condition.operator in ("<", "<=") else beyond, spread)
    contact = isinstance(condition, RelationTo) and condition.predicate in (ON, TOUCHING)
    if contact and verdict.relations:
        return Slack.contact(verdict.probability, spread)
    return Slack.of_probability(verdict.probability, spread)


def _spread(condition: Condition, quantities: tuple[Quantity, ...]) -> float:
    """Standard deviation [m] of what decides; 1 (in units of itself) where that is no length."""
    if not quantities:
        return 1.0
    compared = (ComparedTo, Multiple, Extremal)
    if isinstance(condition, compared) and condition.order.attribute is Attribute.VOLUME:
        return 1.0
    if len(quantities) == 1:
        return quantities[0].stddev
    times = condition.factor if isinstance(condition, Multiple) else 1.0
    mine, theirs = quantities[:2]
    return float(np.hypot(mine.stddev, times * theirs.stddev))


def read(question: ParsedQuestion, answer: Answer, resolver: Resolver, band: Band) -> Reading:
    """What an answer says; its choice only if the runner-up is beyond the noise."""
    sure = _is_sure(question, resolver, band)
    ordered = isinstance(question.form, (Extreme, Rank))
    return Reading(
        () if ordered else tuple(answer.values),
        () if ordered else tuple(answer.values_stddev),
        answer.choice if sure else None,
    )


def _is_sure(question: ParsedQuestion, resolver: Resolver, band: Band) -> bool:
    form = question.form
    if not isinstance(form, (Extreme, Rank)):
        return True
    objects = resolver.sorted(resolver.each(form.candidates), form.order)
    values = [resolver.value(o, form.order) for o in objects]
    steps = [b - a for a, b in pairwise(values)]
    if isinstance(form, Extreme):  # against the one before and the one after
        steps = steps[max(form.rank - 2, 0) : form.rank]
    return all(abs(s.value) > band.margin + band.sigmas * s.stddev for s in steps)


def relate(objects: list[MeasuredObject], scene: Scene) -> dict[str, tuple[Slack, Relation]]:
    """The watched relations of every pair, by their wording with ids: "mug left_of globe"."""
    found = {}
    for a, b in combinations(objects, 2):
        for predicate in WATCHED:
            relation = scene.relation(a, b, predicate)
            found[_wording(relation)] = (_relation_slack(relation), relation)
        for subject, other in ((a, b), (b, a)):
            relation = scene.relation(subject, other, ON)
            found[_wording(relation)] = (_relation_slack(relation), relation)
    return found


def _wording(relation: Relation) -> str:
    return f"{relation.subject.id} {relation.predicate} {relation.object.id}"


def _relation_slack(relation: Relation) -> Slack:
    if relation.predicate in (ON, TOUCHING):
        return Slack.contact(relation.confidence, relation.closest_distance_stddev)
    return Slack.of_probability(relation.confidence, relation.center_distance_stddev)
