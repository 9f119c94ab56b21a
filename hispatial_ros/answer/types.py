"""The answer to a question; mirrors ``msg/SpatialAnswer.msg``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.target import Target
from hispatial_ros.measure.types import MeasuredObject, Relation


class Level(IntEnum):
    """The four levels of spatial understanding of HiSpatial."""

    PIXEL = 0
    OBJECT = 1
    RELATION = 2
    REASONING = 3


class Source(IntEnum):
    UNKNOWN = 0
    MEASURED = 1
    MODEL = 2
    BOTH = 3


class Agreement(IntEnum):
    NOT_CHECKED = 0
    AGREE = 1
    DISAGREE = 2


@dataclass(eq=False)
class Answer:
    question: str
    text: str
    level: Level
    source: Source
    values: list[float] = field(default_factory=list)
    values_stddev: list[float] = field(default_factory=list)
    unit: str = ""  # "m", "m3", "count", "rad", "px", "1" or ""
    choice: str = ""
    objects: list[MeasuredObject] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    agreement: Agreement = Agreement.NOT_CHECKED
    measured_text: str = ""
    model_text: str = ""
    notes: list[str] = field(default_factory=list)
    timing: dict[str, float] = field(default_factory=dict)  # stage -> seconds
    frame: str = "camera"  # that objects, relations and values are expressed in
    reference_frame: ReferenceFrame | None = None  # the same with its pose; None: the optical frame
    target: Target | None = None  # where to stand before the object asked for, in the same frame


def measured_answer(
    text: str,
    numbers: Sequence[Quantity] = (),
    unit: str = "",
    *,
    choice: str = "",
    objects: Sequence[MeasuredObject] = (),
    relations: Sequence[Relation] = (),
) -> Answer:
    """An answer from measurements; ``unit`` is that of the numbers."""
    return Answer(
        "",
        text,
        Level.RELATION,
        Source.MEASURED,
        [q.value for q in numbers],
        [q.stddev for q in numbers],
        unit if numbers else "",
        choice,
        list(objects),
        list(relations),
    )
