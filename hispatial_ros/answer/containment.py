"""Whether one object lies inside another."""

from __future__ import annotations

import numpy as np

from hispatial_ros.answer.quantities import Quantity, probability_less
from hispatial_ros.measure.objects import own_covariance
from hispatial_ros.measure.types import MeasuredObject

LOW = 0.25  # of the height: what lies in a bowl has this part of it below the rim


def inside(obj: MeasuredObject, container: MeasuredObject, up: np.ndarray) -> tuple[float, float]:
    """How surely an object's middle, a quarter of its height up, is in the box of another.

    A box is all that is measured of a container: that it is hollow has to be assumed.

    Args:
        up: unit vector [3] in the frame of both.

    Returns:
        The probability, and how deep in that point is, m; negative outside.
    """
    height = float(np.abs(up @ obj.rotation) @ obj.size)
    point = obj.center - up * (0.5 - LOW) * height
    axes = container.rotation.T
    local = np.abs(axes @ (point - container.center))
    walls = container.size / 2
    spread = own_covariance(obj)[:3, :3] + own_covariance(container)[:3, :3]
    variance = np.diagonal(axes @ spread @ axes.T) + np.square(container.size_stddev / 2)
    probability = 1.0
    for offset, wall, stddev in zip(local, walls, np.sqrt(variance), strict=True):
        within = probability_less(Quantity(offset, float(stddev)), Quantity(wall, 0.0))
        beyond = probability_less(Quantity(offset, float(stddev)), Quantity(-wall, 0.0))
        probability *= within - beyond
    if np.prod(obj.size) > np.prod(container.size):
        probability = 0.0
    return float(probability), float(np.min(walls - local))
