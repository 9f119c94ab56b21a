"""What answers a question: the one seam between the node and the ROS-free libraries."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.noise import DepthNoise

Outcome = Answer | SpatialError
Stop = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Question:
    """Everything a backend needs to know."""

    text: str
    frame: Frame
    regions: Sequence[Region]
    reference: str
    noise: DepthNoise
    max_range: float  # m
    deadline: float  # on the clock of time.monotonic(); later answers are of no use
    raw: bool  # model: pass the text on verbatim, draw nothing
    progress: Callable[[str, float, str], None]  # stage, 0..1, text so far


class Backend(Protocol):
    """Answers questions at once on the worker's thread, or later from a thread of its own."""

    needs_rgb: bool

    def start(self, question: Question, done: Callable[[Outcome], None]) -> Stop | None:
        """Begin to answer.

        Args:
            done: To be called once with the answer or error, during this call or after it.

        Returns:
            What stops the work when nobody waits for it any more; None if it is done.

        Raises:
            SpatialError: the question can not be answered; ``done`` is then not called.
        """


class MeasuredBackend:
    """Measures on the point map; done when ``start`` returns."""

    needs_rgb = False

    def start(self, question: Question, done: Callable[[Outcome], None]) -> None:
        """See Backend."""
        from hispatial_ros.answer.measured import answer_measured

        question.progress("measure", 0.3, "")
        begin = time.perf_counter()
        answer = answer_measured(
            question.text,
            question.frame,
            question.regions,
            reference=question.reference,
            noise=question.noise,
            max_range=question.max_range,
        )
        answer.timing.setdefault("measure", time.perf_counter() - begin)
        done(answer)


class Backends:
    """Backends by the name a request gives."""

    def __init__(self) -> None:
        self._measured = MeasuredBackend()

    def choose(self, name: str) -> Backend:
        """The backend for "measured", "model" or "auto".

        Raises:
            SpatialError: BACKEND_UNAVAILABLE.
        """
        if name == "model":
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                "no vision-language model is configured: install requirements/model.txt, or ask "
                "for the measured backend",
            )
        return self._measured

    def state(self) -> dict[str, str]:
        """Backend -> its state in a word, for the diagnostics."""
        return {"measured": "ready", "model": "not configured"}
