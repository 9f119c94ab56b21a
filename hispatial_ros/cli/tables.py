"""Measurements and answers as tables for a terminal."""

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from hispatial_ros.answer.types import Answer
from hispatial_ros.measure.types import Measurement

CONFIDENCE = 1.96  # standard deviations; what is printed after +- is a 95 % interval


def plus_minus(value: float, stddev: float, unit: str = "") -> str:
    """The value with its 95 % interval, rounded to the interval's precision.

    >>> plus_minus(1.2345, 0.0102, "m")
    '1.23 ± 0.02 m'
    """
    unit = f" {unit}" if unit else ""
    if not np.isfinite(stddev) or stddev <= 0:
        return f"{value:.2f}{unit}"
    half = CONFIDENCE * stddev
    digits = int(np.clip(-np.floor(np.log10(half)), 2, 4)) if half < 0.1 else 2
    return f"{value:.{digits}f} ± {half:.{digits}f}{unit}"


def answer_stddev(answer: Answer) -> str:
    """The 95 % intervals of the answer's values, as "± 0.02 m"; empty if there are none."""
    halves = [CONFIDENCE * s for s in answer.values_stddev if np.isfinite(s) and s > 0]
    if not halves:
        return ""
    unit = "" if answer.unit == "1" else f" {answer.unit}"
    return f"{', '.join(f'{half:.2g}' for half in halves)}{unit}"


def print_measurement(measurement: Measurement, relations: bool) -> None:
    """Objects, then relations if asked for, then what could not be measured."""
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, caption="metres, ± 95 %", caption_justify="left")
    table.add_column("object")
    for name in ("distance", "x", "y", "z", "width", "height", "depth", "points"):
        table.add_column(name, justify="right", no_wrap=True)
    for obj in measurement.objects:
        sizes = [plus_minus(v, s) for v, s in zip(obj.size, obj.size_stddev, strict=True)]
        position = [f"{v:.2f}" for v in obj.center]
        distance = plus_minus(obj.distance, obj.distance_stddev)
        table.add_row(obj.label, distance, *position, *sizes, str(obj.num_points))
    console.print(table)
    if relations:
        console.print(_relations(measurement))
    for failure in measurement.failures:
        message = f"{failure.region.label}: {failure.code.name}: {failure.message}"
        console.print(message, style="yellow", markup=False)


def _relations(measurement: Measurement) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("subject", "predicate", "object"):
        table.add_column(name)
    for name in ("centres", "closest", "confidence"):
        table.add_column(name, justify="right", no_wrap=True)
    for r in measurement.relations:
        table.add_row(
            r.subject.label,
            r.predicate.replace("_", " "),
            r.object.label,
            plus_minus(r.center_distance, r.center_distance_stddev),
            plus_minus(r.closest_distance, r.closest_distance_stddev),
            f"{100 * r.confidence:.0f} %",
        )
    return table
