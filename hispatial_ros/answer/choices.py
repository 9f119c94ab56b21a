"""Multiple choice: which lettered option a measured answer amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, pi, radians

from hispatial_ros.answer.types import Answer
from hispatial_ros.errors import SpatialError
from hispatial_ros.language import text
from hispatial_ros.language.forms import Position
from hispatial_ros.language.names import Names
from hispatial_ros.language.numbers import NUMBER_WORDS, UNITS
from hispatial_ros.language.parse import offered_pixel, offered_side
from hispatial_ros.language.question import Option, ParsedQuestion
from hispatial_ros.language.relation_forms import Extreme, Rank, RelativeDirection
from hispatial_ros.language.synonyms import translated
from hispatial_ros.language.terms import CAMERA, Mention

_ARTICLES = ("the", "a", "an")
_YES_NO = {
    "yes": "yes",
    "no": "no",
    "true": "yes",
    "false": "no",
    "correct": "yes",
    "incorrect": "no",
}
# Of comparatives: those towards more, and towards less, of what is compared.
_MORE = (
    "bigger", "larger", "greater", "taller", "higher", "longer", "wider", "broader", "deeper",
    "thicker", "farther", "further", "more", "big", "large", "tall", "high", "long", "wide", "far",
)  # fmt: skip
_LESS = (
    "smaller", "shorter", "lower", "narrower", "thinner", "shallower", "closer", "nearer", "less",
    "small", "short", "low", "narrow", "close", "near",
)  # fmt: skip
_POLARITY = dict.fromkeys(_MORE, "more") | dict.fromkeys(_LESS, "less")


def with_options(question: ParsedQuestion, names: Names) -> ParsedQuestion:
    """The question as its options put it: which of them is nearest, which of these sides it is."""
    form, options = question.form, question.options
    if len(options) < 2:
        return question
    if isinstance(form, (Extreme, Rank)) and len(form.candidates) == 1 and form.candidates[0].many:
        offered = tuple(m for o in options if (m := _offered(o, form.candidates[0], names)))
        if len(offered) > 1:
            return replace(question, form=replace(form, candidates=offered))
    if isinstance(form, Position) and len(form.objects) == 1:
        form = RelativeDirection(form.objects[0], CAMERA)
    if isinstance(form, RelativeDirection):
        sides = tuple(offered_side(o.text, names.labels) for o in options)
        if all(sides):  # one that is not read might be the right one
            return replace(question, form=replace(form, choices=sides))
    return question


def _offered(option: Option, kind: Mention, names: Names) -> Mention | None:
    """The object, or the pixel, that an option names: "the red one" of "which bucket"."""
    words = translated(_name(option), names)
    for candidate in ((*words, *kind.words[-1:]), words):
        mention = Mention(words=candidate)
        if candidate and names.knows(mention):
            return mention
    return offered_pixel(option.text)


def choose(options: Sequence[Option], answer: Answer, names: Names) -> str | None:
    """Label of the option that says the same as the answer; None: none of them does."""
    found = (
        _by_name(options, answer, names)
        or _by_side(options, answer, names)
        or _by_word(options, answer)
        or _by_number(options, answer)
    )
    return found.label if found else None


def _by_side(options: Sequence[Option], answer: Answer, names: Names) -> Option | None:
    """The option that offers the side the answer chose."""
    for option in options:
        side = offered_side(option.text, names.labels)
        if side and answer.choice == side_name(side):
            return option
    return None


def side_name(side: Sequence[str]) -> str:
    """ "front left" of ("in_front_of", "left_of")."""
    return " ".join(_SHORT_SIDES[predicate] for predicate in side)


_SHORT_SIDES = {
    "right_of": "right", "left_of": "left", "above": "above", "below": "below",
    "behind": "behind", "in_front_of": "front", "on": "on", "near": "near", "inside": "inside",
    "touching": "touching",
}  # fmt: skip


def _name(option: Option) -> tuple[str, ...]:
    words = tuple(w for w in text.words(option.text) if w not in _ARTICLES)
    return words[:-1] if words[1:] and words[-1] in ("one", "ones") else words


def _by_name(options: Sequence[Option], answer: Answer, names: Names) -> Option | None:
    """The option that names the chosen object, or ranks the objects in the same order."""
    chosen = answer.choice.split(" -> ")
    fitting = []
    for option in options:
        parts = option.text.replace("->", ">").replace(",", ">").split(">")
        named = [_resolve(Option("", part), names) for part in parts]
        if len(named) == len(chosen) and all(map(set.__contains__, named, chosen)):
            fitting.append(option)
    return fitting[0] if len(fitting) == 1 else None


def _resolve(option: Option, names: Names) -> set[str]:
    """What an option may name: "the red one" is each that is red."""
    words = translated(_name(option), names)
    for plural in (False, True):
        try:
            found = names.resolve(Mention(words=words, plural=plural))
        except SpatialError:
            continue
        return set(names.unique(found))
    return set()


def _by_word(options: Sequence[Option], answer: Answer) -> Option | None:
    """The option with the same yes or no, or that compares the same way."""
    for vocabulary in (_YES_NO, _POLARITY):
        meanings = [{vocabulary[w] for w in text.words(o.text) if w in vocabulary} for o in options]
        said = {vocabulary[w] for w in text.words(answer.choice) if w in vocabulary}
        fitting = [o for o, m in zip(options, meanings, strict=True) if m and m == said]
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
