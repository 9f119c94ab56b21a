"""From the words of a question to the edges of its chart: concepts, names, numbers, pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hispatial_ros.language import numbers
from hispatial_ros.language.contractions import words_of
from hispatial_ros.language.framing import framing, preface, unit_in
from hispatial_ros.language.instructions import INSTRUCTION, instruction
from hispatial_ros.language.lexicon import (
    COLOURS,
    OF_QUANTITIES,
    lexical,
    lexical_by_initial,
    phrase_table,
)
from hispatial_ros.language.names import FUNCTION_WORDS, Names, correct, singular
from hispatial_ros.language.numbers import UNITS
from hispatial_ros.language.phrases import word_set
from hispatial_ros.language.synonyms import synonym
from hispatial_ros.language.terms import ANY, Kind, Mention, Pixel
from hispatial_ros.language.text import Token
from hispatial_ros.language.text import words as text_words

ASIDE = 2  # cost of leaving aside a word that could mean something
SENTENCE = 12  # cost of running on over the end of a sentence
COLON = 4  # cost of a colon that introduces nothing
ARTICLE = 3  # cost of an article where none belongs
CAMERA_NAMED = "'camera' is the object of that name; the one that looks is 'you'"
# Costs of leaving aside what stands around the question, by its kind.
_ASIDES = {"answer": 0, "shown": 1, "means": 1, "scene": ASIDE, "self": 5}
# Before a quantity they say nothing: "the rough distance".
_OF_MEASURES = {"rough", "net", "true", "resulting", "corresponding", "required", "full", "typical"}
# What a thing is like: left aside where one thing alone has the name, and is not called otherwise.
_DESCRIBING = COLOURS | word_set("""
    brown black white grey gray orange pink beige silver golden dark light wooden metal metallic
    plastic glass leather round rectangular square modern vintage antique empty transparent shiny
    striped stainless
""")  # fmt: skip
_TELLING_ADVERBS = word_set("""
    hardly barely scarcely partially partly mostly mainly merely equally previously formerly
    originally initially finally usually hypothetically family assembly butterfly supply reply
    mutually jointly only solely diagonally doubly triply perpendicularly radially averagely
    immediately
""")  # fmt: skip
_SAYING_LITTLE = ("YESNO", "THAT", "IS", "POSITIONED", "WISH", "OBSERVER", "SUPPOSE")
_WE = {"i", "we", "you"}
_WISHING = ("need", "want", "wanted", "needed", "wish", "wonder", "know", "think", "guess", "like")
_ARTICLES = {"the", "a", "an", "this", "that", "these", "those"}
_AUXILIARY = {"can", "may", "will", "must", "does", "stand", "rest", "might"}  # also labels
_ASKING = word_set("what which who how where is are there it this that all any")
_BEFORE_NOUNS = word_set("""
    the a any each every this that which what my your left right first second third is of to from
