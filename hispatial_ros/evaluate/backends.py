"""Who answers: the node's own backends, without a node."""

import math
import time
from typing import Protocol

from hispatial_ros.answer.types import Answer, Source
from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.evaluate.frames import Frames
from hispatial_ros.evaluate.question import Question
from hispatial_ros.service.backend import QuestionOnFrame
from hispatial_ros.service.backends import Backends
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.settings import Settings
from hispatial_ros.vlm.runtime.status import ModelState

LOCAL = ("measured", "model", "auto")
# An image that the depth model cannot do anything with.
NO_DEPTH = (ErrorCode.NO_VALID_DEPTH, ErrorCode.NO_DEPTH, ErrorCode.NO_CAMERA_INFO)
RESTARTS = 2  # of a process that is not ready after it: it never will be
PATIENCE = 600.0  # s for one question


class RefusedError(Exception):
    """A question that the backend does not answer, and why."""


class Asker(Protocol):
    """Answers questions."""

    at_once: int  # questions that are worth asking at a time

    def prepare(self, question: Question) -> object:
        """What ``ask`` needs of the question's image; called from one thread.

        Raises:
            SpatialError: the image or its depth cannot be had; the run stops.
            RefusedError: it has no usable depth.
        """

    def ask(self, question: Question, prepared: object) -> str:
        """The answer's text; called from several threads.

        Raises:
            RefusedError: there is none.
            SpatialError: the backend is at fault.
        """

    def close(self) -> None:
        """End what was started."""


class LocalAsker:
    """The backends that the node has.

    Args:
        name: one of ``LOCAL``.
        settings: the node's parameters; ``model.checkpoint`` for "model" and "auto".
        frames: of the questions.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the model cannot be loaded.
    """

    def __init__(self, name: str, settings: Settings, frames: Frames):
        self._name, self._frames = name, frames
        self._backends = Backends()
        self._backends.open(LiveSettings(settings))
        self.at_once = 1
        for what, process in self._backends.processes.items():
            while (status := process.wait_ready(1.0)).state is not ModelState.READY:
                if status.state is ModelState.FAILED or status.restarts >= RESTARTS:
                    self.close()
                    raise backend_unavailable(f"{what}: {status.message}: correct --checkpoint")
            self.at_once = 2 * settings.model.max_batch  # one batch waits while one is answered

    def prepare(self, question: Question) -> object:
        """See Asker."""
        try:
            return self._frames.of(question)
        except SpatialError as error:
            if error.code in NO_DEPTH:
                raise RefusedError(str(error)) from error
            raise

    def ask(self, question: Question, prepared) -> str:
        """See Asker."""
        model = self._name == "model"
        asked = QuestionOnFrame(
            text=question.text if model else question.measured_text or question.text,
            frame=prepared.drawn if model else prepared.frame,
            regions=() if model else prepared.regions,
            reference_frame="camera",
            options=prepared.options,
            stand_off=1.0,
            deadline=time.monotonic() + PATIENCE,
            raw=model,  # word for word, as the official code asks it
            progress=lambda stage, share, text: None,
        )
        try:
            answer = self._backends.choose(self._name).start(asked).result(PATIENCE)
        except SpatialError as error:
            if model and not self._ready():
                raise  # the model is at fault, not the question: the run goes on later
            raise RefusedError(f"{ErrorCode(error.code).name}: {error}") from error
        return answer.text if model else short(answer, bool(question.choices))

    def close(self) -> None:
        """See Asker."""
        self._backends.close()

    def _ready(self) -> bool:
        processes = self._backends.processes.values()
        return all(process.status.state is ModelState.READY for process in processes)


def short(answer: Answer, with_choices: bool) -> str:
    """An answer as a model would give it: the label, yes or no, the name, or numbers in metres.

    The sentences that people read say more than one of these, with ± and other units.
    """
    if answer.source is Source.MODEL or (answer.model_text and answer.text == answer.model_text):
        return answer.text
    if with_choices and answer.choice:
        return answer.choice
    if (word := answer.text.partition(",")[0].rstrip(".")) in ("Yes", "No"):
        return word
    if answer.choice:
        return answer.choice
    if answer.values and all(map(math.isfinite, answer.values)):
        unit = " m" if answer.unit == "m" else ""
        digits = 0 if answer.unit == "count" else 3
        return " ".join(f"{value:.{digits}f}{unit}" for value in answer.values)
    return answer.text
