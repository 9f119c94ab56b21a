"""Batches for one rank, made ahead of the step by worker processes, resumable at each of them."""

import signal
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import cv2
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.batch import Batch
from hispatial_ros.train.data.question import Wanted
from hispatial_ros.train.data.stream import Packed, Plan, Stream

AHEAD = 2  # batches that each worker makes before they are asked for
RESTARTS = 3  # of workers that die one after the other without a batch between them
# How torch says it, and how if it was putting a batch into pinned memory.
WORKER_DIED = ("DataLoader worker (pid", "Pin memory thread exited")
WORKER_FAILED = "in DataLoader worker process"  # how it says that a worker raised an error
VERSION = 2


class BatchLoader:
    """Endless batches of one rank; an iterator, whose state is that of the batches handed out.

    The same plan, seed, world and number of workers give the same batches. Each worker makes a
    stream of its own, and batches are taken from the workers in turn.

    Args:
        plan: the same on all ranks.
        rank, world: which rank of how many.
        workers: processes; 0: batches are made when they are asked for.
        pin: put batches into pinned memory, for copying to a GPU without waiting.
        listener: told each skipped shard and sample, as text.

    Raises:
        SpatialError: BAD_REQUEST if a source has no shards, or weights are not positive. Iterating
            raises it for a source without any sample that can be trained on.

    Attributes:
        waited: seconds that the caller has waited for batches in all, ``last_wait`` for the last.
        handed_out: batches so far.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        rank: int = 0,
        world: int = 1,
        workers: int = 0,
        pin: bool = False,
        listener: Callable[[str], None] = lambda text: None,
    ):
        if not plan.sources or any(not source.weight > 0 for source in plan.sources):
            raise SpatialError(
                ErrorCode.BAD_REQUEST, "training needs sources whose weights are above zero"
            )
        self._plan, self._rank, self._world = plan, rank, world
        self._workers, self._pin, self._listener = workers, pin, listener
        self._identity = self._describe()
        self._states: list[dict[str, Any] | None] = [None] * max(1, workers)
        self._batches: Iterator[Packed | SpatialError] | None = None
        self.handed_out = 0
        self.waited = self.last_wait = 0.0

    def __iter__(self) -> "BatchLoader":
        return self

    def __next__(self) -> Batch:
        """Raises SpatialError if a source has no usable sample, or workers die again and again."""
        start = time.perf_counter()
        packed = self._receive()
        self.last_wait = time.perf_counter() - start
        self.waited += self.last_wait
        if isinstance(packed, SpatialError):
            self.close()
            raise packed
        self._states[self.handed_out % len(self._states)] = packed.state
        self.handed_out += 1
        for skip in packed.skips:
            self._listener(skip)
        return packed.batch

    @property
    def samples(self) -> int:
        """In the batches handed out and in rows that are not full yet, also before a resume."""
        return sum(state["samples"] for state in self._states if state)

    @property
    def skipped(self) -> dict[str, int]:
        """Shards and samples that were skipped: reason -> number."""
        total: Counter[str] = Counter()
        for state in self._states:
            total.update(state["skipped"] if state else {})
        return dict(sorted(total.items()))

    @property
    def epochs(self) -> list[int]:
        """Of each source: how often all of its samples have been seen."""
        done = [[order["epoch"] for order in state["orders"]] for state in self._states if state]
        return [min(each) for each in zip(*done, strict=True)] or [0] * len(self._plan.sources)

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return {
            "identity": dict(self._identity),
            "handed_out": self.handed_out,
            "streams": [*self._states],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on with the batch after those that the state knows.

        Raises:
            SpatialError: BAD_REQUEST if it is of other data or another number of processes.
        """
        found = state["identity"]
        other = [name for name in self._identity if found.get(name) != self._identity[name]]
        if other:
            changes = ", ".join(f"{n}: {found.get(n)} -> {self._identity[n]}" for n in other)
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"the run cannot be resumed at the same sample, its data differs ({changes}): "
                "start it as it was started, or begin a new run from its last checkpoint",
            )
        self.close()
        self._states = [*state["streams"]]
        self.handed_out = state["handed_out"]

    def close(self) -> None:
        """End the workers; the next batch starts them again."""
        self._batches = None

    def _receive(self) -> Packed | SpatialError:
        for attempt in range(RESTARTS + 1):
            if self._batches is None:
                self._batches = self._start()
            try:
                return next(self._batches)
            except (RuntimeError, EOFError, ConnectionError) as error:
                if not self._workers or not _tells_of_death(error):
                    raise
                self.close()
                self._listener(f"a worker that reads data has died: {error}")
                if attempt == RESTARTS:
                    raise SpatialError(
                        ErrorCode.INTERNAL,
                        f"workers that read data die again and again ({error}): give the machine "
                        "more memory (/dev/shm in a container), or use fewer workers",
                    ) from error
        raise AssertionError  # the last attempt has raised

    def _start(self) -> Iterator[Packed | SpatialError]:
        streams = _Streams(
            self._plan,
            [*self._states],
            self.handed_out % len(self._states),
            self._rank * len(self._states),
            self._world * len(self._states),
        )
        handler = signal.getsignal(signal.SIGCHLD)
        batches = iter(self._of(streams))
        if self._workers and threading.current_thread() is threading.main_thread():
            # torch raises in the middle of the step when a worker dies; here it is found dead when
            # its batch is wanted, and started again.
            signal.signal(signal.SIGCHLD, handler)
        return batches

    def _of(self, streams: "_Streams") -> DataLoader:
        return DataLoader(
            streams,
            batch_size=None,
            num_workers=self._workers,
            prefetch_factor=AHEAD if self._workers else None,
            pin_memory=self._pin,
            worker_init_fn=_quiet if self._workers else None,
        )

    def _describe(self) -> dict[str, Any]:
        """What makes two runs see the same batches."""
        plan = self._plan
        shards = [path.name for source in plan.sources for path in source.shards]
        return {
            "version": VERSION,
            "rank": self._rank,
            "world": self._world,
            "workers": self._workers,
            "tokens": plan.tokens,
            "rows": plan.rows,
            "pack": plan.pack,
            "shuffle": plan.shuffle,
            "seed": plan.seed,
            "points": plan.points,
            "questions": plan.questions,
            "weights": [float(source.weight) for source in plan.sources],
            "wanted": [_plainly(source.wanted) for source in plan.sources],
            "shards": len(shards),
            "names": zlib.crc32("\n".join(shards).encode()),
        }


