"""Whether a measured object fulfils a condition, how surely, and what was measured for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch

import numpy as np

from hispatial_ros.answer.containment import inside
from hispatial_ros.answer.phrasing import length, the
from hispatial_ros.answer.quantities import Quantity, probability_less, quantity
from hispatial_ros.answer.scene import Scene
from hispatial_ros.language.terms import (
    AllOf,
    Attribute,
    ComparedTo,
    Condition,
    Extremal,
    InBetween,
    Kind,
    Limit,
    Multiple,
    Not,
    Order,
    RelationTo,
)
from hispatial_ros.measure.types import MeasuredObject, Relation

NEAR = 0.3  # m between surfaces that "near", "next to" and "beside" stand for
BETWEEN = np.radians(120)  # least angle at which what is between two others sees them
ABOUT = 0.1  # relative difference that still is "about" the same length

WORDS = {
    "left_of": "to the left of",
    "right_of": "to the right of",
    "above": "above",
    "below": "below",
    "in_front_of": "in front of",
    "behind": "behind",
    "on": "on",
    "inside": "inside",
    "touching": "touching",
    "near": "near",
}
_AXIS = {
    "left_of": (Attribute.RIGHT, False),
    "right_of": (Attribute.RIGHT, True),
    "above": (Attribute.UP, True),
    "below": (Attribute.UP, False),
    "behind": (Attribute.FORWARD, True),
    "in_front_of": (Attribute.FORWARD, False),
}
_AHEAD = {"in_front_of": "behind", "behind": "in_front_of"}


@dataclass(frozen=True)
class Verdict:
    """``probability`` that the condition holds; ``measured`` words the evidence."""

    probability: float
    measured: str
    quantities: tuple[Quantity, ...] = ()
    others: tuple[MeasuredObject, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def holds(self) -> bool:
        return self.probability >= 0.5


@singledispatch
def check(condition: Condition, obj: MeasuredObject, scene: Scene) -> Verdict:
    raise TypeError(f"unknown condition {condition!r}")


@check.register
def _(condition: RelationTo, obj: MeasuredObject, scene: Scene) -> Verdict:
    if condition.mention.kind is Kind.CAMERA:
        return _relative_to_camera(condition, obj, scene)
    other = scene.one(condition.mention)
    if condition.predicate == "near":
        scene.note(f"'near' is taken as closer than {length(NEAR)}, surface to surface")
        limit = Limit(Attribute.GAP, "<", NEAR, condition.mention)
        return check(limit, obj, scene)
    if condition.predicate == "inside":
        return _inside(obj, other, scene)
    relation = scene.relation(obj, other, condition.predicate)
    if other is scene.observer and condition.predicate in _AHEAD:
        return _ahead(condition, obj, scene, relation)
    if condition.predicate in ("on", "touching"):
        gap = Quantity(relation.closest_distance, relation.closest_distance_stddev)
        evidence = f"{length(gap.value, gap.stddev)} between their surfaces"
    else:
        gap, evidence = _offset(obj, other, condition.predicate, scene)
    return Verdict(relation.confidence, evidence, (gap,), (other,), (relation,))


def _inside(obj: MeasuredObject, other: MeasuredObject, scene: Scene) -> Verdict:
    scene.check_different(obj, other)
    container = the(scene.name(other))
    probability, deep = inside(obj, other, scene.reference.up)
    way = "within" if deep > 0 else "outside"
    evidence = f"its lower part is {length(abs(deep))} {way} the box around {container}"
    scene.note(f"'inside' is taken as lying within the box around {container}, be it hollow or not")
    return Verdict(probability, evidence, (), (other,))


def _ahead(condition: RelationTo, obj: MeasuredObject, scene: Scene, relation: Relation) -> Verdict:
    """In front of the observer is what they look at, though it is beyond themselves."""
    observer = relation.object
    opposite = scene.relation(obj, observer, _AHEAD[condition.predicate])
    relation = replace(opposite, predicate=condition.predicate)
    offset = quantity(obj, Attribute.FORWARD, scene.reference) - quantity(
        observer, Attribute.FORWARD, scene.reference
    )
    way = "ahead of" if offset.value > 0 else "behind"
    evidence = f"its centre is {length(abs(offset.value), offset.stddev)} {way} it"
    shown = offset if condition.predicate == "in_front_of" else Quantity(0.0, 0.0) - offset
    return Verdict(relation.confidence, evidence, (shown,), (observer,), (relation,))


def _offset(
    obj: MeasuredObject, other: MeasuredObject, predicate: str, scene: Scene
) -> tuple[Quantity, str]:
    attribute, positive = _AXIS[predicate]
    offset = quantity(obj, attribute, scene.reference) - quantity(other, attribute, scene.reference)
    shown = Quantity(offset.value if positive else -offset.value, offset.stddev)
    words = {
        Attribute.RIGHT: ("to the right", "to the left"),
        Attribute.UP: ("higher", "lower"),
        Attribute.FORWARD: ("farther back", "nearer"),
    }[attribute]
    way = words[0] if offset.value > 0 else words[1]
    return shown, f"its centre is {length(abs(offset.value), offset.stddev)} {way}"


def _relative_to_camera(condition: RelationTo, obj: MeasuredObject, scene: Scene) -> Verdict:
    if condition.predicate not in _AXIS:
        limit = NEAR if condition.predicate == "near" else 0.0
        gap = quantity(obj, Attribute.DISTANCE, scene.reference)
        near = probability_less(gap, Quantity(limit, 0.0))
        return Verdict(near, f"it is {length(gap.value, gap.stddev)} away", (gap,))
    attribute, positive = _AXIS[condition.predicate]
    if condition.predicate == "in_front_of":
        positive = True  # of the camera: what it sees
    if condition.predicate == "behind":
        positive = False
    own = quantity(obj, attribute, scene.reference)
    camera = float(scene.axis(attribute) @ scene.reference.translation)
    offset = Quantity(own.value - camera, own.stddev)
    less = probability_less(offset, Quantity(0.0, 0.0))
    way = {
        Attribute.RIGHT: ("to the right of", "to the left of"),
        Attribute.UP: ("above", "below"),
        Attribute.FORWARD: ("ahead of", "behind"),
    }[attribute][offset.value < 0]
    evidence = f"its centre is {length(abs(offset.value), offset.stddev)} {way} the camera"
    return Verdict(1 - less if positive else less, evidence, (offset,))


@check.register
def _(condition: InBetween, obj: MeasuredObject, scene: Scene) -> Verdict:
    first, second = scene.one(condition.first), scene.one(condition.second)
    if obj is first or obj is second:
        return Verdict(0.0, "it is one of the two", (), (first, second))
    arms = [first.center - obj.center, second.center - obj.center]
    lengths = [max(float(np.linalg.norm(arm)), 1e-6) for arm in arms]
    angle = float(np.arccos(np.clip(arms[0] @ arms[1] / np.prod(lengths), -1, 1)))
    stddev = float(np.sqrt(np.trace(obj.covariance[:3, :3]) / 3)) / min(lengths)
    seen = Quantity(angle, stddev)
    evidence = f"from it the two are {np.degrees(angle):.0f}° apart"
    scene.note(f"'between' is taken as seeing the two at least {np.degrees(BETWEEN):.0f}° apart")
    less = probability_less(seen, Quantity(BETWEEN, 0.0))
    return Verdict(1 - less, evidence, (), (first, second))


@check.register
def _(condition: ComparedTo, obj: MeasuredObject, scene: Scene) -> Verdict:
    other = scene.one(condition.mention)
    scene.check_different(obj, other)
    order = condition.order
    mine, theirs = scene.value(obj, order), scene.value(other, order)
    less = probability_less(mine, theirs)
    if order.attribute in (Attribute.RIGHT, Attribute.UP, Attribute.FORWARD):
        gap = mine - theirs
        evidence = f"by {length(abs(gap.value), gap.stddev)}"
    else:
        evidence = _against_each_other(mine, theirs, order)
    probability = 1 - less if order.descending else less
    return Verdict(probability, evidence, (mine, theirs), (other,))


@check.register
def _(condition: Multiple, obj: MeasuredObject, scene: Scene) -> Verdict:
    other = scene.one(condition.mention)
    scene.check_different(obj, other)
    mine, theirs = (scene.value(o, condition.order) for o in (obj, other))
    times = Quantity(condition.factor * theirs.value, condition.factor * theirs.stddev)
    excess = mine - times
    if condition.operator == "=":
        nothing = Quantity(0.0, 0.0)
        slack = Quantity(max(ABOUT * times.value, 2 * excess.stddev), 0.0)
        probability = probability_less(excess, slack) - probability_less(excess, nothing - slack)
    else:
        less = probability_less(mine, times)
        probability = less if condition.operator in ("<", "<=") else 1 - less
    evidence = _against_each_other(mine, theirs, condition.order)
    return Verdict(probability, evidence, (mine, theirs), (other,))


@check.register
def _(condition: Limit, obj: MeasuredObject, scene: Scene) -> Verdict:
    others: tuple[MeasuredObject, ...] = ()
    if condition.anchor is None or condition.anchor.kind is Kind.CAMERA:
        attribute = condition.attribute
        if attribute is Attribute.GAP:
            attribute = Attribute.DISTANCE
        if attribute is Attribute.VOLUME:  # "larger than 20 cm" is said of a side
            attribute = Attribute.LENGTH
        measured = quantity(obj, attribute, scene.reference)
    else:
        other = scene.one(condition.anchor)
        others = (other,)
        if condition.attribute is Attribute.GAP:
            measured = scene.between_surfaces(obj, other)
        else:
            measured = scene.between_centers(obj, other)
    probability = _against(measured, condition)
    return Verdict(probability, length(measured.value, measured.stddev), (measured,), others)


def _against(measured: Quantity, limit: Limit) -> float:
    if limit.upper is not None:
        low, high = Quantity(limit.value, 0.0), Quantity(limit.upper, 0.0)
        return probability_less(measured, high) - probability_less(measured, low)
    if limit.operator == "=":
        slack = max(ABOUT * abs(limit.value), 2 * measured.stddev)
        low = Quantity(limit.value - slack, 0.0)
        high = Quantity(limit.value + slack, 0.0)
        return probability_less(measured, high) - probability_less(measured, low)
    less = probability_less(measured, Quantity(limit.value, 0.0))
    return less if limit.operator in ("<", "<=") else 1 - less


@check.register
def _(condition: Not, obj: MeasuredObject, scene: Scene) -> Verdict:
    verdict = check(condition.condition, obj, scene)
    return replace(verdict, probability=1 - verdict.probability)


@check.register
def _(condition: AllOf, obj: MeasuredObject, scene: Scene) -> Verdict:
    """The least probable of several decides; independence is not claimed."""
    verdicts = [check(c, obj, scene) for c in condition.conditions]
    return Verdict(
        min(v.probability for v in verdicts),
        "; ".join(v.measured for v in verdicts),
        (),  # which number belongs to which condition could not be told
        tuple(o for v in verdicts for o in v.others),
        tuple(r for v in verdicts for r in v.relations),
    )


@check.register
def _(condition: Extremal, obj: MeasuredObject, scene: Scene) -> Verdict:
    among = scene.all(condition.among)
    if obj not in among:
        among = [obj, *among]
    first, *rest = scene.sorted(among, condition.order)
    best = scene.value(first, condition.order)
    if first is obj:
        rival, mine = (rest[0] if rest else None), best
    else:
        rival, mine = first, scene.value(obj, condition.order)
    if rival is None:
        return Verdict(1.0, "it is the only one", (mine,))
    theirs = scene.value(rival, condition.order)
    less = probability_less(mine, theirs)
    probability = 1 - less if condition.order.descending else less
    word = "next is" if first is obj else f"the {condition.order.superlative} is"
    return Verdict(probability, f"{word} {the(scene.name(rival))}", (mine, theirs), (rival,))


def _against_each_other(mine: Quantity, theirs: Quantity, order: Order) -> str:
    if order.attribute is Attribute.VOLUME:
        return f"{volume(mine)} against {volume(theirs)}"
    return f"{length(mine.value, mine.stddev)} against {length(theirs.value, theirs.stddev)}"


def volume(q: Quantity) -> str:
    """ "12 litres", or cubic metres from one on."""
    if q.value >= 1:
        return f"{q.value:.2f} m³ ± {max(q.stddev, 0.01):.2f} m³"
    litres, stddev = q.value * 1000, max(q.stddev * 1000, 0.1)
    return f"{litres:.1f} litres ± {stddev:.1f}"
