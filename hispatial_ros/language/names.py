"""Object names: finding them in a question and matching them to region labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language import text
from hispatial_ros.language.contractions import words_of
from hispatial_ros.language.phrases import word_set
from hispatial_ros.language.terms import Kind, Mention

_IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "mice": "mouse",
    "dice": "die", "knives": "knife", "shelves": "shelf", "leaves": "leaf", "loaves": "loaf",
    "wolves": "wolf", "halves": "half", "feet": "foot", "teeth": "tooth", "geese": "goose",
    "oxen": "ox", "scarves": "scarf", "thieves": "thief", "buses": "bus", "gases": "gas",
}  # fmt: skip


def singular(word: str) -> str:
    """The singular of an English noun; other words come back unchanged or consistently cut."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def plural(noun: str) -> str:
    """The plural of an English noun; a plural stays one."""
    if singular(noun) != noun:
        return noun
    irregular = next((p for p, s in _IRREGULAR.items() if s == noun), None)
    if irregular:
        return irregular
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


@dataclass(frozen=True)
class _Label:
    words: tuple[str, ...]  # as written, case-folded
    stems: tuple[str, ...]  # singular
    head: int  # index of the head noun


def _label(label: str) -> _Label:
    words = text.words(label)
    head = len(words) - 1
    for preposition in ("of", "with", "on", "in"):  # "bag of crisps": the head comes before
        if preposition in words[1:]:
            head = min(head, words.index(preposition) - 1)
    while head > 0 and words[head].isdecimal():  # "chair 2"
        head -= 1
    return _Label(words, tuple(singular(w) for w in words), head)


@lru_cache(maxsize=64)
def names_of(labels: tuple[str, ...]) -> Names:
    """The names of a scene's labels; those of the last scenes are kept."""
    return Names(labels)


