"""Times at which something is too late."""

import heapq
import itertools
import threading
import time
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from hispatial_ros.waiting.loop import Loop

T = TypeVar("T")


class Deadlines(Generic[T]):
    """Calls ``late`` with each item when its time has come, on a thread of its own. Thread-safe.

    An item is held weakly: what nobody else holds any more cannot be late, and keeps no memory.
    """

    def __init__(self, name: str, late: Callable[[T], None]):
        """
        Args:
            name: of the thread.
            late: an exception of it costs no other item its call.
        """
        self._late = late
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, weakref.ref[T]]] = []
        self._tie = itertools.count()
        self._stopping = False
        self.loop = Loop(name, self._step)
        self.loop.start()

    def add(self, item: T, when: float) -> None:
        """Have ``late(item)`` called at ``when``, on the clock of ``time.monotonic``."""
        with self._changed:
            heapq.heappush(self._heap, (when, next(self._tie), weakref.ref(item)))
            if self._heap[0][0] == when:
                self._changed.notify()

    def stop(self) -> None:
        """End the thread; what is late from now on is not called."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def _step(self) -> bool:
        item = self._next()
        if item is not None:
            self._late(item)
        return not self._stopping

    def _next(self) -> T | None:
        """Wait for the next item that is late; None: none is, look again."""
        with self._changed:
            if self._stopping:
                return None
            if not self._heap:
                self._changed.wait()
                return None
            when, _, item = self._heap[0]
            left = when - time.monotonic()
            if left > 0 and item() is not None:
                self._changed.wait(left)
                return None
            heapq.heappop(self._heap)
            return item()
