"""Level 3: which object has to be moved to make way for another."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hispatial_ros.dataset.facts import Fact, Number, Which, above_zero, joint, metres
from hispatial_ros.dataset.pick import Picker
from hispatial_ros.dataset.tasks.level3 import STANDING
from hispatial_ros.dataset.world import Quantity, World

HEIGHT = 1  # axis of a box


@dataclass(frozen=True)
class _Beside:
    """An object K beside the straight way on which the centre of A goes to that of B."""

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
    for i, j in pick(world.count, 2, ordered=True):
        beside = [_beside(world, i, j, k) if k not in (i, j) else None for k in range(world.count)]
        for k, one in enumerate(beside):
            for m, other in enumerate(beside[:k]):
                if (
                    one is None
                    or other is None
                    or (one.blocks > one.clear) == (other.blocks > other.clear)
                ):
                    continue
                yield _fact((i, j, m, k), (other, one))


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


def _beside(world: World, i: int, j: int, k: int) -> _Beside | None:
    """Where k is by the way from i to j; None if there is hardly a way.

    What is pushed and what stands there are taken for upright cylinders: within their boxes to
    tell that they meet, around their boxes to tell that they do not.
    """
    assert world.up is not None
    (a, ca), (b, cb), (c, cc) = (world.center(n) for n in (i, j, k))
    way = b - a - (b - a) @ world.up * world.up
    length = float(np.linalg.norm(way))
    if length < STANDING:
        return None
    ahead = way / length
    across = np.cross(world.up, ahead)
    share = float((c - a) @ ahead) / length

    def spread(axis: np.ndarray, of: float) -> float:
        return float(np.sqrt(axis @ (cc + (1 - of) ** 2 * ca + of**2 * cb) @ axis))

    off = Quantity(abs(float((c - a) @ across)), spread(across, share))
    (inner, outer), (own_inner, own_outer) = _radii(world, k), _radii(world, i)
    between = [
        Quantity(share * length, spread(ahead, 0.0)),
        Quantity((1 - share) * length, spread(ahead, 1.0)),
    ]
    rise = float((c - a - share * (b - a)) @ world.up)
    heights = [world.size(n, HEIGHT) for n in (i, k)]
    reach = Quantity(sum(h.value for h in heights) / 2, _norm(*heights) / 2)
    level = reach - Quantity(abs(rise), spread(world.up, share))
    meet = _plus(inner, own_inner) - off
    blocks = joint([above_zero(q) for q in (meet, level, *between)])
    apart = off - _plus(outer, own_outer)
    return _Beside(off, blocks, above_zero(apart) if apart.known else 0.0)


def _radii(world: World, i: int) -> tuple[Quantity, Quantity]:
    """Of the upright cylinders within and around a box."""
    width, depth = world.size(i, 0), world.size(i, 2)
    thin = min(width, depth, key=lambda q: q.value)
    around = float(np.hypot(width.value, depth.value)) / 2
    return Quantity(thin.value / 2, thin.stddev / 2), Quantity(around, _norm(width, depth) / 2)


def _plus(one: Quantity, other: Quantity) -> Quantity:
    return Quantity(one.value + other.value, _norm(one, other))


def _norm(*quantities: Quantity) -> float:
    return float(np.linalg.norm([q.stddev for q in quantities]))
