"""A thread that repeats one step, whatever a step meets."""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

# s from a fault to the next step, twice as long with each fault in a row: a step that always fails
# neither fills the log nor takes a core.
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 1.0


class Loop:
    """Repeats a step on a daemon thread until the step says that it is over.

    An exception costs one step, not the thread: it is logged with its traceback, counted in
    ``faults``, and the loop goes on after a short pause.
    """

    def __init__(self, name: str, step: Callable[[], bool]):
        """
        Args:
            name: of the thread, as logs and diagnostics show it.
            step: waits for something to do and does it; False ends the loop. Whoever wants to stop
                the loop wakes it up and has it return False.
        """
        self.name = name
        self.faults = 0
        self._step = step
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the loop is over, at most ``timeout`` seconds; whether it is."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self.alive

    @property
    def alive(self) -> bool:
        """Whether it was started and is not over."""
        return self._thread.is_alive()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                if not self._step():
                    return
            except Exception:
                self.faults += 1
                log.exception("internal error in the thread %r: it goes on", self.name)
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
