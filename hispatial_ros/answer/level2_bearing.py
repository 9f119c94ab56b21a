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
from hispatial_ros.language.relation_forms import Angle, Bearing
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
        if reference.name in ("camera", "gravity"):  # no observer who faces something
            scene.note("straight ahead, 12 o'clock, is where the camera looks")
    return relation_answer(
        f"{capitalized(name)} is {where}.",
        [angle],
        "rad",
        choice=hour if form.clock else side,
        objects=objects,
    )


@answer_form.register
def _(form: Angle, scene: Scene) -> Answer:
    """Between the lines of sight to the centres, rad."""
    first, second = scene.one(form.first), scene.one(form.second)
    scene.check_different(first, second)
    start = scene.reference.translation
    sights, variance = [], 0.0
    for obj in (first, second):
        sight = obj.center - start
        away = float(np.linalg.norm(sight))
        sights.append(sight / away)
        variance += float(np.trace(obj.covariance[:3, :3])) / 3 / away**2
    value = float(np.arccos(np.clip(sights[0] @ sights[1], -1, 1)))
    angle = Quantity(value, float(np.sqrt(variance)))
    text = (
        f"Seen from the camera, {the(scene.name(first))} and {the(scene.name(second))} are "
        f"{np.degrees(value):.0f}° ± {max(np.degrees(angle.stddev), 1.0):.0f}° apart."
    )
    return relation_answer(text, [angle], "rad", objects=[first, second])
