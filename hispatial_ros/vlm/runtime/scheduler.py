"""Which question the model works on next: batching, streaming, cancelling, memory.

Questions wait in the order they came. Whenever a token has been produced for those under way, the
waiting ones that fit are prefilled together and join, so a long step-by-step answer never holds up
a short one. While the device computes, what has arrived meanwhile is read and prepared.
"""

import logging
import queue
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.structured_log import line
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.channel import Message
from hispatial_ros.vlm.runtime.shared import read_shared

log = logging.getLogger(__name__)

Inbox: TypeAlias = "queue.SimpleQueue[tuple[Message, list[int]]]"  # with file descriptors


class OutOfMemory(Exception):  # noqa: N818 - a condition to handle, named as the field does
    """The device has no room for what was asked; nothing else is lost."""


@dataclass(frozen=True)
class Progress:
    """Where one sequence is: its text so far, and whether it is finished."""

    text: str
    tokens: int
    finished: bool


class TextEngine(Protocol):
    """The model on its device, as the scheduler sees it. A sequence is an answer under way."""

    max_batch: int

    def prepare(self, rgb: np.ndarray, xyz: np.ndarray) -> Any:
        """The CPU's part of encoding a model image [S, S, 3] uint8 and its point map."""

    def encode(self, prepared: Sequence[Any]) -> list[Any]:
        """Image features, to be reused. Need not wait for the device. Raises OutOfMemory."""

    def prompt(self, text: str, max_new_tokens: int) -> Any:
        """Token ids. Raises SpatialError BAD_QUESTION if the question does not fit."""

    def add(self, questions: Sequence[tuple[Any, Any, int]]) -> list[Any]:
        """Start sequences of (features, prompt, max_new_tokens), with their first token.

        Need not wait for that. Raises OutOfMemory, and then has started none.
        """

    def step(self) -> None:
        """One more token for every sequence under way; need not wait. Raises OutOfMemory."""

    def progress(self, sequence: Any) -> Progress:
        """Where a sequence is, after waiting for the token that is being computed; still answered
        when it is finished.
        """

    def cancel(self, sequence: Any) -> None:
        """Stop a sequence."""

    def warm_up(self) -> bool:
        """Do a piece, well below a second, of what makes answers faster; whether another can
        follow at once. Only called while no sequence is under way, again and again.
        """

    def release_memory(self) -> None:
        """Give cached device memory back."""

    def stats(self) -> dict[str, Any]:
        """For diagnostics: device, dtype, memory in use, ..."""


@dataclass
class _Job:
    id: int
    image_key: tuple
    image: tuple[np.ndarray, np.ndarray]
    prompt: Any
    visual: Prompt
    max_new_tokens: int
    received: float
    request: str = ""  # for log lines
    sequence: Any = None
    admitted: float = 0.0
    sent: str = ""
    timing: dict[str, float] = field(default_factory=dict)


