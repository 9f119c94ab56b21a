""" "Go to X", and the place that a robot would go to when asked where X is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hispatial_ros.answer.dispatch import answer_form
from hispatial_ros.answer.phrasing import capitalized, length, point, the
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.errors import SpatialError
from hispatial_ros.language.forms import Approach, Form, Position
from hispatial_ros.measure.target import Target, stand_before
from hispatial_ros.measure.types import Gravity

STAND_OFF = 0.7  # m


def target_of(form: Form, answer: Answer, scene: Scene, stand_off: float) -> Target | None:
    """The place to stand before the one object that the question is about, if it asks for one.

    What there is to know about it, or why there is none, is added to the notes; the answer to "go
    to X" is completed with it.
    """
    if not isinstance(form, (Approach, Position)) or len(answer.objects) != 1:
        return None
    gravity = scene.measurement.gravity
    try:
        target = stand_before(
            answer.objects[0], gravity, stand_off, np.asarray(scene.reference.translation)
        )
    except SpatialError as error:
        scene.note(f"no target: {error}")
        return None
    scene.note(_described(target, gravity, scene))
    if isinstance(form, Approach):
        _complete(answer, target, scene)
    return replace(target, requested=isinstance(form, Approach))


def _described(target: Target, gravity: Gravity | None, scene: Scene) -> str:
    assert gravity is not None
    assert gravity.floor is not None
    height = float(gravity.up @ scene.reference.translation) - gravity.floor
    source = (
        f"of the TF frame {gravity.floor_source}"
        if gravity.floor_source
        else "taken for the lowest horizontal surface in view"
    )
    back = "; the camera is nearer than that" if target.travel < 0 else ""
    return (
        f"target: {length(target.stand_off)} before the box of {the(scene.name(target.object))}, "
        f"± {length(target.along_stddev)} towards it, ± {length(target.across_stddev)} to the "
        f"side, ± {np.degrees(target.yaw_stddev):.1f}° of heading{back}; floor: {source}, "
        f"{length(height)} below the camera"
    )


def _complete(answer: Answer, target: Target, scene: Scene) -> None:
    name = the(scene.name(target.object))
    way = length(abs(target.travel), target.along_stddev)
    ahead = "back" if target.travel < 0 else "from here"
    answer.text = (
        f"Go to {point(target.position)} ({scene.frame_name}), {way} {ahead}, facing {name}: "
        f"{length(target.stand_off)} before it."
    )
    spread = target.rotation[:, :2] * (target.along_stddev, target.across_stddev)
    answer.values = [float(v) for v in target.position]
    answer.values_stddev = [float(s) for s in np.linalg.norm(spread, axis=1)]
    answer.unit = "m"


@answer_form.register
def _(form: Approach, scene: Scene) -> Answer:
    obj = scene.one(form.objects[0])
    away = length(obj.distance, obj.distance_stddev)
    text = (
        f"{capitalized(the(scene.name(obj)))} is at {point(obj.center)} "
        f"({scene.frame_name}), {away} from the camera; where to stand before it is not known."
    )
    return Answer("", text, Level.OBJECT, Source.MEASURED, objects=[obj])
