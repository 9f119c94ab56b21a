"""Keeps one model process alive and brings questions to it and answers back."""

import logging
import select
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.structured_log import line
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.channel import Channel, Message
from hispatial_ros.vlm.runtime.process import end, epitaph, start_worker
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.status import DEFAULT_LIMITS, Limits, ModelState, ModelStatus
from hispatial_ros.vlm.runtime.ticket import ModelAnswer, Ticket

log = logging.getLogger(__name__)


class Supervisor:
    """Owner of the model process. All methods may be called from any thread.

    ``engine`` is the configuration handed to the worker, see ``worker.main``.
    """

    def __init__(self, engine: Mapping[str, Any], limits: Limits = DEFAULT_LIMITS):
        self._engine = dict(engine)
        self._limits = limits
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._tickets: dict[int, Ticket] = {}
        self._next_id = 0
        self._status = ModelStatus()
        self._channel: Channel | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the process; loading goes on in the background (see wait_ready)."""
        if self._thread is not None:
            return
        self._closing.clear()
        self._set(state=ModelState.LOADING, message="starting the model process", progress=0.0)
        self._thread = threading.Thread(target=self._run, name="model-supervisor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the process and fail what is in flight; the supervisor can be started again."""
        self._closing.set()
        channel = self._channel
        if channel is not None:
            channel.try_send({"type": "stop"})
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def status(self) -> ModelStatus:
        with self._lock:
            return replace(self._status, in_flight=len(self._tickets))

    def wait_ready(self, timeout: float | None = None) -> ModelStatus:
        """Wait until the model is ready or has failed, at most ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._status.state in (ModelState.READY, ModelState.FAILED), timeout
            )
        return self.status

    def unavailable(self) -> SpatialError:
        """The error of a question that comes while the model can not answer."""
        status = self._status
        match status.state:
            case ModelState.LOADING | ModelState.RESTARTING:
                why = (
                    f"the model is {status.state.value} ({status.message}): ask again when the "
                    "diagnostics say ready, or ask for the measured backend"
                )
            case ModelState.FAILED:
                why = f"the model could not be loaded: {status.message}"
            case _:
                why = "the model process is not running: configure and activate the node"
        return SpatialError(ErrorCode.BACKEND_UNAVAILABLE, why)

    def submit(
        self,
        frame: SharedInput,
        prompt: Prompt,
        *,
        max_new_tokens: int,
        timeout: float,
        on_text: Callable[[str], None] | None = None,
        on_done: Callable[[Ticket], None] | None = None,
    ) -> Ticket:
        """Queue a question; returns at once.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE while the model is not ready, OVERLOADED when
                max_in_flight questions are, BAD_QUESTION if the text is too long to send.
        """
        with self._lock:
            channel = self._channel
            if channel is None or self._status.state is not ModelState.READY:
                raise self.unavailable()
            if len(self._tickets) >= self._limits.max_in_flight:
                raise SpatialError(
                    ErrorCode.OVERLOADED,
                    f"{len(self._tickets)} questions are already with the model: ask again later",
                )
            self._next_id += 1
            ticket = Ticket(
                self._next_id,
                frame,
                prompt,
                max_new_tokens,
                time.monotonic() + timeout,
                on_text,
                on_done,
            )
            self._tickets[ticket.id] = ticket
        message = {
            "type": "ask",
            "id": ticket.id,
            "frame": frame.key,
            "size": frame.size,
            "text": prompt.text,
            "boxes": prompt.boxes,
            "max_new_tokens": max_new_tokens,
            "request": ticket.request,
        }
        try:
            channel.send(message, [frame.fd])
        except ValueError as error:
            self._forget(ticket)
            raise SpatialError(ErrorCode.BAD_QUESTION, f"{error}: shorten the question") from error
        except OSError:
            # The process is dying; its supervisor's thread may have failed the ticket already.
            self._finish(ticket, self.unavailable())
        return ticket

    def cancel(self, ticket: Ticket, reason: SpatialError | None = None) -> None:
        """Complete the ticket as cancelled; the model stops within one token."""
        outcome = reason or SpatialError(ErrorCode.CANCELLED, "the question was cancelled")
        if self._finish(ticket, outcome) and (channel := self._channel) is not None:
            channel.try_send({"type": "cancel", "id": ticket.id})

    # ---- supervisor's thread ------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            was_ready = self._serve_one_process()
            if self._closing.is_set() or self.status.state is ModelState.FAILED:
                break
            failures = 0 if was_ready else failures + 1
            delays = self._limits.restart_delays
            delay = delays[min(failures, len(delays) - 1)]
            with self._lock:
                restarts = self._status.restarts + 1
            self._set(state=ModelState.RESTARTING, restarts=restarts)
            log.error("%s; restarting it in %g s", self.status.message, delay)
            self._closing.wait(delay)
        if self._closing.is_set():
            self._set(state=ModelState.STOPPED, message="the model process was stopped")

    def _serve_one_process(self) -> bool:
        """From start to end of one process; whether it ever was ready."""
        channel, theirs = Channel.pair()
        with theirs:
            process = start_worker(theirs)
        self._channel = channel
        self._set(pid=process.pid)
        was_ready, why = False, ""
        try:
            channel.send({"type": "start", **self._engine})
            why = self._converse(channel)
        except (EOFError, OSError):
            pass  # the exit status says more
        finally:
            was_ready = self.status.state is ModelState.READY
            with self._lock:
                self._channel = None
            end(process, self._limits.stop_timeout if self._closing.is_set() else 0.0)
            channel.close()
            why = why or epitaph(process.returncode)
            if self.status.state is not ModelState.FAILED:
                state = ModelState.STOPPED if self._closing.is_set() else ModelState.RESTARTING
                self._set(state=state, message=why, pid=None, progress=0.0, details={})
            self._fail_all(why)
        return was_ready

    def _converse(self, channel: Channel) -> str:
        """Handle messages until the process is to be replaced; the reason why."""
        heard = time.monotonic()
        while True:
            readable, _, _ = select.select([channel], [], [], 0.05)
            now = time.monotonic()
            if readable:
                message, _ = channel.receive()
                heard = now
                self._handle(message)
                if self.status.state is ModelState.FAILED:
                    return self.status.message
            self._expire(now)
            status = self.status
            if status.state is ModelState.READY:
                if not status.in_flight:
                    heard = now
                elif now - heard > self._limits.hang_timeout:
                    return f"the model process hangs: silent for {now - heard:.0f} s"
            elif now - heard > self._limits.load_timeout:
                return f"the model process hangs while loading: silent for {now - heard:.0f} s"
            if self._closing.is_set():
                return "the model process was stopped"

    def _handle(self, message: Message) -> None:
        match message["type"]:
            case "progress":
                text = message["text"]
                self._set(message=text, progress=message["progress"])
                log.info("model: %s (%.0f %%)", text, 100 * message["progress"])
            case "ready":
                self._set(
                    state=ModelState.READY,
                    message="ready",
                    progress=1.0,
                    details=message["details"],
                )
                log.info("model ready: %s", message["details"])
            case "failed":
                self._set(state=ModelState.FAILED, message=message["message"], pid=None)
                log.error("the model can not be loaded: %s", message["message"])
            case "stats":
                self._set(details=message["details"])
            case "text":
                with self._lock:
                    ticket = self._tickets.get(message["id"])
                if ticket is not None and ticket.on_text is not None:
                    ticket.on_text(message["text"])
            case "log":
                log.log(message["level"], "%s", message["text"])
            case "done":
                answer = ModelAnswer(message["text"], message["tokens"], message["timing"])
                self._finish_id(message["id"], answer)
            case "error":
                error = SpatialError(ErrorCode(message["code"]), message["message"])
                self._finish_id(message["id"], error)

    def _expire(self, now: float) -> None:
        with self._lock:
            late = [t for t in self._tickets.values() if now >= t.deadline]
        for ticket in late:
            waited = now - ticket.submitted
            self.cancel(
                ticket,
                SpatialError(
                    ErrorCode.TIMEOUT,
                    f"the model had not finished after {waited:.1f} s: allow a longer timeout",
                ),
            )

    def _fail_all(self, why: str) -> None:
        with self._lock:
            tickets = list(self._tickets.values())
        for ticket in tickets:
            log.warning(line("model_lost", request=ticket.request, reason=why))
            self._finish(
                ticket,
                SpatialError(
                    ErrorCode.BACKEND_UNAVAILABLE,
                    f"{why} while it answered; measured answers go on, ask the model again later",
                ),
            )

    # ---- bookkeeping --------------------------------------------------------------------------

    def _finish(self, ticket: Ticket, outcome: ModelAnswer | SpatialError) -> bool:
        self._forget(ticket)
        return ticket.complete(outcome)

    def _finish_id(self, id: int, outcome: ModelAnswer | SpatialError) -> None:
        with self._lock:
            ticket = self._tickets.get(id)
        if ticket is not None:  # else it was cancelled meanwhile
            self._finish(ticket, outcome)

    def _forget(self, ticket: Ticket) -> None:
        with self._lock:
            self._tickets.pop(ticket.id, None)

    def _set(self, **changes: Any) -> None:
        with self._changed:
            self._status = replace(self._status, **changes)
            self._changed.notify_all()
