"""Level 2: relations between two objects, three objects, and the objects of a class."""

from collections.abc import Iterator

import numpy as np

from hispatial_ros.dataset.facts import Best, Either, Fact, Number, Numbers, Order, Which, joint
from hispatial_ros.dataset.pick import Picker
from hispatial_ros.dataset.world import UNKNOWN, Quantity, World, along
from hispatial_ros.language.names import plural

RIGHT, DOWN, FORWARD = np.eye(3)
# Relations along an axis: type, name of the positive side, of the negative one.
SIDES = (
    ("left_right", "to the right of", "to the left of"),
    ("above_below", "above", "below"),
    ("front_behind", "behind", "in front of"),
)
# Sizes that are compared: type, axis of the box.
COMPARED = (("wider", 0), ("taller", 1))
# "Best described as to the left" needs that offset to be this many times any other. Smaller:
# questions that two people answer differently.
DOMINANT = 1.5
BOTH = ("{A}", "{B}")
# Most members of a class that are asked about together: there are so many colours of boxes.
MEMBERS = 5


def pair_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Distances, directions and comparisons of every pair."""
    for i, j in pick(world.count, 2):
        yield Fact("center_distance", 2, (i, j), Number(world.center_distance(i, j)))
        yield Fact("closest_distance", 2, (i, j), Number(world.closest_distance(i, j)))
        yield from _offsets(world, i, j)
        nearer = world.distance(j) - world.distance(i)
        yield Fact("nearer", 2, (i, j), Either(nearer), {}, BOTH)
        farther = Quantity(-nearer.value, nearer.stddev)
        yield Fact("farther", 2, (i, j), Either(farther), {}, BOTH)
        rightward = along(world, j, i, RIGHT)
        for side, sign in (("right", 1), ("left", -1)):
            offset = Quantity(sign * rightward.value, rightward.stddev)
            yield Fact("which_side", 2, (i, j), Either(offset), {"side": side}, BOTH)
        if world.up is not None:
            yield Fact("higher", 2, (i, j), Either(along(world, j, i, world.up)), {}, BOTH)
            yield Fact("ground_distance", 2, (i, j), Number(_level(world, i, j, world.up)))
        for name, axis in COMPARED:
            difference = world.size(i, axis) - world.size(j, axis)
            yield Fact(name, 2, (i, j), Either(difference), {}, BOTH)
        yield Fact("larger", 2, (i, j), Either(_volume(world, i) - _volume(world, j)), {}, BOTH)
    for i, j in pick(world.count, 2, ordered=True):
        if (direction := _direction(world, i, j)) is not None:
            yield Fact("direction_vector", 2, (i, j), direction)


def _axes(world: World) -> Iterator[tuple[str, np.ndarray]]:
    """Right, up and forward; up only where it is known. Right and forward are the camera's."""
    yield "horizontal", RIGHT
    if world.up is not None:
        yield "vertical", world.up
    yield "depth", FORWARD


def _offsets(world: World, i: int, j: int) -> Iterator[Fact]:
    offsets = {name: along(world, j, i, axis) for name, axis in _axes(world)}
    names = dict(zip(("horizontal", "vertical", "depth"), SIDES, strict=True))
    for name, offset in offsets.items():
        length = Quantity(abs(offset.value), offset.stddev)
        yield Fact("axis_distance", 2, (i, j), Number(length), {"axis": name})
        type_, positive, negative = names[name]
        yield Fact(type_, 2, (i, j), Either(offset), {}, (positive, negative))
    ranked = sorted(offsets.items(), key=lambda each: -abs(each[1].value))
    (name, first), rest = ranked[0], ranked[1:]
    dominant = [
        Either(Quantity(abs(first.value) - DOMINANT * abs(q.value), _spread(first, q))).probability
        if abs(first.value) > DOMINANT * abs(q.value)
        else 0.0
        for _, q in rest
    ]
    options = tuple(side for key in offsets for side in names[key][1:])
    index = options.index(names[name][1 if first.value > 0 else 2])
    sure = joint([Either(first).probability, *dominant])
    yield Fact("relative_direction", 2, (i, j), Which(index, sure), {}, options)


def _spread(a: Quantity, b: Quantity) -> float:
    return float(np.hypot(a.stddev, DOMINANT * b.stddev))


def _level(world: World, i: int, j: int, up: np.ndarray) -> Quantity:
    """Distance of two centres along the ground."""
    (a, ca), (b, cb) = world.center(i), world.center(j)
    flat = b - a - (b - a) @ up * up
    length = float(np.linalg.norm(flat))
    if length < 1e-6:
        return UNKNOWN
    ahead = flat / length
    return Quantity(length, float(np.sqrt(ahead @ (ca + cb) @ ahead)))


