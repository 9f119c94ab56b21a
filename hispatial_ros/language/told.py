"""Long texts of which one sentence asks: what only tells is left aside.

Used where a text as a whole has no reading. Whatever of it reads as a question by itself asks; the
rest must tell, and nothing that the answer may depend on: no place of an observer, no condition, no
exception, no change, no number that the question needs, no name that a pronoun may mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hispatial_ros.language.chart import Chart, Reading
from hispatial_ros.language.forms import Approach, Form, Several
from hispatial_ros.language.framing import ASKING_FOR, Edges
from hispatial_ros.language.lexicon import OF_QUANTITIES
from hispatial_ros.language.phrases import word_set
from hispatial_ros.language.question import mentions, parts
from hispatial_ros.language.relation_forms import Fits, Holds
from hispatial_ros.language.terms import Kind, Limit, Mention
from hispatial_ros.language.together import speaks_of_it

_STOPS = frozenset(".?!;:")
_MARKS = _STOPS | {","}
_MOST = 24  # places where a question may begin or end
_ASKERS = frozenset({"i", "we", "how", "what", "which", "where", "so", "but", "and"})
# First words of a sentence that tells.
_SUBJECTS = word_set("""
    i we my our it there this that these you they he she the a an so but and hi hello hey dear
    thanks thank because since currently now here also sorry as someone somebody everything one two
    both at well oh ok okay im good in
""")  # fmt: skip
_VERBS = word_set("""
    am is are was were have has had do does did can cannot could want need use using works work
    gives shows says seems
""")  # fmt: skip
# What a sentence may not say: conditions, exceptions, and what changes a scene or its image.
_CHANGING = word_set("""
    if suppose supposing imagine assume assuming let pretend only unless until once will shall
    ignore ignoring exclude excluding without instead other means mean define defined definition
    neither would except going pass fit squeeze move moved moving put place push pushed pull pulled
    take took taken remove removed swap swapped switch switched flip flipped mirror mirrored rotate
    rotated turn turned walk walked step stepped go went drive drove lift lifted pick picked dropped
    carry carried threw crop cropped resize resized scaled shift shifted exchange exchanged replace
    replaced tilt tilted raise raised lowered opened closed added hid covered knocked broke stand
    standing sit sitting facing face behind zoomed stretched stacked mounted upside
""")  # fmt: skip
_NO_CONDITION = [(who, verb) for who in ("i", "we") for verb in ("want", "need", "wanted", "have")]
_NO_CONDITION += [("have", "detected"), ("i", "use"), ("i", "would")]
_WISHES = frozenset({"like", "love", "be", "appreciate", "help"})  # "I would like"
_DENIED = frozenset(
    {"AT_PLACE", "SEEN", "FRAME", "GO", "STOP", "EXCEPT", "NEITHER", "SURFACES", "CENTERS"}
)
_WANTING = word_set("""
    want need like give provide tell report too also display trying try wish needs wants requires
    require wondering looking how what which where
