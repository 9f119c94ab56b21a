"""Multiple choice: the lettered options of a question."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase

from hispatial_ros.language.question import Option

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

# The labels of HiSpatial's training data: A-Z, a-z, 1-10, I-X, i-x.
SCHEMES: tuple[tuple[str, ...], ...] = (
    tuple(ascii_uppercase),
    tuple(ascii_lowercase),
    tuple(str(n) for n in range(1, 11)),
    _ROMAN,
    tuple(r.lower() for r in _ROMAN),
)

# "A. ", "A) ", "A: ", "(A) ", "(A). "
_LABEL = re.compile(
    r"[(\[](?P<inner>[A-Za-z]{1,4}|\d{1,2})[)\]][.:]?"
    r"|(?<![\w.])(?P<plain>[A-Za-z]{1,4}|\d{1,2})[.):](?=\s)"
    r"|(?<![\w.])(?P<bare>[A-J])(?=\s\w)"  # "... ? A left B right", behind the question only
)
_LEAD_IN = ("options", "option", "choices", "choose from", "choose one", "select from", "choose")
# From the first word of an instruction on, behind an option's text.
_INSTRUCTION = re.compile(
    r"(?:^|[\s.;?,])\s*(?:please|answer|choose|select|respond|reply|pick|give|return|output|state)\b"
    r"(?=.*\b(?:letter|option|choice|answer|number|one|closest|correct|directly|only)\b).*$"
    r"|(?:^|[\s.;?,])\s*(?:please|answer|choose one|choose)\W*$",
    re.IGNORECASE,
)


def split(text: str) -> tuple[str, tuple[Option, ...]]:
    """The question without its options, and the options; none if there are fewer than two."""
    labels = [
        (m.group("inner") or m.group("plain") or m.group("bare"), m.start(), m.end())
        for m in _LABEL.finditer(text)
        if m.group("bare") is None or "?" in text[: m.start()]
    ]
    best: list[tuple[str, int, int]] = []
    for scheme in SCHEMES:
        run: list[tuple[str, int, int]] = []
        for label in labels:
            if len(run) < len(scheme) and label[0] == scheme[len(run)]:
                run.append(label)
        if len(run) > max(1, len(best)):
            best = run
    if not best:
        return text, ()
    stops = [start for _, start, _ in best[1:]] + [len(text)]
    options = tuple(
        Option(label, _option_text(text[end:stop]))
        for (label, _, end), stop in zip(best, stops, strict=True)
    )
    return _stem(text[: best[0][1]]), options


def _option_text(text: str) -> str:
    """Without punctuation, and without an instruction like "Answer with the letter"."""
    return _INSTRUCTION.sub("", text).strip(" ,;.|/?")


def _stem(text: str) -> str:
    text = text.strip(" ,;:(-")
    for lead_in in _LEAD_IN:
        if text.casefold().endswith(lead_in):
            return text[: -len(lead_in)].strip(" ,;:(-.")
    return text
