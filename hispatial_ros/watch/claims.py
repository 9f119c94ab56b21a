"""What the words of a watch ask for: claims, which hold or do not, and questions to be answered.

A claim is a question that the grammar of ``language`` reads as a condition on objects; the words
need not be a whole sentence ("mug on table", "anything closer than 0.8 m").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language import parse as grammar
from hispatial_ros.language.forms import Exists
from hispatial_ros.language.names import Names
from hispatial_ros.language.question import ParsedQuestion, mentions
from hispatial_ros.language.relation_forms import Count, Holds, Select
from hispatial_ros.language.terms import Kind, Limit, Mention
from hispatial_ros.language.text import words
from hispatial_ros.watch.spec import Spec

CONDITIONS = (
    "X closer than 0.8 m",
    "X farther than 2 m",
    "X within 0.5 m of Y",
    "X more than 1 m from Y",
    "X on/left of/right of/above/below/in front of/behind/touching/near Y",
    "X nearer/taller/wider/larger than Y",
    "X between Y and Z",
    "X taller/wider/deeper than 0.5 m",
    "X is the nearest object",
    "any X ... / anything ... / all Xs ...",
)


@dataclass(frozen=True)
class Claim:
    """One condition of a watch, in words."""

    text: str


@dataclass(frozen=True)
class OpenQuestion:
    """A question without a condition."""

    text: str


@dataclass(frozen=True)
class Pairs:
    """The relations between all of some objects."""

    labels: tuple[str, ...]

    @property
    def text(self) -> str:
        return ", ".join(self.labels)

    @property
    def mentions(self) -> list[Mention]:
        """The objects, as a question would name them."""
        return [Mention(words=words(label)) for label in self.labels]


Item = Claim | OpenQuestion | Pairs


def items(spec: Spec, known: Iterable[str] = ()) -> tuple[Item, ...]:
    """What a watch looks at, each with a state and answers of its own.

    Args:
        known: labels of objects that are known when the watch is added; they help to tell names
            from words of the grammar, but need not be complete.

    Raises:
        SpatialError: QUESTION_NOT_UNDERSTOOD, BAD_QUESTION.
    """
    own = (*spec.labels, *(r.label for r in spec.regions), *spec.known)
    labels = tuple(dict.fromkeys((*own, *known)))
    found: list[Item] = []
    if spec.question:
        asked = read(spec.question, labels)
        yes_or_no = is_claim(asked) and not spec.condition
        found.append(Claim(spec.question) if yes_or_no else OpenQuestion(spec.question))
    if spec.condition:
        texts = [f"{label} {spec.condition}" for label in spec.labels] or [spec.condition]
        for text in texts:
            _check_condition(text, labels)
            found.append(Claim(text))
    elif len(spec.labels) > 1:
        found.append(Pairs(spec.labels))
    return tuple(found)


def needed(spec: Spec, known: Iterable[str]) -> tuple[str, ...]:
    """The known labels without which a watch would not be understood: none, but for odd names.

    Raises:
        SpatialError: as ``items``, if it is not understood with them either.
    """
    try:
        items(spec)
    except SpatialError:
        said = f"{spec.question} {spec.condition}".casefold()
        labels = tuple(
            dict.fromkeys(x for x in known if any(w in said for w in x.casefold().split()))
        )
        items(replace(spec, known=labels))
        return labels
    return spec.known


def misnamed(spec: Spec, known: Iterable[str]) -> list[str]:
    """Why names in an understood watch stand for no object at present, or for several; each once.

    Args:
        known: labels of the objects known at present.
    """
    there = [region.label for region in spec.regions] or list(known)
    names = Names(there)
    reasons: dict[str, None] = {}
    for item in items(spec, there):
        if isinstance(item, Pairs):
            meant = item.mentions
        else:
            labels = tuple(dict.fromkeys((*spec.labels, *spec.known, *there)))
            meant = list(mentions(read(item.text, labels)))
        for mention in meant:
            try:
                if mention.kind is Kind.OBJECT:
                    names.resolve(mention)
            except SpatialError as error:
                reasons[str(error)] = None
    return list(reasons)


@lru_cache(maxsize=1024)
def read(text: str, labels: Sequence[str]) -> ParsedQuestion:
    """The parse of a question; ``labels`` is a tuple.

    Raises:
        SpatialError: as ``language.parse.parse``.
    """
    return grammar.parse(text, labels)


def is_claim(question: ParsedQuestion) -> bool:
    """Whether it is answered by which objects fulfil a condition."""
    form = question.form
    if question.options or isinstance(form, (Select, Count)):
        return False
    return isinstance(form, (Holds, Exists)) and form.condition is not None


def _check_condition(text: str, labels: Sequence[str]) -> None:
    try:
        asked = read(text, labels)
    except SpatialError as error:
        if error.code is not ErrorCode.QUESTION_NOT_UNDERSTOOD:
            raise
        raise _not_a_condition(text) from error
    if not is_claim(asked):
        raise _not_a_condition(text)
    form = asked.form
    assert isinstance(form, (Holds, Exists))
    limit = form.condition
    if isinstance(limit, Limit) and not limit.value >= 0:
        raise _not_a_condition(text)


def _not_a_condition(text: str) -> SpatialError:
    shown = text if len(text) <= 80 else text[:77] + "..."
    return SpatialError(
        ErrorCode.QUESTION_NOT_UNDERSTOOD,
        f"'{shown}' is not understood as a condition. Understood are: {'; '.join(CONDITIONS)}.",
    )
