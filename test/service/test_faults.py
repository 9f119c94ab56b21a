"""Whatever raises, wherever: it costs one request, which still gets its one response."""

import time

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.service.job import Job
from hispatial_ros.service.request import AskRequest, MeasureRequest
from hispatial_ros.waiting.outcome import Outcome

WAIT = 10.0
INTERNAL, NONE, TIMEOUT = ErrorCode.INTERNAL, ErrorCode.NONE, ErrorCode.TIMEOUT
QUESTION = AskRequest(question="How far is the box?")


def broken(*_, **__):
    raise ZeroDivisionError("a bug")


def breaks_once(monkeypatch, owner, name):
    """The first call of a method raises."""
    real, calls = getattr(owner, name), []

    def method(*arguments, **options):
        calls.append(arguments)
        return broken() if len(calls) == 1 else real(*arguments, **options)

    monkeypatch.setattr(owner, name, method)


def ask_twice(service):
    """Codes of the responses to two questions, and that there are no more than two."""
    for count in (1, 2):
        service.requests.ask(QUESTION, service.client.respond)
        service.client.codes(count)
    time.sleep(0.05)
    return service.client.codes(2)


def test_a_callback_that_raises_at_a_deadline_leaves_the_next_deadline(service, caplog):
    service.backend.start = lambda question: Outcome()  # never answers
    first, second = Job("first"), Job("second")
    first.then(broken)
    service.worker.submit(first, lambda job: None, 0.05)
    service.worker.submit(second, lambda job: None, 0.1)
    for job in (first, second):
        with pytest.raises(SpatialError, match="still") as error:
            job.result(WAIT)
        assert error.value.code is TIMEOUT
    assert "ZeroDivisionError" in caplog.text


def test_a_deadline_that_raises_itself_is_counted_and_leaves_the_next(service):
    class Broken(Job):
        fail = broken

    first, second = Broken("first"), Job("second")
    service.worker.submit(first, lambda job: None, 0.05)
    service.worker.submit(second, lambda job: None, 0.1)
    with pytest.raises(SpatialError, match="still"):
        second.result(WAIT)
    assert service.worker.faults == 1


def test_a_response_that_cannot_be_made_is_an_internal_error(service, caplog):
    def respond(result):
        if result.error is None:
            broken()
        service.client.respond(result)

    service.requests.ask(QUESTION, respond)
    service.requests.measure(MeasureRequest(), respond)
    assert service.client.codes(2) == [INTERNAL, INTERNAL]
    assert "ZeroDivisionError" in caplog.text


def test_a_client_that_always_raises_costs_the_others_nothing(service):
    service.requests.ask(QUESTION, broken)
    service.requests.ask(AskRequest(question=""), broken)  # refused on the caller's thread
    assert ask_twice(service) == [NONE, NONE]


@pytest.mark.parametrize(
    ("part", "method", "expected"),
    [
        ("backend", "start", [INTERNAL, NONE]),
        ("pair", "frame", [INTERNAL, NONE]),
        ("sink", "publish", [NONE, NONE]),
    ],
)
def test_a_bug_on_the_workers_thread(service, monkeypatch, caplog, part, method, expected):
    breaks_once(monkeypatch, getattr(service, part), method)
    assert ask_twice(service) == expected
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("part", "method"),
    [("model", "estimate"), ("model", "known"), ("pair", "frame"), ("worker", "resume")],
)
def test_a_bug_on_the_depth_thread(estimated, monkeypatch, caplog, part, method):
    """In the network, in the image, and in what is called back: ``resume``."""
    owner = estimated.depth.model if part == "model" else getattr(estimated, part)
    breaks_once(monkeypatch, owner, method)
    assert ask_twice(estimated) == [INTERNAL, NONE]
    assert "ZeroDivisionError" in caplog.text


def test_the_depth_thread_survives_its_callers(estimated):
    depth = estimated.depth

    def select(sensor):
        return estimated.pair

    depth.compute(select, lambda: True).then(broken)
    for failed in (depth.compute(broken, lambda: True), depth.compute(select, broken)):
        with pytest.raises(SpatialError) as error:
            failed.result(WAIT)
        assert error.value.code is INTERNAL
    with pytest.raises(SpatialError) as error:
        depth.compute(select, lambda: False).result(WAIT)
    assert error.value.code is ErrorCode.CANCELLED
    assert depth.compute(select, lambda: True).result(WAIT).pair is estimated.pair


def test_a_backend_that_fails_later_is_the_outcome(service):
    answers = []

    def start(question):
        answers.append(Outcome())
        return answers[-1]

    service.backend.start = start
    for _ in range(2):
        service.requests.ask(QUESTION, service.client.respond)
    while len(answers) < 2:
        time.sleep(0.001)
    answers[0].succeed("not an answer")
    answers[1].fail(SpatialError(ErrorCode.BACKEND_UNAVAILABLE, "crashed"))
    assert service.client.codes(2) == [INTERNAL, ErrorCode.BACKEND_UNAVAILABLE]


def test_a_backend_is_told_that_nobody_waits(service):
    answer = Outcome()
    service.backend.start = lambda question: answer
    job = service.requests.ask(
        AskRequest(question="How far?", timeout=0.05), service.client.respond
    )
    assert service.client.codes(1) == [TIMEOUT]
    with pytest.raises(SpatialError, match="nobody waits"):
        answer.result(WAIT)
    assert not job.succeed("too late")
    assert len(service.client.results) == 1


def test_a_progress_callback_that_raises_fails_its_request_only(service):
    service.requests.ask(QUESTION, service.client.respond, broken)
    service.requests.ask(QUESTION, service.client.respond, lambda *_: None)
    assert service.client.codes(2) == [INTERNAL, NONE]
