"""Multiple choice: the lettered options of a question."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase

from hispatial_ros.language.phrases import word_set
from hispatial_ros.language.question import Option

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

# The labels of HiSpatial's training data: A-Z, a-z, 1-10, I-X, i-x.
SCHEMES: tuple[tuple[str, ...], ...] = (
    tuple(ascii_uppercase),
    tuple(ascii_lowercase),
    tuple(str(n) for n in range(1, 11)),
    _ROMAN,
    tuple(r.lower() for r in _ROMAN),
    tuple(f"A{n}" for n in range(1, 11)),
)

# "A. ", "A) ", "A: ", "(A) ", "(A). "
_LABEL = re.compile(
    r"[(\[](?P<inner>[A-Za-z]{1,4}|A?\d{1,2})[)\]][.:]?"
    r"|(?<![\w.])(?P<plain>[A-Za-z]{1,4}|A?\d{1,2})[.):](?=\s)"
    r"|(?<=\s)(?P<tight>[A-Z])[.):](?=[A-Za-z])"
)
# "A ", "A - ", "A = ": right behind the question only
_BARE = re.compile(
    r"(?<![\w.])(?P<bare>[A-Ja-j]|\d{1,2})"
    r"(?:\s?[-=/](?=\s)|(?!\s(?:[mc]?m|met\w+|ft|feet|in|inch\w*)\b)(?=\s[A-Za-z]|\s\d\S*\s*[a-z]))"
)
_BEFORE_BARE = re.compile(r"[?:]\s*(?:options?|choices?)?\s*$", re.IGNORECASE)
_LEAD_IN = ("options", "option", "choices", "choose from", "choose one", "select from", "choose")
_STANDING_BY = re.compile(r"\s*assume \"standing by\" means [^.]*\.", re.IGNORECASE)
_BEFORE_LABEL = re.compile(r"[\s,;]+(?:option|choice|or|and)\s*$", re.IGNORECASE)
# From the first word of an instruction on, behind an option's text.
_INSTRUCTION = re.compile(
    r"(?:^|[\s.;?,])\s*(?:please|answer|choose|select|respond|reply|pick|give|return|output|state)\b"
    r"(?=.*\b(?:letter|option|choice|answer|number|one|closest|correct|directly|only|"
    r"\w or \w)\b).*$"
    r"|(?:^|[\s.;?,])\s*(?:please|answer|choose one|choose|your (?:option|answer|choice))\W*$",
    re.IGNORECASE,
)


_BRACKETED = re.compile(r"\([^()]*\)(?=\W*(?:answer\W*)?$)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.;?!])\s+")
# What a sentence behind an option is about if it tells how to answer.
_ABOUT_ANSWERS = re.compile(
    r"\b(?:answer|option|choice|letter|explain|explanation|reason|reasoning|step by step|respond"
    r"|reply|output|format|select|choose|think)\w*\b",
    re.IGNORECASE,
)

# "Choices: 0, 1-2, 3-4"
_OFFER = re.compile(
    r"\b(?:choices|options|possible answers|(?:choose|select|pick|answer)"
    r"(?: one| your answer)?(?: from| among| of| with one of)?)\s*:\s*"
    r"|\b(?:choose|select|pick)(?: one| the answer)?(?: from| among| out of| of)?"
    r"(?: the following(?: options)?)?\s*:?\s*(?=[\[{])",
    re.IGNORECASE,
)
_SHORT = 2  # words of an option that nothing announces: "...? left, center, right"
_ALTERNATIVES = word_set("""
    yes no near far left right front behind back above below closer farther true false
""")  # fmt: skip
_ASKS = {"what", "which", "how", "where", "is", "are", "please", "thanks", "in", "not", "it"}


def split(text: str) -> tuple[str, tuple[Option, ...]]:
    """The question without its options, and the options; none if there are fewer than two."""
    text = _STANDING_BY.sub("", text)
    best = _labelled(_LABEL, text)
    if not best:
        best = _labelled(_BARE, text)
        if best and not _BEFORE_BARE.search(text[: best[0][1]]):
            best = []
    if not best:
        return _unlettered(text)
    stops = [start for _, start, _ in best[1:]] + [len(text)]
    options = tuple(
        Option(label, _option_text(text[end:stop]))
        for (label, _, end), stop in zip(best, stops, strict=True)
    )
    if not options[-1].text:  # "from the mug (A) to the globe (B)"
        return text, ()
    return _stem(text[: best[0][1]]), options


def _unlettered(text: str) -> tuple[str, tuple[Option, ...]]:
    """ "... Choices: near, far", "...? under 1 m | 1 m or more": they get the letters A, B, ..."""
    found = _OFFER.search(text)
    start = found.end() if found else text.rfind("?") + 1
    offered = _INSTRUCTION.sub("", text[start:])
    mark = "|" if "|" in offered else " - " if offered.startswith(" - ") else ","
    if found and mark == "," and "," not in offered:
        mark = " or "
    listed = [part.strip().removeprefix("or ").strip(" .;-[]{}") for part in offered.split(mark)]
    listed = [part for part in listed if part]
    if not found and _ALTERNATIVES.issuperset(offered.casefold().split()):  # "...? near far"
        listed = offered.split()
    told = found or mark != "," or all(len(part.split()) <= _SHORT for part in listed)
    if not told or start == 0 or not 2 <= len(listed) <= len(ascii_uppercase):
        return text, ()
    if mark == "," and any(set(part.casefold().split()) & _ASKS for part in listed):
        return text, ()
    stem = text[: found.start()] if found else text[:start]
    return _stem(stem), tuple(map(Option, ascii_uppercase, listed))


def _labelled(label: re.Pattern[str], text: str) -> list[tuple[str, int, int]]:
    """The longest run of labels of one scheme: label, start and end of each; at least two."""
    found = [(m[m.lastgroup or 0], m.start(), m.end()) for m in label.finditer(text)]
    best: list[tuple[str, int, int]] = []
    for scheme in SCHEMES:
        run: list[tuple[str, int, int]] = []
        for item in found:
            if len(run) < len(scheme) and item[0] == scheme[len(run)]:
                run.append(item)
        if len(run) > max(1, len(best)):
            best = run
    return best


def _option_text(text: str) -> str:
    """Without punctuation, "or", and an instruction like "Answer with the letter"."""
    first, *others = _SENTENCE.split(text.strip())
    while others and not _ABOUT_ANSWERS.search(others[0]):
        first += " " + others.pop(0)
    text = first
    if bracketed := _BRACKETED.match(text):  # "(Do not choose this option)"
        return bracketed[0]
    text = _BEFORE_LABEL.sub("", _INSTRUCTION.sub("", text)).strip(" ,;.|/?")
    return text if "(" in text else text.rstrip(") ")  # "(Options: (A) left, (B) right)"


def _stem(text: str) -> str:
    text = text.strip(" ,;:(-")
    for lead_in in _LEAD_IN:
        if text.casefold().endswith(lead_in):
            return text[: -len(lead_in)].strip(" ,;:(-.")
    return text
