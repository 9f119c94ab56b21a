"""Log lines about requests, written and read back."""

import contextvars
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.structured_log import RequestFormatter, about, current_request, line, parse


def test_order_is_request_event_fields():
    text = line("answered", request="ask-3", code="NONE", ms=12.25, text="It is 2 m away.")
    assert text == 'request=ask-3 event=answered code=NONE ms=12.25 text="It is 2 m away."'


def test_what_is_not_known_is_left_out():
    assert line("refused", request="ask-3", stamp=None) == "request=ask-3 event=refused"


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_every_value_comes_back_from_one_line(text, number):
    written = line("e", request="ask-1", text=text, number=number)
    assert len(written.splitlines()) == 1
    read = parse(f"[INFO] [1795272524.87] [robot.hispatial]: {written}\n")
    assert read["text"] == text
    assert float(read["number"]) == pytest.approx(number, abs=1e-6)
    assert list(read) == ["request", "event", "text", "number"]


@pytest.mark.parametrize(
    "text", ["", "active", "my_request=5", "[INFO] a=b", "prerequest=ask-1 x=1"]
)
def test_other_lines_have_no_fields(text):
    assert parse(text) == {}


def test_lines_within_a_request_carry_its_id():
    formatter = RequestFormatter()

    def format(text, *args):
        return formatter.format(
            logging.LogRecord("hispatial_ros.ros.x", logging.INFO, "", 1, text, args, None)
        )

    assert format("loaded %s", "it") == "loaded it"
    with about("ask-7"):
        assert parse(format("loaded %s", "it")) == {
            "request": "ask-7",
            "event": "log",
            "where": "x",
            "text": "loaded it",
        }
        assert format(line("done")) == "request=ask-7 event=done"
    assert current_request() == ""


def test_a_copied_context_hands_the_id_on():
    with about("ask-8"):
        context = contextvars.copy_context()
    assert context.run(current_request) == "ask-8"


def test_a_traceback_follows_the_line():
    try:
        raise ValueError("bad")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "", 1, "it failed", (), info)
    with about("ask-9"):
        first, *more = RequestFormatter().format(record).splitlines()
    assert parse(first)["text"] == "it failed"
    assert more[-1] == "ValueError: bad"
