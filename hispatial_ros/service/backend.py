"""What answers a question: the one seam between the service and the libraries below it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.answer.types import Answer
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language.question import ParsedQuestion
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Measurement
from hispatial_ros.waiting.outcome import Outcome


@dataclass(frozen=True, eq=False)
class QuestionOnFrame:
    """Everything a backend needs to know."""

    text: str
    frame: Frame
    regions: Sequence[Region]
    reference_frame: str | ReferenceFrame  # "camera", "gravity", or what TF says
    options: MeasureOptions
    stand_off: float  # m, of the place to stand before an object
    deadline: float  # on the clock of time.monotonic(); later answers are of no use
    raw: bool  # model: pass the text on verbatim, draw nothing
    progress: Callable[[str, float, str], None]  # stage, 0..1, text so far
    context: str = ""  # the question before
    known: Measurement | None = None  # of the regions, in the optical frame
    parsed: ParsedQuestion | None = None  # the text, with the labels of the regions

    def measure(self, text: str, regions: Sequence[Region]) -> Answer:
        """Answer from measurements of the frame; as ``answer_measured``."""
        same = text == self.text and regions is self.regions
        return answer_measured(
            self.parsed if same and self.parsed else text,
            self.frame,
            regions,
            self.reference_frame,
            options=self.options,
            context=self.context,
            known=self.known,
            max_length=max(len(text), len(self.context)),
            stand_off=self.stand_off,
        )


class Backend(Protocol):
    """Answers questions at once on the worker's thread, or later from a thread of its own."""

    needs_rgb: bool

    def start(self, question: QuestionOnFrame) -> Outcome[Answer]:
        """Begin to answer.

        Returns:
            What gets the answer or a SpatialError. Failing it before that stops the work.

        Raises:
            SpatialError: the question cannot be answered.
        """


class MeasuredBackend:
    """Measures on the point map; done when ``start`` returns."""

    needs_rgb = False

    def start(self, question: QuestionOnFrame) -> Outcome[Answer]:
        """See Backend."""
        question.progress("measure", 0.3, "")
        outcome: Outcome[Answer] = Outcome()
        outcome.succeed(question.measure(question.text, question.regions))
        return outcome

    @staticmethod
    def warm_up() -> None:
        """Answer one question about a made-up frame, so that the first real one is as fast."""
        camera = Camera(64, 48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
        depth = np.full((48, 64), 2000.0)
        depth[20:28, 28:36] = 1000
        depth += np.random.default_rng(0).normal(0, 3, depth.shape)
        frame = Frame(None, depth.astype(np.uint16), camera)
        regions = [Region("box", (28, 20, 36, 28)), Region("wall", (0, 0, 64, 48))]
        answer_measured("How far is the box from the wall?", frame, regions)
