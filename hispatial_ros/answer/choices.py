"""Multiple choice: which lettered option a measured answer amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, pi, radians

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import SpatialError
from hispatial_ros.language import text
from hispatial_ros.language.names import Names
from hispatial_ros.language.question import Option, ParsedQuestion
from hispatial_ros.language.relation_forms import Extreme, Rank
from hispatial_ros.language.synonyms import translated
from hispatial_ros.language.terms import Mention
from hispatial_ros.language.numbers import NUMBER_WORDS, UNITS

_ARTICLES = ("the", "a", "an")
_YES_NO = {
    "yes": "yes",
    "no": "no",
    "true": "yes",
    "false": "no",
    "correct": "yes",
    "incorrect": "no",
}
_DIRECTIONS = {
    "left": "left", "right": "right", "above": "above", "over": "above", "up": "above",
    "top": "above", "higher": "above", "below": "below", "under": "below", "beneath": "below",
    "underneath": "below", "down": "below", "lower": "below", "bottom": "below", "front": "front",
    "ahead": "front", "closer": "front", "nearer": "front", "behind": "behind", "back": "behind",
    "farther": "behind", "further": "behind",
}  # fmt: skip


def candidates_from_options(question: ParsedQuestion, names: Names) -> ParsedQuestion:
    """ "Which is nearest? A. mug B. globe" chooses among the options, not among all objects."""
    form = question.form
    if not isinstance(form, (Extreme, Rank)) or len(question.options) < 2:
        return question
    if len(form.candidates) != 1 or not form.candidates[0].many:
        return question
    mentions = tuple(Mention(words=translated(_name(o), names)) for o in question.options)
    if not all(m.words and names.knows(m) for m in mentions):
        return question
    return replace(question, form=replace(form, candidates=mentions))


def choose(options: Sequence[Option], answer: Answer, names: Names) -> str | None:
    """Label of the option that says the same as the answer; None: none of them does."""
    found = (
        _by_name(options, answer, names) or _by_word(options, answer) or _by_number(options, answer)
    )
    return found.label if found else None


def _name(option: Option) -> tuple[str, ...]:
    return tuple(w for w in text.words(option.text) if w not in _ARTICLES)


def _by_name(options: Sequence[Option], answer: Answer, names: Names) -> Option | None:
    """The option that names the chosen object, or ranks the objects in the same order."""
    chosen = answer.choice.split(" -> ")
    for option in options:
        parts = option.text.replace("->", ">").replace(",", ">").split(">")
        named = [_resolve(Option("", part), names) for part in parts]
        if named == chosen and all(named):
            return option
    return None


def _resolve(option: Option, names: Names) -> str:
    words = translated(_name(option), names)
    try:
        found = names.resolve(Mention(words=words))
    except SpatialError:
        return ""
    return names.unique(found)[0] if len(found) == 1 else ""


def _by_word(options: Sequence[Option], answer: Answer) -> Option | None:
    """The option with the same yes, no or direction."""
    for vocabulary in (_YES_NO, _DIRECTIONS):
        meanings = [{vocabulary[w] for w in text.words(o.text) if w in vocabulary} for o in options]
        fitting = [o for o, m in zip(options, meanings, strict=True) if m == {answer.choice}]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _by_number(options: Sequence[Option], answer: Answer) -> Option | None:
    """The option whose number is nearest to the answer's."""
    if not answer.values:
        return None
    numbers = [_number(o, answer.unit) for o in options]
    if any(n is None for n in numbers):
        return None
    turn = 2 * pi if answer.unit == "rad" else inf

    def off(item: tuple[Option, float | None]) -> float:
        difference = abs((item[1] or 0) - answer.values[0])
        return min(difference, abs(turn - difference))

    return min(zip(options, numbers, strict=True), key=off)[0]


def _number(option: Option, unit: str) -> float | None:
    words = [t.text for t in text.tokenize(option.text)]
    for i, word in enumerate(words):
        value: float | None = None
        if word.replace(".", "", 1).isdecimal():
            value = float(word)
        elif word in NUMBER_WORDS:
            value = float(NUMBER_WORDS[word])
        if value is not None:
            if unit == "rad":  # "30 degrees", "2 o'clock"
                return radians(value * 30 if "clock" in words else value)
            if unit == "m" and i + 1 < len(words) and words[i + 1] in UNITS:
                return value * UNITS[words[i + 1]][1]
            return value
    return None
