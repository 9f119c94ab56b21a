"""Answers about what fulfils a condition: yes or no, which, how many, what is there (Level 2)."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, gt, le, lt

from hispatial_ros.answer.conditions import Verdict
from hispatial_ros.answer.phrasing import SURE, capitalized, doubt, length, listing, percent, the
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.answer.wording import claim, is_volume, statement
from hispatial_ros.errors import ErrorCode
from hispatial_ros.language.forms import Exists
from hispatial_ros.language.names import plural, singular
from hispatial_ros.language.relation_forms import Count, CountCompared, Describe, Holds, Select
from hispatial_ros.language.terms import ANY, Attribute, Condition, Limit, Mention, Multiple, Order
from hispatial_ros.measure.types import Failure, MeasuredObject, Relation


def holds(form: Holds, resolver: Resolver) -> Answer:
    one = subject(form, resolver)
    if one is None:
        return _all_hold(form, resolver)
    obj, resolver = one
    condition = form.condition
    verdict = resolver.check(condition, obj)
    yes = "Yes" if verdict.holds else "No"
    stated = statement(condition, verdict.holds, resolver)
    sure = doubt(verdict.probability)
    return measured_answer(
        f"{yes}, {the(resolver.scene.name(obj))} is {stated}: {verdict.measured}{sure}.",
        verdict.quantities,
        "m3" if is_volume(condition) else "m",
        choice=yes.lower(),
        objects=[obj, *verdict.others],
        relations=verdict.relations,
    )


def subject(form: Holds, resolver: Resolver) -> tuple[MeasuredObject, Resolver] | None:
    """The one object that has to fulfil the condition; None: all that are mentioned have to.

    "The chairs are more than 1 m apart" is said of the one and the other: to the resolver that is
    returned the mention means the other.
    """
    condition = form.condition
    if isinstance(condition, Limit) and condition.anchor == form.object:
        obj, other = resolver.pair(form.object, None)
        return obj, resolver.taking(form.object, other)
    alike = isinstance(condition, Multiple) and condition.mention == form.object
    if alike and form.object.many and len(resolver.all(form.object)) == 2:
        obj, other = resolver.pair(form.object, None)
        return obj, resolver.taking(form.object, other)
    return None if form.object.many else (resolver.one(form.object), resolver)


def _all_hold(form: Holds, resolver: Resolver) -> Answer:
    """ "Are the chairs left of the table?": yes only if all of them are."""
    condition = form.condition
    others = resolver.compared(condition)
    asked = [o for o in resolver.all(form.object) if o not in others]
    verdicts = [resolver.check(condition, obj) for obj in asked]
    fulfilling = [o for o, v in zip(asked, verdicts, strict=True) if v.holds]
    every = len(fulfilling) == len(asked)
    sure = doubt(min((max(v.probability, 1 - v.probability) for v in verdicts), default=1.0))
    which = listing([the(resolver.scene.name(o)) for o in fulfilling])
    which = f": {which}" if fulfilling and not every else ""
    text = (
        f"{'Yes' if every else 'No'}, {len(fulfilling)} of {len(asked)} "
        f"{_nouns(form.object, len(asked))} {'is' if len(fulfilling) == 1 else 'are'} "
        f"{claim(condition, resolver)}{which}{sure}."
    )
    return _counted(
        text,
        len(fulfilling),
        choice="yes" if every else "no",
        objects=asked,
        relations=[r for v in verdicts for r in v.relations],
    )


def select(form: Select, resolver: Resolver) -> Answer:
    objects, names, relations, claimed = _found(form.kind, form.condition, resolver)
    if not objects:
        text = f"None of the known {_nouns(form.kind, 2)} is {claimed}."
    else:
        subject = capitalized(listing([the(n) for n in names]))
        text = f"{subject} {'is' if len(objects) == 1 else 'are'} {claimed}."
    choice = ", ".join(names)
    return _counted(text, len(objects), choice=choice, objects=objects, relations=relations)


def count(form: Count, resolver: Resolver) -> Answer:
    objects, names, relations, claimed = _found(form.kind, form.condition, resolver)
    number = len(names)
    listed = f": {listing(names)}" if names and number <= 12 else ""
    verb = "is" if number == 1 else "are"
    text = f"{number} {_nouns(form.kind, number)} {verb} {claimed}{listed}."
    return _counted(text, number, objects=objects, relations=relations)


_COUNTS: dict[str, Callable[[int, int], bool]] = {
    ">": gt, ">=": ge, "<": lt, "<=": le, "=": eq,
}  # fmt: skip


def count_compared(form: CountCompared, resolver: Resolver) -> Answer:
    """ "Are there more bottles than chairs?", "how many more?" """
    objects, names, relations, claimed = _found(form.kind, form.condition, resolver)
    number, limit = len(names), form.number or 0
    verb = "is" if number == 1 else "are"
    text = f"{number} {_nouns(form.kind, number)} {verb} {claimed}"
    if form.other is not None:
        limit = len(_found(form.other, form.other.condition, resolver)[1])
        text += f", {limit} {_nouns(form.other, limit)}"
    if form.operator == "-":
        more = number - limit
        text = f"{abs(more)} {'fewer' if more < 0 else 'more'}: {text}."
        return _counted(text, more, objects=objects)
    yes = _COUNTS[form.operator](number, limit)
    text = f"{'Yes' if yes else 'No'}, {text}."
    choice = "yes" if yes else "no"
    return _counted(text, number, choice=choice, objects=objects, relations=relations)


def exists(form: Exists, resolver: Resolver) -> Answer:
    objects, names, relations, claimed = _found(form.kind, form.condition, resolver)
    text = f"No, no {_nouns(form.kind, 1)} is {claimed}."
    if names:
        verb = "is" if len(names) == 1 else "are"
        text = f"Yes, {listing([the(n) for n in names])} {verb} {claimed}."
    choice = "yes" if names else "no"
    return _counted(text, len(names), choice=choice, objects=objects, relations=relations)


def description(form: Describe, resolver: Resolver) -> Answer:
    """What there is, nearest first."""
    scene = resolver.scene
    objects = resolver.sorted(resolver.all(ANY), Order(Attribute.DISTANCE))
    parts = [
        f"{the(scene.name(obj))} at {length(scene.value(obj, Attribute.DISTANCE).value)}"
        for obj in objects
    ]
    noun = "object" if len(objects) == 1 else "objects"
    text = f"{len(objects)} known {noun}, nearest first: {listing(parts)}."
    return _counted(text, len(objects), objects=objects)


def _found(
    kind: Mention, condition: Condition | None, resolver: Resolver
) -> tuple[list[MeasuredObject], list[str], list[Relation], str]:
    """The objects of a kind that fulfil a condition, their names, relations, and the claim.

    Without a condition those count too that could not be measured.
    """
    if condition is None:
        results = [r for r in resolver.scene.find(kind) if not _is_malformed(r)]
        objects = [r for r in results if isinstance(r, MeasuredObject)]
        return objects, [r.region.label for r in results], [], "known"
    found = _fulfilling(kind, condition, resolver)
    objects = [obj for obj, _ in found]
    names = [resolver.scene.name(o) for o in objects]
    relations = [r for _, verdict in found for r in verdict.relations]
    return objects, names, relations, claim(condition, resolver)


def _is_malformed(result: MeasuredObject | Failure) -> bool:
    """Whether the region says of no place that there is something."""
    return isinstance(result, Failure) and result.code is ErrorCode.BAD_REGION


def _fulfilling(
    kind: Mention, condition: Condition, resolver: Resolver
) -> list[tuple[MeasuredObject, Verdict]]:
    """Objects of a kind that fulfil a condition, surest first, without those they relate to."""
    found = []
    for obj in resolver.all(kind):
        if obj in resolver.compared(condition):
            continue
        verdict = resolver.check(condition, obj)
        if verdict.holds:
            found.append((obj, verdict))
        if abs(verdict.probability - 0.5) < SURE - 0.5:
            resolver.note(
                f"{resolver.scene.name(obj)}: {'probably' if verdict.holds else 'probably not'} "
                f"({percent(max(verdict.probability, 1 - verdict.probability))} sure)"
            )
    return sorted(found, key=lambda item: -item[1].probability)


def _counted(text: str, number: int, **fields) -> Answer:
    return measured_answer(text, [Quantity(float(number), 0.0)], "count", **fields)


def _nouns(kind: Mention, number: int) -> str:
    """The noun in the number that goes with it, however the question put it: "1 bottle"."""
    *adjectives, noun = (kind.name or "object").split()
    noun = singular(noun) if number == 1 else plural(noun)
    return " ".join([*adjectives, noun])
