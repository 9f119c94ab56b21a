"""Does the work of requests beside the executor, in order, within bounds and deadlines."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.service.faults import attempt
from hispatial_ros.service.job import Job
from hispatial_ros.structured_log import about
from hispatial_ros.waiting.deadlines import Deadlines
from hispatial_ros.waiting.loop import Loop

log = logging.getLogger(__name__)

# Sets the outcome of the job, or starts something that will; what it raises is the outcome.
Work = Callable[[Job[Any]], None]
PATIENCE = 0.1  # s that work beside the requests waits for a pause between them


@dataclass(eq=False)
class _Later:
    """What is done between requests, but not yet."""

    work: Callable[[], None]


class Worker:
    """One thread that works, one that watches deadlines.

    The callbacks of the executor thus never wait, and a request is answered in time even while
    another one keeps the worker busy. At most ``capacity`` requests wait or are worked on, and as
    many are in flight elsewhere (with a model, or until their depth is computed); one more is
    refused at once. The two are counted apart: a model that hangs keeps nobody from measuring.
    """

    def __init__(self, capacity: int):
        self.capacity = capacity
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Job[Any], Work]] = deque()
        self._beside: deque[tuple[float, Iterator[None]]] = deque()  # with the time it came
        self._open: set[Job[Any]] = set()
        self._elsewhere: set[Job[Any]] = set()  # of these, the ones in flight elsewhere
        self._refusal: SpatialError | None = SpatialError(
            ErrorCode.NOT_ACTIVE, "the node is not active yet"
        )
        self._stopping = False
        self._worked = False  # on a request, in the last step
        self._busy_since: float | None = None
        self._later: dict[Callable[[], None], _Later] = {}
        self._deadlines: Deadlines[Job[Any] | _Later] = Deadlines("deadlines", self._is_late)
        self._loop = Loop("worker", self._step)
        self._loop.start()

    def open(self) -> None:
        """Accept requests."""
        with self._changed:
            self._refusal = None

    def close(self, refusal: SpatialError, pending: SpatialError) -> None:
        """Answer every open request with ``pending``, and from now on new ones with ``refusal``."""
        with self._changed:
            self._refusal = refusal
            jobs = list(self._open)
            self._waiting.clear()
        for job in jobs:
            job.fail(pending)

    def stop(self, timeout: float) -> None:
        """End the threads; waits for what is being worked on no longer than ``timeout``."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._deadlines.stop()
        deadline = time.monotonic() + timeout
        for loop in (self._loop, self._deadlines.loop):
            loop.join(max(0.0, deadline - time.monotonic()))

    def submit(self, job: Job[Any], work: Work, timeout: float) -> None:
        """Queue a job; it is failed at once if the worker is closed or has too many.

        Args:
            work: called on the worker's thread.
            timeout: s since the job was created until it fails, TIMEOUT.
        """
        job.deadline = job.created + timeout
        with self._changed:
            error = self._refusal
            here = len(self._unfinished()) - len(self._elsewhere)
            if error is None and here >= self.capacity:
                error = _overloaded(here)
            if error is None:
                self._open.add(job)
                self._waiting.append((job, work))
                self._changed.notify()
        if error is not None:
            job.fail(error)
            return
        job.then(self._forget)
        self._deadlines.add(job, job.deadline)

    def resume(self, job: Job[Any], work: Work) -> None:
        """Go on with an open job whose work ended without an outcome, before any that wait."""
        with self._changed:
            if not job.done:
                self._elsewhere.discard(job)
                self._waiting.appendleft((job, work))
                self._changed.notify()

    def between_requests(self, steps: Iterator[None]) -> None:
        """Work off an iterator while no request waits; requests go first between its steps.

        Where requests never cease, it takes turns with them after PATIENCE, one step each. What it
        raises is logged and ends it.
        """
        with self._changed:
            self._beside.append((time.monotonic(), steps))
            self._changed.notify()

    def later(self, work: Callable[[], None], delay: float) -> None:
        """Do something between requests after ``delay`` s; once, however often it is asked for
        until then."""
        with self._changed:
            if work in self._later:
                return
            self._later[work] = later = _Later(work)
        self._deadlines.add(later, time.monotonic() + delay)

    @property
    def pending(self) -> int:
        """Requests without an outcome."""
        with self._changed:
            return len(self._unfinished())

    @property
    def waiting(self) -> int:
        """Of the pending requests, those whose turn has not come."""
        with self._changed:
            return len(self._waiting)

    @property
    def busy_for(self) -> float:
        """Seconds since the present piece of work began; 0 when idle."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def faults(self) -> int:
        """Internal errors that the threads have survived."""
        return self._loop.faults + self._deadlines.loop.faults

    def _is_late(self, item: "Job[Any] | _Later") -> None:
        if not isinstance(item, _Later):
            _time_out(item)
            return
        with self._changed:
            del self._later[item.work]
        self.between_requests(_once(item.work))

    def _unfinished(self) -> set[Job[Any]]:
        """The lock is held. A job is forgotten last, after whoever asked has the response."""
        self._open = {job for job in self._open if not job.done}
        self._elsewhere &= self._open
        return self._open

    def _forget(self, job: Any) -> None:
        with self._changed:
            self._open.discard(job)
            self._elsewhere.discard(job)

    def _step(self) -> bool:
        with self._changed:
            while not (self._waiting or self._beside or self._stopping):
                self._changed.wait()
            if self._stopping:
                return False
            beside = self._beside_is_next()
            entry = None if beside else self._waiting.popleft()
        self._worked = not beside
        if entry is None:
            self._step_beside()
        else:
            self._work(*entry)
        return True

    def _work(self, job: Job[Any], work: Work) -> None:
        if job.done:
            return
        job.lap("queue")
        self._busy_since = time.monotonic()
        try:
            with about(job.id):
                attempt(job, work, job)
        finally:
            self._busy_since = None
        with self._changed:
            resumed = any(waiting is job for waiting, _ in self._waiting)
            if not job.done and not resumed:
                self._elsewhere.add(job)
            count = len(self._elsewhere)
        if count > self.capacity:
            job.fail(_overloaded(count - 1))

    def _beside_is_next(self) -> bool:
        """Whether it is the turn of what is done beside the requests; the lock is held."""
        if not self._beside or not self._waiting:
            return bool(self._beside)
        return self._worked and time.monotonic() - self._beside[0][0] > PATIENCE

    def _step_beside(self) -> None:
        """One step of what is done beside the requests."""
        try:
            next(self._beside[0][1])
            return
        except StopIteration:
            pass
        except Exception:  # a bug costs this piece of work, not the node
            log.exception("internal error in work beside the requests")
        with self._changed:
            self._beside.popleft()


def _once(work: Callable[[], None]) -> Iterator[None]:
    work()
    yield


def _overloaded(count: int) -> SpatialError:
    return SpatialError(
        ErrorCode.OVERLOADED,
        f"{count} requests are already waiting: ask again later, or raise the parameter queue_size",
    )


def _time_out(job: Job[Any]) -> None:
    where = "worked on" if "queue" in job.timing else "waiting for its turn"
    job.fail(
        SpatialError(
            ErrorCode.TIMEOUT,
            f"still {where} after {job.elapsed:.2f} s: allow a longer timeout, or ask less at a "
            "time",
        )
    )
