"""Instructions on how to answer: "answer with yes or no", "only the number"."""

from collections.abc import Sequence

_INSTRUCTING = {
    "answer", "respond", "reply", "give", "your", "think", "keep", "hint", "choose", "select",
    "pick", "return", "output", "write", "state", "provide", "just", "only", "use", "submit",
}  # fmt: skip
INSTRUCTION = _INSTRUCTING | {
    "with", "by", "using", "in", "directly", "me", "a", "an", "the", "please", "letter",
    "letters", "number", "option", "options", "choice", "choices", "yes", "no", "or", "word",
    "single", "correct", "best", "right", "given", "from", "following", "of", "s", "'s",
    "answers", "without", "explanation", "explaining", "anything", "nothing", "else", "and",
    "unit", "units", "value", "one", "closest", "below", "above", "your", "to", "is", "as",
    "true", "false", "what", "which", "matches", "fits", "/", ",", ":", "'", '"', "y", "n",
    "short", "phrase", "final", "meters", "question", "should", "must", "be", "step",
    "sentence", "words", "briefly", "brief", "concise", "format", "it", "will", "result", "my",
    "metres", "numeric", "numerical", "most", "appropriate", "that", "object", "name", "response",
}  # fmt: skip
_INSTRUCTED = {
    "letter", "number", "option", "options", "choice", "choices", "yes", "no", "word", "answer",
    "value", "one", "explanation", "sentence", "step", "words", "briefly", "concise",
    "question", "closest", "phrase", "true", "unit", "units", "name", "response",
}  # fmt: skip
_SIDES = {"left", "front", "behind", "back", "in", "near", "far", "close"}  # "answer left or right"
# Words of an instruction that ask for a format, and the format.
_FORMATS = (
    ({"yes", "no"}, "yes or no"),
    ({"letter"}, "letter"),
    ({"letters"}, "letter"),
    ({"number"}, "number"),
    ({"numeric"}, "number"),
    ({"numerical"}, "number"),
)


def instruction(words: Sequence[str], start: int) -> int:
    """Where an instruction ends that begins at a word; 0 if none does."""
    if words[start] not in _INSTRUCTING:
        return 0
    known = INSTRUCTION | _SIDES if words[start] in ("answer", "respond", "reply") else INSTRUCTION
    end = start
    while end < len(words) and words[end] in known:
        end += 1
    closed = end == len(words) or words[end] in (".", "?", "!", ";")
    asked = _INSTRUCTED if known is INSTRUCTION else _INSTRUCTED | _SIDES
    return end if closed and not asked.isdisjoint(words[start:end]) else 0


def answer_format(words: Sequence[str]) -> str:
    """ "yes or no", "letter" or "number" if an instruction asks for just that, else empty."""
    for start in range(len(words)):
        said = set(words[start : instruction(words, start)])
        for asked, name in _FORMATS:
            if asked <= said:
                return name
    return ""
