"""Answers about which comes first, and by how much (Level 2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hispatial_ros.answer.phrasing import SURE, capitalized, length, listing, percent, the, volume
from hispatial_ros.answer.quantities import COORDINATES, Quantity, probability_less
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.answer.wording import AS, comparative, superlative
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.relation_forms import Difference, Extreme, Rank, Ratio
from hispatial_ros.language.terms import Attribute, Order
from hispatial_ros.measure.types import MeasuredObject

_PREDICATES = {
    (Attribute.DISTANCE, False): "nearer", (Attribute.DISTANCE, True): "farther",
    (Attribute.HEIGHT, False): "shorter", (Attribute.HEIGHT, True): "taller",
    (Attribute.WIDTH, False): "narrower", (Attribute.WIDTH, True): "wider",
    (Attribute.VOLUME, False): "smaller", (Attribute.VOLUME, True): "larger",
    (Attribute.RIGHT, False): "left_of", (Attribute.RIGHT, True): "right_of",
    (Attribute.UP, False): "below", (Attribute.UP, True): "above",
    (Attribute.FORWARD, False): "in_front_of", (Attribute.FORWARD, True): "behind",
}  # fmt: skip


def difference(form: Difference, resolver: Resolver) -> Answer:
    first, second = resolver.pair(form.first, form.second)
    order = form.order
    mine, theirs = resolver.value(first, order), resolver.value(second, order)
    excess = mine - theirs if order.descending else theirs - mine
    by = _measure_of(order, resolver.scene)(Quantity(abs(excess.value), excess.stddev))
    opposite = Order(order.attribute, not order.descending, order.anchor)
    word = comparative(order if excess.value >= 0 else opposite, resolver)
    names = [the(resolver.scene.name(obj)) for obj in (first, second)]
    text = f"{capitalized(names[0])} is {by} {word} than {names[1]}."
    plain = order if excess.value >= 0 else opposite
    choice = Order(plain.attribute, plain.descending).comparative
    return measured_answer(text, [excess], _unit(order), choice=choice, objects=[first, second])


def ratio(form: Ratio, resolver: Resolver) -> Answer:
    scene, order = resolver.scene, form.order
    objects = resolver.pair(form.first, form.second)
    scene.check_different(*objects)
    more, less = objects if order.descending else objects[::-1]
    above, below = resolver.value(more, order), resolver.value(less, order)
    if min(above.value, below.value) <= 0:
        raise SpatialError(
            ErrorCode.BAD_QUESTION, f"{the(scene.name(less))} measures nothing: no ratio to it"
        )
    relative = np.hypot(above.stddev / above.value, below.stddev / below.value)
    times = Quantity(above.value / below.value, above.value / below.value * float(relative))
    shown = _measure_of(order, scene)
    anchor = f" from {resolver.name(order.anchor)}" if order.anchor else ""
    text = (
        f"{capitalized(the(scene.name(more)))} is {times.value:.2f} ± "
        f"{max(times.stddev, 0.01):.2f} times as {AS[order.attribute]}{anchor} as "
        f"{the(scene.name(less))}: {shown(above)} against {shown(below)}."
    )
    return measured_answer(text, [times], "1", objects=objects)


def extreme(form: Extreme, resolver: Resolver) -> Answer:
    scene, order, rank = resolver.scene, form.order, form.rank
    candidates = _candidates(form, resolver, rank)
    chosen = candidates[rank - 1]
    mine = resolver.value(chosen, order)
    subject = the(scene.name(chosen))
    answer = measured_answer("", [mine], _unit(order), choice=scene.name(chosen), objects=[chosen])
    if len(candidates) == 1:
        measured = _measure_of(order, scene)(mine)
        answer.text = f"{capitalized(subject)} is the only one, {measured}."
        return answer
    rival = candidates[rank - 2] if rank == len(candidates) else candidates[rank]
    theirs = resolver.value(rival, order)
    less = probability_less(mine, theirs)
    sure = 1 - less if order.descending else less  # that the chosen one comes first
    if len(candidates) == 2 and rank == 1:
        word = comparative(order, resolver)
    else:
        word = f"the {f'#{rank} ' if rank > 1 else ''}{superlative(order, resolver)}"
    other = the(scene.name(rival))
    against = _against(mine, theirs, order, other, scene)
    if rank == 1 and sure < SURE:
        answer.text = (
            f"{capitalized(subject)} and {other} are about equal; {subject} is probably {word} "
            f"({percent(sure)} sure): {against}."
        )
    else:
        answer.text = f"{capitalized(subject)} is {word}: {against}."
    answer.values += [theirs.value]
    answer.values_stddev += [theirs.stddev]
    answer.objects = candidates if len(candidates) <= 7 else candidates[: rank + 1]
    predicate = _PREDICATES.get((order.attribute, order.descending))
    if predicate is not None and order.anchor is None:
        answer.relations = [scene.relation(chosen, rival, predicate)]
    return answer


def ranking(form: Rank, resolver: Resolver) -> Answer:
    scene, order = resolver.scene, form.order
    objects = _candidates(form, resolver)[: form.top]
    numbers = [resolver.value(o, order) for o in objects]
    names = [scene.name(o) for o in objects]
    steps = [
        f"{name} ({_rounded(q, order, scene)})" for name, q in zip(names, numbers, strict=True)
    ]
    close = [
        f"{a} and {b}"
        for a, b, p, q in zip(names, names[1:], numbers, numbers[1:], strict=False)
        if abs((p - q).value) < (p - q).stddev
    ]
    if close:
        resolver.note(f"about equal: {listing(close)}")
    text = " -> ".join(steps) + "."
    choice = " -> ".join(names)
    return measured_answer(text, numbers, _unit(order), choice=choice, objects=objects)


def _candidates(form: Extreme | Rank, resolver: Resolver, rank: int = 1) -> list[MeasuredObject]:
    """What is chosen from, in order, at least so many."""
    candidates = resolver.sorted(resolver.each(form.candidates), form.order)
    if not 1 <= rank <= len(candidates):
        raise SpatialError(
            ErrorCode.UNKNOWN_OBJECT,
            f"there are {len(candidates)} objects to choose from, so none is #{rank}",
        )
    return candidates


def _unit(order: Order) -> str:
    return "m3" if order.attribute is Attribute.VOLUME else "m"


def _measure_of(order: Order, scene: Scene) -> Callable[[Quantity], str]:
    """How a quantity that objects are ordered by is written."""
    return volume if order.attribute is Attribute.VOLUME else scene.length


def _rounded(q: Quantity, order: Order, scene: Scene) -> str:
    if order.attribute is Attribute.VOLUME:
        return volume(q).split(" ±")[0]
    return length(q.value, unit=scene.unit)


def _against(mine: Quantity, theirs: Quantity, order: Order, other: str, scene: Scene) -> str:
    if order.attribute in COORDINATES:
        gap = mine - theirs
        return f"{length(abs(gap.value), gap.stddev, scene.unit)} from {other}"
    shown = _measure_of(order, scene)
    return f"{shown(mine)}, {other} {shown(theirs)}"
