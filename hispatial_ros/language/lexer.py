"""From the words of a question to the symbols of the grammar.

A symbol is a wording of the phrase tables, a name, a pixel, or a number with its unit; words that
are none of these become UNKNOWN, so that nothing in a question is silently ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hispatial_ros.language.names import Names, correct, singular
from hispatial_ros.language.phrases import PhraseTable
from hispatial_ros.language.terms import Kind, Pixel, Reference
from hispatial_ros.language.text import Token, tokenize
from hispatial_ros.language.wording import TABLES
from hispatial_ros.language.wording.fillers import SKIP
from hispatial_ros.language.wording.general import NUMBER_WORDS, ORDINALS, UNITS

_MARKS = set(",;:.?!()|/&=<>#[]")
_CONTRACTED = {"s": "is", "re": "are", "m": "am", "d": "would", "ll": "will", "ve": "have"}
_CONTRACTING = {
    "what",
    "which",
    "where",
    "who",
    "how",
    "there",
    "it",
    "one",
    "that",
    "here",
    "when",
}


@dataclass(frozen=True)
class Atom:
    """One symbol of a question with its value and the words it was made of."""

    symbol: str
    value: Any = None
    words: tuple[str, ...] = ()
    start: int = 0  # characters of the cleaned question
    end: int = 0


@dataclass
class Lexed:
    atoms: list[Atom]
    notes: list[str] = field(default_factory=list)


@cache
def phrase_table() -> PhraseTable:
    table = PhraseTable()
    for phrases in TABLES:
        table.add(phrases)
    for word, n in ORDINALS.items():
        table.add({("ORDINAL", n): word})
    return table


@cache
def _lexical() -> frozenset[str]:
    return frozenset(phrase_table().vocabulary | UNITS.keys() | NUMBER_WORDS.keys())


@cache
def _lexical_by_initial() -> dict[str, set[str]]:
    """A correction keeps the first letter, so only these words can be meant."""
    words: dict[str, set[str]] = {}
    for word in _lexical():
        words.setdefault(word[0], set()).add(word)
    return words


def lex(text: str, names: Names) -> Lexed:
    """The symbols of a cleaned question."""
    tokens = _join(tokenize(text))
    return _Lexer(tokens, names).run()


def _join(tokens: list[Token]) -> list[Token]:
    """Resolve apostrophes, hyphens, arrows and decimal commas."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        before = out[-1] if out else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        attached = before is not None and before.end == token.start
        if token.text == "'" and attached and after and after.start == token.end:
            assert before is not None
            out.extend(_apostrophe(before, after, out))
            i += 2
            continue
        if token.text == "<" and after is not None and after.text == "-":
            pass  # of "<->"
        elif token.text == "-":
            if after is not None and after.text == ">":
                out.append(Token("to", "word", token.start, after.end))
                i += 1
            elif not attached or (after is not None and after.start > token.end):
                out.append(Token(",", "mark", token.start, token.end))
        elif token.text == "," and _is_decimal_comma(before, token, tokens[i + 1 : i + 3]):
            assert before is not None
            assert after is not None
            out[-1] = Token(f"{before.text}.{after.text}", "number", before.start, after.end)
            i += 1
        elif token.kind != "mark" or token.text in _MARKS:
            out.append(token)
        i += 1
    return out


def _apostrophe(before: Token, after: Token, out: list[Token]) -> list[Token]:
    if after.text == "t" and before.text.endswith("n"):  # "isn't"
        out[-1] = Token(before.text[:-1], "word", before.start, before.end)
        return [Token("not", "word", after.start, after.end)]
    if after.text == "s" and before.text not in _CONTRACTING:
        return [Token("'s", "word", after.start - 1, after.end)]
    word = _CONTRACTED.get(after.text, after.text)
    return [Token(word, "word", after.start - 1, after.end)]


def _is_decimal_comma(before: Token | None, comma: Token, following: list[Token]) -> bool:
    """ "1,5 m" but not "(320,240)": digits on both sides, and a unit behind."""
    return (
        before is not None
        and before.kind == "number"
        and "." not in before.text
        and before.end == comma.start
        and len(following) == 2
        and following[0].kind == "number"
        and following[0].start == comma.end
        and following[1].text in UNITS
    )


