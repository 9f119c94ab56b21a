"""Levels 1 to 3: which way an object faces, and the world from its perspective."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hispatial_ros.dataset.facts import Either, Fact, Number, Which, above_zero
from hispatial_ros.dataset.pick import Picker
from hispatial_ros.dataset.world import Quantity, World, along

# Quarters of a turn.
WAYS = ("toward the camera", "to the right", "away from the camera", "to the left")
# How two things are turned to each other, by the angle in quarters.
TURNED = ("the same direction", "at right angles", "opposite directions")
SIDES = ("the front", "its right side", "the back", "its left side")
# [rad] Farther from the middle of a quarter than this, two people answer differently.
CLEAR = np.radians(35)
# Level enough to speak of a direction: share of the facing that is horizontal.
LEVEL = 0.5


@dataclass(frozen=True)
class _Front:
    ahead: np.ndarray  # [3] horizontal unit vector where the object's front points
    left: np.ndarray  # [3] its own left
    stddev: float  # rad


def facing_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Where an object faces, which of its sides is seen, where another is from its perspective."""
    for i in range(world.count):
        if (front := _front(world, i)) is None:
            continue
        quarter = _quarter(world, i, front)
        yield Fact("facing", 1, (i,), quarter, {}, WAYS)
        yield Fact("side_to_camera", 1, (i,), quarter, {}, SIDES)
    for i, j in pick(world.count, 2):
        one, other = _front(world, i), _front(world, j)
        if one is not None and other is not None:
            yield Fact("facing_pair", 2, (i, j), _turned(one, other), {}, TURNED)
    for i, j in pick(world.count, 2, ordered=True):
        if (front := _front(world, i)) is None:
            continue
        quarter = _quarter(world, i, front)
        evidence = (Number(Quantity(quarter.index), "", quarter.probability),)
        for type_, axis, across, options in (
            ("own_left_right", front.left, front.ahead, ("left", "right")),
            ("own_front_back", front.ahead, front.left, ("in front of", "behind")),
        ):
            offset, far = along(world, i, j, axis), along(world, i, j, across)
            spread = float(np.hypot(offset.stddev, front.stddev * abs(far.value)))
            claim = Either(Quantity(offset.value, spread))
            steps = (
                "take the place of {A} and look where it faces",
                f"{{A}} faces {WAYS[quarter.index]}",
                _SEEN[type_],
            )
            yield Fact(type_, 3, (i, j), claim, {}, options, steps, evidence)


_SEEN = {
    "own_left_right": "from there {B} is on the {answer}",
    "own_front_back": "{B} is {answer} {A}",
}


def _front(world: World, i: int) -> _Front | None:
    found = world.facing(i)
    if world.up is None or found is None:
        return None
    flat = found.direction - found.direction @ world.up * world.up
    length = float(np.linalg.norm(flat))
    if length < LEVEL:
        return None
    ahead = flat / length
    return _Front(ahead, np.cross(world.up, ahead), found.stddev / length)


def _quarter(world: World, i: int, front: _Front) -> Which:
    """Where the object faces, as seen from the camera: index of WAYS and SIDES."""
    center, covariance = world.center(i)
    assert world.up is not None
    seen = -center + center @ world.up * world.up
    distance = float(np.linalg.norm(seen))
    # From the object's front to the camera, counted to its right.
    turn = float(np.arctan2(-(seen @ front.left), seen @ front.ahead))
    sideways = float(np.sqrt(np.trace(covariance))) / max(distance, 1e-6)
    quarter, sure = _nearest(turn, float(np.hypot(front.stddev, sideways)))
    return Which(quarter % len(WAYS), sure)


def _turned(one: _Front, other: _Front) -> Which:
    """How two are turned to each other: index of TURNED."""
    turn = float(np.arctan2(other.ahead @ one.left, other.ahead @ one.ahead))
    quarter, sure = _nearest(abs(turn), float(np.hypot(one.stddev, other.stddev)))
    return Which(quarter, sure)


def _nearest(turn: float, stddev: float) -> tuple[int, float]:
    """The nearest quarter of a turn [rad], and the probability that it is clearly that."""
    off = abs((turn + np.pi / 4) % (np.pi / 2) - np.pi / 4)
    return int(np.round(turn / (np.pi / 2))), above_zero(Quantity(float(CLEAR - off), stddev))
