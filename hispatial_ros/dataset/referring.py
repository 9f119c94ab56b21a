"""Referring expressions: what to call an object so that nothing else in the image is meant.

The ways are tried from the shortest: the class alone, its colour, its size, its place, its
neighbour, its rank from the left. Each must hold with the stated probability and fit one object
only. What has none is shown by a coloured box, as in the HiSpatial paper; at most as many as there
are colours can be asked about together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hispatial_ros.dataset.facts import Best, Order
from hispatial_ros.dataset.world import Quantity, World, along
from hispatial_ros.frame.region import Region

# Colours in which the released model knows boxes, R G B.
BOX_COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "purple": (255, 0, 255),
}
ORDINALS = ("first", "second", "third", "fourth", "fifth")
RIGHT = np.array([1.0, 0, 0])
# A neighbour has to be this many times nearer than for any other object of the class. Smaller:
# "the cup next to the lamp" could mean two cups.
NEXT_TO = 1.5


@dataclass(frozen=True)
class Reference:
    """How an object is named: ``phrase``, or its class and a box to be drawn."""

    phrase: str
    way: str  # "class", "colour", "size", "place", "neighbour", "ordinal", "box"
    label: str  # class of the object

    @property
    def boxed(self) -> bool:
        return self.way == "box"

    def as_box(self) -> "Reference":
        """The same object, called by its class and a box."""
        return Reference(f"the {self.label}", "box", self.label)

    def name(self, colour: str = "") -> str:
        """As questions write it, with the colour of its box if one is drawn."""
        return f"{self.phrase} (highlighted by the {colour} box)" if colour else self.phrase


def refer(
    world: World,
    regions: Sequence[Region],
    colours: Sequence[str],
    others: Sequence[str],
    probability: float,
) -> list[Reference]:
    """A reference for each object.

    Args:
        world: the objects.
        regions: of the same objects, in pixels of the image.
        colours: name of each, empty without a clear one.
        others: classes of what is in the image but not in ``world`` (not measurable, or not
            sure to be there): their names fit more than one thing.
        probability: that a comparison must have.
    """
    names = _Names(world, regions, colours, frozenset(others), probability)
    return [names.of(i) for i in range(world.count)]


class _Names:
    def __init__(
        self,
        world: World,
        regions: Sequence[Region],
        colours: Sequence[str],
        others: frozenset[str],
        probability: float,
    ):
        self._world, self._regions, self._colours = world, regions, colours
        self._others, self._probability = others, probability
        # The class must not be part of another's name either: "chair" beside "yellow chair".
        self._words = [frozenset(world.label(i).lower().split()) for i in range(world.count)]

    def of(self, i: int) -> Reference:
        label = self._world.label(i)
        rivals = self._rivals(i)
        if not rivals and not self._outside(i):
            return Reference(f"the {label}", "class", label)
        ways: tuple[tuple[str, Callable[[int, list[int]], str]], ...] = (
            ("colour", self._colour),
            ("size", self._size),
            ("place", self._place),
            ("neighbour", self._neighbour),
            ("ordinal", self._ordinal),
        )
        if not self._outside(i):  # what cannot be compared could be the larger one
            for way, name in ways:
                if phrase := name(i, rivals):
                    return Reference(phrase, way, label)
        return Reference(f"the {label}", "box", label)

    def _rivals(self, i: int) -> list[int]:
        return [j for j in range(self._world.count) if j != i and self._words[i] <= self._words[j]]

    def _outside(self, i: int) -> bool:
        return any(self._words[i] <= frozenset(name.lower().split()) for name in self._others)

    def _colour(self, i: int, rivals: list[int]) -> str:
        colour = self._colours[i]
        if not colour or colour in self._words[i]:
            return ""
        # A rival without a clear colour could pass for this one.
        if any(self._colours[j] in (colour, "") for j in rivals):
            return ""
        return f"the {colour} {self._world.label(i)}"

    def _size(self, i: int, rivals: list[int]) -> str:
        group = [i, *rivals]
        height = [self._world.size(j, 1) for j in group]
        words = ("taller", "shorter") if len(group) == 2 else ("tallest", "shortest")
        return self._superlative(i, height, words)

    def _place(self, i: int, rivals: list[int]) -> str:
        group = [i, *rivals]
        label = self._world.label(i)
        offset = [along(self._world, i, j, RIGHT) for j in group]
        if len(group) == 2:
            for sign, side in ((1, "right"), (-1, "left")):
                if self._first(Quantity(sign * q.value, q.stddev) for q in offset):
                    return f"the {label} on the {side}"
        elif found := self._superlative(i, offset, ("rightmost", "leftmost")):
            return found
        distance = [self._world.distance(j) for j in group]
        far, near = ("farther", "nearer") if len(group) == 2 else ("farthest", "nearest")
        if self._first(distance):
            return f"the {label} {far} from the camera"
        if self._first(Quantity(-q.value, q.stddev) for q in distance):
            return f"the {label} {near} to the camera"
        return ""

    def _superlative(self, i: int, values: list[Quantity], words: tuple[str, str]) -> str:
        """ "the tallest chair" if the first of the values is the largest, or the least."""
        if self._first(values):
            return f"the {words[0]} {self._world.label(i)}"
        if self._first(Quantity(-q.value, q.stddev) for q in values):
            return f"the {words[1]} {self._world.label(i)}"
        return ""

    def _first(self, values) -> bool:
        claim = Best(tuple(values))
        return claim.index == 0 and claim.probability >= self._probability

    def _neighbour(self, i: int, rivals: list[int]) -> str:
        """ "the cup next to the lamp": the lamp has a name, and no other cup is as near."""
        found = []
        for k in range(self._world.count):
            if k == i or k in rivals or self._rivals(k) or self._outside(k):
                continue
            near = self._world.closest_distance(i, k)
            margins = []
            for j in rivals:
                other = self._world.closest_distance(j, k)
                spread = float(np.hypot(other.stddev, NEXT_TO * near.stddev))
                margins.append(Quantity(other.value - NEXT_TO * near.value, spread))
            claim = Best((Quantity(0.0), *(Quantity(-q.value, q.stddev) for q in margins)))
            if claim.index == 0 and claim.probability >= self._probability:
                found.append((near.value, k))
        if not found:
            return ""
        return f"the {self._world.label(i)} next to the {self._world.label(min(found)[1])}"

    def _ordinal(self, i: int, rivals: list[int]) -> str:
        group = sorted([i, *rivals])
        if len(group) > len(ORDINALS) or any(self._words[j] != self._words[i] for j in group):
            return ""
        columns = [
            Quantity((r.box[0] + r.box[2]) / 2, (r.box[2] - r.box[0]) / 20)
            for r in (self._regions[j] for j in group)
        ]
        order = Order(tuple(columns))
        if order.probability < self._probability:
            return ""
        rank = [group[k] for k in order.indices].index(i)
        return f"the {ORDINALS[rank]} {self._world.label(i)} from the left"
