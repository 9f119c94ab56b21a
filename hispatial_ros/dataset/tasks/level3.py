"""Level 3: reasoning over several facts, with its steps.

Steps have the released data's form: a plan, the facts, the reasoning, the final answer.
"""

from collections.abc import Iterator

import numpy as np

from hispatial_ros.dataset.facts import Either, Fact, Number, joint, metres
from hispatial_ros.dataset.pick import Picker
from hispatial_ros.dataset.tasks.level2 import FORWARD, RIGHT, class_words
from hispatial_ros.dataset.world import Quantity, World, along
from hispatial_ros.language.names import plural

# [m] Least distance between an observer and what it faces, below which nobody stands there.
STANDING = 0.3
# [sigmas] That the distance has to exceed it by.
SURELY = 3.0
# [m] Width that a walking person or a small robot needs. Stated in the question.
PATH_WIDTH = 0.6


def perspective_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Left or right of C for an observer who stands at A and faces B."""
    if world.up is None:
        return
    for i, j, k in pick(world.count, 3, ordered=True):
        side = _side(world, i, j, k)
        if side is None:
            continue
        evidence = tuple(
            Number(Quantity(abs(q.value), q.stddev))
            for n in (j, k)
            for q in (along(world, i, n, RIGHT), along(world, i, n, FORWARD))
        )
        steps = (
            "place the observer at {A}, facing {B}",
            "in the camera's axes {B} lies at "
            + _flat(world, i, j)
            + " from {A}, {C} at "
            + _flat(world, i, k),
            "seen along the way from {A} to {B}, {C} is on the {answer}",
        )
        yield Fact(
            "perspective", 3, (i, j, k), Either(side), {}, ("left", "right"), steps, evidence
        )
        path = (
            "walk straight from {A} to {B}",
            *steps[1:2],
            "walking that way, {C} is passed on the {answer}",
        )
        yield Fact("path_side", 3, (i, j, k), Either(side), {}, ("left", "right"), path, evidence)


def _flat(world: World, i: int, j: int) -> str:
    offset = world.center(j)[0] - world.center(i)[0]
    return f"{metres(offset[0])} to the right and {metres(offset[2])} forward"


def _side(world: World, i: int, j: int, k: int) -> Quantity | None:
    """How far C lies to the left of the line from A to B, horizontally; None if A is at B."""
    assert world.up is not None
    (a, ca), (b, cb), (c, cc) = (world.center(n) for n in (i, j, k))
    facing = b - a - (b - a) @ world.up * world.up
    length = float(np.linalg.norm(facing))
    ahead = facing / max(length, 1e-9)
    if length < STANDING + SURELY * np.sqrt(float(ahead @ (ca + cb) @ ahead)):
        return None
    left = np.cross(world.up, ahead)
    share = float((c - a) @ facing) / length**2
    # C moves the result as it is; A and B by how far along the line C lies.
    variance = float(left @ (cc + (1 - share) ** 2 * ca + share**2 * cb) @ left)
    return Quantity(float((c - a) @ left), float(np.sqrt(max(variance, 0.0))))


def fit_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Whether C fits between A and B, and how much room has to be made."""
    for i, j, k in pick(world.count, 3, ordered=True):
        if i < j:
            gap = world.closest_distance(i, j)
            width = world.size(k, 0)
            room = gap - width
            evidence = (Number(gap), Number(width))
            steps = (
                "compare the free gap between {A} and {B} with the width of {C}",
                f"the gap between {{A}} and {{B}} is {metres(gap.value)}; {{C}} is "
                f"{metres(width.value)} wide",
                f"the gap is {metres(abs(room.value))} {'wider' if room.value > 0 else 'narrower'} "
                "than {C}",
            )
            claim = Either(room)
            yield Fact("fits_between", 3, (i, j, k), claim, {}, ("yes", "no"), steps, evidence)
            if claim.index == 1:
                lacking = Number(Quantity(-room.value, room.stddev))
                yield Fact("room_to_make", 3, (i, j, k), lacking, {}, (), steps, evidence)


def passage_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Whether a walker passes between two objects."""
    for i, j in pick(world.count, 2):
        gap = world.closest_distance(i, j)
        room = Quantity(gap.value - PATH_WIDTH, gap.stddev)
        evidence = (Number(gap),)
        steps = (
            "compare the free gap between {A} and {B} with the width that is needed",
            f"the gap between {{A}} and {{B}} is {metres(gap.value)}; "
            f"{metres(PATH_WIDTH)} is needed",
            f"the gap is {'wide enough' if room.value > 0 else 'too narrow'}",
        )
        words = {"width": metres(PATH_WIDTH)}
        yield Fact("passage", 3, (i, j), Either(room), words, ("yes", "no"), steps, evidence)


def pair_comparison_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Which of two pairs is farther apart."""
    for i, j, k, m in pick(world.count, 4, ordered=True):
        one, two = world.center_distance(i, j), world.center_distance(k, m)
        evidence = (Number(one), Number(two))
        steps = (
            "measure both distances and compare them",
            f"{{A}} and {{B}} are {metres(one.value)} apart; {{C}} and {{D}} are "
            f"{metres(two.value)} apart",
            f"the difference is {metres(abs(one.value - two.value))}",
        )
        options = ("{A} and {B}", "{C} and {D}")
        yield Fact("pair_farther", 3, (i, j, k, m), Either(one - two), {}, options, steps, evidence)


def count_facts(world: World, complete: frozenset[str]) -> Iterator[Fact]:
    """How many objects of a class are nearer or farther than another object."""
    for label in sorted(complete):
        members = [i for i in range(world.count) if world.label(i) == label]
        if len(members) < 2:
            continue
        for j in range(world.count):
            if j in members:
                continue
            farther = [Either(world.distance(i) - world.distance(j)) for i in members]
            sure = joint([claim.probability for claim in farther])
            evidence = tuple(Number(world.distance(i)) for i in (*members, j))
            for word, index in (("farther", 0), ("nearer", 1)):
                count = sum(claim.index == index for claim in farther)
                distances = ", ".join(metres(world.distance(i).value) for i in members)
                steps = (
                    f"compare the distance of every {label} with that of {{A}}",
                    f"{{A}} is {metres(world.distance(j).value)} away; the {plural(label)} are "
                    f"{distances} away",
                    f"{count} of {len(members)} are {word}",
                )
                claim = Number(Quantity(count), "", sure)
                words = class_words(label) | {"than": word}
                yield Fact("count_than", 3, (j,), claim, words, (), steps, evidence)
            yield from _counts_by_side(world, label, members, j)


def _counts_by_side(world: World, label: str, members: list[int], j: int) -> Iterator[Fact]:
    """How many objects of a class are to the left or right of another object."""
    offsets = [along(world, j, i, RIGHT) for i in members]
    for side, sign in (("left", -1), ("right", 1)):
        on_side = [Either(Quantity(sign * q.value, q.stddev)) for q in offsets]
        count = sum(claim.index == 0 for claim in on_side)
        listed = ", ".join(metres(q.value) for q in offsets)
        steps = (
            f"find how far to the right of {{A}} every {label} is",
            f"the {plural(label)} are {listed} to the right of {{A}}",
            f"{count} of {len(members)} are on the {side}",
        )
        evidence = tuple(Number(Quantity(abs(q.value), q.stddev)) for q in offsets)
        claim = Number(Quantity(count), "", joint([each.probability for each in on_side]))
        words = class_words(label) | {"side": side}
        yield Fact("count_side", 3, (j,), claim, words, (), steps, evidence)
