"""Whether a measured object fulfils a condition, how surely, and what was measured for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hispatial_ros.answer.containment import inside
from hispatial_ros.answer.phrasing import length, the, volume
from hispatial_ros.answer.quantities import (
    COORDINATES,
    Quantity,
    along,
    axis_of,
    probability_less,
    spanning,
)
from hispatial_ros.answer.scene import Scene
from hispatial_ros.language.terms import (
    AllOf,
    AnyOf,
    Attribute,
    ComparedTo,
    Condition,
    Converse,
    Except,
    Extremal,
    InBetween,
    Joined,
    Kind,
    Limit,
    Mention,
    Multiple,
    Not,
    Order,
    RelationTo,
)
from hispatial_ros.measure.types import MeasuredObject, Relation

# What the mentions of a condition mean: one object each, or the many that an extreme is one of, or
# that the condition is said of ("left of all bottles").
Meanings = Mapping[Mention, Sequence[MeasuredObject]]

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
# What an object directly on a side is not aside along.
_ACROSS = {
    "above": (Attribute.RIGHT, Attribute.FORWARD), "below": (Attribute.RIGHT, Attribute.FORWARD),
    "in_front_of": (Attribute.RIGHT,), "behind": (Attribute.RIGHT,),
    "left_of": (Attribute.FORWARD,), "right_of": (Attribute.FORWARD,),
}  # fmt: skip
_AHEAD = {"in_front_of": "behind", "behind": "in_front_of"}


@dataclass(frozen=True)
class Verdict:
    """``probability`` that the condition holds; ``measured`` words the evidence."""

    probability: float
    measured: str
    quantities: tuple[Quantity, ...] = ()
    others: tuple[MeasuredObject, ...] = ()
    relations: tuple[Relation, ...] = ()
    notes: tuple[str, ...] = ()  # how words were taken

    @property
    def holds(self) -> bool:
        return self.probability >= 0.5


def single(condition: Condition) -> Iterator[Condition]:
    """The conditions that a condition is made of with "not", "and" and "or"."""
    if isinstance(condition, Not):
        yield from single(condition.condition)
    elif isinstance(condition, Joined):
        for part in condition.conditions:
            yield from single(part)
    else:
        yield condition


def compared(condition: Condition) -> list[Mention]:
    """The mentions of what an object is compared with, one object each.

    The camera is not among them where an object may be related to it.
    """
    found: list[Mention] = []
    for part in single(condition):
        if isinstance(part, InBetween):
            found += [m for m in (part.first, part.second) if m.kind is not Kind.CAMERA]
        if isinstance(part, Converse):
            found.append(part.mention)
        if isinstance(part, Except):
            found += part.mentions
        if isinstance(part, (ComparedTo, Multiple)):
            found.append(part.mention)
        related: Mention | None = None
        if isinstance(part, RelationTo):
            related = part.mention
        elif isinstance(part, Limit):
            related = part.anchor
        elif isinstance(part, (ComparedTo, Multiple, Extremal)):
            related = part.order.anchor
        if related is not None and related.kind is not Kind.CAMERA:
            found.append(related)
    return found


def check(condition: Condition, obj: MeasuredObject, scene: Scene, meanings: Meanings) -> Verdict:
    """Judge an object.

    Args:
        meanings: of every mention in ``compared(condition)``, and what extremes are among.

    Raises:
        SpatialError: BAD_QUESTION if the object is compared with itself.
    """
    for mention in _said_of(condition):
        if mention.many and len(others := meanings.get(mention, ())) != 1:
            return _check_each(condition, mention, others, obj, scene, meanings)
    return _CHECKS[type(condition)](condition, obj, scene, meanings)


def _said_of(condition: Condition) -> list[Mention]:
    if isinstance(condition, (RelationTo, ComparedTo, Multiple)):
        return [condition.mention]
    return [condition.anchor] if isinstance(condition, Limit) and condition.anchor else []


def _check_each(
    condition: Condition,
    mention: Mention,
    others: Sequence[MeasuredObject],
    obj: MeasuredObject,
    scene: Scene,
    meanings: Meanings,
) -> Verdict:
    """Of "all bottles" the least probable decides, of "any bottle" the most probable."""
    verdicts = [
        check(condition, obj, scene, {**meanings, mention: [other]})
        for other in others
        if other is not obj
    ]
    if not verdicts:
        return Verdict(0.0, "there is no other")
    decide = min if mention.every else max
    return decide(verdicts, key=lambda verdict: verdict.probability)


def _check_relation(
    condition: RelationTo, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    predicate = condition.predicate
    if condition.mention.kind is Kind.CAMERA:
        verdict = _relative_to_camera(predicate, obj, scene)
        return _before_camera(verdict, predicate, obj, scene) if condition.directly else verdict
    (other,) = meanings[condition.mention]
    if predicate == "near":
        limit = Limit(Attribute.GAP, "<", NEAR, condition.mention)
        note = f"'near' is taken as closer than {length(NEAR)}, surface to surface"
        return replace(_check_limit(limit, obj, scene, meanings), notes=(note,))
    if predicate == "inside":
        return _inside(obj, other, scene)
    relation = scene.relation(obj, other, predicate)
    if other is scene.observer and predicate in _AHEAD:
        return _ahead(obj, relation, scene)
    if predicate in ("on", "touching"):
        gap = Quantity(relation.closest_distance, relation.closest_distance_stddev)
        evidence = f"{length(gap.value, gap.stddev)} between their surfaces"
    else:
        gap, evidence = _offset(obj, other, predicate, scene)
    verdict = Verdict(relation.confidence, evidence, (gap,), (other,), (relation,))
    return _aligned(verdict, condition, obj, other, scene) if condition.directly else verdict


def _aligned(
    verdict: Verdict,
    condition: RelationTo,
    obj: MeasuredObject,
    other: MeasuredObject,
    scene: Scene,
) -> Verdict:
    """ "Directly above": with its centre within the other's sides, seen from there."""
    probability, beside = verdict.probability, 0.0
    for attribute in _ACROSS[condition.predicate]:
        axis = axis_of(attribute, scene.reference_frame)
        half = float(np.abs(axis @ other.rotation) @ other.size) / 2
        offset = _difference(obj, other, attribute, scene)
        probability = min(
            probability,
            probability_less(Quantity(abs(offset.value), offset.stddev), Quantity(half, 0.0)),
        )
        beside = max(beside, abs(offset.value))
    words = WORDS[condition.predicate]
    note = (
        f"'directly {words}' is taken as: its centre within the sides of {the(scene.name(other))}"
    )
    evidence = f"{verdict.measured}, {length(beside)} aside"
    return replace(verdict, probability=probability, measured=evidence, notes=(note,))


