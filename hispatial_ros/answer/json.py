"""Answers and measurements as plain dictionaries, for ``json.dumps``.

The fields are those of ``msg/SpatialAnswer``, ``msg/SpatialObject`` and ``msg/SpatialRelation``;
lengths in metres, points in the frame the measurement names. Numbers that are not finite become
None, so that the output is valid JSON.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hispatial_ros.answer.types import Answer
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import Failure, MeasuredObject, Measurement, Relation


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """Every field of ``SpatialAnswer``, with ``error_code`` 0."""
    return {
        "error_code": 0,
        "error_msg": "",
        "question": answer.question,
        "text": answer.text,
        "level": int(answer.level),
        "source": answer.source.name.lower(),
        "values": _numbers(answer.values),
        "values_stddev": _numbers(answer.values_stddev),
        "unit": answer.unit,
        "choice": answer.choice,
        "objects": [object_to_dict(o) for o in answer.objects],
        "relations": [relation_to_dict(r) for r in answer.relations],
        "agreement": answer.agreement.name.lower(),
        "measured_text": answer.measured_text,
        "model_text": answer.model_text,
        "notes": list(answer.notes),
        "timing": {stage: _number(seconds) for stage, seconds in answer.timing.items()},
    }


def measurement_to_dict(measurement: Measurement) -> dict[str, Any]:
    """``{"objects": [...], "relations": [...], "failures": [...]}``."""
    gravity = measurement.gravity
    return {
        "frame": measurement.reference_frame,
        "up": None if gravity is None else _numbers(gravity.up),
        "objects": [object_to_dict(o) for o in measurement.objects],
        "relations": [relation_to_dict(r) for r in measurement.relations],
        "failures": [failure_to_dict(f) for f in measurement.failures],
    }


def object_to_dict(obj: MeasuredObject) -> dict[str, Any]:
    return {
        "id": obj.id,
        "label": obj.label,
        "region": region_to_dict(obj.region),
        "position": _numbers(obj.center),
        "position_stddev": _numbers(np.sqrt(np.diagonal(obj.covariance)[:3])),
        "rotation": [_numbers(row) for row in obj.rotation],
        "size": _numbers(obj.size),
        "size_stddev": _numbers(obj.size_stddev),
        "extent": _numbers(obj.extent),
        "extent_stddev": _numbers(obj.extent_stddev),
        "distance": _number(obj.distance),
        "distance_stddev": _number(obj.distance_stddev),
        "nearest": _numbers(obj.nearest),
        "shape": obj.shape,
        "num_points": int(obj.num_points),
        "valid_fraction": _number(obj.valid_fraction),
    }


def relation_to_dict(relation: Relation) -> dict[str, Any]:
    return {
        "subject": relation.subject.label,
        "subject_id": relation.subject.id,
        "predicate": relation.predicate,
        "object": relation.object.label,
        "object_id": relation.object.id,
        "confidence": _number(relation.confidence),
        "center_distance": _number(relation.center_distance),
        "center_distance_stddev": _number(relation.center_distance_stddev),
        "closest_distance": _number(relation.closest_distance),
        "closest_distance_stddev": _number(relation.closest_distance_stddev),
        "subject_point": _numbers(relation.subject_point),
        "object_point": _numbers(relation.object_point),
        "displacement": _numbers(relation.displacement),
    }


def failure_to_dict(failure: Failure) -> dict[str, Any]:
    return {
        "label": failure.region.label,
        "id": failure.region.id,
        "error_code": int(failure.code),
        "error_msg": failure.message,
    }


def region_to_dict(region: Region) -> dict[str, Any]:
    outline = None if region.outline is None else [_numbers(p) for p in np.asarray(region.outline)]
    return {"box_xyxy": _numbers(region.box), "outline": outline}


def _number(value: Any) -> float | None:
    value = float(value)
    return value if math.isfinite(value) else None


def _numbers(values: Any) -> list[float | None]:
    return [_number(v) for v in values]
