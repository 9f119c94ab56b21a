"""One request on its way to an answer: exactly one outcome, whoever comes first."""

import threading
import time
from collections.abc import Callable
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError

Progress = Callable[[str, float, str], None]


class Job:
    """What the service or action hands to the worker.

    The answer, a deadline, a cancel and a deactivation race for the outcome; the first sets it,
    the others learn that they lost. Thread-safe.
    """

    def __init__(
        self,
        id: str,
        timeout: float,
        work: Callable[["Job"], None],
        refuse: Callable[[SpatialError], Any],
        on_done: Callable[[Any], None],
        on_progress: Progress | None = None,
    ):
        """
        Args:
            id: Identity of the request in answers and log lines.
            timeout: Seconds from now until TIMEOUT.
            work: Called on the worker's thread. Completes the job, or starts something that will.
            refuse: Makes a response out of an error.
            on_done: Gets the response, on the thread that completes the job; must be quick.
            on_progress: Gets stage, progress 0..1 and the text so far; must be quick.
        """
        self.id = id
        self.created = time.monotonic()
        self.deadline = self.created + timeout
        self.timing: dict[str, float] = {}
        self.code: ErrorCode | None = None  # of the outcome
        self.work = work
        self._refuse = refuse
        self._on_done = on_done
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._done = False
        self._abandon: Callable[[], None] | None = None
        self.release: Callable[[Job], None] = lambda job: None  # the worker's book-keeping
        self._lap = self.created

    @property
    def done(self) -> bool:
        return self._done

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
        report = self._on_progress
        if report is not None and not self._done:
            report(stage, fraction, text)

    def complete(self, response: Any) -> bool:
        """Set the response; False if there was an outcome already."""
        return self._finish(ErrorCode.NONE, lambda: response)

    def fail(self, error: SpatialError) -> bool:
        """Set an error as the outcome; False if there was one already.

        Whatever still works on the job is told to stop.
        """
        return self._finish(error.code, lambda: self._refuse(error))

    def on_abandon(self, stop: Callable[[], None]) -> None:
        """Have ``stop`` called if the job fails before it is completed (or has failed already)."""
        with self._lock:
            if not self._done:
                self._abandon = stop
                return
        if self.code is not ErrorCode.NONE:
            stop()

    def _finish(self, code: ErrorCode, response: Callable[[], Any]) -> bool:
        with self._lock:
            if self._done:
                return False
            self._done = True
            self.code = code
            stop, self._abandon = self._abandon, None
        self.release(self)
        self._on_done(response())
        # The worker remembers the job until its deadline; the frame it is about must not stay.
        self.work, self._refuse, self._on_done, self._on_progress = (
            _nothing,
            _nothing,
            _nothing,
            None,
        )
        if stop is not None and code is not ErrorCode.NONE:
            stop()
        return True


def _nothing(_: Any) -> None:
    """What a job that has its outcome does."""
