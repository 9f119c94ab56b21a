"""What right, up and forward mean: a frame's, or those of an observer in the scene."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hispatial_ros.answer.phrasing import the
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.perspective import needs_facing
from hispatial_ros.language.question import ParsedQuestion
from hispatial_ros.language.terms import Kind
from hispatial_ros.measure.reference_frame import ReferenceFrame

if TYPE_CHECKING:
    from hispatial_ros.answer.scene import Scene


def observe(question: ParsedQuestion, scene: Scene) -> None:
    """Take the scene's right, up and forward from the question's observer.

    Positions stay in the frame they are in. Distances and heights need no direction to look in.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it matters which way an observer looks, and the
            question does not say; BAD_REQUEST if that is straight up or down.
    """
    viewpoint = question.viewpoint
    assert viewpoint is not None
    camera = viewpoint.at.kind is Kind.CAMERA
    if not camera:
        scene.observer = scene.one(viewpoint.at)
    if viewpoint.facing is None:
        if camera or not needs_facing(question.form):
            return
        name = the(viewpoint.at.name)
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"which way {name} faces can not be measured: say what an observer there looks at "
            f"('standing at {name} facing the door, ...'), or ask the model",
        )
    at = scene.reference.points(np.zeros(3)) if scene.observer is None else scene.observer.center
    target = scene.one(viewpoint.facing)
    name = "camera" if scene.observer is None else scene.name(scene.observer)
    try:
        seen = ReferenceFrame.viewpoint(name, at, target.center, scene.reference.up)
    except ValueError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"'{viewpoint}': {error}; name a target beside the observer"
        ) from error
    right, down, forward = seen.rotation
    scene.reference = replace(scene.reference, name=name, right=right, up=-down, forward=forward)
    scene.note(f"left and right as seen from {the(name)} facing {the(scene.name(target))}")
