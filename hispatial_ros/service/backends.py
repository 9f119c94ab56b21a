"""What answers a question: the one seam between the node and the ROS-free libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.answer.types import Answer
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.settings.live import LiveSettings

if TYPE_CHECKING:
    from hispatial_ros.service.model_backend import Models
    from hispatial_ros.vlm.runtime.supervisor import Supervisor

Outcome = Answer | SpatialError
Stop = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Question:
    """Everything a backend needs to know."""

    text: str
    frame: Frame
    regions: Sequence[Region]
    reference: str | ReferenceFrame  # "camera", "gravity", or what TF says
    noise: DepthNoise
    gravity: Gravity | None  # as the robot knows it; None: to be detected
    max_range: float  # m
    stand_off: float  # m, of the place to stand before an object
    deadline: float  # on the clock of time.monotonic(); later answers are of no use
    raw: bool  # model: pass the text on verbatim, draw nothing
    progress: Callable[[str, float, str], None]  # stage, 0..1, text so far

    def measure(self, text: str, regions: Sequence[Region]) -> Answer:
        """Answer from measurements of the frame; as ``answer_measured``."""
        return answer_measured(
            text,
            self.frame,
            regions,
            self.reference,
            MeasureOptions(self.noise, self.gravity, self.max_range),
            max_length=len(text),
            stand_off=self.stand_off,
        )


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
        question.progress("measure", 0.3, "")
        done(question.measure(question.text, question.regions))


class Backends:
    """Backends by the name a request gives."""

    def __init__(self) -> None:
        self._measured = MeasuredBackend()
        self._models: Models | None = None

    def warm_up(self) -> None:
        """Answer one question about a made-up frame, so that the first real one is as fast."""
        camera = Camera(64, 48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
        depth = np.full((48, 64), 2000.0)
        depth[20:28, 28:36] = 1000
        depth += np.random.default_rng(0).normal(0, 3, depth.shape)
        frame = Frame(None, depth.astype(np.uint16), camera)
        regions = [Region("box", (28, 20, 36, 28)), Region("wall", (0, 0, 64, 48))]
        answer_measured("How far is the box from the wall?", frame, regions)

    def open(self, settings: LiveSettings) -> None:
        """Start loading the models that the parameters name, in the background."""
        from hispatial_ros.service.model_backend import Models  # which needs the types above

        self._models = Models(settings)

    def close(self) -> None:
        """End the models' processes."""
        if self._models is not None:
            self._models.close()
            self._models = None

    def choose(self, name: str) -> Backend:
        """The backend for "measured", "model" or "auto".

        Raises:
            SpatialError: BACKEND_UNAVAILABLE.
        """
        models = self._models
        processes = self.processes
        if name == "model" and "model" not in processes:
            raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, _NO_MODEL)
        if models is None or not processes or (name == "measured" and "detector" not in processes):
            return self._measured
        return models.backend(required=name == "model", ask_model=name != "measured")

    @property
    def processes(self) -> Mapping[str, Supervisor]:
        """What is configured of "model" and "detector"."""
        return {} if self._models is None else self._models.processes

    def state(self) -> dict[str, str]:
        """Backend -> its state in a word, for the diagnostics."""
        states = {name: process.status.state.value for name, process in self.processes.items()}
        return {"measured": "ready", "model": "not configured", **states}


_NO_MODEL = (
    "no vision-language model is configured: install requirements/model.txt and set "
    "model.checkpoint, or ask for the measured backend"
)