def _volume(world: World, i: int) -> Quantity:
    """Logarithm of the volume, whose error is symmetric."""
    sizes = [world.size(i, axis) for axis in range(3)]
    if any(not q.value > 0 for q in sizes):
        return UNKNOWN
    variance = sum((q.stddev / q.value) ** 2 for q in sizes)
    return Quantity(float(sum(np.log(q.value) for q in sizes)), float(np.sqrt(variance)))


def _direction(world: World, i: int, j: int) -> Numbers | None:
    """Unit vector from centre to centre; its error is that across the line of sight of the two."""
    (a, ca), (b, cb) = world.center(i), world.center(j)
    length = float(np.linalg.norm(b - a))
    if length < 1e-6:
        return None
    unit = (b - a) / length
    across = np.eye(3) - np.outer(unit, unit)
    covariance = across @ (ca + cb) @ across / length**2
    spread = np.sqrt(np.clip(np.diagonal(covariance), 0, None))
    pairs = zip(unit.tolist(), spread.tolist(), strict=True)
    return Numbers(tuple(Quantity(*pair) for pair in pairs), unit="")


def triple_facts(world: World, pick: Picker) -> Iterator[Fact]:
    """Which of two is closer to a third; which of three is nearest, and their order in depth."""
    for i, j, k in pick(world.count, 3, ordered=True):
        closer = world.center_distance(i, k) - world.center_distance(i, j)
        yield Fact("closer_to", 2, (i, j, k), Either(closer), {}, ("{B}", "{C}"))
    names = ("{A}", "{B}", "{C}")
    for trio in pick(world.count, 3):
        distance = [world.distance(i) for i in trio]
        nearest = Best(tuple(Quantity(-q.value, q.stddev) for q in distance))
        yield Fact("nearest_of", 2, trio, nearest, {}, names)
        yield Fact("farthest_of", 2, trio, Best(tuple(distance)), {}, names)
        yield Fact("depth_order", 2, trio, Order(tuple(distance)), {}, names)
        height = Best(tuple(world.size(i, 1) for i in trio))
        yield Fact("tallest_of", 2, trio, height, {}, names)


def class_facts(world: World, complete: frozenset[str]) -> Iterator[Fact]:
    """What needs every object of a class to be known.

    Args:
        world: the objects.
        complete: classes of which no object was missed as far as can be known.
    """
    for label in sorted(complete):
        members = [i for i in range(world.count) if world.label(i) == label]
        yield Fact("count_class", 2, (), Number(Quantity(len(members)), ""), class_words(label))
        if 2 <= len(members) <= MEMBERS:
            yield from _extremes(world, label, tuple(members))
        for j in range(world.count):
            if j in members:
                continue
            offsets = [along(world, j, i, RIGHT) for i in members]
            for side, sign in (("left", -1), ("right", 1)):
                sides = [Either(Quantity(sign * q.value, q.stddev)) for q in offsets]
                there = any(side.index == 0 for side in sides)
                sure = (
                    max(s.probability for s in sides if s.index == 0)
                    if there
                    else joint([s.probability for s in sides])
                )
                words = class_words(label) | {"side": side}
                claim = Which(int(not there), sure)
                yield Fact("exists_side", 2, (j,), claim, words, ("yes", "no"))


def _extremes(world: World, label: str, members: tuple[int, ...]) -> Iterator[Fact]:
    """Which member of a class is the nearest, the largest, and so on."""
    near = [world.distance(i) for i in members]
    across = [along(world, members[0], i, RIGHT) for i in members]
    options = tuple(f"{{{slot}}}" for slot in "ABCDE"[: len(members)])
    for most, values in (
        ("nearest to the camera", [Quantity(-q.value, q.stddev) for q in near]),
        ("farthest from the camera", near),
        ("tallest", [world.size(i, 1) for i in members]),
        ("widest", [world.size(i, 0) for i in members]),
        ("largest", [_volume(world, i) for i in members]),
        ("farthest to the right", across),
        ("farthest to the left", [Quantity(-q.value, q.stddev) for q in across]),
    ):
        words = class_words(label) | {"most": most}
        claim = Best(tuple(values))
        yield Fact("most_of_class", 2, members, claim, words, options, shown=True)


def class_words(label: str) -> dict[str, str]:
    return {"class": label, "classes": plural(label)}
