"""Numbers and lengths as people write or say them: "1.5", "twenty five", "one and a half"."""

from __future__ import annotations

from collections.abc import Sequence

NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100, "thousand": 1000, "half": 0.5, "a": 1, "an": 1,
}  # fmt: skip

ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "sixth": 6, "6th": 6,
}  # fmt: skip

# Word -> (unit as printed, metres).
UNITS = {
    name: (symbol, metres)
    for symbol, metres, names in (
        ("m", 1.0, "m meter meters metre metres mtr mtrs"),
        ("cm", 0.01, "cm cms centimeter centimeters centimetre centimetres"),
        ("mm", 0.001, "mm millimeter millimeters millimetre millimetres"),
        ("km", 1000.0, "km kilometer kilometers kilometre kilometres"),
        ("ft", 0.3048, "ft foot feet"),
        ("in", 0.0254, "inch inches"),
        ("yd", 0.9144, "yd yard yards"),
    )
    for name in names.split()
}

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
