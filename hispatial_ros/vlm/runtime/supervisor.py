"""Keeps one model process alive and brings questions to it and answers back."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.structured_log import line
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.channel import Message, encode
from hispatial_ros.vlm.runtime.process import ModelProcess
from hispatial_ros.vlm.runtime.questions import PendingAnswer, Questions
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.status import DEFAULT_LIMITS, Limits, ModelState, ModelStatus
from hispatial_ros.waiting.loop import Loop

log = logging.getLogger(__name__)

TICK = 0.05  # s; how late a deadline, a hang or the end is noticed


class Supervisor:
    """Owner of the model process. All methods may be called from any thread; only ``close`` waits.

    ``engine`` is the configuration handed to the worker, see ``worker.main``.
    """

    def __init__(self, engine: Mapping[str, Any], limits: Limits = DEFAULT_LIMITS):
        self._engine = dict(engine)
        self._limits = limits
        self._questions = Questions(limits.max_in_flight)
        self._ids = itertools.count(1)
        self._changed = threading.Condition()  # guards the status and which process there is
        self._status = ModelStatus()
        self._process: ModelProcess | None = None
        self._closing = threading.Event()
        self._loop: Loop | None = None
        # Of the supervisor's thread:
        self._start_at = 0.0  # when the next process is due, on the clock of time.monotonic()
        self._failures = 0  # processes in a row that were never ready, with this one
        self._was_ready = False  # a process since ``start``
        self._heard = 0.0  # when the process last said something, or had no reason to
        self._owes_reply = False

    def start(self) -> None:
        """Start the process; loading goes on in the background (see wait_ready)."""
        if self._loop is not None:
            return
        self._closing.clear()
        self._start_at, self._failures, self._was_ready = 0.0, 0, False
        self._set(state=ModelState.LOADING, message="starting the model process", progress=0.0)
        self._loop = Loop("model-supervisor", self._step)
        self._loop.start()

    def close(self) -> None:
        """Stop the process and fail what is in flight; the supervisor can be started again."""
        self._closing.set()
        if self._loop is not None:
            self._loop.join()
            self._loop = None

    @property
    def status(self) -> ModelStatus:
        loop = self._loop
        with self._changed:
            return replace(
                self._status,
                in_flight=len(self._questions),
                faults=0 if loop is None else loop.faults,
            )

    def wait_ready(self, timeout: float | None = None) -> ModelStatus:
        """Wait until the model is ready or has failed, at most ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._status.state in (ModelState.READY, ModelState.FAILED), timeout
            )
        return self.status

    def unavailable(self) -> SpatialError:
        """The error of a question that comes while the model cannot answer."""
        status = self._status
        match status.state:
            case ModelState.LOADING | ModelState.RESTARTING:
                why = (
                    f"the model is {status.state.value} ({status.message}): ask again when the "
                    "diagnostics say ready, or ask for the measured backend"
                )
            case ModelState.FAILED:
                why = f"the model could not be loaded: {status.message}"
            case ModelState.READY:  # it was not when the question came
                why = "the model has just become ready: ask again"
            case ModelState.STOPPED:
                why = "the model process is not running: configure and activate the node"
        return backend_unavailable(why)

    def submit(
        self,
        frame: SharedInput,
        prompt: Prompt,
        *,
        max_new_tokens: int,
        timeout: float,
        on_text: Callable[[str], None] | None = None,
    ) -> PendingAnswer:
        """Queue a question; returns at once, whatever the process does.

        Args:
            timeout: s, after which the outcome is a SpatialError TIMEOUT.
            on_text: gets the text so far. It runs on the supervisor's thread and must be quick, as
                must callbacks that are added to the returned answer.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE while the model is not ready, OVERLOADED when
                max_in_flight questions are, BAD_QUESTION if the text is too long to send.
        """
        pending = PendingAnswer(next(self._ids), prompt, time.monotonic() + timeout, on_text)
        message = {
            "type": "ask",
            "id": pending.id,
            "frame": frame.key,
            "size": frame.size,
            "text": prompt.text,
            "boxes": prompt.boxes,
            "max_new_tokens": max_new_tokens,
            "request": pending.request,
        }
        try:
            data = encode(message)
        except ValueError as error:
            raise SpatialError(ErrorCode.BAD_QUESTION, f"{error}: shorten the question") from error
        with self._changed:
            if self._process is None or self._status.state is not ModelState.READY:
                raise self.unavailable()
            self._questions.add(pending)
            self._process.channel.send(data, frame, key=pending.id)
        pending.then(lambda _: self._settle(pending))
        return pending

    def _settle(self, pending: PendingAnswer) -> None:
        """Have the model stop if somebody else has set the outcome."""
        with self._changed:
            if not self._questions.remove(pending) or self._process is None:
                return
            if not self._process.channel.withdraw(pending.id):
                self._process.channel.send(encode({"type": "cancel", "id": pending.id}))

    # ---- supervisor's thread ------------------------------------------------------------------

    def _step(self) -> bool:
        """What there is to do now; False when that is nothing any more."""
        self._expire()
        process = self._process
        if self._closing.is_set():
            self._end(process, ModelState.STOPPED, "the model process was stopped")
            return False
        if process is None:
            self._start()
            return True
        try:
            message = process.channel.exchange(TICK)
        except EOFError:
            self._lose(process, "")
            return True
        except OSError as error:
            self._lose(process, f"the model process cannot be reached: {error}")
            return True
        if message is not None and message["type"] == "failed" and self._was_ready:
            # It could be loaded before: memory or a device that is missing may come back.
            self._lose(process, f"the model cannot be loaded again: {message['message']}")
            return True
        if message is not None:
            self._handle(message)
        if self._status.state is ModelState.FAILED:
            self._end(process, ModelState.FAILED, self._status.message)
            return False
        if hang := self._hang(process, message is not None):
            self._lose(process, hang)
        return True

    def _start(self) -> None:
        """Start the process if one is due."""
        delay = self._start_at - time.monotonic()
        if delay > 0:
            self._closing.wait(min(delay, TICK))
            return
        self._failures += 1
        try:
            process = ModelProcess(self._engine)
        except OSError as error:
            self._lose(None, f"the model process cannot be started: {error}")
            return
        self._heard = time.monotonic()
        with self._changed:
            self._process = process
            self._set(pid=process.pid)

    def _handle(self, message: Message) -> None:
        match message["type"]:
            case "progress":
                text = message["text"]
                self._set(message=text, progress=message["progress"])
                log.info("model: %s (%.0f %%)", text, 100 * message["progress"])
            case "ready":
                self._failures, self._was_ready = 0, True
                self._set(
                    state=ModelState.READY,
                    message="ready",
                    progress=1.0,
                    details=message["details"],
                )
                log.info("model ready: %s", message["details"])
            case "failed":
                self._set(state=ModelState.FAILED, message=message["message"], pid=None)
                log.error("the model cannot be loaded: %s", message["message"])
            case "stats":
                self._set(details=message["details"])
            case "log":
                log.log(message["level"], "%s", message["text"])
            case _:
                self._questions.handle(message)

    def _expire(self) -> None:
        now = time.monotonic()
        for pending in self._questions.all():
            if now >= pending.deadline:
                waited = now - pending.submitted
                error = f"the model had not finished after {waited:.1f} s: allow a longer timeout"
                pending.fail(SpatialError(ErrorCode.TIMEOUT, error))

    def _hang(self, process: ModelProcess, heard: bool) -> str:
        """In words, that the process has been silent for too long; empty if it has not.

        It replies to all that it reads. So it owes a sign of life from the first message that it
        did not react to, even if every question has met its deadline meanwhile.
        """
        now = time.monotonic()
        loading = self._status.state is not ModelState.READY
        if heard:
            self._heard, self._owes_reply = now, False
        if loading or self._questions or process.channel.undelivered:
            self._owes_reply = True
        if not self._owes_reply:
            self._heard = now
        silent = now - self._heard
        if silent <= (self._limits.load_timeout if loading else self._limits.hang_timeout):
            return ""
        when = " while loading" if loading else ""
        return f"the model process hangs{when}: silent for {silent:.0f} s"

    def _lose(self, process: ModelProcess | None, why: str) -> None:
        """End the process and plan the next one."""
        delays = self._limits.restart_delays
        delay = delays[min(self._failures, len(delays) - 1)]
        self._end(process, ModelState.RESTARTING, why, restarts=self._status.restarts + 1)
        log.error("%s; restarting it in %g s", self._status.message, delay)
        self._start_at = time.monotonic() + delay

    def _end(
        self, process: ModelProcess | None, state: ModelState, why: str, **changes: Any
    ) -> None:
        """End the process and what is in flight. ``why`` is empty if it ended by itself."""
        message = why or "the model process ended"
        with self._changed:
            self._process = None
            self._set(state=state, message=message, pid=None, progress=0.0, details={}, **changes)
        stopping = state is ModelState.STOPPED
        if stopping:
            self._fail_all(why)  # they need not wait until it has ended
        if process is not None:
            how = process.end(self._limits.stop_timeout if stopping else 0.01)
            self._set(message=why or how)
        self._fail_all(self._status.message)

    def _fail_all(self, why: str) -> None:
        for pending in self._questions.all():
            log.warning(line("model_lost", request=pending.request, reason=why))
            error = f"{why} while it answered; measured answers go on, ask the model again later"
            self._questions.remove(pending)
            pending.fail(backend_unavailable(error))

    def _set(self, **changes: Any) -> None:
        with self._changed:
            self._status = replace(self._status, **changes)
            self._changed.notify_all()
