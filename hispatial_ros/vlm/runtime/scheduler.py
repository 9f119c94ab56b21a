"""Which question the model works on next: batching, streaming, cancelling, memory.

Questions wait in the order they came. Whenever a token has been produced for those under way, the
waiting ones that fit are prefilled together and join as a group of their own, so a long
step-by-step answer never holds up a short one.
"""

import queue
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.channel import Message
from hispatial_ros.vlm.runtime.shared import read_shared


class OutOfMemory(Exception):  # noqa: N818 - a condition to handle, named as the field does
    """The device has no room for what was asked; nothing else is lost."""


@dataclass(frozen=True)
class Step:
    """What one decoding step did for one sequence: its text so far, and whether it is finished."""

    index: int
    text: str
    tokens: int
    finished: bool


class Group(Protocol):
    """Sequences that were prefilled together."""

    def step(self) -> Sequence[Step]:
        """One token for each sequence that is neither finished nor dropped. Raises OutOfMemory."""

    def drop(self, index: int) -> None:
        """Stop one sequence."""


class Engine(Protocol):
    """The model on its device, as the scheduler sees it."""

    max_batch: int

    def encode(self, rgb: np.ndarray, xyz: np.ndarray) -> Any:
        """Image features of a model image [S, S, 3] uint8 and point map [4, S, S], to be reused."""

    def prompt(self, text: str) -> Any:
        """Token ids. Raises SpatialError BAD_QUESTION if the text does not fit the context."""

    def prefill(self, sequences: Sequence[tuple[Any, Any, int]]) -> Group:
        """Start (features, prompt, max_new_tokens) sequences. Raises OutOfMemory."""

    def release_memory(self) -> None:
        """Give cached device memory back."""

    def stats(self) -> dict[str, Any]:
        """For diagnostics: device, dtype, memory in use, ..."""


@dataclass
class _Job:
    id: int
    image_key: tuple
    prepared: tuple[np.ndarray, np.ndarray]
    prompt: Any
    visual: Prompt
    max_new_tokens: int
    received: float
    admitted: float = 0.0
    sent: str = ""
    timing: dict[str, float] = field(default_factory=dict)


class Scheduler:
    """Runs the engine for the questions that arrive in an inbox, and sends what comes of them."""

    def __init__(
        self,
        engine: Engine,
        send: Callable[[Message], None],
        *,
        images_kept: int = 8,
        stats_period: float = 1.0,
    ):
        self._engine = engine
        self._send = send
        self._images_kept = images_kept
        self._stats_period = stats_period
        self._waiting: deque[_Job] = deque()
        self._groups: list[tuple[Group, dict[int, _Job]]] = []  # index in the group -> job
        self._features: OrderedDict[tuple, Any] = OrderedDict()
        self._limit = engine.max_batch
        self._next_stats = 0.0

    def run(self, inbox: "queue.SimpleQueue[tuple[Message, list[int]]]") -> None:
        """Work until told to stop."""
        while self._take(inbox):
            self._report()
            if self._waiting and self._under_way() < self._limit:
                self._admit()
            for group in list(self._groups):
                self._step(group)

    def _take(self, inbox: "queue.SimpleQueue[tuple[Message, list[int]]]") -> bool:
        """Handle all that has arrived, waiting only if there is nothing else to do."""
        idle = not self._waiting and not self._groups
        try:
            message, fds = inbox.get(block=idle, timeout=self._stats_period)
            while True:
                if message["type"] == "stop":
                    return False
                self._handle(message, fds)
                message, fds = inbox.get_nowait()
        except queue.Empty:
            return True

    def _handle(self, message: Message, fds: list[int]) -> None:
        if message["type"] == "cancel":
            self._cancel(message["id"])
            return
        rgb, xyz = read_shared(fds[0], message["size"])
        boxes = tuple((color, tuple(box)) for color, box in message["boxes"])
        visual = Prompt(message["text"], boxes)
        try:
            prompt = self._engine.prompt(visual.text)
        except SpatialError as error:
            self._fail(message["id"], error.code, str(error))
            return
        self._waiting.append(
            _Job(
                id=message["id"],
                image_key=(message["frame"], boxes),
                prepared=(rgb, xyz),
                prompt=prompt,
                visual=visual,
                max_new_tokens=message["max_new_tokens"],
                received=time.monotonic(),
            )
        )

    def _cancel(self, id: int) -> None:
        self._waiting = deque(job for job in self._waiting if job.id != id)
        for group, jobs in self._groups:
            for index in [index for index, job in jobs.items() if job.id == id]:
                group.drop(index)
                del jobs[index]
        self._groups = [(group, jobs) for group, jobs in self._groups if jobs]

    def _under_way(self) -> int:
        return sum(len(jobs) for _, jobs in self._groups)

    def _admit(self) -> None:
        room = self._limit - self._under_way()
        jobs = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        start = time.monotonic()
        try:
            sequences = [(self._encoded(job), job.prompt, job.max_new_tokens) for job in jobs]
            encoded = time.monotonic()
            group = self._engine.prefill(sequences)
        except OutOfMemory:
            self._out_of_memory(jobs)
            return
        now = time.monotonic()
        for job in jobs:
            job.admitted = now
            job.timing = {
                "queue": start - job.received,
                "encode": encoded - start,
                "prefill": now - encoded,
            }
        self._groups.append((group, dict(enumerate(jobs))))

    def _encoded(self, job: _Job) -> Any:
        features = self._features.get(job.image_key)
        if features is None:
            rgb, xyz = job.prepared
            features = self._engine.encode(job.visual.draw(rgb), xyz)
            self._features[job.image_key] = features
            while len(self._features) > self._images_kept:
                self._features.popitem(last=False)
        self._features.move_to_end(job.image_key)
        return features

    def _step(self, entry: tuple[Group, dict[int, _Job]]) -> None:
        group, jobs = entry
        try:
            steps = group.step()
        except OutOfMemory:
            self._groups.remove(entry)
            self._out_of_memory(list(jobs.values()))
            return
        for step in steps:
            job = jobs[step.index]
            if step.finished:
                del jobs[step.index]
                job.timing["decode"] = time.monotonic() - job.admitted
                self._send(
                    {
                        "type": "done",
                        "id": job.id,
                        "text": step.text,
                        "tokens": step.tokens,
                        "timing": job.timing,
                    }
                )
            elif len(step.text) > len(job.sent):  # not so after a restart for lack of memory
                job.sent = step.text
                self._send({"type": "text", "id": job.id, "text": step.text})
        if not jobs:
            self._groups.remove(entry)

    def _out_of_memory(self, jobs: list[_Job]) -> None:
        """Start these again in smaller groups; greedy decoding repeats what they had.

        A question that does not fit even alone is the only one that gets an error.
        """
        self._features.clear()
        self._engine.release_memory()
        if len(jobs) == 1 and not self._groups:
            self._fail(
                jobs[0].id,
                ErrorCode.BACKEND_UNAVAILABLE,
                "the model's device has no memory left for even one question: free some, or "
                "choose a smaller model.dtype",
            )
            return
        self._limit = max(1, self._under_way() + len(jobs) // 2)
        self._waiting.extendleft(reversed(jobs))

    def _fail(self, id: int, code: ErrorCode, message: str) -> None:
        self._send({"type": "error", "id": id, "code": int(code), "message": message})

    def _report(self) -> None:
        now = time.monotonic()
        if now >= self._next_stats:
            self._next_stats = now + self._stats_period
            details = {**self._engine.stats(), "batch_limit": self._limit}
            self._send({"type": "stats", "details": details})
