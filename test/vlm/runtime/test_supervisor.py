"""Real processes, real sockets, real shared memory; only the engine's arithmetic is trivial."""

import contextlib
import os
import random
import threading
import time
from pathlib import Path

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.structured_log import about, parse
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.status import Limits, ModelState
from hispatial_ros.vlm.runtime.supervisor import Supervisor

LIMITS = Limits(hang_timeout=0.6, load_timeout=5.0, restart_delays=(0.0, 0.1))


@pytest.fixture
def supervise(worker_path):
    started = []

    def start(limits=LIMITS, wait=True, **options):
        supervisor = Supervisor({"factory": "spelling_engine:create", "options": options}, limits)
        started.append(supervisor)
        supervisor.start()
        if wait:
            assert supervisor.wait_ready(10).state is ModelState.READY
        return supervisor

    yield start
    for supervisor in started:
        supervisor.close()
    assert not [t for t in threading.enumerate() if t.name == "model-supervisor"]


def ask(supervisor, frame, text, timeout=5.0, **options):
    return supervisor.submit(frame, Prompt(text), max_new_tokens=100, timeout=timeout, **options)


def code_of(ticket):
    with pytest.raises(SpatialError) as error:
        ticket.result(10)
    return error.value.code


def alive(pid):
    return Path(f"/proc/{pid}").exists()


def test_answers_and_streams(supervise, frame):
    supervisor = supervise()
    texts = []
    assert ask(supervisor, frame, "hello", on_text=texts.append).result(5).text == "hello"
    assert texts == ["h", "he", "hel", "hell"]
    assert supervisor.status.in_flight == 0


@pytest.mark.parametrize("fault", ["!kill", "!hang", "!fault", "!segv", "!exit"])
def test_a_fault_costs_the_questions_in_flight_and_the_model_comes_back(supervise, frame, fault):
    supervisor = supervise(token_seconds=0.01)
    first_pid = supervisor.status.pid
    innocent = ask(supervisor, frame, "x" * 40)
    guilty = ask(supervisor, frame, f"{fault} now")
    assert code_of(guilty) is ErrorCode.BACKEND_UNAVAILABLE
    assert code_of(innocent) is ErrorCode.BACKEND_UNAVAILABLE
    assert not alive(first_pid)
    assert supervisor.wait_ready(10).state is ModelState.READY
    assert supervisor.status.restarts == 1
    assert ask(supervisor, frame, "again").result(5).text == "again"


def test_while_restarting_questions_are_refused_at_once(supervise, frame):
    supervisor = supervise(load_seconds=0.5)
    assert code_of(ask(supervisor, frame, "!kill now")) is ErrorCode.BACKEND_UNAVAILABLE
    with pytest.raises(SpatialError, match="measured"):
        ask(supervisor, frame, "too early")


def test_a_model_that_can_not_load_is_reported_and_not_tried_again(supervise, frame):
    supervisor = supervise(wait=False, broken=True)
    status = supervisor.wait_ready(10)
    assert status.state is ModelState.FAILED
    assert "no checkpoint" in status.message
    with pytest.raises(SpatialError, match="no checkpoint"):
        ask(supervisor, frame, "hello")
    assert supervisor.status.restarts == 0


def test_deadline_cancel_and_overload(supervise, frame):
    supervisor = supervise(
        Limits(max_in_flight=3, hang_timeout=5.0), token_seconds=0.02, max_batch=2
    )
    slow = ask(supervisor, frame, "y" * 50, timeout=0.2)
    cancelled = ask(supervisor, frame, "z" * 50)
    waiting = ask(supervisor, frame, "w" * 10)
    with pytest.raises(SpatialError) as error:
        ask(supervisor, frame, "one too many")
    assert error.value.code is ErrorCode.OVERLOADED
    supervisor.cancel(cancelled)
    assert code_of(cancelled) is ErrorCode.CANCELLED
    assert code_of(slow) is ErrorCode.TIMEOUT
    assert waiting.result(5).text == "w" * 10


def test_the_process_ends_with_its_parent(supervise, frame):
    supervisor = supervise()
    pid = supervisor.status.pid
    supervisor._channel._socket.shutdown(2)  # as the kernel does when the parent dies
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(pid)


def test_closing_answers_what_is_in_flight_and_can_be_started_again(supervise, frame):
    supervisor = supervise(token_seconds=0.05)
    ticket = ask(supervisor, frame, "x" * 50)
    supervisor.close()
    assert code_of(ticket) is ErrorCode.BACKEND_UNAVAILABLE
    assert supervisor.status.state is ModelState.STOPPED
    with pytest.raises(SpatialError):
        ask(supervisor, frame, "closed")
    supervisor.start()
    assert supervisor.wait_ready(10).state is ModelState.READY


def test_a_thousand_mixed_requests_with_faults_each_get_one_outcome(supervise, frame):
    fds_before = len(os.listdir("/proc/self/fd"))
    supervisor = supervise(Limits(max_in_flight=16, hang_timeout=0.5, restart_delays=(0.0,)))
    rng = random.Random(1)
    outcomes: dict[int, int] = {}
    wrong, submitted, refused = [], 0, 0
    pids = set()

    def done(ticket):
        outcomes[ticket.id] = outcomes.get(ticket.id, 0) + 1

    tickets = []
    while submitted + refused < 1000:
        pids.add(supervisor.status.pid)
        fault = rng.random() < 0.01
        text = rng.choice(["!kill", "!fault", "!exit", "!hang"]) if fault else f"t{submitted}"
        try:
            ticket = ask(
                supervisor,
                frame,
                text,
                timeout=rng.choice([0.002, 5.0, 5.0, 5.0]),
                on_done=done,
            )
        except SpatialError as error:
            if error.code not in (ErrorCode.OVERLOADED, ErrorCode.BACKEND_UNAVAILABLE):
                raise
            refused += 1
            if error.code is ErrorCode.BACKEND_UNAVAILABLE:
                supervisor.wait_ready(10)
            else:
                _settle(tickets[-1])
            continue
        submitted += 1
        tickets.append(ticket)
        if rng.random() < 0.05:
            supervisor.cancel(ticket)
    for ticket in tickets:
        try:
            if ticket.result(10).text != ticket.prompt.text:
                wrong.append(ticket)
        except SpatialError:
            pass
    assert not wrong
    assert outcomes == {ticket.id: 1 for ticket in tickets}
    assert submitted > 300
    assert supervisor.status.restarts > 0
    supervisor.close()
    assert not any(alive(pid) for pid in pids if pid)
    assert len(os.listdir("/proc/self/fd")) <= fds_before


def _settle(ticket):
    with contextlib.suppress(SpatialError):
        ticket.result(10)


def test_the_process_logs_with_the_id_of_the_request(supervise, frame, caplog):
    caplog.set_level("INFO", "hispatial_ros")
    supervisor = supervise()
    with about("ask-12"):
        ticket = ask(supervisor, frame, "hello")
    ticket.result(5)
    (told,) = [fields for fields in map(parse, caplog.messages) if "tokens" in fields]
    assert (told["request"], told["event"]) == ("ask-12", "generated")
    assert {"ms.queue", "ms.encode", "ms.prefill", "ms.decode"} <= told.keys()
    with about("ask-13"):
        ticket = ask(supervisor, frame, "!kill")
    assert code_of(ticket) is ErrorCode.BACKEND_UNAVAILABLE
    (lost,) = [fields for fields in map(parse, caplog.messages) if "reason" in fields]
    assert (lost["request"], lost["event"]) == ("ask-13", "model_lost")
    assert "SIGKILL" in lost["reason"]
