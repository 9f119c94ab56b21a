"""Answers of Level 2: which comes first, and ranking."""

from __future__ import annotations

from hispatial_ros.answer.conditions import volume
from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, listing, percent, the
from hispatial_ros.answer.quantities import Quantity, probability_less
from hispatial_ros.answer.relating import (
    COORDINATES,
    SURE,
    comparative,
    relation_answer,
    superlative,
)
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.relation_forms import Extreme, Rank
from hispatial_ros.language.terms import (
    Attribute,
    Order,
)


@answer_form.register
def _(form: Extreme, scene: Scene) -> Answer:
    candidates = scene.sorted(scene.each(form.candidates), form.order)
    if not 1 <= form.rank <= len(candidates):
        raise SpatialError(
            ErrorCode.UNKNOWN_OBJECT,
            f"there are {len(candidates)} objects to choose from, so none is #{form.rank}",
        )
    chosen = candidates[form.rank - 1]
    mine = scene.value(chosen, form.order)
    answer = relation_answer("", [mine], _unit(form.order), choice=scene.name(chosen))
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
    sure = 1 - less if form.order.descending else less  # that the chosen one comes first
    if len(candidates) == 2 and form.rank == 1:
        word = comparative(form.order, scene)
    else:
        word = f"the {f'#{form.rank} ' if form.rank > 1 else ''}{superlative(form.order, scene)}"
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
    if order.attribute in COORDINATES:
        gap = mine - theirs
        return f"{length(abs(gap.value), gap.stddev, scene.unit)} from {other}"
    return f"{_measured(mine, order, scene)}, {other} {_measured(theirs, order, scene)}"


@answer_form.register
def _(form: Rank, scene: Scene) -> Answer:
    objects = scene.sorted(scene.each(form.candidates), form.order)[: form.top]
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
    return relation_answer(
        " -> ".join(steps) + ".",
        numbers,
        _unit(form.order),
        choice=" -> ".join(names),
        objects=objects,
    )
