"""Lines about requests that people read and programs parse: ``request=ask-12 event=... key=value``.

A line is text as ever, behind whatever time stamp the logger writes. From ``request=`` on it holds
``key=value`` pairs: the request's id first, then the event, then fields in an order that is fixed
for each event. A value with spaces, quotes, ``=`` or control characters is a JSON string, so that a
line stays one line.

What is done for a request runs within `about`, on whichever thread; lines that say nothing of the
request themselves get its id from there.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_request: ContextVar[str] = ContextVar("request", default="")

PAIR = re.compile(r'([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?= |$)')
UNPRINTABLE = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"  # controls, line ends, half pairs
ESCAPED = re.compile(f"[{UNPRINTABLE}]")
PLAIN = re.compile(rf'[^\s"={UNPRINTABLE}]+')
START = "request="


def current_request() -> str:
    """Id of the request that is worked on here; empty outside of `about`."""
    return _request.get()


@contextmanager
def about(request_id: str) -> Iterator[None]:
    """What is logged within concerns this request. ``contextvars.copy_context`` hands it on."""
    token = _request.set(request_id)
    try:
        yield
    finally:
        _request.reset(token)


def line(event: str, *, request: str = "", **fields: Any) -> str:
    """A log line.

    Args:
        event: what happened, in a word.
        request: id of the request it concerns; empty: that of `about`.
        fields: the rest, in this order; numbers are rounded to a microunit, None is left out.

    >>> line("answered", request="ask-3", ms=12.25, text="It is 2 m away.")
    'request=ask-3 event=answered ms=12.25 text="It is 2 m away."'
    """
    pairs = {"request": request or current_request() or "-", "event": event, **fields}
    return " ".join(f"{k}={_encode(v)}" for k, v in pairs.items() if v is not None)


def parse(text: str) -> dict[str, str]:
    """The fields of a line of the log; empty if it does not concern a request.

    >>> parse('[INFO] [17.2] [hispatial]: request=ask-3 event=answered text="2 m"')
    {'request': 'ask-3', 'event': 'answered', 'text': '2 m'}
    """
    start = text.find(START)
    if start < 0 or (start > 0 and text[start - 1] != " "):
        return {}
    pairs = PAIR.findall(text[start:].rstrip("\n"))
    return {key: json.loads(v) if v.startswith('"') else v for key, v in pairs}


class RequestFormatter(logging.Formatter):
    """Gives lines logged within `about` the id; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        text = super().formatMessage(record)
        if text.startswith(START) or not current_request():
            return text
        return line("log", where=record.name.rpartition(".")[2], text=text)


def _encode(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    text = str(value)
    if PLAIN.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
