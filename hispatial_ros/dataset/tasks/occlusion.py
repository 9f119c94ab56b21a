"""Level 3: which object hides part of which, and what to move to see one."""

from collections.abc import Iterator

from hispatial_ros.dataset.facts import Fact, Which, joint
from hispatial_ros.dataset.world import World

STEPS = (
    "find which of {B} and {C} stands before {A} as seen from the camera",
    "objects_occlusion_relation: {answer} hides part of {A}, {other} does not",
)


def occlusion_facts(world: World) -> Iterator[Fact]:
    """Whether A hides part of B; which of two hides part of A, and has to be moved to see it."""
    for i in range(world.count):
        hides = [world.hides(k, i) for k in range(world.count)]
        for k in range(world.count):
            if hides[k] > 0.5:  # asked both ways: as many are answered by yes as by no
                yield _whether(k, i, hides[k])
                yield _whether(i, k, world.hides(i, k))
        for j in range(world.count):
            for k in range(j):
                if i in (j, k) or (hides[j] > 0.5) == (hides[k] > 0.5):
                    continue
                yield from _which(i, (k, j), [hides[k], hides[j]])


def _whether(i: int, j: int, hides: float) -> Fact:
    claim = Which(int(hides < 0.5), max(hides, 1 - hides))
    return Fact("occlusion", 3, (i, j), claim, {}, ("yes", "no"))


def _which(i: int, two: tuple[int, int], hides: list[float]) -> Iterator[Fact]:
    """Of two objects the one that hides part of i, where the other does not."""
    first = hides[0] > 0.5
    claim = Which(int(not first), joint([max(p, 1 - p) for p in hides]))
    options = ("{B}", "{C}")
    facts = STEPS[1].replace("{other}", options[int(first)])
    for type_, last in (
        ("occluder", "what stands before {A} and hides part of it is {answer}"),
        ("move_to_see", "with {answer} gone, nothing of the two is left before {A}"),
    ):
        steps = (STEPS[0], facts, last)
        yield Fact(type_, 3, (i, *two), claim, {}, options, steps)
