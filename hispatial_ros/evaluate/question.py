"""What a benchmark asks: a question about a view, and the rules that judge an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.options import MeasureOptions

# Whether an answer is right; None: nothing in it can be judged.
Rule = Callable[[str], bool | None]


@dataclass(frozen=True, eq=False)
class View:
    """An image as a benchmark gives it."""

    rgb: np.ndarray  # [H, W, 3] uint8, R G B
    depth: np.ndarray | None = None  # of a sensor, as in ``Frame``; None: only colour is given
    camera: Camera | None = None
    regions: Sequence[Region] | None = None  # that are given; None: a detector has to look
    drawn: np.ndarray | None = None  # what a model sees, where boxes are drawn for it
    options: MeasureOptions = field(default_factory=MeasureOptions)


@dataclass(frozen=True, eq=False)
class Question:
    """One question of a benchmark.

    Attributes:
        id: unique in the benchmark.
        type: the row of the table that it counts in.
        text: what a model reads, word for word as the official code has it.
        truth: the right answer, for people.
        image: name of its image; questions with the same one are about the same view.
        view: reads the image. Raises SpatialError BAD_IMAGE or BAD_REQUEST.
        rules: name -> rule; the first is the benchmark's own.
        choices: label -> text of a multiple choice.
        measured_text: for the measuring engine, where its names of the boxes differ.
        group: questions of a group count as one, right if all are; empty: it counts alone.
        counted: in the total.
    """

    id: str
    type: str
    text: str
    truth: str
    image: str
    view: Callable[[], View]
    rules: Mapping[str, Rule]
    choices: Mapping[str, str] = field(default_factory=dict)
    measured_text: str = ""
    group: str = ""
    counted: bool = True
