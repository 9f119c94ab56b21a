"""Relations between pairs of measured objects."""

from hispatial_ros.measure.types import Measurement, Relation


def relate(measurement: Measurement) -> list[Relation]:
    return []