class _Lexer:
    def __init__(self, tokens: list[Token], names: Names):
        self.tokens = tokens
        self.words = [t.text for t in tokens]
        self.names = names
        self.table = phrase_table()
        self.lexed = Lexed([])

    def run(self) -> Lexed:
        for i, token in enumerate(self.tokens):
            if token.text == "u" and i + 1 < len(self.tokens) and self.tokens[i + 1].kind == "word":
                self.words[i] = "you"  # and not the pixel coordinate
            elif token.kind == "word":
                self._correct(i)
        i = 0
        while i < len(self.tokens):
            i += self._pixel(i) or self._quantity(i) or self._number(i) or self._word(i)
        return self.lexed

    def _emit(self, symbol: str, value: Any, i: int, length: int) -> int:
        if symbol != SKIP:
            words = tuple(self.words[i : i + length])
            start, end = self.tokens[i].start, self.tokens[i + length - 1].end
            self.lexed.atoms.append(Atom(symbol, value, words, start, end))
        return length

    def _at(self, i: int, *texts: str) -> bool:
        return i < len(self.words) and self.words[i] in texts

    # Pixels

    def _pixel(self, i: int) -> int:
        return self._location_tokens(i) or self._coordinates(i)

    def _location_tokens(self, i: int) -> int:
        """<locY><locX>, or a box <locY1><locX1><locY2><locX2>, of 1024 per side."""
        values: list[float] = []
        while len(values) < 4 and i + len(values) < len(self.tokens):
            token = self.tokens[i + len(values)]
            if token.kind != "loc":
                break
            values.append(float(token.text[4:8]))
        if len(values) < 2:
            return 0
        v, u, *corner = values[: 4 if len(values) == 4 else 2]
        if corner in ([], [v, u]):
            pixel = Pixel(u, v, normalized=True)
        else:
            pixel = Pixel(u, v, corner[1], corner[0], normalized=True)
        return self._emit("PIXEL_REF", Reference(Kind.PIXEL, pixel=pixel), i, len(corner) + 2)

    def _coordinates(self, i: int) -> int:
        """(320, 240), 320 240, u=320 v=240, row 240 column 320, [320, 240] ..."""
        j = i + self._at(i, "(", "[")
        values: dict[str, float] = {}
        for axis in "uv":
            if axis == "v":
                j += self._at(j, ",", ";", "/", "and", "x")
            named, j = self._axis_name(j)
            if j >= len(self.tokens) or self.tokens[j].kind != "number":
                return 0
            if self._at(j + 1, *UNITS):
                return 0
            values[named or axis] = float(self.words[j])
            j += 1
        j += self._at(j, ")", "]") and self._at(i, "(", "[")
        if len(values) < 2:
            return 0
        reference = Reference(Kind.PIXEL, pixel=Pixel(values["u"], values["v"]))
        return self._emit("PIXEL_REF", reference, i, j - i)

    def _axis_name(self, i: int) -> tuple[str, int]:
        for axis, words in (("u", ("u", "x", "col", "column")), ("v", ("v", "y", "row"))):
            if self._at(i, *words):
                return axis, i + 1 + self._at(i + 1, "=", ":", "is")
        return "", i

    # Numbers and units

    def _quantity(self, i: int) -> int:
        """ "how many cm" asks for a distance, "in cm" for a unit."""
        by = self._at(i, "by")
        if self._at(i + by, "how") and self._at(i + by + 1, "many", "much"):
            if self._at(i + by + 2, *UNITS):
                self._emit("UNIT", UNITS[self.words[i + by + 2]][0], i + by + 2, 1)
                return self._emit("HOW_MUCH" if by else "DISTANCE", None, i, 3 + by)
            return 0
        j = i + self._at(i, "in", "into", "unit", "units")
        if self._at(j, *UNITS) and not self.names.mention(self.words, j, frozenset()):
            return (j - i) + self._emit("UNIT", UNITS[self.words[j]][0], j, 1)
        return 0

    def _number(self, i: int) -> int:
        """A number, in metres if it has a unit; "#2" and a number behind a name count objects."""
        if self.table.longest(self.words, i)[0] > 1:  # "3d position"
            return 0
        j = i + (self._at(i, "#") or (self._at(i, "number") and i > 0))
        if j < len(self.tokens) and self.tokens[j].kind == "number":
            value = float(self.words[j])
            if self._at(j + 1, *UNITS):
                return self._emit("NUMBER", value * UNITS[self.words[j + 1]][1], i, j + 2 - i)
            atoms = self.lexed.atoms
            if atoms and atoms[-1].symbol == "NAME" and value.is_integer():
                last = atoms.pop()
                end = self.tokens[j].end
                atoms.append(Atom("NAME", int(value), last.words, last.start, end))
                return j + 1 - i
            return self._emit("NUMBER", value, i, j + 1 - i)
        value, length = 1.0, 0
        while self._at(i + length, *NUMBER_WORDS) and length < 2:  # "half a", "two", "a"
            value *= NUMBER_WORDS[self.words[i + length]]
            length += 1
        if length and self._at(i + length, *UNITS):
            metres = value * UNITS[self.words[i + length]][1]
            return self._emit("NUMBER", metres, i, length + 1)
        return 0

    # Words

    def _word(self, i: int) -> int:
        length, value = self.table.longest(self.words, i)
        named = self.names.mention(self.words, i, _lexical())
        if named and named >= length:
            return self._emit("NAME", None, i, named)
        if length:
            return self._emit(value[0], value[1], i, length)
        if self.tokens[i].kind == "mark":
            return self._emit("separator", None, i, 1)
        return self._emit("UNKNOWN", None, i, 1)

    def _correct(self, i: int) -> None:
        """Replace a mistyped word."""
        word = self.words[i]
        named = self.names.vocabulary
        if word in _lexical() or word in named or singular(word) in named:
            return
        fixed = correct(word, named | _lexical_by_initial().get(word[0], set()))
        if fixed is None and word.endswith("s"):
            stem = correct(word[:-1], self.names.vocabulary)
            fixed = stem and stem + "s"
        if fixed is not None:
            self.lexed.notes.append(f"took '{word}' for '{fixed}'")
            self.words[i] = fixed
