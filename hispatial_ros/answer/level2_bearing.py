"""At what angle something is seen: in degrees, or as on the face of a clock."""

from __future__ import annotations

import numpy as np

from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, the
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.relating import name_of, relation_answer
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.forms import Bearing
from hispatial_ros.language.terms import CAMERA

_AT_ONE_PLACE = 0.01  # m, side by side in the plane: no angle can be told


@answer_form.register
def _(form: Bearing, scene: Scene) -> Answer:
    """Clockwise seen from above, rad: positive to the right of straight ahead."""
    obj = scene.one(form.object)
    objects = [obj]
    start, spread = scene.reference.translation, obj.covariance[:3, :3]
    if form.origin != CAMERA:
        origin = scene.one(form.origin)
        scene.check_different(obj, origin)
        objects.append(origin)
        start, spread = origin.center, spread + origin.covariance[:3, :3]
    reference = scene.reference
    plane = np.stack([reference.right, reference.forward]).astype(float)
    right, ahead = plane @ (obj.center - start)
    away = float(np.hypot(right, ahead))
    name, seen_from = the(scene.name(obj)), name_of(form.origin, scene)
    if away < _AT_ONE_PLACE:
        raise SpatialError(
            ErrorCode.BAD_QUESTION,
            f"{name} is straight above or below {seen_from}: it is seen at no angle",
        )
    across = np.array([ahead, -right]) @ plane / away
    angle = Quantity(
        float(np.arctan2(right, ahead)), float(np.sqrt(across @ spread @ across)) / away
    )
    degrees, stddev = np.degrees(angle.value), max(np.degrees(angle.stddev), 1.0)
    side = "right" if degrees > 0 else "left"
    turned = f"{abs(degrees):.0f}° ± {stddev:.0f}° to the {side} of straight ahead"
    hour = f"{round(degrees / 30) % 12 or 12} o'clock"
    where = f"at about {hour}: {turned}" if form.clock else f"{turned} (about {hour})"
    if form.origin != CAMERA:
        where += f", as seen from {seen_from}"
        scene.note(f"straight ahead, 12 o'clock, is the way {_looking(scene)} looks")
    return relation_answer(
        f"{capitalized(name)} is {where}.",
        [angle],
        "rad",
        choice=hour if form.clock else side,
        objects=objects,
    )


def _looking(scene: Scene) -> str:
    name = scene.reference.name
    return "the camera" if name in ("camera", "gravity") else the(name)
