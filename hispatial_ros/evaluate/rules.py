"""How answers are judged. Each function makes a rule for one question.

Named after the benchmark whose official evaluation it is (HiSpatial's ``eval/`` where it has one).
"None" as a verdict, an answer that cannot be judged, is this project's addition: officially those
are wrong, and they count as not right here as well.
"""

import re
from collections.abc import Mapping

from hispatial_ros.evaluate.question import Rule
from hispatial_ros.vlm.parse import METRES, parse_answer

_EOS = re.compile(r"\s*<eos>\s*")
_FIRST_NUMBER = re.compile(r"[-+]?\d*\.\d+|\d+")
_LETTER = re.compile(r"\b([A-D])\b", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})(?::\d\d)?\s*(?:o'?\s?clock)", re.IGNORECASE)
_SIGNS = str.maketrans(dict.fromkeys(".()[],:;!*#{}", " "))
Q_SPATIAL = (0.5, 2.0)  # strictly between these multiples of the truth
SPATIALRGPT = (0.75, 1.25)  # these included


def cv_bench(letter: str, choices: Mapping[str, str]) -> Rule:
    """The letter is anywhere in the answer without brackets, spaces and the end token."""

    def judge(answer: str) -> bool | None:
        bare = answer.replace("<eos>", "").translate(str.maketrans("", "", " ()"))
        if letter in bare:
            return True
        return False if any(c in bare for c in choices) else None

    return judge


def embspatial(letter: str, choices: Mapping[str, str]) -> Rule:
    """The letter is among the first two characters."""

    def judge(answer: str) -> bool | None:
        if letter in answer[:2]:
            return True
        return False if any(c in answer[:2] for c in choices) else None

    return judge


def robospatial(truth: str) -> Rule:
    """The truth is in the answer, in any case; true stands for yes and false for no."""
    words = {"yes": ("yes", "true"), "no": ("no", "false")}
    truth = truth.strip().lower()

    def judge(answer: str) -> bool | None:
        said = answer.lower()
        if any(word in said for word in words.get(truth, (truth,))):
            return True
        known = truth not in words or re.search(r"\b(?:yes|no|true|false)\b", said)
        return False if known else None

    return judge


def three_d_sr_bench(letter: str, choices: Mapping[str, str]) -> Rule:
    """The first letter A to D that stands alone, else the first option whose text is in it."""

    def judge(answer: str) -> bool | None:
        said = _EOS.sub("", answer).strip()
        if match := _LETTER.search(said):
            return match[1].upper() == letter.upper()
        for label, text in choices.items():
            if text.strip() and text.strip().lower() in said.lower():
                return label.upper() == letter.upper()
        return None

    return judge


def extracted(letter: str, choices: Mapping[str, str]) -> Rule:
    """As VLMEvalKit extracts a choice without a judge: the only letter that is a word of the
    answer, else the only option whose text is in an answer that is not much longer than all."""

    def judge(answer: str) -> bool | None:
        words = answer.replace("<eos>", " ").translate(_SIGNS).split()
        named = [label for label in choices if label in words]
        if not named:
            said = answer.lower()
            if len(said) <= 2 * sum(map(len, choices.values())):
                named = [label for label, text in choices.items() if text.lower() in said]
        return named[0] == letter if len(named) == 1 else None

    return judge


def first_number(truth: float) -> Rule:
    """Q-Spatial as HiSpatial scores it: the first number, taken as metres whatever its unit."""
    low, high = Q_SPATIAL

    def judge(answer: str) -> bool | None:
        match = _FIRST_NUMBER.search(answer)
        return low * truth < float(match[0]) < high * truth if match else None

    return judge


def length_between(truth: float) -> Rule:
    """Q-Spatial's own success, within a factor of two, of a length in any unit."""
    low, high = Q_SPATIAL

    def judge(answer: str) -> bool | None:
        value = length(answer)
        return None if value is None else low * truth < value < high * truth

    return judge


def spatialrgpt(truth: float) -> Rule:
    """Within a quarter of the truth."""
    low, high = SPATIALRGPT

    def judge(answer: str) -> bool | None:
        value = length(answer)
        return None if value is None else low * truth <= value <= high * truth

    return judge


def clock(truth: int) -> Rule:
    """The same hour on the clock."""

    def judge(answer: str) -> bool | None:
        hour = clock_hour(answer)
        return None if hour is None else hour == truth

    return judge


def clock_hour(text: str) -> int | None:
    """Of "3 o'clock"."""
    match = _CLOCK.search(text)
    return int(match[1]) % 12 if match else None


_SCALAR = re.compile(r"scalar\{\s*([\d.]+)[^}]*\}\s*\\*distance_unit\{\s*([a-z]+)\s*\}", re.I)


def length(answer: str) -> float | None:
    """The length that an answer states [m]; None if it states none.

    Of several it is the last, which comes after the reasoning; a number without a unit counts as
    metres if there is no other. Q-Spatial's ``\\scalar{1.2} \\distance_unit{feet}`` is read too.
    """
    if boxed := _SCALAR.findall(answer):
        value, unit = boxed[-1]
        if unit.lower() in METRES:
            return float(value) * METRES[unit.lower()]
    parsed = parse_answer(answer)
    if parsed.unit == "m":
        return parsed.values[-1]
    bare = _FIRST_NUMBER.findall(parsed.text)
    return float(bare[-1]) if bare else None