def _before_camera(verdict: Verdict, predicate: str, obj: MeasuredObject, scene: Scene) -> Verdict:
    """ "Directly in front of me": the line straight there meets the object."""
    probability = verdict.probability
    for attribute in _ACROSS[predicate]:
        axis = axis_of(attribute, scene.reference_frame)
        half = float(np.abs(axis @ obj.rotation) @ obj.size) / 2
        own = scene.value(obj, attribute)
        aside = abs(own.value - float(axis @ scene.reference_frame.translation))
        probability = min(
            probability, probability_less(Quantity(aside, own.stddev), Quantity(half, 0.0))
        )
    note = f"'directly {WORDS[predicate]}' the camera is taken as: straight on, the object is met"
    return replace(verdict, probability=probability, notes=(note,))


def _check_converse(
    condition: Converse, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    """ "What is the mug on?": the object is what the mug is on."""
    (subject,) = meanings[condition.mention]
    if subject is obj:
        return Verdict(0.0, "it is the same")
    related = RelationTo(condition.predicate, condition.mention)
    return check(related, subject, scene, {condition.mention: [obj]})


def _inside(obj: MeasuredObject, other: MeasuredObject, scene: Scene) -> Verdict:
    scene.check_different(obj, other)
    container = the(scene.name(other))
    probability, deep = inside(obj, other, scene.reference_frame.up)
    way = "within" if deep > 0 else "outside"
    evidence = f"its lower part is {length(abs(deep))} {way} the box around {container}"
    note = f"'inside' is taken as lying within the box around {container}, be it hollow or not"
    return Verdict(probability, evidence, others=(other,), notes=(note,))


def _ahead(obj: MeasuredObject, relation: Relation, scene: Scene) -> Verdict:
    """In front of the observer is what they look at, though it is beyond themselves."""
    observer = relation.object
    opposite = scene.relation(obj, observer, _AHEAD[relation.predicate])
    offset = _difference(obj, observer, Attribute.FORWARD, scene)
    way = "ahead of" if offset.value > 0 else "behind"
    evidence = f"its centre is {length(abs(offset.value), offset.stddev)} {way} it"
    shown = offset if relation.predicate == "in_front_of" else Quantity(0.0, 0.0) - offset
    said = replace(opposite, predicate=relation.predicate)
    return Verdict(said.confidence, evidence, (shown,), (observer,), (said,))


def _difference(
    obj: MeasuredObject, other: MeasuredObject, attribute: Attribute, scene: Scene
) -> Quantity:
    return scene.value(obj, attribute) - scene.value(other, attribute)


def _offset(
    obj: MeasuredObject, other: MeasuredObject, predicate: str, scene: Scene
) -> tuple[Quantity, str]:
    attribute, positive = _AXIS[predicate]
    offset = _difference(obj, other, attribute, scene)
    shown = Quantity(offset.value if positive else -offset.value, offset.stddev)
    words = {
        Attribute.RIGHT: ("to the right", "to the left"),
        Attribute.UP: ("higher", "lower"),
        Attribute.FORWARD: ("farther back", "nearer"),
    }[attribute]
    way = words[0] if offset.value > 0 else words[1]
    return shown, f"its centre is {length(abs(offset.value), offset.stddev)} {way}"


def _relative_to_camera(predicate: str, obj: MeasuredObject, scene: Scene) -> Verdict:
    if predicate not in _AXIS:
        limit = NEAR if predicate == "near" else 0.0
        gap = scene.value(obj, Attribute.DISTANCE)
        near = probability_less(gap, Quantity(limit, 0.0))
        return Verdict(near, f"it is {length(gap.value, gap.stddev)} away", (gap,))
    attribute, positive = _AXIS[predicate]
    if attribute is Attribute.FORWARD:
        positive = not positive  # in front of the camera is what it sees
    own = scene.value(obj, attribute)
    axis = axis_of(attribute, scene.reference_frame)
    camera = float(axis @ scene.reference_frame.translation)
    offset = Quantity(own.value - camera, own.stddev)
    less = probability_less(offset, Quantity(0.0, 0.0))
    way = {
        Attribute.RIGHT: ("to the right of", "to the left of"),
        Attribute.UP: ("above", "below"),
        Attribute.FORWARD: ("ahead of", "behind"),
    }[attribute][offset.value < 0]
    evidence = f"its centre is {length(abs(offset.value), offset.stddev)} {way} the camera"
    return Verdict(1 - less if positive else less, evidence, (offset,))


def _check_between(
    condition: InBetween, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    ends = [m for m in (condition.first, condition.second) if m.kind is not Kind.CAMERA]
    others = tuple(meanings[m][0] for m in ends)
    if obj in others:
        return Verdict(0.0, "it is one of the two", others=others)
    places = [other.center for other in others]
    places += [scene.reference_frame.translation] * (2 - len(places))
    arms = [place - obj.center for place in places]
    lengths = [max(float(np.linalg.norm(arm)), 1e-6) for arm in arms]
    angle = float(np.arccos(np.clip(arms[0] @ arms[1] / np.prod(lengths), -1, 1)))
    stddev = float(np.sqrt(np.trace(obj.covariance[:3, :3]) / 3)) / min(lengths)
    less = probability_less(Quantity(angle, stddev), Quantity(BETWEEN, 0.0))
    evidence = f"from it the two are {np.degrees(angle):.0f}° apart"
    note = f"'between' is taken as seeing the two at least {np.degrees(BETWEEN):.0f}° apart"
    return Verdict(1 - less, evidence, others=others, notes=(note,))


def _check_comparison(
    condition: ComparedTo, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    (other,) = meanings[condition.mention]
    scene.check_different(obj, other)
    order = condition.order
    mine, theirs = (_value(o, order, scene, meanings) for o in (obj, other))
    less = probability_less(mine, theirs)
    if order.attribute in COORDINATES:
        gap = mine - theirs
        evidence = f"by {length(abs(gap.value), gap.stddev)}"
    else:
        evidence = _against_each_other(mine, theirs, order)
    probability = 1 - less if order.descending else less
    return Verdict(probability, evidence, (mine, theirs), (other,))


def _check_multiple(
    condition: Multiple, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    (other,) = meanings[condition.mention]
    scene.check_different(obj, other)
    mine, theirs = (_value(o, condition.order, scene, meanings) for o in (obj, other))
    times = Quantity(condition.factor * theirs.value, condition.factor * theirs.stddev)
    excess = mine - times
    if condition.operator == "=":
        probability = _about(excess, 0.0, max(ABOUT * times.value, 2 * excess.stddev))
    else:
        less = probability_less(mine, times)
        probability = less if condition.operator in ("<", "<=") else 1 - less
    evidence = _against_each_other(mine, theirs, condition.order)
    return Verdict(probability, evidence, (mine, theirs), (other,))


def _check_limit(
    condition: Limit, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    attribute = condition.attribute
    others: tuple[MeasuredObject, ...] = ()
    if condition.anchor is None or condition.anchor.kind is Kind.CAMERA:
        # "Larger than 20 cm" is said of a side.
        attribute = Attribute.LENGTH if attribute is Attribute.VOLUME else attribute
        measured = scene.value(obj, attribute)
    else:
        (other,) = others = tuple(meanings[condition.anchor])
        if condition.axis is not None:
            measured = along(obj, other, spanning(condition.axis, scene.reference_frame))
        else:
            measured = scene.value(obj, attribute, other)
    evidence = length(measured.value, measured.stddev)
    return Verdict(_within(measured, condition), evidence, (measured,), others)


def _within(measured: Quantity, limit: Limit) -> float:
    if limit.upper is not None:
        low, high = Quantity(limit.value, 0.0), Quantity(limit.upper, 0.0)
        return probability_less(measured, high) - probability_less(measured, low)
    if limit.operator == "=":
        slack = max(ABOUT * abs(limit.value), 2 * measured.stddev)
        return _about(measured, limit.value, slack)
    less = probability_less(measured, Quantity(limit.value, 0.0))
    return less if limit.operator in ("<", "<=") else 1 - less


def _about(measured: Quantity, value: float, slack: float) -> float:
    """Probability that a quantity is no more than the slack away from a value."""
    low, high = Quantity(value - slack, 0.0), Quantity(value + slack, 0.0)
    return probability_less(measured, high) - probability_less(measured, low)


def _check_not(condition: Not, obj: MeasuredObject, scene: Scene, meanings: Meanings) -> Verdict:
    verdict = check(condition.condition, obj, scene, meanings)
    return replace(verdict, probability=1 - verdict.probability)


def _check_all(condition: AllOf, obj: MeasuredObject, scene: Scene, meanings: Meanings) -> Verdict:
    """The least probable of several decides; independence is not claimed."""
    verdicts = [check(c, obj, scene, meanings) for c in condition.conditions]
    return _together(verdicts, min(v.probability for v in verdicts), verdicts)


def _check_any(condition: AnyOf, obj: MeasuredObject, scene: Scene, meanings: Meanings) -> Verdict:
    """The most probable of several decides, and is what was measured."""
    verdicts = [check(c, obj, scene, meanings) for c in condition.conditions]
    best = max(verdicts, key=lambda v: v.probability)
    return _together(verdicts, best.probability, [best] if best.holds else verdicts)


def _together(
    verdicts: Sequence[Verdict], probability: float, telling: Sequence[Verdict]
) -> Verdict:
    return Verdict(
        probability,
        "; ".join(v.measured for v in telling),
        (),  # which number belongs to which condition could not be told
        tuple(o for v in verdicts for o in v.others),
        tuple(r for v in verdicts for r in v.relations),
        tuple(n for v in verdicts for n in v.notes),
    )


def _check_except(
    condition: Except, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    another = all(obj not in meanings[mention] for mention in condition.mentions)
    return Verdict(float(another), "it is another" if another else "it is the same")


def _check_extreme(
    condition: Extremal, obj: MeasuredObject, scene: Scene, meanings: Meanings
) -> Verdict:
    order = condition.order
    anchor = _anchor(order, meanings)
    mine = scene.value(obj, order.attribute, anchor)
    among = meanings[condition.among]
    first, *rest = scene.sorted(among if obj in among else [obj, *among], order, anchor)
    rival = first if first is not obj else next(iter(rest), None)
    if rival is None:
        return Verdict(1.0, "it is the only one", (mine,))
    theirs = scene.value(rival, order.attribute, anchor)
    less = probability_less(mine, theirs)
    probability = 1 - less if order.descending else less
    word = "next is" if first is obj else f"the {order.superlative} is"
    return Verdict(probability, f"{word} {the(scene.name(rival))}", (mine, theirs), (rival,))


def _anchor(order: Order, meanings: Meanings) -> MeasuredObject | None:
    if order.anchor is None or order.anchor.kind is Kind.CAMERA:
        return None
    return meanings[order.anchor][0]


def _value(obj: MeasuredObject, order: Order, scene: Scene, meanings: Meanings) -> Quantity:
    return scene.value(obj, order.attribute, _anchor(order, meanings))


def _against_each_other(mine: Quantity, theirs: Quantity, order: Order) -> str:
    if order.attribute is Attribute.VOLUME:
        return f"{volume(mine)} against {volume(theirs)}"
    return f"{length(mine.value, mine.stddev)} against {length(theirs.value, theirs.stddev)}"


_CHECKS: Mapping[type, Callable[[Any, MeasuredObject, Scene, Meanings], Verdict]] = {
    RelationTo: _check_relation,
    Converse: _check_converse,
    InBetween: _check_between,
    ComparedTo: _check_comparison,
    Multiple: _check_multiple,
    Limit: _check_limit,
    Extremal: _check_extreme,
    Not: _check_not,
    Except: _check_except,
    AllOf: _check_all,
    AnyOf: _check_any,
}
