"""Whether the model's answer and the measurement say the same."""

import math
import re

from hispatial_ros.answer.types import Agreement, Answer
from hispatial_ros.vlm.parse import Kind, ParsedAnswer

Z95 = 1.96  # half-width of a 95 % interval in standard deviations
_ROUNDING = 0.005  # the model writes two decimals
_OPPOSITES = (("left", "right"), ("front", "behind"), ("above", "below"))


def compare(measured: Answer, model: ParsedAnswer, model_relative_stddev: float = 0.1) -> Agreement:
    """Compare what can be compared; NOT_CHECKED if the two state different kinds of things.

    Numbers agree when they differ by no more than the 95 % interval of their difference, taking
    for the model a standard deviation of ``model_relative_stddev`` times the value (it states
    none itself) and its rounding.
    """
    if measured.choice and model.choice:
        return _verdict(_same_choice(measured.choice, model))
    if sides := _sides(measured.choice, model.text):
        return _verdict(all(ours == theirs for ours, theirs in sides))
    if not measured.values or not model.values or measured.unit != model.unit:
        return Agreement.NOT_CHECKED
    if measured.unit == "count":
        return _verdict(measured.values[0] == model.values[0])
    if len(measured.values) != len(model.values):
        return Agreement.NOT_CHECKED
    stddevs = measured.values_stddev or [0.0] * len(measured.values)
    # A coordinate's error scales with the whole vector, not with the coordinate.
    scale = (
        math.hypot(*model.values)
        if model.kind in (Kind.POINT, Kind.VECTOR, Kind.BOX)
        else max(abs(v) for v in model.values)
    )
    model_stddev = math.hypot(model_relative_stddev * scale, _ROUNDING)
    return _verdict(
        all(
            abs(a - b) <= Z95 * math.hypot(stddev, model_stddev)
            for a, b, stddev in zip(measured.values, model.values, stddevs, strict=True)
        )
    )


def _sides(ours: str, theirs: str) -> list[tuple[str, str]]:
    """Of opposite sides that both texts name one of, those that they name."""
    said = [re.findall(r"[a-z]+", text.casefold()) for text in (ours, theirs)]
    named = [[{*words} & {*pair} for words in said] for pair in _OPPOSITES]
    return [(*one, *other) for one, other in named if len(one) == len(other) == 1]


def _same_choice(choice: str, model: ParsedAnswer) -> bool:
    ours, theirs = choice.casefold(), model.choice.casefold()
    if ours == theirs:
        return True
    # A label may come with or without its article and adjectives: "the mug", "blue mug".
    ours_words, theirs_words = set(ours.split()), set(theirs.split()) - {"the", "a", "an"}
    return bool(theirs_words) and len(ours) > 1 and theirs_words <= ours_words


def _verdict(agree: bool) -> Agreement:
    return Agreement.AGREE if agree else Agreement.DISAGREE