""")  # fmt: skip
_SLIPS = {
    "r": "are", "teh": "the", "hte": "the", "th": "the", "hwo": "how", "hw": "how", "ow": "how",
    "si": "is", "iz": "is", "fo": "of", "adn": "and", "nad": "and", "wat": "what", "wht": "what",
    "waht": "what", "wich": "which", "whch": "which", "whre": "where", "wher": "where",
    "frm": "from", "ot": "to", "tha": "the", "taht": "that", "thn": "than",
}  # fmt: skip


@dataclass
class Lexed:
    words: list[str]
    edges: list[dict[str, list[tuple[int, Any]]]]
    skips: list[list[tuple[int, int]]]
    unknown: list[str] = field(default_factory=list)
    unit: str | None = None  # of "how many feet"
    notes: list[str] = field(default_factory=list)
    preamble: str = ""  # what is left aside before the question
    instructed: bool = False  # whether it is said how to answer
    pixels: bool = False  # whether places are wanted as those in the image
    named: dict[int, int] = field(default_factory=dict)  # where names begin and end
    quiet: set[int] = field(default_factory=set)  # places within what tells how to answer
    unquoted: list[str] = field(default_factory=list)  # labels that are words of the grammar too


def lex(text: str, names: Names, literal: set[str]) -> Lexed:
    """The edges of a cleaned question; ``literal`` words are edges of themselves."""
    return _Lexer(text, names, literal).run()


class _Lexer:
    def __init__(self, text: str, names: Names, literal: set[str]):
        self.text, self.tokens = text, words_of(text)
        self.words = [t.text for t in self.tokens]
        self.names, self.literal = names, literal
        self.table = phrase_table()
        self.notes: list[str] = []

    def run(self) -> Lexed:
        self._translate()
        for i, token in enumerate(self.tokens):
            if token.text == "u" and i + 1 < len(self.tokens) and self.tokens[i + 1].kind == "word":
                self.words[i] = "you"  # and not the pixel coordinate
            elif token.text in _SLIPS and token.text not in self.names.vocabulary:
                self.words[i] = _SLIPS[token.text]
                self.notes.append(f"took '{token.text}' for '{self.words[i]}'")
            elif token.kind == "word":
                self._correct(i)
        count = len(self.words)
        self.lexed = Lexed(self.words, [{} for _ in range(count)], [[] for _ in range(count)])
        self.lexed.notes = self.notes
        self.named = self.lexed.named = self._names()
        self.covered = 0  # end of the furthest concept so far
        for i in sorted(set(range(count)) - self.quoted):
            if self._numbers_image(i):
                self.lexed.skips[i].append((i + 1, 0))
            self._numbers(i)
            self._pixel(i)
            self._concepts(i)
        self._framing()
        self._marks()
        return self.lexed

    def _add(self, symbol: str, value: Any, i: int, end: int) -> None:
        self.lexed.edges[i].setdefault(symbol, []).append((end, value))

    def _at(self, i: int, *texts: str) -> bool:
        return i < len(self.words) and self.words[i] in texts

    # Names and concepts

    def _names(self) -> dict[int, int]:
        """Where names begin and end; each becomes an edge."""
        found: dict[int, int] = {}
        self.said: list[tuple[int, tuple[str, ...]]] = []  # where names end, and their words
        self.quoted: set[int] = set()  # places of labels in quotation marks
        i = 0
        while i < len(self.words):
            length = self.names.mention(self.words, i, lexical())
            whole, label = self.names.whole(self.words, i)
            if self._is_quoted(i, whole):
                self.quoted.update(range(i, i + whole))
                self._add("NAME", Mention(words=label), i, i + whole)
                found[i] = i = i + whole
                self.said.append((i, label))
                continue
            if whole and lexical().issuperset(label):
                self.lexed.unquoted.append(" ".join(label))
            if max(length, whole) == 1 and self._is_no_name(i):
                length = whole = 0
            if not (length or whole):
                i += 1
                continue
            if label == ("camera",):
                self.notes.append(
                    "'camera' is the object of that name; the one that looks is 'you'"
                )
            words = label if whole >= length else tuple(self.words[i : i + length])
            end = i + max(length, whole)
            if self._at(end, "of", "with"):  # "bag of crisps" of the label "crisps bag"
                more = self.names.mention(self.words, end + 1, lexical())
                complete = (*self.words[end + 1 : end + 1 + more], *words)
                if more and self.names.covered(complete):
                    words, end = complete, end + 1 + more
            number, after = self._number_behind(end)
            plural = self.names.is_plural(words) and number is None
            if number is None and self._at(end, "one", "ones"):  # "the yellow one": as before
                for *_, noun in reversed([name for _, name in self.said]):
                    if self.names.knows(Mention(words=(*words, noun))):
                        words = (*words, noun)
                        break
                plural = self.words[end] == "ones"
                after = end + 1
            self._add("NAME", Mention(words=words, plural=plural, number=number), i, after)
            found[i] = end
            self.said.append((end, words))
            i = end
        return found

    def _is_quoted(self, i: int, count: int) -> bool:
        """Whether so many words are all that stands between quotation marks."""
        if not count:
            return False
        start, end = self.tokens[i].start - 1, self.tokens[i + count - 1].end
        return (
            start >= 0
            and self.text[start] in "\"'"
            and self.text[start] == self.text[end : end + 1]
        )

    def _is_no_name(self, i: int) -> bool:
        """ "The can" is a thing, "how far can you see" has none; "41 cm" is no thing called 41."""
        word, before = self.words[i], self.words[i - 1] if i else ""
        if word in _ASKING and before in ("the", "a", "an"):
            return False
        if word in _AUXILIARY:
            return before not in _BEFORE_NOUNS and not before.endswith("est")
        return word in FUNCTION_WORDS | _ASKING or (
            word.isdecimal() and self._at(i + 1, *UNITS, "times")
        )

    def _number_behind(self, i: int) -> tuple[int | None, int]:
        """ "#2", "number 2" or "2" behind a name counts objects of that name."""
        j = i + self._at(i, "#", "number")
        if j < len(self.tokens) and self.tokens[j].kind == "number" and self.words[j].isdecimal():
            behind = self.words[j + 1 : j + 2]
            if not (behind and (behind[0] in UNITS or behind[0] == "times")):
                return int(self.words[j]), j + 1
        return None, i

    def _concepts(self, i: int) -> None:
        word, token = self.words[i], self.tokens[i]
        end = self.named.get(i, i)
        inside = any(start < i < stop for start, stop in self.named.items())
        light: list[int] = []
        content: set[int] = set()
        left_behind = self._left_behind(i)
        if left_behind:
            light.append(i + 1)
        for length, (symbol, value) in self.table.all(self.words, i):
            if left_behind and symbol in ("LR", "LRMOST", "CORNER"):
                continue
            if i + length < end or (i + length == end and symbol != "THING"):
                continue  # a label's own word
            if symbol == "LIGHT" and word == "around" and self._at(i + 1, *_ARTICLES):
                continue  # "around the mug"
            if symbol == "LIGHT":
                light.append(i + length)
            else:
                if symbol == "CAM" and word in _WE and self._at(i + length, *_WISHING):
                    continue  # "I need to get the height" is nothing about me
                if symbol == "ONE":  # of what was named before: "the shortest one"
                    value = self._meant_by_one(i)
                self._add(symbol, value, i, i + length)
                if symbol not in _SAYING_LITTLE:
                    content.add(i + length)
        for stop in light:
            hidden = any(i <= start < stop for start in self.named)
            meant = i < self.covered or any(end >= stop for end in content)
            verb = self._at(i - 1, "or") and self._at(i, "is", "are", "does", "do")
            verb &= not self._at(i + 1, "it", "they", "he", "she")
            cost = (
                SENTENCE if verb else 10 if hidden else ASIDE if meant or stop < max(light) else 0
            )
            self.lexed.skips[i].append((stop, cost))
        self.covered = max([self.covered, *(end for end in content if end > i + 1)])
        if word in self.literal and not inside:
            self._add(word, word, i, i + 1)
        if token.kind == "mark" and word != "&":
            self._add("SEP", word, i, i + 1)
            if word == "?":
                self._add("QMARK", word, i, i + 1)
        elif word in _ARTICLES:
            self.lexed.skips[i].append((i + 1, ARTICLE))
        elif self._says_nothing(i) and not inside:
            self.lexed.skips[i].append((i + 1, 0))
        elif not (self.lexed.edges[i] or light or inside):
            self._add("UNKNOWN", word, i, i + 1)
            if word not in lexical() or (len(word) > 4 and word not in UNITS):
                self.lexed.unknown.append(word)
        self._instruction(i)

    def _numbers_image(self, i: int) -> bool:
        """ "In the image3", "of frame 12": not "in the image 3 mugs", nor a pixel."""
        if self.tokens[i].kind != "number" or not self.words[i].isdecimal():
            return False
        behind = self.tokens[i + 1 : i + 3]
        if (behind and behind[0].kind != "mark") or any(t.kind == "number" for t in behind):
            return False
        numbered = ("image", "picture", "photo", "frame", "view")
        return i > 0 and i - 1 not in self.named and self._at(i - 1, *numbered)

    def _left_behind(self, i: int) -> bool:
        """ "Is the mug left on the table?", "right now": that is about no side."""
        if self.words[i] == "right" and self._at(i + 1, "now", "here", "there", "away"):
            return True
        return (
            self.words[i] == "left"
            and i in self.named.values()
            and self._at(i + 1, "on", "in", "under", "behind", "near", "at", "inside", "next")
        )

    def _says_nothing(self, i: int) -> bool:
        """ "The rough distance", "obviously", "the brown table" where no other table is known."""
        word = self.words[i]
        if self.lexed.edges[i] or word in self.names.vocabulary:
            return False
        if word in _OF_MEASURES:
            return self._is_quantity(i + 1)
        if word in lexical():
            return False
        if word.endswith("ly") and len(word) > 5 and word not in _TELLING_ADVERBS:
            return True
        j = i + 1
        while self._at(j, *_DESCRIBING) and j not in self.named:
            j += 1
        if word not in _DESCRIBING or j not in self.named:
            return False
        name = Mention(words=tuple(self.words[j : self.named[j]]), plural=True)
        labels = {self.names.labels[k] for k in self.names.resolve(name)}
        if len(labels) != 1 or len(self.names.resolve(name)) != 1:
            return False
        if not _DESCRIBING.isdisjoint(text_words(*labels)):  # "the blue chair" of a red one
            return False
        self.notes.append(f"'{word}' is part of no name: took '{' '.join(name.words)}'")
        return True

    def _is_quantity(self, i: int) -> bool:
        return i < len(self.words) and any(
            symbol in OF_QUANTITIES for _, (symbol, _) in self.table.all(self.words, i)
        )

    def _meant_by_one(self, i: int) -> Mention:
        """Of "which stool is nearer to the lamp, the left one": the stool; else what came last."""
        said = [(stop, name) for stop, name in self.said if stop <= i]
        asked = [name for stop, name in said if self._at(stop - len(name) - 1, "which", "what")]
        words = asked[0] if asked else said[-1][1] if said else ()
        return Mention(words=tuple(map(singular, words))) if words else ANY

    def _framing(self) -> None:
        """What stands around the question may be left aside."""
        marks = [i for i, token in enumerate(self.tokens) if token.kind == "mark"]
        for aside in framing(self.words, marks, self.lexed.edges, self.named):
            words = self.words[aside.start : aside.end]
            if words[0] == "(":  # no part of it says anything
                for i in range(aside.start, aside.end):
                    self.lexed.edges[i].clear()
                    self.lexed.skips[i].clear()
            self.lexed.skips[aside.start].append((aside.end, _ASIDES[aside.kind]))
            if aside.kind == "answer":
                self.lexed.unit = self.lexed.unit or unit_in(words)
                self._in_pixels(words)
                self.lexed.instructed = True
                self.lexed.quiet.update(range(aside.start + 1, aside.end))
                for i in range(aside.start, aside.end):
                    self.lexed.edges[i].pop("UNMEASURED", None)
            elif aside.kind in ("scene", "self") and not self.lexed.preamble:
                self.lexed.preamble = " ".join(words[:-1])
            self.lexed.unknown[:] = [w for w in self.lexed.unknown if w not in words]
        for start in (0, *(i + 1 for i in marks)):
            for end in preface(self.words, start, self.named)[-3:]:
                self._add("PREFACE", True, start, end)

    def _in_pixels(self, words: list[str]) -> None:
        """ "Formatted as a list of tuples": whatever is shown is shown in the image."""
        if not {"tuple", "tuples"} & set(words) or self.lexed.pixels:
            return
        self.lexed.pixels = True
        for edges in self.lexed.edges:
            for symbol in ("LIST", "WHICH", "WHERE", "POS"):
                for end, _ in edges.get(symbol, ()):
                    edges.setdefault("IMAGEPOS", []).append((end, True))

    def _marks(self) -> None:
        """Punctuation may be left aside, but a question does not run on over the end of another."""
        edges, skips = self.lexed.edges, self.lexed.skips
        marks = [i for i, token in enumerate(self.tokens) if token.kind == "mark"]
        for i in marks:
            skips[i].append((i + 1, 1))
        count = len(self.words)
        before, after = {0}, {count}  # where nothing has been said yet, or no more is
        for i in range(count):
            if i in before:
                before |= {end for end, cost in skips[i] if cost <= ARTICLE}
                before |= {end for end, _ in edges[i].get("TRUE", ())}
        for i in reversed(range(count)):
            ends = [end for end, cost in skips[i] if cost <= ARTICLE]
            ends += [end for said in ("TRUE", "UNIT") for end, _ in edges[i].get(said, ())]
            if not after.isdisjoint(ends):
                after.add(i)
        for i in marks:
            free = i in before or i in after
            costs = {mark: SENTENCE for mark in ".?!"} | {":": COLON}
            skips[i][-1] = (i + 1, 0 if free else costs.get(self.words[i], 1))
            if self.words[i] in "<>=&#" and not free:
                skips[i].pop()

    def _instruction(self, i: int) -> None:
        """ "Answer with yes or no.": how to answer."""
        if end := instruction(self.words, i):
            self.lexed.skips[i].append((end, 0))

    # Numbers and units

    def _numbers(self, i: int) -> None:
        if any(start < i < stop for start, stop in self.named.items()):
            return
        self._range(i)
        if self._at(i, "how") and self._at(i + 1, "many", "much") and self._at(i + 2, *UNITS):
            self.lexed.unit = UNITS[self.words[i + 2]][0]
            self._add("UNITASK", self.lexed.unit, i, i + 3)
        by = self._at(i, "by")
        if by and self._at(i + 1, "how") and self._at(i + 2, "many") and self._at(i + 3, *UNITS):
            self._add("UNITASK", UNITS[self.words[i + 3]][0], i, i + 4)
        j = i + self._at(i, "in", "into", "unit", "units", "use", "using")
        alone = all(t.kind == "mark" for t in self.tokens[j + 1 : j + 2])
        if self._at(j, *UNITS) and j not in self.named and (j > i or alone):
            both = self._at(j + 1, "and") and self._at(j + 2, *UNITS)  # "in feet and inches"
            self._add("UNIT", UNITS[self.words[j]][0], i, j + 3 if both else j + 1)
        factor, taken = numbers.number(self.words, i)
        if not taken:
            return
        if self._at(i + taken, "times"):  # "three times as tall"
            self._add("TIMES", factor, i, i + taken + 1)
        metres, length = numbers.length(self.words, i)
        if length:
            self._add("LENGTH", metres, i, i + length)
        elif float(factor).is_integer() and not self._at(i, "a", "an"):
            self._add("NUMBER", int(factor), i, i + taken)

    def _range(self, i: int) -> None:
        """ "between 1 and 2 m", "from 50 cm to 1 m"."""
        if not self._at(i, "between", "from"):
            return
        first, taken = numbers.length(self.words, i + 1)
        if not taken:  # "1 and 2 m": in the unit of the second
            first, taken = numbers.number(self.words, i + 1)
        j = i + 1 + taken
        if not taken or not self._at(j, "and", "to"):
            return
        last, more = numbers.length(self.words, j + 1)
        if not more:
            return
        unit = self.words[j + more]
        if self.words[j - 1] not in UNITS and unit in UNITS:
            first *= UNITS[unit][1]
        self._add("RANGE", tuple(sorted((first, last))), i, j + 1 + more)

    # Pixels

    def _pixel(self, i: int) -> None:
        pixel, end = self._location_tokens(i)
        if pixel is None:
            pixel, end = self._coordinates(i)
        if pixel is not None:
            self._add("COORDINATES", Mention(Kind.PIXEL, pixel=pixel), i, end)

    def _location_tokens(self, i: int) -> tuple[Pixel | None, int]:
        """<locY><locX>, or a box <locY1><locX1><locY2><locX2>, of 1024 per side."""
        values: list[float] = []
        while len(values) < 4 and i + len(values) < len(self.tokens):
            token = self.tokens[i + len(values)]
            if token.kind != "loc":
                break
            values.append(float(token.text[4:8]))
        if len(values) < 2 or (i > 0 and self.tokens[i - 1].kind == "loc"):
            return None, i
        v, u, *corner = values[: 4 if len(values) == 4 else 2]
        end = i + 2 + len(corner)
        if corner in ([], [v, u]):
            return Pixel(u, v, normalized=True), end
        return Pixel(u, v, corner[1], corner[0], normalized=True), end

    def _coordinates(self, i: int) -> tuple[Pixel | None, int]:
        """(320, 240), 320 240, u=320 v=240, row 240 column 320, [320, 240] ..."""
        j = i + self._at(i, "(", "[", "<")
        values: dict[str, float] = {}
        for axis in "uv":
            if axis == "v":
                j += self._at(j, ",", ";", "/", "and", "x")
            named, j = self._axis_name(j)
            if j >= len(self.tokens) or self.tokens[j].kind != "number":
                return None, i
            if self._at(j + 1, *UNITS):
                return None, i
            values[named or axis] = float(self.words[j])
            j += 1
        j += self._at(j, ")", "]", ">") and self._at(i, "(", "[", "<")
        return (Pixel(values["u"], values["v"]), j) if len(values) == 2 else (None, i)

    def _axis_name(self, i: int) -> tuple[str, int]:
        for axis, words in (("u", ("u", "x", "col", "column")), ("v", ("v", "y", "row"))):
            if self._at(i, *words):
                return axis, i + 1 + self._at(i + 1, "=", ":", "is")
        return "", i

    # Other words for the same, and mistyped ones

    def _translate(self) -> None:
        """Replace other words for the labels' names by these."""
        i = 0
        while i < len(self.words):
            length, meant = synonym(self.words, i, self.names, lexical())
            found = self.table.all(self.words, i) if length else []
            if any(symbol == "CAM" and taken > length for taken, (symbol, _) in found):
                length, meant = 0, ()  # "the person filming"
            if length:
                said = " ".join(self.words[i : i + length])
                first, last = self.tokens[i], self.tokens[i + length - 1]
                self.words[i : i + length] = meant
                self.tokens[i : i + length] = [
                    Token(word, "word", first.start, last.end) for word in meant
                ]
                self.notes.append(f"took '{said}' to mean '{' '.join(meant)}'")
            i += len(meant) or 1

    def _correct(self, i: int) -> None:
        """Replace a mistyped word."""
        word = self.words[i]
        named = self.names.vocabulary
        if word in lexical() or word in INSTRUCTION or word in named or singular(word) in named:
            return
        fixed = correct(word, named | lexical_by_initial().get(word[0], set()))
        if fixed is None and word.endswith("s"):
            stem = correct(word[:-1], named)
            fixed = stem and stem + "s"
        if fixed is not None:
            self.notes.append(f"took '{word}' for '{fixed}'")
            self.words[i] = fixed
