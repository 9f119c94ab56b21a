"""An answer's geometry back in the optical frame of its image, which is what gets displayed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hispatial_ros.answer.types import Answer
from hispatial_ros.measure.reference import Reference, transform
from hispatial_ros.measure.types import MeasuredObject, Measurement, Relation


def in_optical_frame(answer: Answer) -> tuple[Sequence[MeasuredObject], Sequence[Relation]]:
    """Objects and relations of an answer, in metres in the optical frame."""
    if answer.reference is None or answer.frame == "camera":
        return answer.objects, answer.relations
    rotation = np.asarray(answer.reference.rotation).T
    back = Reference("camera", rotation, -rotation @ answer.reference.translation)
    objects = transform(Measurement(answer.objects, [], frame=answer.frame), back).objects
    moved = {id(old): new for old, new in zip(answer.objects, objects, strict=True)}
    relations = [
        replace(
            relation,
            subject=moved[id(relation.subject)],
            object=moved[id(relation.object)],
            subject_point=back.points(relation.subject_point),
            object_point=back.points(relation.object_point),
            displacement=back.directions(relation.displacement),
        )
        for relation in answer.relations
        if id(relation.subject) in moved and id(relation.object) in moved
    ]
    return objects, relations
