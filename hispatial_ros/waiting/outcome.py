"""A result that several threads race for: the first one sets it."""

import logging
import weakref
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout  # its own before Python 3.11
from typing import Generic, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class Outcome(Generic[T]):
    """A value or an error, set exactly once. Thread-safe; built on ``concurrent.futures``.

    Answer, deadline, cancel and shutdown may all try to set it; the first wins and the others learn
    that they lost.
    """

    def __init__(self) -> None:
        self._future: Future[T] = Future()

    def succeed(self, value: T) -> bool:
        """Set the value; False if there was an outcome already."""
        try:
            self._future.set_result(value)
        except InvalidStateError:
            return False
        return True

    def fail(self, error: Exception) -> bool:
        """Set an error; False if there was an outcome already."""
        try:
            self._future.set_exception(error)
        except InvalidStateError:
            return False
        return True

    @property
    def done(self) -> bool:
        """Whether it is set."""
        return self._future.done()

    @property
    def error(self) -> BaseException | None:
        """The error, None if it is a value or not set yet."""
        return self._future.exception() if self._future.done() else None

    def result(self, timeout: float | None = None) -> T:
        """Wait for the value, at most ``timeout`` seconds.

        Raises:
            Exception: the error that was set.
            TimeoutError: it is not set in time.
        """
        try:
            return self._future.result(timeout)
        except FutureTimeout:
            if self.done:  # a TimeoutError may be the outcome itself
                raise
            raise TimeoutError(f"no outcome after {timeout} s") from None

    def then(self, callback: Callable[["Outcome[T]"], object]) -> None:
        """Call back once it is set, on the thread that sets it; at once if it is.

        Callbacks run in the order in which they were added. What one raises is logged, and keeps
        neither the others nor the thread from going on.
        """
        # Once called it is forgotten with all that it holds, without the garbage collector.
        waiting, myself = [callback], weakref.ref(self)

        def call(_: Future[T]) -> None:
            outcome = myself()
            if outcome is None:  # nobody holds it any more, so nobody can have set it
                return
            try:
                waiting.pop()(outcome)
            except Exception:
                log.exception("internal error in a callback: the others are still called")

        self._future.add_done_callback(call)
