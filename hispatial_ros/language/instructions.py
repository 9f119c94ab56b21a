"""Instructions on how to answer: "answer with yes or no", "only the number"."""

from collections.abc import Sequence

_INSTRUCTING = {
    "answer", "respond", "reply", "give", "your", "think", "keep", "hint", "choose", "select",
    "pick", "return", "output", "write", "state", "provide", "just", "only", "use",
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
    "metres", "numeric", "numerical", "most", "appropriate", "that",
}  # fmt: skip
_INSTRUCTED = {
    "letter", "number", "option", "options", "choice", "choices", "yes", "no", "word", "answer",
    "value", "one", "explanation", "sentence", "step", "words", "briefly", "concise",
    "question", "closest", "phrase", "true", "unit", "units",
}  # fmt: skip
_CLOSING = {".", "?", "!", ";"}
# "Answer with front or behind": what begins a sentence so says how, to its end.
_ANSWERING = {"answer", "respond", "reply"}
_MANNER = {"with", "directly", "using", "by", "based", "briefly", "as"}
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
    opens = start > 0 and words[start - 1] in _CLOSING
    if (
        opens
        and words[start] in _ANSWERING
        and not _MANNER.isdisjoint(words[start + 1 : start + 2])
    ):
        return next((i for i in range(start, len(words)) if words[i] in _CLOSING), len(words))
    end = start
    while end < len(words) and words[end] in INSTRUCTION:
        end += 1
    closed = end == len(words) or words[end] in _CLOSING
    return end if closed and not _INSTRUCTED.isdisjoint(words[start:end]) else 0


def answer_format(words: Sequence[str]) -> str:
    """ "yes or no", "letter" or "number" if an instruction asks for just that, else empty."""
    for start in range(len(words)):
        said = set(words[start : instruction(words, start)])
        for asked, name in _FORMATS:
            if asked <= said:
                return name
    return ""