class Scheduler:
    """Runs the engine for the questions that arrive in an inbox, and sends what comes of them."""

    def __init__(
        self,
        engine: TextEngine,
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
        self._under_way: list[_Job] = []
        self._features: OrderedDict[tuple, Any] = OrderedDict()
        self._prepared: dict[tuple, Any] = {}  # of images that wait to be encoded
        self._cancelled: list[int] = []
        self._warming_up = True
        self._limit = engine.max_batch
        self._next_stats = 0.0

    def run(self, inbox: Inbox) -> None:
        """Work as long as the process lives."""
        while True:
            self.work(inbox)

    def work(self, inbox: Inbox) -> None:
        """Take what has arrived, then one more token for every sequence under way."""
        self._take(inbox)
        self._report()
        if not self._under_way:
            self._warming_up = self._engine.warm_up()
        if self._waiting and len(self._under_way) < self._limit:
            self._admit(inbox)
        if self._under_way:
            self._step(inbox)

    def _take(self, inbox: Inbox) -> None:
        """Handle all that has arrived, waiting only if there is nothing else to do."""
        idle = not (self._waiting or self._under_way or self._warming_up)
        with suppress(queue.Empty):
            self._handle(*inbox.get(block=idle, timeout=self._stats_period))
        self._handle_all(inbox)
        for id in self._cancelled:
            self._cancel(id)
        self._cancelled.clear()

    def _meanwhile(self, inbox: Inbox) -> None:
        """What can be done while the device computes: all but what would change its work."""
        self._handle_all(inbox)
        for job in list(self._waiting)[: self._limit]:
            self._prepare(job)

    def _handle_all(self, inbox: Inbox) -> None:
        with suppress(queue.Empty):
            while True:
                self._handle(*inbox.get_nowait())

    def _prepare(self, job: _Job) -> None:
        key = job.image_key
        if key not in self._features and key not in self._prepared:
            self._prepared[key] = self._engine.prepare(job.visual.draw(job.image[0]), job.image[1])

    def _handle(self, message: Message, fds: list[int]) -> None:
        if message["type"] == "cancel":
            self._cancelled.append(message["id"])
            return
        rgb, xyz = read_shared(fds[0], message["size"])
        boxes = tuple((color, tuple(box)) for color, box in message["boxes"])
        visual = Prompt(message["text"], boxes)
        try:
            prompt = self._engine.prompt(visual.text, message["max_new_tokens"])
        except SpatialError as error:
            self._fail(message["id"], error.code, str(error))
            return
        self._waiting.append(
            _Job(
                id=message["id"],
                image_key=(message["frame"], boxes),
                image=(rgb, xyz),
                prompt=prompt,
                visual=visual,
                max_new_tokens=message["max_new_tokens"],
                received=time.monotonic(),
                request=message.get("request", ""),
            )
        )

    def _cancel(self, id: int) -> None:
        self._waiting = deque(job for job in self._waiting if job.id != id)
        for job in self._under_way:
            if job.id == id:
                self._engine.cancel(job.sequence)
        self._under_way = [job for job in self._under_way if job.id != id]
        self._next_stats = 0.0  # the node takes silence for a hang: every message has a reply

    def _admit(self, inbox: Inbox) -> None:
        room = self._limit - len(self._under_way)
        jobs = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        start = time.monotonic()
        try:
            features = self._encode(jobs)
            encoded = time.monotonic()
            sequences = self._engine.add(
                [(features[job.image_key], job.prompt, job.max_new_tokens) for job in jobs]
            )
        except OutOfMemory:
            self._out_of_memory(jobs)
            return
        self._meanwhile(inbox)
        self._engine.progress(sequences[0])  # waits
        now = time.monotonic()
        for job, sequence in zip(jobs, sequences, strict=True):
            job.sequence, job.admitted = sequence, now
            job.timing = {
                "queue": start - job.received,
                "encode": encoded - start,
                "prefill": now - encoded,
            }
        self._under_way += jobs
        self._tell()

    def _encode(self, jobs: list[_Job]) -> dict[tuple, Any]:
        """Features of the jobs' images, computed only for those not seen lately."""
        new = {job.image_key: job for job in jobs if job.image_key not in self._features}
        if new:
            features = []
            for job in new.values():  # the device encodes one while the next is prepared
                self._prepare(job)
                features += self._engine.encode([self._prepared[job.image_key]])
            self._features.update(zip(new, features, strict=True))
        waiting = {job.image_key for job in self._waiting}
        self._prepared = {key: it for key, it in self._prepared.items() if key in waiting}
        used = {job.image_key: self._features[job.image_key] for job in jobs}
        for key in used:
            self._features.move_to_end(key)
        while len(self._features) > self._images_kept:
            self._features.popitem(last=False)
        return used

    def _step(self, inbox: Inbox) -> None:
        try:
            self._engine.step()
        except OutOfMemory:
            jobs, self._under_way = self._under_way, []
            for job in jobs:
                self._engine.cancel(job.sequence)
            self._out_of_memory(jobs)
            return
        self._meanwhile(inbox)
        self._tell()

    def _tell(self) -> None:
        """Send what is new of every answer under way."""
        going = []
        for job in self._under_way:
            now = self._engine.progress(job.sequence)
            if now.finished:
                job.timing["decode"] = time.monotonic() - job.admitted
                log.info(_done_line(job, now.tokens))
                message = {"type": "done", "tokens": now.tokens, "timing": job.timing}
                self._send({**message, "id": job.id, "text": now.text})
                continue
            going.append(job)
            if len(now.text) > len(job.sent):  # not so after a restart for lack of memory
                job.sent = now.text
                self._send({"type": "text", "id": job.id, "text": now.text})
        self._under_way = going

    def _out_of_memory(self, jobs: list[_Job]) -> None:
        """Start these again, fewer at a time; greedy decoding repeats what they had.

        A question that does not fit even alone is the only one that gets an error.
        """
        for job in jobs:
            log.warning(line("out_of_memory", request=job.request, together=len(jobs)))
        self._features.clear()
        self._engine.release_memory()
        if len(jobs) == 1 and not self._under_way:
            self._fail(
                jobs[0].id,
                ErrorCode.BACKEND_UNAVAILABLE,
                "the model's device has no memory left for even one question: free some, or "
                "choose a smaller model.dtype",
            )
            return
        self._limit = max(1, len(self._under_way) + len(jobs) // 2)
        self._waiting.extendleft(reversed(jobs))

    def _fail(self, id: int, code: ErrorCode, message: str) -> None:
        self._send({"type": "error", "id": id, "code": int(code), "message": message})

    def _report(self) -> None:
        now = time.monotonic()
        if now >= self._next_stats:
            self._next_stats = now + self._stats_period
            details = {**self._engine.stats(), "batch_limit": self._limit}
            self._send({"type": "stats", "details": details})


def _done_line(job: _Job, tokens: int) -> str:
    stages = {f"ms.{stage}": round(1e3 * s, 3) for stage, s in job.timing.items()}
    return line("generated", request=job.request, tokens=tokens, **stages)
