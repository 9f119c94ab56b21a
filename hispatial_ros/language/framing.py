"""Sentences around a question that set its scene and ask nothing.

"Consider the real-world locations of the objects.", "The options describe the relationship between
two objects.", "Judging by the layout, ...". Benchmarks put them before and behind their questions.
"""

from collections.abc import Mapping, Sequence

from hispatial_ros.language.lexicon import ORDERS

_ENDS = {".", "?", "!", ";", ":"}
# First words of what sets the scene up to a comma.
_FRAMING = {
    "based", "judging", "considering", "consider", "given", "looking", "estimate", "estimating",
    "assuming", "according", "examine", "examining", "observe", "observing", "using", "taking",
    "analyze", "analyse", "analyzing", "inspecting", "regarding", "concerning", "focusing",
}  # fmt: skip
# Concepts by which something is told or asked that the answer depends on.
_TELLING = frozenset(
    {symbol for symbol, _ in ORDERS}
    | {"NAME", "LR", "FRONT", "AROUND", "CONTAINS", "CARRIES", "LRMOST", "HALF", "CORNER"}
    | {"UPDOWN", "CMP", "SUP", "ADJ", "ORDINAL", "LENGTH", "COORDINATES", "UNIT", "UNITASK"}
    | {"AT_PLACE", "FACE", "SEEN", "VIEWPOINT", "FRAME", "GO", "STOP", "PASS", "GETS"}
    | {"NOT", "NONE", "NEITHER", "EXCEPT", "ITSELF", "THEM", "ITS", "ONE", "UNMEASURED"}
    | {"HOW", "WHAT", "WHERE", "MUCH", "MANY", "EXIST", "SEEING", "TRUE", "MINE"}
) - {"RANK", "FIRST", "MEASURES", "EQUALLY"}
# Words about the answer or the data, not about the scene.
_META = {
    "answer", "answers", "option", "options", "choice", "choices", "formatted", "format", "tuple",
    "tuples", "reply", "response", "instances", "category", "caption", "captions",
}  # fmt: skip
_VAGUE = {"inside", "on", "near", "in_front_of"}  # sides that mean little: "in the image"
_ASKING = {"which", "who", "is", "are", "does", "do", "did", "has", "have", "can"}
_MOST = {"most", "more", "best"}


def framing(
    words: Sequence[str],
    marks: Sequence[int],
    edges: Sequence[Mapping[str, Sequence[tuple[int, object]]]],
    named: Mapping[int, int],
) -> list[tuple[int, int]]:
    """Where they begin and end, with the mark behind each.

    A sentence is one of them if it names no object of the scene, and has no word by which a place,
    a number, a comparison, a way or a question is told; and if another sentence names something.

    Args:
        words: of the question.
        marks: indices of punctuation.
        edges: concepts that begin at each word: symbol -> (end, value).
        named: where names begin and end.
    """
    found = []
    ends = [i for i in marks if words[i] in _ENDS] + [len(words)]
    start = 0
    for end in ends:
        stop = min(end + 1, len(words))
        if start < end and _sets_the_scene(words, edges, named, start, end):
            found.append((start, stop))
        elif start < end and words[start] in _FRAMING:
            comma = next((i for i in marks if start < i < end and words[i] == ","), None)
            if comma is not None and _sets_the_scene(words, edges, named, start, comma):
                found.append((start, comma + 1))
        start = stop
    outside = [i for i in named if not any(a <= i < b for a, b in found)]
    return found if outside else []


def _sets_the_scene(words, edges, named, start: int, end: int) -> bool:
    if words[start] in _ASKING:
        return False
    if start > 0 and not _META.isdisjoint(words[start:end]):
        asks = {"HOW", "WHERE", "MUCH", "MANY", "GO", "STOP"}
        return not any(i in named or asks & edges[i].keys() for i in range(start, end))
    if words[start] == "if":
        return False
    for i in range(start, end):
        dimensions = words[i] in ("2", "3") and words[i + 1 : i + 2] == ["d"]
        dimensions |= words[i - 1] in ("image", "picture", "frame", "photo")  # its number
        if i in named or (words[i].isdigit() and not dimensions):
            return False
        for symbol, ways in edges[i].items():
            if symbol in _TELLING and words[i] not in _MOST:
                return False
            if symbol == "SIDE" and not {value for _, value in ways} <= _VAGUE:
                return False
    return True
