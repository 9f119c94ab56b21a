"""Keeps one model process alive and brings questions to it and answers back."""

import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import hispatial_ros
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.channel import Channel, Message
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.ticket import ModelAnswer, Ticket

log = logging.getLogger(__name__)


class ModelState(Enum):
    STOPPED = "stopped"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"  # for a reason that another start would meet again


@dataclass(frozen=True)
class ModelStatus:
    """For diagnostics. ``details`` holds what the process reports: device, dtype, memory, ..."""

    state: ModelState = ModelState.STOPPED
    message: str = ""
    progress: float = 0.0  # of loading, 0..1
    pid: int | None = None
    restarts: int = 0
    in_flight: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """max_in_flight: questions queued and being answered. Times in seconds."""

    max_in_flight: int = 32
    hang_timeout: float = 20.0  # silence while a question is in flight
    load_timeout: float = 900.0  # silence while loading and warming up
    restart_delays: tuple[float, ...] = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
    stop_timeout: float = 1.0  # from asking the process to stop to killing it


class Supervisor:
    """Owner of the model process. All methods may be called from any thread.

    ``engine`` is the configuration handed to the worker, see ``worker.main``.
    """

    def __init__(self, engine: Mapping[str, Any], limits: Limits = Limits()):
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
            self._try_send(channel, {"type": "stop"})
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
            self._try_send(channel, {"type": "cancel", "id": ticket.id})

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
            process = subprocess.Popen(
                [sys.executable, "-m", "hispatial_ros.vlm.runtime.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # a terminal's Ctrl-C is for the node, which then stops us
            )
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
            _end(process, self._limits.stop_timeout if self._closing.is_set() else 0.0)
            channel.close()
            why = why or _epitaph(process.returncode)
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

    @staticmethod
    def _try_send(channel: Channel, message: Message) -> None:
        try:
            channel.send(message)
        except OSError:
            log.debug("the model process is gone; not sent: %s", message["type"])


def _environment() -> dict[str, str]:
    """The child must find this package where the parent found it, installed or in a source tree."""
    here = str(Path(hispatial_ros.__file__).parent.parent)
    paths = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _epitaph(returncode: int) -> str:
    if returncode < 0:
        return f"the model process was ended by {signal.Signals(-returncode).name}"
    return f"the model process ended by itself with status {returncode}"


def _end(process: subprocess.Popen, grace: float) -> None:
    """Wait for the process to end by itself for ``grace`` seconds, then kill and reap it."""
    try:
        process.wait(grace or 0.01)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