class Names:
    """The labels of a scene, as names that a question may use. Never changed."""

    def __init__(self, labels: Sequence[str]):
        self.labels = tuple(labels)
        self._entries = [_label(label) for label in labels]
        self.vocabulary = {w for e in self._entries for w in (*e.words, *e.stems)}
        self._stems = {s for e in self._entries for s in e.stems}
        self._longest = max((len(e.words) for e in self._entries), default=0)
        self._having: dict[str, list[int]] = {}  # labels of each stem
        self._written: dict[str, dict[tuple[str, ...], int]] = {}  # by the first word, with marks
        for i, entry in enumerate(self._entries):
            for stem in set(entry.stems):
                self._having.setdefault(stem, []).append(i)
            written = tuple(token.text for token in words_of(text.clean_label(labels[i])))
            if entry.words:
                self._written.setdefault(written[0], {})[written] = i
        several = [e.words for e in self._entries if len(e.words) > 1]
        self._joined = {w: words for words in several if (w := "".join(words)).isalpha()}
        for word in self.vocabulary & self._joined.keys():
            del self._joined[word]
        self._known = [i for i, entry in enumerate(self._entries) if entry.words]

    def joined(self, word: str) -> tuple[str, ...]:
        """The words of the label that is written as one; none if no label is."""
        return self._joined.get(word, ())

    def whole(self, words: Sequence[str], start: int) -> tuple[int, tuple[str, ...]]:
        """The longest label that is written out from ``start``: number of words and marks there,
        and the label's words; (0, ()) if none is."""
        found = self._written.get(words[start], {})
        fitting = [w for w in found if tuple(words[start : start + len(w)]) == w]
        longest = max(fitting, key=len, default=())
        return len(longest), self._entries[found[longest]].words if longest else ()

    def mention(self, words: Sequence[str], start: int, lexical: frozenset[str]) -> int:
        """Number of words from ``start`` that name an object; 0 if none do.

        The longest run that one label covers and that ends in its head noun; adjectives behind
        the noun ("bottle green") count if they do not begin the next name. Without a noun
        ("the purple one") adjectives do, unless they are words of the grammar (``lexical``).
        """
        nouns, adjectives = self._run(words, start)
        if all(word in FUNCTION_WORDS for word in words[start : start + max(nouns, adjectives)]):
            return 0
        if nouns == 0:
            return 0 if all(words[start + k] in lexical for k in range(adjectives)) else adjectives
        trailing = range(start + nouns, start + adjectives)
        if any(words[i] in lexical for i in trailing):
            return nouns
        follows, _ = self._run(words, start + nouns)
        return nouns if follows > len(trailing) else adjectives

    def covered(self, words: Sequence[str]) -> bool:
        """Whether one label has all of the words."""
        stems = Counter(map(singular, words))
        labels = self._having.get(singular(words[0]), [])
        return any(not stems - Counter(self._entries[i].stems) for i in labels)

    def _run(self, words: Sequence[str], start: int) -> tuple[int, int]:
        """Lengths of the runs from ``start`` that one label covers: the longest that ends in a
        head noun, and the longest of all."""
        run: list[str] = []
        covering: list[_Label] = []
        nouns = 0
        for word in words[start : start + self._longest]:
            stem = singular(word)
            if stem not in self._stems:
                break
            if not run:
                left = [self._entries[i] for i in self._having[stem]]
            else:
                left = [e for e in covering if e.stems.count(stem) > run.count(stem)]
            if not left:
                break
            run.append(stem)
            covering = left
            numbered = stem.isdecimal() and nouns == len(run) - 1 > 0  # "chair 2"
            if numbered or any(stem == e.stems[e.head] for e in covering):
                nouns = len(run)
        return nouns, len(run)

    def is_plural(self, words: Sequence[str]) -> bool:
        """Whether the name is meant for several objects ("chairs")."""
        stems = [singular(w) for w in words]
        for entry in (self._entries[i] for i in self._having.get(stems[0], [])):
            if not Counter(stems) - Counter(entry.stems) and entry.stems[entry.head] in stems:
                noun = words[stems.index(entry.stems[entry.head])]
                if noun == entry.words[entry.head]:
                    return False
        return any(w != s for w, s in zip(words, stems, strict=True))

    def class_name(self, words: Sequence[str]) -> tuple[str, ...]:
        """The name in the singular, as far as it is known."""
        return tuple(singular(w) if singular(w) in self._stems else w for w in words)

    def knows(self, mention: Mention) -> bool:
        return mention.kind is not Kind.OBJECT or bool(self._matching(mention.words, True))

    def is_named(self, index: int, words: Sequence[str]) -> bool:
        """Whether the head noun of a label is the last of the words."""
        entry = self._entries[index]
        return entry.stems[entry.head] == singular(words[-1])

    def _matching(self, words: Sequence[str], whole_class: bool) -> list[int]:
        """Indices of the labels that the words fit, best kind of match only."""
        stems = Counter(singular(w) for w in words)
        if not stems:
            return []
        candidates = self._having.get(next(iter(stems)), [])
        exact = [i for i in candidates if Counter(self._entries[i].stems) == stems]
        if exact and not whole_class:
            in_order = [i for i in exact if self._entries[i].stems == tuple(map(singular, words))]
            return in_order or exact
        partial = [i for i in candidates if not stems - Counter(self._entries[i].stems)]
        with_head = [i for i in partial if self._entries[i].stems[self._entries[i].head] in stems]
        return with_head or partial

    def resolve(self, mention: Mention) -> list[int]:
        """Indices of the labels meant: exactly one, or all of a class if the mention has many
        or a selector ("the nearest chair") that will choose among them.

        Raises:
            SpatialError: UNKNOWN_OBJECT or AMBIGUOUS_OBJECT, listing what there is.
        """
        if mention.kind is Kind.ANY:
            found = self._known
            if not found:
                raise SpatialError(ErrorCode.UNKNOWN_OBJECT, f"no objects are known: {_HOW_TO}")
            return found
        several = mention.plural or mention.selector is not None
        found = self._matching(mention.words, several)
        if not found:
            raise SpatialError(ErrorCode.UNKNOWN_OBJECT, self._unknown(mention.name))
        if mention.number is not None:
            if mention.number > len(found) or mention.number < 1:
                raise SpatialError(
                    ErrorCode.UNKNOWN_OBJECT,
                    f"there are {len(found)} of '{mention.name}', no #{mention.number}",
                )
            return [found[mention.number - 1]]
        if several or len(found) == 1 or mention.condition is not None:
            return found
        raise SpatialError(
            ErrorCode.AMBIGUOUS_OBJECT,
            f"'{mention.name}' may be {_listing(self.unique(found), 'or')}: "
            "say which, or 'the nearest', 'the leftmost', ...",
        )

    def unique(self, indices: Sequence[int]) -> list[str]:
        """Labels that tell the objects apart: duplicates are numbered in the regions' order."""
        totals = Counter(self.labels)
        numbers: Counter[str] = Counter()
        ids = []
        for label in self.labels:
            numbers[label] += 1
            ids.append(f"{label}#{numbers[label]}" if totals[label] > 1 else label)
        return [ids[i] for i in indices]

    def _unknown(self, name: str) -> str:
        if not self._known:
            return f"'{name}' is not known, and no other object is: {_HOW_TO}"
        known = _listing(self.unique(self._known), "and")
        words = name.split()
        strange = [w for w in words if w not in self.vocabulary and singular(w) not in self._stems]
        if strange and len(strange) < len(words):  # "fluffy mug"
            why = ", ".join(f"'{w}'" for w in strange)
            return f"{why} is part of no name, in '{name}'; the known objects are: {known}"
        return f"'{name}' is none of the known objects: {known}"


