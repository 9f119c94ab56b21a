"""The node's log: every request has its line, and lines about it carry its id."""

import pytest

from hispatial_ros.answer import measured as measuring
from hispatial_ros.structured_log import parse

FAR = "How far is the globe?"


@pytest.fixture
def lines(desk, ros):
    """Waits for parsed lines of the log that fulfil a condition."""
    log = desk.log()

    def wait(**wanted):
        def found():
            parsed = [parse(text) for line in log for text in line.msg.splitlines()]
            return [p for p in parsed if all(p.get(k) == v for k, v in wanted.items())]

        return ros.wait_until(found, f"a line with {wanted}")

    return wait


def test_an_answer(desk, lines):
    answer = desk.ask(FAR).answer
    (found,) = lines(request=answer.request_id)
    assert list(found)[:4] == ["request", "event", "code", "ms"]
    assert (found["event"], found["code"]) == ("answered", "NONE")
    assert (found["question"], found["text"]) == (FAR, answer.text)
    assert found["stamp"] == f"{answer.header.stamp.sec}.{answer.header.stamp.nanosec:09d}"
    stages = {key for key in found if key.startswith("ms.")}
    assert stages >= {"ms.queue", "ms.frame", "ms.understand", "ms.measure"}
    assert sum(float(found[stage]) for stage in stages) <= float(found["ms"]) + 0.01


def test_an_error(desk, lines):
    response = desk.ask("How far\tis the zebra?")
    (found,) = lines(request=response.answer.request_id)
    assert (found["event"], found["code"]) == ("refused", "UNKNOWN_OBJECT")
    assert found["error"] == response.error_msg


def test_a_question_of_any_length_makes_a_line_of_some(desk, lines):
    response = desk.ask("x" * 100_000)
    (found,) = lines(request=response.answer.request_id)
    assert len(found["question"]) == 500


def test_a_measurement(desk, lines):
    desk.measure()
    (found,) = lines(event="answered", text="11 of 11 regions measured")
    assert found["request"].startswith("measure-")
    assert "question" not in found


def test_a_bug_is_told_with_the_id(desk, lines, monkeypatch):
    def stumble(*arguments, **options):
        measuring.logging_test.warning("just before")
        raise ZeroDivisionError("by zero")

    import logging

    monkeypatch.setattr(
        measuring, "logging_test", logging.getLogger("hispatial_ros.answer"), raising=False
    )
    monkeypatch.setattr("hispatial_ros.service.backend.answer_measured", stumble)
    request_id = desk.ask(FAR).answer.request_id
    lines(request=request_id, event="log", text="just before")
    lines(request=request_id, event="internal_error", kind="ZeroDivisionError")
    lines(request=request_id, event="refused", code="INTERNAL")
