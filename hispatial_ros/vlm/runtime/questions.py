"""The questions that are with the model: each gets exactly one outcome, whatever happens."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.structured_log import current_request
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.channel import Message
from hispatial_ros.waiting.outcome import Outcome

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelAnswer:
    """Generated text and where the time went, stage -> seconds."""

    text: str
    tokens: int
    timing: dict[str, float] = field(default_factory=dict)


class PendingAnswer(Outcome[ModelAnswer]):
    """What the model will say to a submitted question, or the SpatialError that it ends with."""

    def __init__(
        self, id: int, prompt: Prompt, deadline: float, on_text: Callable[[str], None] | None
    ):
        """deadline: on the clock of time.monotonic(). on_text: gets the text so far."""
        super().__init__()
        self.id = id
        self.prompt = prompt
        self.deadline = deadline
        self.submitted = time.monotonic()
        self.request = current_request()  # for log lines
        self._on_text = on_text

    def cancel(self) -> None:
        """Give up; the model stops within one token."""
        self.fail(SpatialError(ErrorCode.CANCELLED, "the question was cancelled"))

    def stream(self, text: str) -> None:
        """Hand on the text so far. A callback that raises is logged and not called again."""
        try:
            if self._on_text is not None:
                self._on_text(text)
        except Exception:
            self._on_text = None
            log.exception("internal error: the text of question %d is streamed no more", self.id)


class Questions:
    """Those in flight, at most ``most``. Thread-safe."""

    def __init__(self, most: int):
        self._most = most
        self._lock = threading.Lock()
        self._pending: dict[int, PendingAnswer] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, pending: PendingAnswer) -> None:
        """Raises SpatialError OVERLOADED if there are ``most`` already."""
        with self._lock:
            if len(self._pending) >= self._most:
                raise SpatialError(
                    ErrorCode.OVERLOADED,
                    f"{self._most} questions are already with the model: ask again later",
                )
            self._pending[pending.id] = pending

    def all(self) -> list[PendingAnswer]:
        """A copy."""
        with self._lock:
            return list(self._pending.values())

    def handle(self, message: Message) -> None:
        """Act on a message about a question, unless that has its outcome by now."""
        pending = self._pending.get(message["id"])
        if pending is None:  # cancelled or too late
            return
        match message["type"]:
            case "text":
                pending.stream(message["text"])
            case "done":
                self.remove(pending)
                pending.succeed(ModelAnswer(message["text"], message["tokens"], message["timing"]))
            case "error":
                self.remove(pending)
                pending.fail(SpatialError(ErrorCode(message["code"]), message["message"]))

    def remove(self, pending: PendingAnswer) -> bool:
        """Whether it was still in flight."""
        with self._lock:
            return self._pending.pop(pending.id, None) is not None
