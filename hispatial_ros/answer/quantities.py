"""Quantities of measured objects, with standard deviations by first-order propagation."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from hispatial_ros.language.terms import Attribute
from hispatial_ros.measure.objects import own_covariance
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import MeasuredObject


@dataclass(frozen=True)
class Quantity:
    """A measured number: m, or m^3 for volumes."""

    value: float
    stddev: float

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.value - other.value, float(np.hypot(self.stddev, other.stddev)))


def probability_less(a: Quantity, b: Quantity) -> float:
    """Probability that a < b for independent normal errors."""
    difference = a - b
    if difference.stddev <= 0:
        return float(np.heaviside(-difference.value, 0.5))
    return 0.5 * (1 - erf(difference.value / (difference.stddev * sqrt(2))))


COORDINATES = (Attribute.RIGHT, Attribute.UP, Attribute.FORWARD)
_AXES = {"x": 0, "y": 1, "z": 2}
_SIDES = {Attribute.WIDTH: 0, Attribute.HEIGHT: 1, Attribute.DEPTH: 2}


def axis_of(attribute: Attribute, reference_frame: ReferenceFrame) -> np.ndarray:
    """Unit vector [3] that one of ``COORDINATES`` is measured along."""
    return {
        Attribute.RIGHT: reference_frame.right,
        Attribute.UP: reference_frame.up,
        Attribute.FORWARD: reference_frame.forward,
    }[attribute]


def quantity(
    obj: MeasuredObject, attribute: Attribute, reference_frame: ReferenceFrame
) -> Quantity:
    """An attribute of one object; distance is from the camera to the nearest surface."""
    if attribute in _SIDES:
        i = _SIDES[attribute]
        return Quantity(float(obj.size[i]), float(obj.size_stddev[i]))
    if attribute is Attribute.LENGTH:
        i = int(np.argmax(obj.size))
        return Quantity(float(obj.size[i]), float(obj.size_stddev[i]))
    if attribute is Attribute.VOLUME:
        volume = float(np.prod(obj.size))
        relative = np.linalg.norm(obj.size_stddev / np.maximum(obj.size, 1e-6))
        return Quantity(volume, volume * float(relative))
    if attribute in COORDINATES:
        axis = axis_of(attribute, reference_frame)
        return Quantity(float(axis @ obj.center), _center_stddev(obj, axis))
    return Quantity(float(obj.distance), float(obj.distance_stddev))


def spanning(axis: str, reference_frame: ReferenceFrame) -> np.ndarray:
    """Orthonormal rows of the space that a distance is taken in."""
    if axis in _AXES:
        return np.eye(3)[[_AXES[axis]]]
    up = np.asarray(reference_frame.up, float)[None]
    if axis == "horizontal":
        return np.linalg.svd(up)[2][1:]  # the plane across up: the two smaller singular directions
    rows = {
        "vertical": up,
        "lateral": np.asarray(reference_frame.right, float)[None],
        "forward": np.asarray(reference_frame.forward, float)[None],
    }
    return rows[axis]


def along(a: MeasuredObject, b: MeasuredObject, axes: np.ndarray) -> Quantity:
    """Distance between the centres within the space that orthonormal rows [k, 3] span."""
    offset = axes @ (b.center - a.center)
    value = float(np.linalg.norm(offset))
    direction = offset @ axes / value if value > 1e-9 else axes[0]
    stddev = np.hypot(_center_stddev(a, direction), _center_stddev(b, direction))
    return Quantity(value, float(stddev))


def _center_stddev(obj: MeasuredObject, direction: np.ndarray) -> float:
    """Of the centre along a unit vector, apart from errors that all objects of a frame share."""
    local = obj.rotation.T @ direction
    return float(np.sqrt(local @ own_covariance(obj)[:3, :3] @ local))
