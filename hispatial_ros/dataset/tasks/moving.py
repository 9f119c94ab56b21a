"""Level 3: which object has to be moved to make way for another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot

import numpy as np

from hispatial_ros.dataset.facts import Fact, Number, Which, above_zero, joint, metres
from hispatial_ros.dataset.pick import Picker
from hispatial_ros.dataset.tasks.level3 import STANDING
from hispatial_ros.dataset.world import Quantity, World

HEIGHT = 1  # axis of a box


@dataclass(frozen=True, eq=False)
class _Way:
    """The straight, level way from the centre of one object to that of another."""

    start: int
    end: int
    ahead: np.ndarray  # [3] unit vector
    across: np.ndarray  # [3] unit vector
    length: float  # m


@dataclass(frozen=True)
class _Beside:
    """An object by such a way."""

    off: Quantity  # m, horizontally from the way's middle line, unsigned
    blocks: float  # probability that A cannot pass
    clear: float  # probability that it passes without touching

    @property
    def sure(self) -> float:
        return max(self.blocks, self.clear)


def way_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Which of C and D stands in the way when A is pushed straight to B."""
    if world.up is None:
        return
    radii = [_radii(world, i) for i in range(world.count)]
    for i, j in pick(world.count, 2, ordered=True):
        if (way := _way(world, i, j)) is None:
            continue
        others = [k for k in range(world.count) if k not in (i, j)]
        beside = {k: _beside(world, way, k, radii) for k in others}
        for k, m in combinations(others, 2):
            two = beside[k], beside[m]
            if (two[0].blocks > two[0].clear) != (two[1].blocks > two[1].clear):
                yield _fact((i, j, k, m), two)


def _fact(objects: tuple[int, ...], two: tuple[_Beside, _Beside]) -> Fact:
    claim = Which(int(two[1].blocks > two[1].clear), joint([each.sure for each in two]))
    steps = (
        "follow the straight way of {A} to {B} and see which of {C} and {D} stands on it",
        f"{{C}} is {metres(two[0].off.value)} beside the middle of the way, "
        f"{{D}} {metres(two[1].off.value)}",
        "{A} would run into {answer} and passes the other one",
    )
    evidence = tuple(Number(each.off) for each in two)
    return Fact("in_the_way", 3, objects, claim, {}, ("{C}", "{D}"), steps, evidence)


def _way(world: World, i: int, j: int) -> _Way | None:
    """The way from i to j; None if there is hardly one."""
    assert world.up is not None
    between = world.center(j)[0] - world.center(i)[0]
    flat = between - between @ world.up * world.up
    length = float(np.linalg.norm(flat))
    if length < STANDING:
        return None
    ahead = flat / length
    return _Way(i, j, ahead, np.cross(world.up, ahead), length)


def _beside(world: World, way: _Way, k: int, radii: Sequence[tuple[Quantity, Quantity]]) -> _Beside:
    """Where k is by a way.

    What is pushed and what stands there are taken for upright cylinders: within their boxes to
    tell that they meet, around their boxes to tell that they do not.
    """
    assert world.up is not None
    (a, ca), (b, cb), (c, cc) = (world.center(n) for n in (way.start, way.end, k))
    share = float((c - a) @ way.ahead) / way.length

    def spread(axis: np.ndarray, of: float) -> float:
        return float(np.sqrt(axis @ (cc + (1 - of) ** 2 * ca + of**2 * cb) @ axis))

    off = Quantity(abs(float((c - a) @ way.across)), spread(way.across, share))
    (inner, outer), (own_inner, own_outer) = radii[k], radii[way.start]
    apart = off - _plus(outer, own_outer)
    clear = above_zero(apart) if apart.known else 0.0
    meet = _plus(inner, own_inner) - off
    if not 0 < share < 1 or not meet.value > 0:
        return _Beside(off, 0.0, clear)
    between = [
        Quantity(share * way.length, spread(way.ahead, 0.0)),
        Quantity((1 - share) * way.length, spread(way.ahead, 1.0)),
    ]
    rise = float((c - a - share * (b - a)) @ world.up)
    heights = [world.size(n, HEIGHT) for n in (way.start, k)]
    reach = Quantity(sum(h.value for h in heights) / 2, _norm(*heights) / 2)
    level = reach - Quantity(abs(rise), spread(world.up, share))
    return _Beside(off, joint([above_zero(q) for q in (meet, level, *between)]), clear)


def _radii(world: World, i: int) -> tuple[Quantity, Quantity]:
    """Of the upright cylinders within and around a box."""
    width, depth = world.size(i, 0), world.size(i, 2)
    thin = min(width, depth, key=lambda q: q.value)
    around = hypot(width.value, depth.value) / 2
    return Quantity(thin.value / 2, thin.stddev / 2), Quantity(around, _norm(width, depth) / 2)


def _plus(one: Quantity, other: Quantity) -> Quantity:
    return Quantity(one.value + other.value, _norm(one, other))


def _norm(*quantities: Quantity) -> float:
    return hypot(*(q.stddev for q in quantities))
