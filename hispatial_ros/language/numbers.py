"""Numbers and lengths as people write or say them: "1.5", "twenty five", "one and a half"."""

from __future__ import annotations

from collections.abc import Sequence

from hispatial_ros.language.wording.general import NUMBER_WORDS, UNITS

_FRACTIONS = {"half": 0.5, "quarter": 0.25}
_LONGEST = 6  # words of a number


def number(words: Sequence[str], start: int) -> tuple[float, int]:
    """The number that begins at ``start`` and how many words it takes; (0.0, 0) if none does."""
    if start >= len(words):
        return 0.0, 0
    if words[start][0].isdecimal():
        value, length = float(words[start]), 1
    else:
        value, length = _spoken(words, start)
        if not length:
            return 0.0, 0
    extra, more = _and_a_half(words, start + length)
    return value + extra, length + more


def _spoken(words: Sequence[str], start: int) -> tuple[float, int]:
    value, i = 0.0, start
    while i < min(len(words), start + _LONGEST) and words[i] in NUMBER_WORDS:
        n = NUMBER_WORDS[words[i]]
        if i == start:
            value = n
        elif n >= 100 or value < 1:  # "two hundred", "half a"
            value *= n
        elif value % 10 == 0 and 1 <= n < min(value, 100) and words[i] not in ("a", "an"):
            value += n  # "twenty five", "two hundred fifty"
        else:
            break
        i += 1
    if i > start and words[i : i + 1] == ["point"] and NUMBER_WORDS.get(words[i + 1], 10) < 10:
        value += NUMBER_WORDS[words[i + 1]] / 10
        i += 2
    return float(value), i - start


def _and_a_half(words: Sequence[str], start: int) -> tuple[float, int]:
    """ "And a half", "and half", "and a quarter"."""
    if words[start : start + 1] != ["and"]:
        return 0.0, 0
    i = start + 1 + (words[start + 1 : start + 2] == ["a"])
    fraction = _FRACTIONS.get(words[i], 0.0) if i < len(words) else 0.0
    return (fraction, i + 1 - start) if fraction else (0.0, 0)


def length(words: Sequence[str], start: int) -> tuple[float, int]:
    """A number with its unit, in metres, and how many words it takes; (0.0, 0) if there is none.

    "1.5 m", "half a metre", "one metre and a half", "6 feet 2 inches".
    """
    total, i, smallest = 0.0, start, float("inf")
    while i < len(words):
        value, taken = number(words, i)
        unit = words[i + taken] if taken and i + taken < len(words) else ""
        if unit not in UNITS or UNITS[unit][1] >= smallest:
            break
        smallest = UNITS[unit][1]
        extra, more = _and_a_half(words, i + taken + 1)
        total += (value + extra) * smallest
        i += taken + 1 + more
    return total, i - start