class _Streams(IterableDataset):
    """The streams of a rank's workers, rotated so that the next batch is of the first worker."""

    def __init__(
        self,
        plan: Plan,
        states: list[dict[str, Any] | None],
        following: int,
        first: int,
        streams: int,
    ):
        self._plan, self._states, self._following = plan, states, following
        self._first, self._streams = first, streams

    def __iter__(self) -> Iterator[Packed | SpatialError]:
        worker = get_worker_info()
        number = ((worker.id if worker else 0) + self._following) % len(self._states)
        try:
            yield from Stream(self._plan, self._first + number, self._streams, self._states[number])
        except SpatialError as error:  # raised, it would lose its type on the way
            yield error


def _plainly(wanted: Wanted) -> list[list[Any]]:
    chosen: list[list[Any]]
    chosen = [sorted(wanted.levels), sorted(wanted.types), sorted(wanted.formats)]
    return [*chosen, ["places", wanted.places_weight]] if wanted.places else chosen


def _tells_of_death(error: Exception) -> bool:
    """Whether an error of torch's DataLoader says that a worker has died.

    A connection that ends under a batch does as well: torch looks whether the worker lives, but a
    process that is killed closes its connections before it is seen to be dead.
    """
    if isinstance(error, RuntimeError):
        return any(text in str(error) for text in WORKER_DIED)
    return WORKER_FAILED not in str(error)


def _quiet(worker: int) -> None:
    """A worker leaves the other cores alone, and its end to the process that started it."""
    cv2.setNumThreads(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
