"""Where two outcomes differ by more than they may."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hispatial_ros.errors import ErrorCode
from hispatial_ros.replay.outcome import Outcome, Quantity

NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Tolerance:
    """A number may change by the larger of the two."""

    absolute: float = 0.001  # in the number's unit
    sigmas: float = 0.5  # recorded standard deviations

    def allows(self, before: Quantity, now: Quantity) -> bool:
        if math.isnan(before.value) or math.isnan(now.value):
            return math.isnan(before.value) and math.isnan(now.value)
        stddev = before.stddev if math.isfinite(before.stddev) else 0.0
        return abs(now.value - before.value) <= max(self.absolute, self.sigmas * stddev)


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was; both sides in words."""

    what: str
    recorded: str
    now: str


def differences(recorded: Outcome, now: Outcome, tolerance: Tolerance) -> list[Difference]:
    """What differs, the most telling first; empty if nothing does.

    Of texts the words count; the numbers in them do where no value stands for them, to the digits
    that are printed.
    """
    return list(_differences(recorded, now, tolerance))


def _differences(before: Outcome, now: Outcome, tolerance: Tolerance) -> Iterator[Difference]:
    if before.code != now.code:
        yield Difference("outcome", _describe(before), _describe(now))
        return
    if before.code:
        return  # how an error is worded is no matter of what can be answered
    for what in ("choice", "unit"):
        if getattr(before, what) != getattr(now, what):
            # What only the measurement has said is recorded as text alone.
            if not before.quantities and not before.choice and before.text:
                continue
            yield Difference(what, getattr(before, what), getattr(now, what))
    if _text_differs(before, now, tolerance):
        yield Difference("text", before.text, now.text)
    if before.quantities or not before.text:
        yield from _quantities(before, now, tolerance)
    for fact in sorted(before.facts - now.facts):
        yield Difference("relation", fact, "")
    for fact in sorted(now.facts - before.facts):
        yield Difference("relation", "", fact)


def _describe(outcome: Outcome) -> str:
    if not outcome.code:
        return outcome.text or f"{len(outcome.quantities)} quantities measured"
    known = outcome.code in set(ErrorCode)
    name = ErrorCode(outcome.code).name if known else str(outcome.code)
    return f"{name}: {outcome.message}"


def _text_differs(before: Outcome, now: Outcome, tolerance: Tolerance) -> bool:
    if before.text == now.text:
        return False
    if NUMBER.sub("#", before.text) != NUMBER.sub("#", now.text):
        return True
    if before.quantities:
        return False  # the values are compared themselves
    pairs = zip(NUMBER.findall(before.text), NUMBER.findall(now.text), strict=True)
    return not all(_same_number(a, b, tolerance) for a, b in pairs)


def _same_number(before: str, now: str, tolerance: Tolerance) -> bool:
    last_digit = 10.0 ** -len(before.partition(".")[2])
    return abs(float(before) - float(now)) <= max(tolerance.absolute, 1.001 * last_digit)


def _quantities(before: Outcome, now: Outcome, tolerance: Tolerance) -> Iterator[Difference]:
    for what in (*before.quantities, *(k for k in now.quantities if k not in before.quantities)):
        old, new = before.quantities.get(what), now.quantities.get(what)
        if old is None or new is None or not tolerance.allows(old, new):
            yield Difference(what, _number(old), _number(new))


def _number(quantity: Quantity | None) -> str:
    if quantity is None:
        return ""
    stddev = "" if math.isnan(quantity.stddev) else f" ± {quantity.stddev:.4f}"
    return f"{quantity.value:.4f}{stddev}"
