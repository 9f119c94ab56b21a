"""From the characters of a question to its words."""

import re
import unicodedata
from dataclasses import dataclass

from hispatial_ros.errors import ErrorCode, SpatialError

MAX_LENGTH = 1000  # characters

_PUNCTUATION = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "→": " to "}
)

_ANGLED = re.compile(r"<(\s?\d+(?:\.\d+)?\s?,\s?\d+(?:\.\d+)?\s?)>")  # "<122,240>"
_WITH_RESPECT = re.compile(r"\bw\.\s?r\.\s?t\.?", re.IGNORECASE)
_THAT_IS = re.compile(r"\b(?:i\.e|e\.g)\.,?", re.IGNORECASE)
_LINE = re.compile(r"(?<=[^\s.?!:;,])[ \t]*\n\s*(?=[A-Z(\[])")  # of a sentence or an option
_COUNTED = re.compile(r"<image>|(?:^|(?<=\s))Q(?:uestion)?\s?\d+\s?[.:)]", re.IGNORECASE)  # "Q1."
_BLANK = re.compile(
    r"(?:\b(?:to|on) the )?(?:_{2,}|\[(?:_| )*\])(?:\s*(?:of|to)\b)?"
)  # "the mug is ___ the globe"
_SIDE = re.compile(r"(on which side) of (?=\W*$)")

# One alternative per kind of token; no two can match at the same character, so it is linear.
_TOKEN = re.compile(
    r"(?P<loc><loc\d{4}>)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<mark>[^\s\w])"
    r"|(?P<other>_|\s)"
)


@dataclass(frozen=True)
class Token:
    text: str  # case-folded
    kind: str  # "word", "number", "loc" or "mark"
    start: int  # in the cleaned question
    end: int


def clean(question: str, max_length: int = MAX_LENGTH) -> str:
    """The question in Unicode normal form, on one line.

    Raises:
        SpatialError: BAD_QUESTION if it is empty, too long or holds control characters.
    """
    if len(question) > max_length:
        raise SpatialError(
            ErrorCode.BAD_QUESTION,
            f"the question has {len(question)} characters, at most {max_length} are accepted: "
            "shorten it",
        )
    question = _LINE.sub(". ", question)
    question = unicodedata.normalize("NFKC", question.replace("…", ", "))
    text = " ".join(question.translate(_PUNCTUATION).split())
    text = _WITH_RESPECT.sub("wrt", text)
    text = _COUNTED.sub(" ", text).strip()
    text = _SIDE.sub(
        r"\1", _BLANK.sub(" on which side of ", _THAT_IS.sub(", ", _ANGLED.sub(r"(\1)", text)))
    )
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in text):
        raise SpatialError(
            ErrorCode.BAD_QUESTION, "the question holds control characters: send plain text"
        )
    if not any(c.isalnum() for c in text):
        raise SpatialError(ErrorCode.BAD_QUESTION, "the question is empty: ask something")
    return text


def tokenize(text: str) -> list[Token]:
    """Words, numbers, location tokens and single punctuation marks, in order."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind != "other":
            tokens.append(Token(match.group().casefold(), kind, match.start(), match.end()))
    return tokens


def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a label, case-folded."""
    return tuple(t.text for t in tokenize(clean_label(text)) if t.kind in ("word", "number"))


def clean_label(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
