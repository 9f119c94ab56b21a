"""What right, up and forward mean: a frame's, or those of an observer in the scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hispatial_ros.answer.phrasing import the
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.scene import Scene
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.forms import Form
from hispatial_ros.language.perspective import needs_facing
from hispatial_ros.language.question import Viewpoint
from hispatial_ros.language.terms import Kind
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations


def observed(scene: Scene, viewpoint: Viewpoint | None, form: Form) -> Scene:
    """The scene with the right, up and forward of a question's observer, if there is one.

    Positions stay in the frame they are in. Distances and heights need no direction to look in.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it matters which way an observer looks, and the
            question does not say; BAD_REQUEST if that is straight up or down; or why the observer
            or what they look at is not known.
    """
    if viewpoint is None:
        return scene
    resolver = Resolver(scene)
    camera = viewpoint.at.kind is Kind.CAMERA
    observer = None if camera else resolver.one(viewpoint.at)
    if viewpoint.facing is None:
        if not camera and needs_facing(form):
            name = the(viewpoint.at.name)
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"which way {name} faces cannot be measured: say what an observer there looks at "
                f"('standing at {name} facing the door, ...'), or ask the model",
            )
        return replace(scene, observer=observer, notes=tuple(resolver.notes))
    reference_frame = scene.reference_frame
    at = reference_frame.points(np.zeros(3)) if observer is None else observer.center
    target = resolver.one(viewpoint.facing)
    name = "camera" if observer is None else scene.name(observer)
    try:
        seen = ReferenceFrame.viewpoint(name, at, target.center, reference_frame.up)
    except ValueError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"'{viewpoint}': {error}; name a target beside the observer"
        ) from error
    right, down, forward = seen.rotation
    resolver.note(f"left and right as seen from {the(name)} facing {the(scene.name(target))}")
    turned = replace(reference_frame, name=name, right=right, up=-down, forward=forward)
    return replace(
        scene,
        observer=observer,
        reference_frame=turned,
        relations=Relations(scene.measurement.objects, turned),
        notes=tuple(resolver.notes),
    )
