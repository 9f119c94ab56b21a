"""What came of a request, recorded or computed now, in a form that can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.measure.types import MeasuredObject, Measurement, Relation


@dataclass(frozen=True)
class Quantity:
    """A number with its standard deviation; NaN: not known."""

    value: float
    stddev: float = float("nan")


@dataclass(frozen=True)
class Outcome:
    """An error, or an answer, or what was measured."""

    code: int = 0
    message: str = ""
    text: str = ""
    choice: str = ""
    unit: str = ""
    quantities: dict[str, Quantity] = field(default_factory=dict)  # what -> value
    facts: frozenset[str] = frozenset()  # relations found and regions that failed, in words


def of_error(error: SpatialError) -> Outcome:
    return Outcome(code=int(error.code), message=str(error))


def of_answer(answer: Answer) -> Outcome:
    return Outcome(
        text=answer.text,
        choice=answer.choice,
        unit=answer.unit,
        quantities=_values(answer.values, answer.values_stddev),
    )


def of_measurement(measured: Measurement) -> Outcome:
    quantities: dict[str, Quantity] = {}
    for obj in measured.objects:
        quantities |= _object(obj)
    facts = {_fact(relation) for relation in measured.relations}
    facts |= {f"{f.region.label}: {ErrorCode(f.code).name}" for f in measured.failures}
    return Outcome(quantities=quantities, facts=frozenset(facts))


def recorded(record: Any) -> Outcome:
    """Of a ``hispatial_ros/RequestRecord``, as decoded from a recording."""
    if record.error_code:
        return Outcome(code=record.error_code, message=record.error_msg)
    if record.kind == "ask":
        answer = record.answer
        if answer.text != answer.measured_text:  # the model's; what was measured is beside it
            return Outcome(text=answer.measured_text)
        values = _values(answer.values, answer.values_stddev)
        return Outcome(text=answer.text, choice=answer.choice, unit=answer.unit, quantities=values)
    quantities: dict[str, Quantity] = {}
    for obj in record.objects:
        quantities |= _recorded_object(obj)
    facts = {f"{r.subject_id} {r.predicate} {r.object_id}" for r in record.relations}
    facts |= {f"{f.label}: {_name(f.error_code)}" for f in record.failures}
    return Outcome(quantities=quantities, facts=frozenset(facts))


def _fact(relation: Relation) -> str:
    return f"{relation.subject.id} {relation.predicate} {relation.object.id}"


def _values(values: Any, stddevs: Any) -> dict[str, Quantity]:
    known = list(stddevs) or [float("nan")] * len(values)
    return {
        f"value {i}" if len(values) > 1 else "value": Quantity(float(value), float(stddev))
        for i, (value, stddev) in enumerate(zip(values, known, strict=True), 1)
    }


def _object(obj: MeasuredObject) -> dict[str, Quantity]:
    center_stddev = np.sqrt(np.diagonal(obj.covariance)[:3])
    return {
        f"{obj.id} distance": Quantity(float(obj.distance), float(obj.distance_stddev)),
        **_vector(f"{obj.id}", "xyz", obj.center, center_stddev),
        **_vector(f"{obj.id}", ("width", "height", "depth"), obj.size, obj.size_stddev),
    }


def _recorded_object(obj: Any) -> dict[str, Quantity]:
    center, size, stddev = obj.pose.pose.position, obj.size, obj.size_stddev
    covariance = np.asarray(obj.pose.covariance, float).reshape(6, 6)
    return {
        f"{obj.id} distance": Quantity(obj.distance, obj.distance_stddev),
        **_vector(
            obj.id, "xyz", (center.x, center.y, center.z), np.sqrt(np.diagonal(covariance)[:3])
        ),
        **_vector(
            obj.id,
            ("width", "height", "depth"),
            (size.x, size.y, size.z),
            (stddev.x, stddev.y, stddev.z),
        ),
    }


def _vector(id: str, names: Any, values: Any, stddevs: Any) -> dict[str, Quantity]:
    return {
        f"{id} {name}": Quantity(float(value), float(stddev))
        for name, value, stddev in zip(names, values, stddevs, strict=True)
    }


def _name(code: int) -> str:
    return ErrorCode(code).name if code in set(ErrorCode) else str(code)
