"""Messages back to plain structs, for clients; the counterpart of ``conversions``."""

import numpy as np

from hispatial_ros.answer.types import Agreement, Answer, Level, Source
from hispatial_ros.errors import ErrorCode
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.from_ros import object_from_msg, vector
from hispatial_ros.measure.types import Failure, MeasuredObject, Measurement, Relation
from hispatial_ros.msg import RegionFailure, SpatialAnswer, SpatialRelation
from hispatial_ros.srv import Measure


def answer_from_msg(msg: SpatialAnswer) -> Answer:
    """``hispatial_ros/SpatialAnswer`` to Answer.

    Without relations to objects that the answer does not list: "what is left of the mug?" lists
    what is there, not the mug.
    """
    objects = [object_from_msg(obj) for obj in msg.objects]
    listed = {obj.id for obj in objects}
    return Answer(
        question=msg.question,
        text=msg.text,
        level=Level(msg.level),
        source=Source(msg.source),
        values=list(msg.values),
        values_stddev=list(msg.values_stddev),
        unit=msg.unit,
        choice=msg.choice,
        objects=objects,
        relations=[
            relation_from_msg(relation, objects)
            for relation in msg.relations
            if {relation.subject_id, relation.object_id} <= listed
        ],
        agreement=Agreement(msg.agreement),
        measured_text=msg.measured_text,
        model_text=msg.model_text,
        notes=list(msg.notes),
        frame=msg.header.frame_id,
        timing={stage.stage: stage.seconds for stage in msg.timing},
    )


def measurement_from_msg(response: Measure.Response) -> Measurement:
    """The response of ``srv/Measure`` to Measurement."""
    objects = [object_from_msg(obj) for obj in response.objects]
    return Measurement(
        objects=objects,
        failures=[_failure(failure) for failure in response.failures],
        relations=[relation_from_msg(relation, objects) for relation in response.relations],
        reference_frame=response.header.frame_id,
    )


def relation_from_msg(msg: SpatialRelation, objects: list[MeasuredObject]) -> Relation:
    """``hispatial_ros/SpatialRelation`` to Relation between two of the ``objects``.

    Raises:
        KeyError: if the relation names an object that is not among them.
    """
    by_id = {obj.id: obj for obj in objects}
    return Relation(
        subject=by_id[msg.subject_id],
        object=by_id[msg.object_id],
        predicate=msg.predicate,
        center_distance=msg.center_distance,
        center_distance_stddev=msg.center_distance_stddev,
        closest_distance=msg.closest_distance,
        closest_distance_stddev=msg.closest_distance_stddev,
        subject_point=vector(msg.subject_point),
        object_point=vector(msg.object_point),
        displacement=vector(msg.displacement),
        confidence=msg.confidence,
    )


def _failure(msg: RegionFailure) -> Failure:
    region = Region(msg.label, (np.nan,) * 4, id=msg.id)
    return Failure(region, ErrorCode(msg.error_code), msg.error_msg)
