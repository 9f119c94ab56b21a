"""One request on its way: its outcome, deadline, timing and progress."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

from hispatial_ros.waiting.outcome import Outcome

T = TypeVar("T")
Progress = Callable[[str, float, str], None]  # stage, 0..1, text so far


class Job(Outcome[T]):
    """What the worker works on.

    The answer, a deadline, a cancel and a deactivation race for the outcome; the first sets it,
    the others learn that they lost. Thread-safe.
    """

    def __init__(self, id: str, on_progress: Progress | None = None):
        """
        Args:
            id: Identity of the request in answers and log lines.
            on_progress: Gets stage, progress 0..1 and the text so far; must be quick.
        """
        super().__init__()
        self.id = id
        self.created = time.monotonic()
        self.deadline = math.inf  # on the clock of time.monotonic(); the worker sets it
        self.timing: dict[str, float] = {}  # stage -> seconds
        self._on_progress = on_progress
        self._lap = self.created

    @property
    def elapsed(self) -> float:
        """Seconds since the request arrived."""
        return time.monotonic() - self.created

    def lap(self, stage: str) -> None:
        """Note the time since the last lap as that of ``stage``."""
        now = time.monotonic()
        self.timing[stage] = self.timing.get(stage, 0.0) + now - self._lap
        self._lap = now

    def progress(self, stage: str, fraction: float, text: str = "") -> None:
        """Tell the client how far it is."""
        if self._on_progress is not None and not self.done:
            self._on_progress(stage, fraction, text)

    def on_failure(self, stop: Callable[[], object]) -> None:
        """Have ``stop`` called if the job fails, or has failed already."""
        self.then(lambda job: stop() if job.error is not None else None)
