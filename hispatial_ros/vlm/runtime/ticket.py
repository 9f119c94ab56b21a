"""A question on its way through the model: exactly one outcome, whatever happens."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hispatial_ros.errors import SpatialError
from hispatial_ros.structured_log import current_request
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.shared import SharedInput


@dataclass(frozen=True)
class ModelAnswer:
    """Generated text and where the time went, stage -> seconds."""

    text: str
    tokens: int
    timing: dict[str, float] = field(default_factory=dict)


class Ticket:
    """Given for a submitted question. Completed once, by whoever is first; later ones lose."""

    def __init__(
        self,
        id: int,
        frame: SharedInput,
        prompt: Prompt,
        max_new_tokens: int,
        deadline: float,
        on_text: Callable[[str], None] | None = None,
        on_done: Callable[["Ticket"], None] | None = None,
    ):
        """deadline: on the clock of time.monotonic(). on_text: gets the text so far.

        Both callbacks run on the supervisor's thread and must be quick.
        """
        self.id = id
        self.frame = frame
        self.prompt = prompt
        self.max_new_tokens = max_new_tokens
        self.deadline = deadline
        self.submitted = time.monotonic()
        self.request = current_request()  # for log lines
        self.on_text = on_text
        self._on_done = on_done
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._outcome: ModelAnswer | SpatialError | None = None

    def complete(self, outcome: ModelAnswer | SpatialError) -> bool:
        """Set the outcome; False if there was one already."""
        with self._lock:
            if self._outcome is not None:
                return False
            self._outcome = outcome
        self._finished.set()
        if self._on_done is not None:
            self._on_done(self)
        return True

    @property
    def done(self) -> bool:
        return self._finished.is_set()

    def result(self, timeout: float | None = None) -> ModelAnswer:
        """Wait for the outcome. Raises SpatialError, or TimeoutError if it takes too long."""
        if not self._finished.wait(timeout):
            raise TimeoutError(f"no outcome after {timeout} s")
        assert self._outcome is not None
        if isinstance(self._outcome, SpatialError):
            raise self._outcome
        return self._outcome
