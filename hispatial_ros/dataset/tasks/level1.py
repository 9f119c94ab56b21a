"""Level 1: single objects: where they are and how large."""

from collections.abc import Iterator

import numpy as np

from hispatial_ros.dataset.facts import Fact, Number, Numbers
from hispatial_ros.dataset.world import Quantity, World

SIZES = ("object_width", "object_height", "object_depth")


def object_facts(world: World) -> Iterator[Fact]:
    """Distance, sizes and box of every object."""
    for i in range(world.count):
        yield Fact("object_distance", 1, (i,), Number(world.distance(i)))
        for axis, name in enumerate(SIZES):
            yield Fact(name, 1, (i,), Number(world.size(i, axis)))
        center, covariance = world.center(i)
        place = np.sqrt(np.diagonal(covariance))
        half = [world.extent(i, axis) for axis in range(3)]
        corners = [
            Quantity(float(center[k] + sign * half[k].value / 2), _corner(place[k], half[k].stddev))
            for sign in (-1, 1)
            for k in range(3)
        ]
        yield Fact("object_box", 1, (i,), Numbers(tuple(corners)))
        values = zip(center.tolist(), place.tolist(), strict=True)
        yield Fact("object_position", 1, (i,), Numbers(tuple(Quantity(*pair) for pair in values)))


def _corner(center_stddev: float, extent_stddev: float) -> float:
    return float(np.hypot(center_stddev, extent_stddev / 2))
