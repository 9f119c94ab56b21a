"""Measurements and answers as tables for a terminal."""

import numpy as np
from numpy.typing import ArrayLike
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hispatial_ros.answer.phrasing import plus_minus
from hispatial_ros.answer.types import Answer
from hispatial_ros.measure.types import Measurement

SMALLEST = 0.01  # what is printed after ± is never less than one unit of the last decimal


def answer_stddev(answer: Answer) -> str:
    """Largest standard deviation of the answer's values, "0.02 m"; empty if there is none."""
    known = [s for s in answer.values_stddev if np.isfinite(s) and s > 0]
    if not known:
        return ""
    unit = "" if answer.unit in ("", "1") else f" {answer.unit}"
    return f"{max(known):.3f}{unit}"


def print_measurement(measurement: Measurement, relations: bool) -> None:
    """Objects, then relations if asked for, then what could not be measured."""
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for name in ("object", "distance [m]", "position x y z [m]", "width height depth [m]"):
        table.add_column(name, no_wrap=True)
    for obj in measurement.objects:
        position_stddev = np.sqrt(np.diag(obj.covariance)[:3])
        table.add_row(
            obj.label,
            _with_stddev([obj.distance], [obj.distance_stddev]),
            _with_stddev(obj.center, position_stddev),
            _with_stddev(obj.size, obj.size_stddev),
        )
    if measurement.objects:
        console.print(table)
    if relations:
        console.print(_relations(measurement))
    for failure in measurement.failures:
        message = f"{failure.code.name}: {failure.message}"
        console.print(message, style="yellow", markup=False)


def _with_stddev(values: ArrayLike, stddevs: ArrayLike) -> Text:
    """Numbers over their standard deviations, in columns."""
    upper = " ".join(f"{v:6.2f}" for v in np.asarray(values))
    lower = " ".join(f" ±{max(s, SMALLEST):4.2f}" for s in np.asarray(stddevs))
    return Text.assemble(upper, "\n", (lower, "dim"))


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