_HOW_TO = "send regions with the question, or start a detector that publishes them"
_MAX_LISTED = 30


def _listing(names: Sequence[str], word: str) -> str:
    names = list(names)
    if len(names) > _MAX_LISTED:
        names = [*names[:_MAX_LISTED], f"{len(names) - _MAX_LISTED} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def distance(a: str, b: str) -> int:
    """Damerau-Levenshtein distance between two words, 2 standing for two or more."""
    if a == b:
        return 0
    if abs(len(a) - len(b)) > 1:
        return 2
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    rest = (a[i + 1 :], b[i + 1 :])
    one_edit = rest[0] == rest[1] or a[i:] == rest[1] or rest[0] == b[i:]
    swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return 1 if one_edit or swapped else 2


# No part of a label is a name by these words alone: "left" of a label "left shoe".
FUNCTION_WORDS = word_set("""
    left right front back rear top bottom side middle center centre above below behind under over on
    in off up down near far close inside outside between of with and or not no the s 's
""")  # fmt: skip
# A slip of the keyboard must not change sides, negation or numbers.
_NEVER_MEANT = word_set("""
    left right above below under over front back behind never none neither nothing without than
    three four five seven eight nine eleven twelve twice half more less least most
""")  # fmt: skip


def _inflected(word: str, other: str) -> bool:
    """ "Moved" is no slip for "move"."""
    long, short = sorted((word, other), key=len, reverse=True)
    return long.startswith(short) and long[len(short) :] in ("d", "r", "s", "y", "n")


def correct(word: str, vocabulary: set[str]) -> str | None:
    """The one word of the vocabulary that ``word`` mistypes, or None.

    Short words and a wrong first letter are never corrected ("table" is not "cable"), nor is a
    mere change of one letter in a word of five or less ("plant" is not "plane").
    """
    if len(word) < 4 or not word.isalpha():
        return None
    found = {
        v
        for v in vocabulary - _NEVER_MEANT
        if len(v) > 3
        and v[:1] == word[:1]
        and not _inflected(word, v)
        and distance(word, v) == 1
        and (len(word) > 5 or len(word) != len(v) or Counter(word) == Counter(v))
    }
    stems = {singular(v) for v in found}
    return min(found, key=len) if len(stems) == 1 else None