""")  # fmt: skip
_IN_THAT_CASE = ({"if", "not"}, {"if", "so"}, {"if", "yes"}, {"if", "no"}, {"then"}, {"otherwise"})
_QUANTITY = OF_QUANTITIES - {"APART", "COMPARE", "RELATION"}
_BACK = frozenset({"ITSELF", "THEM", "ITS", "ONE", "THESE"})
_RESTRICTING = frozenset(
    {"LR", "LRMOST", "SIDE", "FRONT", "ORDINAL", "SUP", "CMP", "CORNER", "ONE"}
)


@dataclass(frozen=True)
class Asked:
    """What asks, from word ``start`` to ``end``."""

    start: int
    end: int
    reading: Reading


def asking(chart: Chart, words: Sequence[str], dearest: int) -> Iterator[list[Asked]]:
    """Stretches of a text that ask, none inside of another; the readings of each, cheapest first.

    Args:
        dearest: readings that cost as much do not count.
    """
    marks = [i for i, word in enumerate(words) if word in _MARKS]
    starts = [0, *(i + 1 for i in marks)]
    starts += [i for i, word in enumerate(words) if word in _ASKERS and i not in starts]
    starts = [i for i in starts if not _reports(words, i)]
    ends = {*marks, len(words)}
    if len(starts) > _MOST:
        return
    taken = 0
    for start in sorted(starts):
        if start < taken or start >= len(words):
            continue
        found: dict[int, list[Asked]] = {}
        stretches = chart.stretches("Text", start, ends) + chart.stretches("Elliptic", start, ends)
        for end, reading in stretches:
            if reading.cost < dearest:
                found.setdefault(end, []).append(Asked(start, end, reading))
        if found:
            taken = max(found)
            yield sorted(found[taken], key=lambda asked: asked.reading.cost)


def _reports(words: Sequence[str], start: int) -> bool:
    """ "I get the box of the mug" asks for nothing."""
    got = {"get", "got", "have", "had", "obtain", "obtained", "use", "receive", "detect", "can"}
    return words[start : start + 1] in (["i"], ["we"]) and not got.isdisjoint(
        words[start + 1 : start + 2]
    )


class Telling:
    """What stands around the asking stretches of a text."""

    def __init__(self, words: Sequence[str], edges: Edges, named: Mapping[int, int]):
        self.words, self.edges, self.named = words, edges, named

    def may_be_left(
        self, form: Form, asked: Sequence[tuple[int, int]], meant: bool = False
    ) -> bool:
        """Whether all around what is asked only tells; ``meant``: and names what "it" means."""
        if any(isinstance(part, Approach) for part in parts(form)):
            return False
        sentences = list(self._sentences(self._around(asked)))
        if not all(self._tells(s) for s in sentences):
            return False
        told = [i for s in sentences for i in s]
        if any("LENGTH" in self.edges[i] for i in told) and not _measures(form):
            return False
        if not any(i in self.named for i in told):
            return True
        back = not meant and any(
            not _BACK.isdisjoint(self.edges[i]) for a, b in asked for i in range(a, b)
        )
        named = any(m.kind is Kind.OBJECT for m in mentions(form))
        restricted = any(not _RESTRICTING.isdisjoint(self.edges[i]) for i in told)
        several = any(m.many for m in mentions(form))
        return (
            (named or meant)
            and not back
            and not speaks_of_it(form)
            and not (restricted and several)
        )

    def only_name(self, asked: Sequence[tuple[int, int]]) -> Mention | None:
        """The one name that is told, which "it" means; None where another thing may be meant."""
        told = self._around(asked)
        unclear = frozenset({"THING", "ONE", "ITSELF", "THEM"}) | _RESTRICTING
        if any(not unclear.isdisjoint(self.edges[i]) for i in told if i not in self.named):
            return None
        named = {value for i in told if i in self.named for _, value in self.edges[i]["NAME"]}
        pixels = {value for i in told for _, value in self.edges[i].get("COORDINATES", ())}
        meant = pixels or named  # "the mug is at pixel (1, 2), how far is this point?"
        return next((m for m in meant if isinstance(m, Mention)), None) if len(meant) == 1 else None

    def names(self, asked: Sequence[tuple[int, int]]) -> tuple[Mention, ...]:
        """What is named outside of what is asked, in its order."""
        told = self._around(asked)
        found = (
            value for i in told if i in self.named for _, value in self.edges[i].get("NAME", ())
        )
        return tuple(dict.fromkeys(m for m in found if isinstance(m, Mention)))

    def text(self, asked: Sequence[tuple[int, int]]) -> str:
        """What is left aside, shortened."""
        said = " ".join(self.words[i] for i in self._around(asked) if self.words[i] not in _MARKS)
        return said if len(said) <= 60 else said[:57] + "..."

    def _around(self, asked: Sequence[tuple[int, int]]) -> list[int]:
        """Places of the words outside of what is asked."""
        return [i for i in range(len(self.words)) if not any(a <= i < b for a, b in asked)]

    def _sentences(self, rest: Sequence[int]) -> Iterator[list[int]]:
        """Stretches of the rest up to the marks between and behind them, with these."""
        sentence: list[int] = []
        for i in rest:
            if sentence and i != sentence[-1] + 1:
                yield sentence
                sentence = []
            sentence.append(i)
            if self.words[i] in _STOPS:
                yield sentence
                sentence = []
        if sentence:
            yield sentence

    def _tells(self, sentence: Sequence[int]) -> bool:
        said = [self.words[i] for i in sentence if self.words[i] not in _MARKS]
        if not said:
            return True
        if self.words[sentence[-1]] == "?":
            chat = not any(
                i in self.named or not _QUANTITY.isdisjoint(self.edges[i]) for i in sentence
            )
            return chat and ASKING_FOR.issuperset(said)
        if ASKING_FOR.issuperset(said) or set(said) in _IN_THAT_CASE:
            return True
        opens = sentence[-1] + 1 < len(self.words) and self.words[sentence[-1]] not in _MARKS
        if opens and self.words[sentence[-1] + 1] in ("i", "we"):  # "instead of fps I want"
            nothing = {"NAME", "NOT", "LENGTH", "COORDINATES"} | _QUANTITY | _DENIED | _RESTRICTING
            return not any(not nothing.isdisjoint(self.edges[i]) for i in sentence)
        if "if" in said and any(
            said[said.index("if") + 1 :][:2] == [a, b] for a, b in _NO_CONDITION
        ):
            said[said.index("if")] = "that"  # "if I want to get the depth"
        for before, word, after in zip(["", *said], said, [*said[1:], ""], strict=False):
            if word in _CHANGING and not (
                (word in ("would", "will") and after in _WISHES)
                or (before in ("would", "have") and word in _WISHES)
            ):
                return False
        if any(not _DENIED.isdisjoint(self.edges[i]) for i in sentence):
            return False
        quantity = any(not _QUANTITY.isdisjoint(self.edges[i]) for i in sentence)
        if quantity and not _WANTING.isdisjoint(said):
            return False
        if {"i", "we", "im"} & set(said[:3]) or said[:2] == ["given", "that"]:
            return True
        return said[0] in _SUBJECTS and not _VERBS.isdisjoint(said[1:])


def _measures(form: Form) -> bool:
    """Whether numbers that are told cannot be what the form needs."""
    if isinstance(form, Several):
        return all(map(_measures, form.parts))
    if isinstance(form, Holds):
        return any(isinstance(part, Limit) for part in parts(form))
    return not isinstance(form, Fits)
