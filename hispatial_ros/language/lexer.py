"""From the words of a question to the symbols of the grammar.

A symbol is a wording of the phrase tables, a name, a pixel, or a number with its unit; words that
are none of these become UNKNOWN, so that nothing in a question is silently ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hispatial_ros.language import numbers
from hispatial_ros.language.contractions import words_of
from hispatial_ros.language.names import Names, correct, singular
from hispatial_ros.language.phrases import PhraseTable
from hispatial_ros.language.synonyms import synonym
from hispatial_ros.language.terms import Kind, Mention, Pixel
from hispatial_ros.language.text import Token
from hispatial_ros.language.wording import TABLES
from hispatial_ros.language.wording.fillers import SKIP
from hispatial_ros.language.wording.general import NUMBER_WORDS, ORDINALS, UNITS


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
    tokens = words_of(text)
    return _Lexer(tokens, names).run()


class _Lexer:
    def __init__(self, tokens: list[Token], names: Names):
        self.tokens = tokens
        self.words = [t.text for t in tokens]
        self.names = names
        self.table = phrase_table()
        self.lexed = Lexed([])

    def run(self) -> Lexed:
        self._translate()
        for i, token in enumerate(self.tokens):
            if token.text == "u" and i + 1 < len(self.tokens) and self.tokens[i + 1].kind == "word":
                self.words[i] = "you"  # and not the pixel coordinate
            elif token.kind == "word":
                self._correct(i)
        i = 0
        while i < len(self.tokens):
            i += (
                self._range(i)
                or self._pixel(i)
                or self._quantity(i)
                or self._number(i)
                or self._word(i)
            )
        return self.lexed

    def _emit(self, symbol: str, value: Any, i: int, length: int) -> int:
        compared = self.lexed.atoms and self.lexed.atoms[-1].symbol == "ORDER"
        if symbol == SKIP and self._at(i, "as") and compared and not self.lexed.atoms[-1].value[2]:
            symbol = "than"  # "bigger as the mug"
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
        return self._emit("PIXEL_REF", Mention(Kind.PIXEL, pixel=pixel), i, len(corner) + 2)

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
        mention = Mention(Kind.PIXEL, pixel=Pixel(values["u"], values["v"]))
        return self._emit("PIXEL_REF", mention, i, j - i)

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

    def _range(self, i: int) -> int:
        """ "between 1 and 2 m", "from 50 cm to 1 m"."""
        if not self._at(i, "between", "from"):
            return 0
        first, taken = numbers.length(self.words, i + 1)
        if not taken:  # "1 and 2 m": in the unit of the second
            first, taken = numbers.number(self.words, i + 1)
        j = i + 1 + taken
        if not taken or not self._at(j, "and", "to"):
            return 0
        last, more = numbers.length(self.words, j + 1)
        if not more:
            return 0
        unit = self.words[j + more]
        if self.words[j - 1] not in UNITS and unit in UNITS:
            first *= UNITS[unit][1]
        return self._emit("RANGE", (first, last), i, j + 1 + more - i)

    def _number(self, i: int) -> int:
        """A number, in metres if it has a unit; "#2" and a number behind a name count objects."""
        if self.table.longest(self.words, i)[0] > 1:  # "3d position"
            return 0
        factor, taken = numbers.number(self.words, i)
        if taken and self._at(i + taken, "times"):  # "three times as tall"
            return self._emit("TIMES", factor, i, taken + 1)
        metres, taken = numbers.length(self.words, i)
        if taken:
            return self._emit("NUMBER", metres, i, taken)
        j = i + (self._at(i, "#") or (self._at(i, "number") and i > 0))
        if j < len(self.tokens) and self.tokens[j].kind == "number":
            value = float(self.words[j])
            atoms = self.lexed.atoms
            if atoms and atoms[-1].symbol == "NAME" and value.is_integer():
                last = atoms.pop()
                end = self.tokens[j].end
                atoms.append(Atom("NAME", int(value), last.words, last.start, end))
                return j + 1 - i
            return self._emit("NUMBER", value, i, j + 1 - i)
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

    def _translate(self) -> None:
        """Replace other words for the labels' names by these."""
        i = 0
        while i < len(self.words):
            length, meant = synonym(self.words, i, self.names, _lexical())
            if length:
                said = " ".join(self.words[i : i + length])
                first, last = self.tokens[i], self.tokens[i + length - 1]
                self.words[i : i + length] = meant
                self.tokens[i : i + length] = [
                    Token(word, "word", first.start, last.end) for word in meant
                ]
                self.lexed.notes.append(f"took '{said}' to mean '{' '.join(meant)}'")
            i += len(meant) or 1

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
