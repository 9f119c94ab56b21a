"""Real processes, real sockets, real shared memory; only the engine's arithmetic is trivial."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.structured_log import about, parse
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.process import ModelProcess
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.status import Limits, ModelState
from hispatial_ros.vlm.runtime.supervisor import Supervisor

LIMITS = Limits(hang_timeout=0.6, load_timeout=30.0, restart_delays=(0.0, 0.1))


@pytest.fixture
def supervise(worker_path):
    started = []

    def start(limits=LIMITS, wait=True, **options):
        supervisor = Supervisor({"factory": "spelling_engine:create", "options": options}, limits)
        started.append(supervisor)
        supervisor.start()
        if wait:
            assert supervisor.wait_ready(30).state is ModelState.READY
        return supervisor

    yield start
    for supervisor in started:
        supervisor.close()
    assert not [t for t in threading.enumerate() if t.name == "model-supervisor"]


def ask(supervisor, frame, text, timeout=5.0, **options):
    return supervisor.submit(frame, Prompt(text), max_new_tokens=100, timeout=timeout, **options)


def code_of(pending):
    with pytest.raises(SpatialError) as error:
        pending.result(10)
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


def test_no_word_of_configuring_while_the_process_restarts(supervise, frame):
    """The node is active then, and nothing is to be done but to ask again."""
    supervisor = supervise(load_seconds=0.2)
    assert "ask again" in str(supervisor.unavailable()), "ready by the time the error is written"
    said = set()
    for _ in range(3):
        assert code_of(ask(supervisor, frame, "!kill now")) is ErrorCode.BACKEND_UNAVAILABLE
        deadline = time.monotonic() + 10
        while supervisor.status.state is not ModelState.READY:
            said.add(str(supervisor.unavailable()))
            assert time.monotonic() < deadline
    assert said
    assert not [text for text in said if "configure" in text]
    supervisor.close()
    assert "configure" in str(supervisor.unavailable())


def test_a_model_that_can_not_load_is_reported_and_not_tried_again(supervise, frame):
    supervisor = supervise(wait=False, broken=True)
    status = supervisor.wait_ready(10)
    assert status.state is ModelState.FAILED
    assert "no checkpoint" in status.message
    with pytest.raises(SpatialError, match="no checkpoint"):
        ask(supervisor, frame, "hello")
    assert supervisor.status.restarts == 0


def test_a_model_that_was_ready_is_tried_again_until_it_loads(supervise, frame, tmp_path):
    full = tmp_path / "full"
    supervisor = supervise(full=str(full))
    full.touch()  # by another process, while this one was gone
    assert code_of(ask(supervisor, frame, "!kill")) is ErrorCode.BACKEND_UNAVAILABLE
    deadline = time.monotonic() + 20
    while supervisor.status.restarts < 3:
        assert time.monotonic() < deadline
        assert supervisor.status.state in (ModelState.RESTARTING, ModelState.LOADING)
        time.sleep(0.02)
    assert "cannot be loaded again: cuda has too little memory" in supervisor.status.message
    full.unlink()
    assert supervisor.wait_ready(20).state is ModelState.READY
    assert ask(supervisor, frame, "hello").result(5).text == "hello"


@pytest.mark.parametrize(
    ("options", "question", "says"),
    [
        ({"old_driver": True}, None, "cannot be loaded: RuntimeError: The NVIDIA driver on your"),
        ({}, "!fault", "process ends: RuntimeError: CUDA error: an illegal memory access"),
    ],
)
def test_why_a_process_ended_by_itself_is_in_the_log(
    supervise, frame, caplog, options, question, says
):
    caplog.set_level("INFO", "hispatial_ros")
    supervisor = supervise(wait=question is not None, **options)
    if question is not None:
        code_of(ask(supervisor, frame, question))
    deadline = time.monotonic() + 20
    while says not in caplog.text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert "Update it" not in caplog.text  # one line is enough


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
    cancelled.cancel()
    assert code_of(cancelled) is ErrorCode.CANCELLED
    assert code_of(slow) is ErrorCode.TIMEOUT
    assert waiting.result(5).text == "w" * 10


def test_the_process_ends_with_its_parent(worker_path):
    process = ModelProcess({"factory": "spelling_engine:create", "options": {}})
    while process.channel.exchange(0.1) is None:
        pass
    process.channel._socket.shutdown(2)  # as the kernel does when the parent dies
    assert process.end(10) == "the model process ended by itself with status 0"


def test_it_ends_quietly_when_the_parent_is_found_gone_while_loading(worker_path, capfd):
    options = {"deaf_parent": True}
    process = ModelProcess({"factory": "spelling_engine:create", "options": options})
    assert process.end(10) == "the model process ended by itself with status 0"
    assert not capfd.readouterr().err


def test_closing_answers_what_is_in_flight_and_can_be_started_again(supervise, frame):
    supervisor = supervise(token_seconds=0.05)
    pending = ask(supervisor, frame, "x" * 50)
    supervisor.close()
    assert code_of(pending) is ErrorCode.BACKEND_UNAVAILABLE
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

    def done(pending):
        outcomes[pending.id] = outcomes.get(pending.id, 0) + 1

    asked = []
    while submitted + refused < 1000:
        pids.add(supervisor.status.pid)
        fault = rng.random() < 0.01
        text = rng.choice(["!kill", "!fault", "!exit", "!hang"]) if fault else f"t{submitted}"
        try:
            pending = ask(
                supervisor,
                frame,
                text,
                timeout=rng.choice([0.002, 5.0, 5.0, 5.0]),
            )
        except SpatialError as error:
            if error.code not in (ErrorCode.OVERLOADED, ErrorCode.BACKEND_UNAVAILABLE):
                raise
            refused += 1
            if error.code is ErrorCode.BACKEND_UNAVAILABLE:
                supervisor.wait_ready(10)
            else:
                _settle(asked[-1])
            continue
        submitted += 1
        asked.append(pending)
        pending.then(done)
        if rng.random() < 0.05:
            pending.cancel()
    for pending in asked:
        try:
            if pending.result(10).text != pending.prompt.text:
                wrong.append(pending)
        except SpatialError:
            pass
    assert not wrong
    assert outcomes == {pending.id: 1 for pending in asked}
    assert submitted > 300
    assert supervisor.status.restarts > 0
    supervisor.close()
    assert not any(alive(pid) for pid in pids if pid)
    assert len(os.listdir("/proc/self/fd")) <= fds_before


def _settle(pending):
    with contextlib.suppress(SpatialError):
        pending.result(10)


def test_the_process_logs_with_the_id_of_the_request(supervise, frame, caplog):
    caplog.set_level("INFO", "hispatial_ros")
    supervisor = supervise()
    with about("ask-12"):
        pending = ask(supervisor, frame, "hello")
    pending.result(5)
    (told,) = [fields for fields in map(parse, caplog.messages) if "tokens" in fields]
    assert (told["request"], told["event"]) == ("ask-12", "generated")
    assert {"ms.queue", "ms.encode", "ms.prefill", "ms.decode"} <= told.keys()
    with about("ask-13"):
        pending = ask(supervisor, frame, "!kill")
    assert code_of(pending) is ErrorCode.BACKEND_UNAVAILABLE
    (lost,) = [fields for fields in map(parse, caplog.messages) if "reason" in fields]
    assert (lost["request"], lost["event"]) == ("ask-13", "model_lost")
    assert "SIGKILL" in lost["reason"]


LONG = "x" * 100_000  # two of these fill a socket


def ask_from_threads(supervisor, frame, count, **options):
    """What ``count`` threads get: the error codes, and the longest time that submit took."""
    codes, times = [], []

    def client():
        start = time.monotonic()
        pending = ask(supervisor, frame, LONG, **options)
        times.append(time.monotonic() - start)
        pending.then(lambda outcome: codes.append(outcome.error.code))

    threads = [threading.Thread(target=client) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(times) == count
    return codes, max(times)


def wait_until(true, seconds):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("timeout", "code"), [(30.0, ErrorCode.BACKEND_UNAVAILABLE), (0.1, ErrorCode.TIMEOUT)]
)
def test_a_stopped_process_is_noticed_and_replaced(supervise, frame, timeout, code):
    """With short deadlines nothing is in flight any more when the hang limit is reached."""
    # Long enough for a busy machine to begin all threads within it.
    hang = LIMITS.hang_timeout if timeout > 1 else 3.0
    supervisor = supervise(replace(LIMITS, hang_timeout=hang))
    pid = supervisor.status.pid
    os.kill(pid, signal.SIGSTOP)
    start = time.monotonic()
    codes, longest = ask_from_threads(supervisor, frame, 32, timeout=timeout)
    assert longest < hang
    wait_until(lambda: supervisor.status.restarts == 1, hang + 3)
    assert time.monotonic() - start >= hang
    assert "silent" in supervisor.status.message or supervisor.status.state is ModelState.READY
    assert supervisor.wait_ready(10).state is ModelState.READY
    assert codes == [code] * 32
    assert not alive(pid)
    assert ask(supervisor, frame, "again").result(5).text == "again"


def test_closing_does_not_wait_for_a_stopped_process(supervise, frame):
    supervisor = supervise(Limits(stop_timeout=0.3))
    pid = supervisor.status.pid
    os.kill(pid, signal.SIGSTOP)
    codes, _ = ask_from_threads(supervisor, frame, 32, timeout=30.0)
    start = time.monotonic()
    supervisor.close()
    assert time.monotonic() - start < 0.3 + 2
    assert codes == [ErrorCode.BACKEND_UNAVAILABLE] * 32
    assert not alive(pid)


def test_questions_that_were_given_up_do_not_pile_up_before_a_stopped_process(supervise, frame):
    supervisor = supervise(Limits(hang_timeout=30.0))
    os.kill(supervisor.status.pid, signal.SIGSTOP)
    for _ in range(200):
        ask(supervisor, frame, LONG).cancel()
    waiting = supervisor._process.channel._outgoing
    assert sum(len(message.data) for message in waiting) < 3 * len(LONG)


def test_a_cancelled_question_is_no_hang(supervise, frame):
    supervisor = supervise(token_seconds=0.01)
    for _ in range(3):
        pending = ask(supervisor, frame, "y" * 50)
        time.sleep(0.1)
        pending.cancel()
        time.sleep(LIMITS.hang_timeout)
    assert supervisor.status.restarts == 0


def test_a_callback_that_raises_costs_nobody_an_answer(supervise, frame, caplog):
    supervisor = supervise()
    calls = []

    def bad(what):
        calls.append(what)
        raise ValueError("a bad callback")

    pending = ask(supervisor, frame, "hello", on_text=bad)
    pending.then(bad)
    assert pending.result(5).text == "hello"
    assert calls == ["h", pending]
    assert "a bad callback" in caplog.text
    assert ask(supervisor, frame, "again").result(5).text == "again"


def test_an_internal_error_costs_one_message_and_is_counted(supervise, frame, monkeypatch, caplog):
    supervisor = supervise()
    handle = supervisor._handle

    def fail_once(message):
        monkeypatch.setattr(supervisor, "_handle", handle)
        raise KeyError("tokens")

    monkeypatch.setattr(supervisor, "_handle", fail_once)
    assert ask(supervisor, frame, "hello").result(5).text == "hello"
    assert supervisor.status.faults == 1
    assert "internal error" in caplog.text


def test_a_process_that_cannot_be_started_is_tried_again(supervise, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    supervisor = supervise(wait=False)
    wait_until(lambda: supervisor.status.state is ModelState.RESTARTING, 5)
    assert "/nowhere/python" in supervisor.status.message
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    assert supervisor.wait_ready(10).state is ModelState.READY


def test_a_process_that_a_driver_holds_does_not_hold_the_node(worker_path, monkeypatch, caplog):
    process = ModelProcess({"factory": "spelling_engine:create", "options": {}})
    os.kill(process.pid, signal.SIGSTOP)
    kill = process._popen.kill
    monkeypatch.setattr("hispatial_ros.vlm.runtime.process.KILL_TIMEOUT", 0.1)
    monkeypatch.setattr(process._popen, "kill", lambda: None)
    assert process.end(0.01) == "the model process cannot be ended"
    assert "dmesg" in caplog.text
    kill()
    process._popen.wait()


MANY_FILES = """
import os, resource, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.supervisor import Supervisor

resource.setrlimit(resource.RLIMIT_NOFILE, (2000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
files = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
supervisor = Supervisor({"factory": "spelling_engine:create", "options": {}})
supervisor.start()
supervisor.wait_ready(20)
frame = SharedInput(np.zeros((28, 28, 3), np.uint8))
print(supervisor.submit(frame, Prompt("hi"), max_new_tokens=9, timeout=20).result().text)
supervisor.close()
"""


def test_more_files_than_select_can_wait_for(worker_path):
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", MANY_FILES, here], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "hi\n", done.stderr


def test_keys_of_shared_frames_are_unique_across_threads():
    interval = sys.getswitchinterval()
    rgb, keys = np.zeros((2, 2, 3), np.uint8), []
    threads = [
        threading.Thread(target=lambda: keys.extend(SharedInput(rgb).key for _ in range(500)))
        for _ in range(8)
    ]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(keys) == len(set(keys)) == 4000
