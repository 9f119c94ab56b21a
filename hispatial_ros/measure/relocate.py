"""Measured geometry in another frame, with the judgements made on it as they are."""

from collections.abc import Sequence
from dataclasses import replace

from hispatial_ros.measure.reference_frame import ReferenceFrame, transform
from hispatial_ros.measure.types import MeasuredObject, Measurement, Relation


def relocate(
    objects: Sequence[MeasuredObject], relations: Sequence[Relation], to: ReferenceFrame
) -> tuple[list[MeasuredObject], list[Relation]]:
    """Objects and relations, in metres, with their geometry moved into a frame.

    Predicates and their confidence stay what they were where they were judged; ``transform``
    judges anew.
    """
    ends = [end for relation in relations for end in (relation.subject, relation.object)]
    every = list({id(o): o for o in (*objects, *ends)}.values())
    changed = transform(Measurement(every, []), to).objects
    moved = {id(old): new for old, new in zip(every, changed, strict=True)}
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
