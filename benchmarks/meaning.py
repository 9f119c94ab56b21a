"""Whether two questions in canonical notation mean the same, however they are written.

What counts as the same: conditions joined by "and", symmetric pairs, candidates and several
questions in any order; names of the same labels ("box*" where all boxes are cardboard boxes); a
class of one; the candidates that the options list, or "*" for them; letters of options. Nothing
else does: no other side, role, order, quantity or number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hispatial_ros.language.names import Names, singular
from hispatial_ros.language.terms import Mention

_OPTIONS = re.compile(r"\s*\|\w+:")
_CALL = re.compile(r"(first \d+ )?(\w+)\((.*)\)(.*)", re.DOTALL)
_NAME = re.compile(r"[^\W\d_][\w'-]*(?: [\w'-]+)*")
_KINDS = {"exists", "count", "select"}  # whose first is always all of a class
_OF_EACH = {
    "camera_distance", "position", "height", "width", "depth", "size", "box", "elevation", "exists",
}  # fmt: skip
_SYMMETRIC = {"distance", "gap", "angle"}
_CORNER = re.compile(r"\b(front|back)_(left|right)_of ([^\]);]+)")
_FURTHER = re.compile(r"\bfurther (left|right) than ")
_ENDS = re.compile(r"({[\d,]+}) (?:left|right)most, \1 (?:left|right)most")
_CLOSER = re.compile(r"(.+); (nearer|farther) to (.+) than to (.+)")
_EXTREME = re.compile(r"([a-z]+est)(?= and |$)")  # of all
_SIDES = {"front": "in_front_of", "back": "behind"}


def same(found: str, expected: str, labels: Sequence[str]) -> bool:
    """Whether both mean the same of objects with these labels.

    Options count where ``expected`` tells them: "yes, no" behind a question may be taken for some.
    """
    form, *options = _OPTIONS.split(found)
    wanted, *told = _OPTIONS.split(expected)
    if told and _offered(options) != _offered(told):
        return False
    offered = _offered(options)
    return _normal(form, offered, labels) == _normal(wanted, offered, labels)


def _offered(options: Sequence[str]) -> list[str]:
    return [" ".join(option.casefold().split()).strip(" .") for option in options]


def _normal(form: str, offered: Sequence[str], labels: Sequence[str]) -> str:
    names = Names(labels)
    form, _, view = form.partition(" @")
    named = [_named(option, names) for option in offered]
    each = [one for part in form.split(" & ") for one in _each(_named(part, names))]
    parts = sorted(_form(part, named) for part in each)
    view = "" if view.strip() == "view camera" else _named(view, names)
    return " & ".join(parts) + view


def _named(text: str, names: Names) -> str:
    """The text with each name replaced by the labels that it may mean."""
    return _NAME.sub(lambda words: _labels(words[0].split(), names), text)


def _labels(words: list[str], names: Names) -> str:
    out: list[str] = []
    i = 0
    while i < len(words):
        for end in range(len(words), i, -1):
            found = _meant(tuple(words[i:end]), names)
            if found:
                out.append("{" + ",".join(map(str, found)) + "}")
                i = end
                break
        else:
            out.append(words[i])
            i += 1
    return " ".join(out)


def _meant(words: tuple[str, ...], names: Names) -> list[int]:
    if any(singular(word) not in names.vocabulary for word in words):
        return []
    mention = Mention(words=words, plural=True)
    exact = [i for i, label in enumerate(names.labels) if label.casefold() == " ".join(words)]
    return exact or (names.resolve(mention) if names.knows(mention) else [])


def _each(text: str) -> list[str]:
    """ "height(A, B)" asks for both."""
    call = _CALL.fullmatch(text.strip())
    if call is None or call[2] not in _OF_EACH or call[4] or ";" in call[3]:
        return [text]
    if call[2] == "exists" and " or " in call[3] and "[" not in call[3]:
        return [f"exists({one})" for one in _split(call[3], " or ")]
    return [f"{call[2]}({one})" for one in _split(call[3], ", ")]


def _form(text: str, offered: list[str]) -> str:
    text = re.sub(r"(?:all )?({\d+})\*", r"\1", text)  # a class of one
    call = _CALL.fullmatch(text.strip())
    if call is None:
        return text.strip()
    top, name, inside, axis = call.groups()
    first, semicolon, rest = inside.partition("; ")
    if name == "count":
        rest = _of_kinds(first, rest)
        if rest.startswith("not but"):
            first, semicolon = "*", "; "
    if name in _KINDS:
        first = first.replace("*", "", 1) if first.startswith("{") else first
    if name == "holds" and (closer := _CLOSER.fullmatch(inside)):  # as seen from what is closer
        first, rest = closer[3], f"{closer[2]} to {closer[1]} than {closer[4]}"
    if name == "holds" and (the := re.fullmatch(r"\*? ?\[(.*)\]", first)):  # "the thing on A"
        name, first, rest = "exists", "*", f"{the[1]} and {rest}"
    if name in ("extreme", "rank"):
        rest = ", ".join(sorted(_candidates(rest, offered)))
    elif name in _SYMMETRIC and not axis:
        first = ", ".join(sorted(_split(first, ", ")))
    first = _conditions(first)
    return f"{top or ''}{name}({first}{semicolon}{_joined(rest)}){axis}"


def _of_kinds(first: str, rest: str) -> str:
    """ "count(A*, B*)", "count(A* or B*)" and "count(*; not but A* and B*)" count one set."""
    kinds = [one for part in _split(first, ", ") for one in _split(part, " or ")]
    if rest.startswith("not but "):
        kinds, rest = _split(rest.removeprefix("not but "), " and "), ""
    if len(kinds) < 2:
        return rest
    return "not but " + " & ".join(sorted(kinds)) + f"; {rest}" * bool(rest)


def _candidates(text: str, offered: list[str]) -> list[str]:
    """Those named; where any may be meant, those that the options offer."""
    text = _ENDS.sub(lambda pair: f"{pair[1]}*" if pair[1].count(",") == 1 else pair[0], text)
    things = [option.removeprefix("the ") for option in offered]
    if text == "*" and things and all(re.fullmatch(r"{\d+}", thing) for thing in things):
        return things
    return _split(text, ", ")


def _conditions(text: str) -> str:
    """With what stands in brackets in one order."""
    start = text.find("[")
    if start < 0:
        return text
    end = text.rfind("]")
    return f"{text[:start]}[{_joined(text[start + 1 : end])}]{text[end + 1 :]}"


def _joined(text: str) -> str:
    """Conditions joined by "and", in one order; as it is where "or" stands beside them."""
    text = _EXTREME.sub(r"\1 of *", text)
    text = _FURTHER.sub(r"\1_of ", text)
    text = _CORNER.sub(lambda m: f"{_SIDES[m[1]]} {m[3]} and {m[2]}_of {m[3]}", text)
    parts = _split(text, " and ")
    whole: list[str] = []
    for part in parts:  # "between A and B" is one
        if whole and re.search(r"\bbetween [^&]*$", whole[-1]) and " & " not in whole[-1]:
            ends = sorted([whole[-1].split("between ", 1)[1], part])
            whole[-1] = whole[-1].split("between ", 1)[0] + "between " + " & ".join(ends)
        else:
            whole.append(part)
    if len(_split(text, " or ")) > 1:
        return " and ".join(whole)
    return " and ".join(sorted(map(_conditions, whole)))


def _split(text: str, separator: str) -> list[str]:
    """Parts between separators that stand in no brackets."""
    parts, depth, start, i = [], 0, 0, 0
    while i < len(text):
        depth += (text[i] in "[({") - (text[i] in "])}")
        if depth == 0 and text.startswith(separator, i):
            parts.append(text[start:i])
            start = i = i + len(separator)
        else:
            i += 1
    return [*parts, text[start:]]
