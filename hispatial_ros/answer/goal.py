""" "Go to X", and the place that a robot would go to when asked where X is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hispatial_ros.answer.phrasing import length, point, the
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import SpatialError
from hispatial_ros.language.forms import Approach, Form, Position
from hispatial_ros.measure.target import Target, stand_before
from hispatial_ros.measure.types import Gravity

STAND_OFF = 0.7  # m


def with_target(answer: Answer, form: Form, resolver: Resolver, stand_off: float) -> Answer:
    """The answer with the place to stand before the one object that the question is about.

    As it is, if the form asks for no place. What there is to know about the target, or why there
    is none, is added to the notes; the answer to "go to X" is completed with it.
    """
    if not isinstance(form, (Approach, Position)) or len(answer.objects) != 1:
        return answer
    scene = resolver.scene
    gravity = scene.measurement.gravity
    camera = np.asarray(scene.reference_frame.translation)
    try:
        if isinstance(form, Approach) and form.stand_off is not None:
            stand_off = form.stand_off
        target = stand_before(answer.objects[0], gravity, stand_off, camera)
    except SpatialError as error:
        resolver.note(f"no target: {error}")
        return answer
    resolver.note(_described(target, gravity, scene))
    if not isinstance(form, Approach):
        return replace(answer, target=replace(target, requested=False))
    spread = target.rotation[:, :2] * (target.along_stddev, target.across_stddev)
    return replace(
        answer,
        text=_directions(target, scene),
        values=[float(v) for v in target.position],
        values_stddev=[float(s) for s in np.linalg.norm(spread, axis=1)],
        unit="m",
        target=replace(target, requested=True),
    )


def _directions(target: Target, scene: Scene) -> str:
    way = length(abs(target.travel), target.along_stddev)
    ahead = "back" if target.travel < 0 else "from here"
    return (
        f"Go to {point(target.position)} ({scene.frame_name}), {way} {ahead}, facing "
        f"{the(scene.name(target.object))}: {length(target.stand_off)} before it."
    )


def _described(target: Target, gravity: Gravity | None, scene: Scene) -> str:
    assert gravity is not None
    assert gravity.floor is not None
    height = float(gravity.up @ scene.reference_frame.translation) - gravity.floor
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
