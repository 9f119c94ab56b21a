"""The model's text back into structure: lengths, points, boxes, vectors, rankings, choices."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

METRES: dict[str, float] = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1.0),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 0.01),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 0.001),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), 1000.0),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
    **dict.fromkeys(("in", "inch", "inches"), 0.0254),
    **dict.fromkeys(("yd", "yard", "yards"), 0.9144),
}
_COUNT_WORDS: dict[str, int] = dict(
    none=0, zero=0, one=1, two=2, three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10
)


class Kind(Enum):
    """What the text states."""

    LENGTH = "length"  # one or more lengths, m
    POINT = "point"  # x y z, m
    BOX = "box"  # xmin ymin zmin xmax ymax zmax, m
    VECTOR = "vector"  # unit vector
    COUNT = "count"
    RANKING = "ranking"
    CHOICE = "choice"  # a lettered option
    YES_NO = "yes/no"
    LOCATION = "location"  # boxes in the image
    TEXT = "text"


@dataclass(frozen=True)
class Located:
    """A labelled box in the image, as fractions of its width and height: x0 y0 x1 y1."""

    label: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class ParsedAnswer:
    """Structure of one generated answer; ``values`` in ``unit``: "m", "count", "1" or ""."""

    kind: Kind
    text: str  # the final answer, cleaned of control tokens
    values: tuple[float, ...] = ()
    unit: str = ""
    choice: str = ""  # option label, "yes" or "no", or the first of a ranking
    ranking: tuple[str, ...] = ()
    located: tuple[Located, ...] = ()
    reasoning: str = ""  # the steps before the final answer


_CONTROL = re.compile(r"<(?:eos|bos|pad|unk|image)>")
_FINAL = re.compile(r"step\s*4\b[^:\n]*:|final answer\s*:?", re.IGNORECASE)
_LOCATED = re.compile(r"((?:<loc\d{4}>){4})([^<;]*)")
_NUMBER = re.compile(
    r"(?<![\w.])(?P<number>[-+\u2212]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)"
    r"(?:\s*(?P<unit>"
    + "|".join(sorted(METRES, key=len, reverse=True))
    + r")(?![a-z])|(?P<mark>[\"'])|)",
    re.IGNORECASE,
)
_SHARES_UNIT = re.compile(r"\s*(?:x|by|to|and|or|[,;\u00d7\u2013-])?\s*", re.IGNORECASE)
_YES_NO = re.compile(r"\W*(yes|no|true|false)\b", re.IGNORECASE)
_OPTION = re.compile(
    r"\s*(?:\((?P<bracketed>[A-Za-z]+|\d{1,2})\)|(?P<bare>[A-Za-z]+|\d{1,2})(?=[.:)]|\s*$))"
)


def parse_answer(text: str, options: Mapping[str, str] | None = None) -> ParsedAnswer:
    """Structure of a generated text; never raises, what is not recognised is Kind.TEXT.

    Args:
        text: as generated, control tokens included or not.
        options: label -> text of the question's lettered options, if it had any.
    """
    text = _CONTROL.sub("", text).strip()
    reasoning = ""
    finals = list(_FINAL.finditer(text))
    if finals and text[finals[-1].end() :].strip():
        reasoning, text = text[: finals[-1].start()].strip(), text[finals[-1].end() :].strip()
    found = (
        _choice(text, options)
        or _located(text)
        or _ranking(text)
        or _yes_no(text)
        or _quantities(text)
        or _count_word(text)
        or {"kind": Kind.TEXT}
    )
    return ParsedAnswer(text=text, reasoning=reasoning, **found)  # type: ignore[arg-type]


def _choice(text: str, options: Mapping[str, str] | None) -> dict | None:
    match = _OPTION.match(text)
    if options:
        label = match and (match["bracketed"] or match["bare"])
        if label in options:
            return {"kind": Kind.CHOICE, "choice": label}
        plain = text.strip(" .").casefold()
        for label, option in options.items():
            if plain == option.strip(" .").casefold():
                return {"kind": Kind.CHOICE, "choice": label}
        return None
    # Without the options only the unmistakable form counts: "(B)", "B", "B.".
    if match and match.end() >= len(text.rstrip(" .:)")) and not text.strip(" .").isdigit():
        label = match["bracketed"] or match["bare"]
        if len(label) == 1 or match["bracketed"]:
            return {"kind": Kind.CHOICE, "choice": label}
    return None


def _located(text: str) -> dict | None:
    located = []
    for tokens, label in _LOCATED.findall(text):
        y0, x0, y1, x1 = (int(n) / 1024 for n in re.findall(r"\d{4}", tokens))
        located.append(Located(label.strip(" .\n"), (x0, y0, x1, y1)))
    return {"kind": Kind.LOCATION, "located": tuple(located)} if located else None


def _ranking(text: str) -> dict | None:
    names = [name.strip(" .\n") for name in re.split(r"->|\u2192", text)]
    if len(names) < 2 or not all(names):
        return None
    return {"kind": Kind.RANKING, "ranking": tuple(names), "choice": names[0]}


def _yes_no(text: str) -> dict | None:
    match = _YES_NO.match(text)
    if not match:
        return None
    return {"kind": Kind.YES_NO, "choice": "yes" if match[1].lower() in ("yes", "true") else "no"}


def _quantities(text: str) -> dict | None:
    numbers = _numbers(text)
    lengths = tuple(value * METRES[unit] for value, unit in _joined_feet(numbers) if unit)
    bare = tuple(value for value, unit in numbers if not unit)
    if lengths:
        kind = {3: Kind.POINT, 6: Kind.BOX}.get(len(lengths), Kind.LENGTH)
        return {"kind": kind, "values": lengths, "unit": "m"}
    if len(bare) == 3 and abs(math.hypot(*bare) - 1) < 0.1:
        return {"kind": Kind.VECTOR, "values": bare, "unit": "1"}
    if len(bare) == 1 and bare[0] >= 0 and bare[0].is_integer():
        return {"kind": Kind.COUNT, "values": bare, "unit": "count"}
    return None


def _numbers(text: str) -> list[tuple[float, str]]:
    """Numbers with their unit ("" if none); "2 x 3 m" gives both the unit of the last."""
    matches = list(_NUMBER.finditer(text))
    found: list[tuple[float, str]] = []
    unit, start = "", len(text)
    for match in reversed(matches):
        own = (match["unit"] or {"'": "ft", '"': "in", None: ""}[match["mark"]]).lower()
        if not own and unit and _SHARES_UNIT.fullmatch(text, match.end(), start):
            own = unit
        value = float(match["number"].replace("\u2212", "-"))
        if math.isfinite(value):
            found.append((value, own))
        unit, start = own, match.start()
    return found[::-1]


def _joined_feet(numbers: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """ "5 feet 3 inches" is one length."""
    joined: list[tuple[float, str]] = []
    for value, unit in numbers:
        if joined and METRES.get(unit) == 0.0254 and METRES.get(joined[-1][1]) == 0.3048:
            joined[-1] = (joined[-1][0] + value / 12, joined[-1][1])
        else:
            joined.append((value, unit))
    return joined


def _count_word(text: str) -> dict | None:
    word = text.strip(" .\n").lower()
    if word in _COUNT_WORDS:
        return {"kind": Kind.COUNT, "values": (float(_COUNT_WORDS[word]),), "unit": "count"}
    return None
