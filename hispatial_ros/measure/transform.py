"""A measurement moved from the camera's optical frame into another reference frame."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hispatial_ros.measure.objects import extents, solids_of
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.types import MeasuredObject, Measurement, Relation


def transform(measurement: Measurement, reference: ReferenceFrame) -> Measurement:
    """A measurement made in the optical frame, expressed in another.

    Positions, boxes, covariances and axis-aligned extents follow the frame, and the relations are
    judged by its right, up and forward; distances remain distances from the camera.
    """
    objects = _moved(measurement.objects, reference)
    gravity = measurement.gravity
    if gravity is not None:
        up = reference.directions(np.asarray(gravity.up, float))
        shift = float(up @ reference.translation)
        offset, floor = (
            None if height is None else height + shift for height in (gravity.offset, gravity.floor)
        )
        gravity = replace(gravity, up=up, offset=offset, floor=floor)
    relations = Relations(objects, reference) if len(measurement.relations) else []
    return Measurement(objects, measurement.failures, gravity, relations, reference.name)


def express(measurement: Measurement, reference: ReferenceFrame) -> Measurement:
    """The same; a measurement that is wanted in the camera's frame stays as it was made."""
    return measurement if reference.name == "camera" else transform(measurement, reference)


def relocate(
    objects: Sequence[MeasuredObject], relations: Sequence[Relation], to: ReferenceFrame
) -> tuple[list[MeasuredObject], list[Relation]]:
    """Objects and relations, in metres, with their geometry moved into a frame.

    Predicates and their confidence stay what they were where they were judged; ``transform``
    judges anew.
    """
    ends = [end for relation in relations for end in (relation.subject, relation.object)]
    every = list({id(o): o for o in (*objects, *ends)}.values())
    moved = {id(o): there for o, there in zip(every, _moved(every, to), strict=True)}
    moved_relations = [
        replace(
            relation,
            subject=moved[id(relation.subject)],
            object=moved[id(relation.object)],
            subject_point=to.points(relation.subject_point),
            object_point=to.points(relation.object_point),
            displacement=to.directions(relation.displacement),
        )
        for relation in relations
    ]
    return [moved[id(o)] for o in objects], moved_relations


def _moved(objects: Sequence[MeasuredObject], reference: ReferenceFrame) -> list[MeasuredObject]:
    if not objects:
        return []
    rotation = reference.rotation @ np.array([o.rotation for o in objects])
    both = np.kron(np.eye(2), reference.rotation)
    covariance = both @ np.array([o.covariance for o in objects]) @ both.T
    kind, own = solids_of(objects)
    size = np.array([o.size for o in objects])
    extent, variance = extents(kind, size, rotation, own)
    extent_stddev = np.sqrt(variance)
    center = reference.points(np.array([o.center for o in objects]))
    nearest = reference.points(np.array([o.nearest for o in objects]))
    return [
        replace(
            o,
            center=center[i],
            rotation=rotation[i],
            covariance=covariance[i],
            extent=extent[i],
            extent_stddev=extent_stddev[i],
            nearest=nearest[i],
            surface=reference.points(o.surface).astype(np.float32),
        )
        for i, o in enumerate(objects)
    ]
