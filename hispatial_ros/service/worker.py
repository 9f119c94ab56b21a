"""Does the work of requests beside the executor, in order, within bounds and deadlines."""

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.service.job import Job
from hispatial_ros.structured_log import about, line

log = logging.getLogger(__name__)

PATIENCE = 0.1  # s that work beside the requests waits for a pause between them


class Worker:
    """One thread that works, one that watches deadlines.

    The callbacks of the executor thus never wait, and a request is answered in time even while
    another one keeps the worker busy. At most ``capacity`` requests are open, that is waiting,
    worked on, or in flight elsewhere (as with a model); one more is refused at once.
    """

    def __init__(self, capacity: int):
        self.capacity = capacity
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._deadline_changed = threading.Condition(self._lock)
        self._waiting: deque[Job] = deque()
        self._spare: deque[tuple[float, Iterator[None]]] = deque()  # with the time it came
        self._open: set[Job] = set()
        self._deadlines: list[tuple[float, int, Job]] = []
        self._tie = itertools.count()
        self._refusal: SpatialError | None = SpatialError(
            ErrorCode.NOT_ACTIVE, "the node is not active yet"
        )
        self._stopping = False
        self._busy_since: float | None = None
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for name, target in (("worker", self._work), ("deadlines", self._watch))
        ]
        for thread in self._threads:
            thread.start()

    def open(self) -> None:
        """Accept requests."""
        with self._lock:
            self._refusal = None

    def close(self, refusal: SpatialError, pending: SpatialError) -> None:
        """Answer every open request with ``pending``, and from now on new ones with ``refusal``."""
        with self._lock:
            self._refusal = refusal
            jobs = list(self._open)
            self._waiting.clear()
        for job in jobs:
            job.fail(pending)

    def stop(self, timeout: float) -> None:
        """End the threads; waits for what is being worked on no longer than ``timeout``."""
        with self._lock:
            self._stopping = True
            self._changed.notify_all()
            self._deadline_changed.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def submit(self, job: Job) -> None:
        """Queue a job; it is failed at once if the worker is closed or has too many."""
        job.release = self._forget
        with self._lock:
            error = self._refusal
            if error is None and len(self._open) >= self.capacity:
                error = SpatialError(
                    ErrorCode.OVERLOADED,
                    f"{len(self._open)} requests are already waiting: ask again later, or raise "
                    "the parameter queue_size",
                )
            if error is None:
                self._open.add(job)
                self._waiting.append(job)
                heapq.heappush(self._deadlines, (job.deadline, next(self._tie), job))
                self._changed.notify()
                if self._deadlines[0][2] is job:
                    self._deadline_changed.notify()
        if error is not None:
            job.fail(error)

    def resume(self, job: Job, work: Callable[[Job], None]) -> None:
        """Go on with an open job whose work ended without an outcome, before any that wait."""
        with self._lock:
            if job in self._open:
                job.work = work
                self._waiting.appendleft(job)
                self._changed.notify()

    def when_idle(self, steps: Iterator[None]) -> None:
        """Work off an iterator while no request waits; requests go first between its steps.

        Where requests never cease, it takes turns with them after PATIENCE, one step each. What it
        raises is logged and ends it.
        """
        with self._lock:
            self._spare.append((time.monotonic(), steps))
            self._changed.notify()

    @property
    def pending(self) -> int:
        """Requests without an outcome."""
        with self._lock:
            return len(self._open)

    @property
    def waiting(self) -> int:
        """Of the pending requests, those whose turn has not come."""
        with self._lock:
            return len(self._waiting)

    @property
    def busy_for(self) -> float:
        """Seconds since the present piece of work began; 0 when idle."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def _forget(self, job: Job) -> None:
        with self._lock:
            self._open.discard(job)

    def _work(self) -> None:
        turn = False  # of what is done beside the requests
        while True:
            with self._lock:
                while not (self._waiting or self._spare or self._stopping):
                    self._changed.wait()
                if self._stopping:
                    return
                job, spare = self._next(turn)
            turn = job is not None
            if spare is not None:
                self._step(spare)
            if job is None or job.done:
                continue
            job.lap("queue")
            self._busy_since = time.monotonic()
            try:
                with about(job.id):
                    job.work(job)
            except SpatialError as error:
                job.fail(error)
            except Exception as error:  # a bug costs one request, not the node
                log.exception(line("internal_error", request=job.id, kind=type(error).__name__))
                job.fail(internal_error(error))
            finally:
                self._busy_since = None

    def _next(self, turn: bool) -> tuple[Job | None, Iterator[None] | None]:
        """A job, or else what is done beside them; the lock is held."""
        if self._spare:
            since, steps = self._spare[0]
            if not self._waiting or (turn and time.monotonic() - since > PATIENCE):
                return None, steps
        return self._waiting.popleft(), None

    def _step(self, steps: Iterator[None]) -> None:
        """One step of what is done beside the requests."""
        try:
            next(steps)
            return
        except StopIteration:
            pass
        except Exception:  # a bug costs this piece of work, not the node
            log.exception("internal error in work beside the requests")
        with self._lock:
            self._spare.popleft()

    def _watch(self) -> None:
        with self._lock:
            while not self._stopping:
                if not self._deadlines:
                    self._deadline_changed.wait()
                    continue
                deadline, _, job = self._deadlines[0]
                left = deadline - time.monotonic()
                if left > 0 and not job.done:
                    self._deadline_changed.wait(left)
                    continue
                heapq.heappop(self._deadlines)
                if job.done:
                    continue
                self._lock.release()
                try:
                    job.fail(_too_late(job))
                finally:
                    self._lock.acquire()


def internal_error(error: Exception) -> SpatialError:
    """What a client learns about a bug."""
    return SpatialError(
        ErrorCode.INTERNAL,
        f"internal error ({type(error).__name__}: {error}): the node's log has the details under "
        "this request's id",
    )


def _too_late(job: Job) -> SpatialError:
    where = "worked on" if "queue" in job.timing else "waiting for its turn"
    return SpatialError(
        ErrorCode.TIMEOUT,
        f"still {where} after {job.elapsed:.2f} s: allow a longer timeout, or ask less at a time",
    )
