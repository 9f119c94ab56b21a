"""A measurement moved from the camera's optical frame into another reference frame."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hispatial_ros.measure.objects import extents
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.types import MeasuredObject, Measurement, Relation


def transform(measurement: Measurement, reference: ReferenceFrame) -> Measurement:
    """A measurement made in the optical frame, expressed in another.

    Positions, boxes, covariances and axis-aligned extents follow the frame, and the relations are
    judged by its right, up and forward; distances remain distances from the camera.
    """
    objects = [_moved(o, reference) for o in measurement.objects]
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
    moved = {id(o): _moved(o, to) for o in every}
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


def _moved(o: MeasuredObject, reference: ReferenceFrame) -> MeasuredObject:
    rotation = reference.rotation @ o.rotation
    both = np.zeros((6, 6))
    both[:3, :3] = both[3:, 3:] = reference.rotation
    extent, extent_stddev = extents(o, rotation)
    return replace(
        o,
        center=reference.points(o.center),
        rotation=rotation,
        covariance=both @ o.covariance @ both.T,
        extent=extent,
        extent_stddev=extent_stddev,
        nearest=reference.points(o.nearest),
        surface=reference.points(o.surface).astype(np.float32),
    )
