"""Answers about how far objects are apart (Level 2)."""

from __future__ import annotations

import numpy as np

from hispatial_ros.answer.phrasing import capitalized, length, the
from hispatial_ros.answer.quantities import Quantity, along
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.language.relation_forms import Distance
from hispatial_ros.language.terms import Kind
from hispatial_ros.measure.reference_frame import ReferenceFrame

_AXES = {"x": 0, "y": 1, "z": 2}
_ALONG = {
    "horizontal": "horizontally",
    "vertical": "vertically",
    "lateral": "to the side",
    "forward": "along the viewing direction",
    "x": "along x",
    "y": "along y",
    "z": "along z",
}


def distance(form: Distance, resolver: Resolver) -> Answer:
    if form.second is not None and form.second.kind is Kind.CAMERA:
        return _from_camera(form, resolver)
    scene = resolver.scene
    first, second = resolver.pair(form.first, form.second)
    relation = scene.relation(first, second)
    names = f"{the(scene.name(first))} and {the(scene.name(second))}"
    gap = Quantity(relation.closest_distance, relation.closest_distance_stddev)
    center = Quantity(relation.center_distance, relation.center_distance_stddev)
    if form.axis is not None:
        axes = _spanning(form.axis, scene.reference_frame)
        chosen = along(first, second, axes)
        if form.closest:
            offset = axes @ (relation.object_point - relation.subject_point)
            chosen = Quantity(float(np.linalg.norm(offset)), gap.stddev)
        what = "closest points" if form.closest else "centres"
        axis = {"forward": "depth", "lateral": "left-right"}.get(form.axis, form.axis)
        text = f"The {axis} distance between {names} is {scene.length(chosen)} ({what})."
    elif form.closest:
        chosen = gap
        text = f"The closest distance between {names} is {scene.length(gap)}."
    else:
        chosen = center
        closest = length(gap.value, unit=scene.unit)
        text = (
            f"The distance between {names} is {scene.length(center)} from centre to centre "
            f"({closest} at the closest)."
        )
    return measured_answer(text, [chosen], "m", objects=[first, second], relations=[relation])


def _from_camera(form: Distance, resolver: Resolver) -> Answer:
    """How far to the side of, above or ahead of the camera an object's centre is."""
    scene = resolver.scene
    obj = resolver.one(form.first)
    axes = _spanning(form.axis or "forward", scene.reference_frame)
    offset = axes @ (obj.center - scene.reference_frame.translation)
    value = float(np.linalg.norm(offset))
    direction = offset @ axes / max(value, 1e-9)
    spread = float(np.sqrt(direction @ obj.covariance[:3, :3] @ direction))
    chosen = Quantity(value, spread)
    name = capitalized(the(scene.name(obj)))
    text = f"{name} is {scene.length(chosen)} from the camera {_ALONG[form.axis or 'forward']}."
    return measured_answer(text, [chosen], "m", objects=[obj])


def _spanning(axis: str, reference_frame: ReferenceFrame) -> np.ndarray:
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
