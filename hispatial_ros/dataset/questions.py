"""From facts to question-answer pairs: free text, multiple choice, yes/no."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from hispatial_ros.dataset.facts import (
    Best,
    Either,
    Fact,
    Number,
    Numbers,
    Order,
    Which,
    above_zero,
    metres,
)
from hispatial_ros.dataset.referring import BOX_COLOURS, Reference
from hispatial_ros.dataset.wording import expand, fill
from hispatial_ros.dataset.wordings import WORDINGS
from hispatial_ros.dataset.world import Quantity

TEXT, CHOICE, YES_NO = "text", "choice", "yes/no"
FORMATS = {TEXT: 0.3, CHOICE: 0.4, YES_NO: 0.3}  # shares, as in the HiSpatial paper
SLOTS = "ABCDEFG"
OPTIONS = 4  # of a number
# Wrong numbers differ by this share from the right one, or by this many deviations. Smaller:
# harder, until two options are both right within the ±.
APART, APART_SIGMAS = 0.25, 4.0
# [m] Thresholds and options are written with two decimals.
WRITTEN = 0.01
LABELS = (
    tuple("ABCDEFGH"),
    tuple("abcdefgh"),
    tuple("12345678"),
    ("I", "II", "III", "IV", "V", "VI", "VII", "VIII"),
    ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"),
)
BY_STEPS = (
    " Please think step by step.",
    " Explain your reasoning step by step.",
    " Answer step by step.",
)


@dataclass(frozen=True)
class Pair:
    """A question with its answer.

    ``question`` and ``answer`` are bare; ``options`` are those of a multiple choice, among which
    ``answer`` is. ``prompt`` and ``response`` are what a model reads and writes, with the options
    labelled. ``short``: what a free text states, a value or an option, without its sentence.
    ``boxes`` are to be drawn: colour -> object.
    """

    fact: Fact
    format: str
    question: str
    answer: str
    probability: float
    options: tuple[str, ...] = ()
    prompt: str = ""
    response: str = ""
    boxes: Mapping[str, int] | None = None
    threshold: float | None = None  # of a yes/no question about a number
    above: bool | None = None  # whether the answer says that the number is above it
    short: str = ""


class UnnamedError(Exception):
    """More objects need a box than there are colours."""


def ask(
    fact: Fact,
    references: Sequence[Reference],
    rng: np.random.Generator,
    least: float,
    *,
    every: bool = False,
) -> list[Pair]:
    """A fact as a question in one format, drawn by their shares, or in every format it allows.

    Args:
        fact: what is asked.
        references: names of all objects.
        rng: draws formats, wordings and options.
        least: probability with which the answer must hold.
        every: in all formats, for layouts whose loader draws.

    Returns:
        Pairs, none if the fact is not sure enough in any format.

    Raises:
        UnnamedError: too many of its objects have no name.
    """
    if isinstance(fact.claim, Number) and not fact.claim.quantity.known:
        return []
    names, boxes = _names(fact, references)
    pairs: list[Pair] = []
    # In an order drawn by the shares (Efraimidis and Spirakis 2006), as `choice` would, but faster.
    for k in np.argsort(rng.exponential(size=len(MAKERS)) / SHARES).tolist():
        pair = MAKERS[k](fact, names, boxes, rng, least)
        if pair is not None and pair.probability >= least:
            pairs.append(pair)
            if not every:
                break
    return pairs


def _names(fact: Fact, references: Sequence[Reference]) -> tuple[dict[str, str], dict[str, int]]:
    names, boxes = dict(fact.words), {}
    colours = iter(BOX_COLOURS)
    for slot, i in zip(SLOTS, fact.objects, strict=False):
        reference = references[i].as_box() if fact.shown else references[i]
        colour = next(colours, None) if reference.boxed else ""
        if colour is None:
            raise UnnamedError
        names[slot] = reference.name(colour)
        if colour:
            boxes[colour] = i
    return names, boxes


def _text(fact, names, boxes, rng, least) -> Pair | None:
    wording = WORDINGS[fact.type]
    question = fill(expand(wording.ask, rng), names)
    value, option = _value(fact), _option(fact, names)
    words = names | {"V": value, "O": option}
    answer = fill(expand(wording.answer, rng), words)
    if fact.options == ("yes", "no"):
        answer = f"{answer[:1].upper()}{answer[1:]}".rstrip(".") + "."
    prompt, response = question, answer
    if fact.steps and all(number.probability >= least for number in fact.evidence):
        prompt += BY_STEPS[int(rng.integers(len(BY_STEPS)))]
        response = _by_steps(fact, words | {"answer": option}, answer)
    kind = YES_NO if fact.options == ("yes", "no") else TEXT
    return Pair(
        fact,
        kind,
        question,
        answer,
        fact.claim.probability,
        prompt=prompt,
        response=response,
        boxes=boxes,
        short=(value or option) if kind == TEXT else "",
    )


def _by_steps(fact: Fact, words: Mapping[str, str], answer: str) -> str:
    heads = ("Step1 Plan", "Step2 Facts", "Step3 Reasoning")
    lines = [f"{head}: {fill(step, words)}." for head, step in zip(heads, fact.steps, strict=True)]
    return "\n".join([*lines, f"Step4 Final answer: {answer}"])


def _value(fact: Fact) -> str:
    claim = fact.claim
    if isinstance(claim, Number):
        return metres(claim.rounded) if claim.unit else f"{claim.quantity.value:.0f}"
    if isinstance(claim, Numbers):
        write: Callable[[float], str] = metres if claim.unit else "{:.2f}".format
        return " ".join(write(q.value) for q in claim.values)
    return ""


def _option(fact: Fact, names: Mapping[str, str]) -> str:
    claim = fact.claim
    if isinstance(claim, Order):
        return " -> ".join(fact.options[i].format_map(names) for i in claim.indices)
    if isinstance(claim, Either | Best | Which):
        return fact.options[claim.index].format_map(names)
    return ""


def _choice(fact, names, boxes, rng, least) -> Pair | None:
    claim, sure = fact.claim, fact.claim.probability
    if fact.options == ("yes", "no"):
        return None
    if isinstance(claim, Number):
        if not claim.unit:
            options, answer = _counts(int(claim.quantity.value), rng)
        else:
            found = _numbers(claim.quantity, rng)
            if found is None:
                return None
            options, answer, sure = found
    elif isinstance(claim, Order):
        orders = list(permutations(fact.options))
        answer = _option(fact, names)
        wrong = [" -> ".join(o.format_map(names) for o in order) for order in orders]
        wrong = [text for text in wrong if text != answer]
        rng.shuffle(wrong)
        options = [answer, *wrong[: OPTIONS - 1]]
    elif isinstance(claim, Either | Best | Which):
        options, answer = [o.format_map(names) for o in fact.options], _option(fact, names)
    else:
        return None
    if len(set(options)) < len(options):
        return None
    rng.shuffle(options)
    question = fill(expand(WORDINGS[fact.type].ask, rng), names)
    labels = LABELS[int(rng.integers(len(LABELS)))]
    style = "({})" if rng.random() < 0.5 else "{}"
    lines = [
        f"{style.format(label)}. {option}" for label, option in zip(labels, options, strict=False)
    ]
    response = style.format(labels[options.index(answer)])
    prompt = "\n".join([question, *lines])
    return Pair(fact, CHOICE, question, answer, sure, tuple(options), prompt, response, boxes)


def _counts(right: int, rng: np.random.Generator) -> tuple[list[str], str]:
    low = max(0, right - int(rng.integers(OPTIONS)))
    return [str(n) for n in range(low, low + OPTIONS)], str(right)


def _numbers(quantity: Quantity, rng) -> tuple[list[str], str, float] | None:
    """Options on a geometric ladder, so far apart that only one is right within the ±."""
    value, sigma = quantity.value, quantity.stddev
    if not quantity.known or value < 5 * WRITTEN:
        return None
    ratio = 1 + max(APART, APART_SIGMAS * sigma / value)
    below = int(rng.integers(OPTIONS))
    ladder = [value * ratio**k for k in range(-below, OPTIONS - below)]
    texts = [metres(v) for v in ladder]
    # Nearest of the options: the true value lies between the middles to the neighbours.
    low, high = value - (value - value / ratio) / 2, value + (value * ratio - value) / 2
    sure = above_zero(Quantity(high - value, sigma)) - above_zero(Quantity(low - value, sigma))
    return texts, texts[below], sure


def _yes_no(fact, names, boxes, rng, least) -> Pair | None:
    wording, claim = WORDINGS[fact.type], fact.claim
    if not wording.true:
        return None
    asks_first = bool(rng.random() < 0.5)
    threshold = above = None
    words = dict(names)
    if isinstance(claim, Number):
        found = _threshold(claim.quantity, rng)
        if not claim.unit or found is None:
            return None
        threshold, sure = found
        words["T"] = metres(threshold)
        above = claim.quantity.value > threshold
        yes = above == asks_first
    elif isinstance(claim, Either | Which):
        if isinstance(claim, Which):
            asks_first = True
        if not wording.false and not asks_first:
            return None
        sure = claim.probability
        if fact.options != ("yes", "no"):
            options = [o.format_map(names) for o in fact.options]
            words |= {"first": options[0], "second": options[1], "O": options[0]}
        yes = (claim.index == 0) == asks_first
    else:
        return None
    template = wording.true if asks_first else wording.false
    question = fill(expand(template, rng), words)
    answer = "Yes." if yes else "No."
    return Pair(fact, YES_NO, question, answer, sure, (), question, answer, boxes, threshold, above)


def _threshold(quantity: Quantity, rng) -> tuple[float, float] | None:
    """A number that the quantity is surely above or below, and how surely."""
    value, sigma = quantity.value, quantity.stddev
    if not quantity.known or value < 5 * WRITTEN:
        return None
    away = max(0.1 * value, 2 * sigma) * float(rng.uniform(1, 3))
    threshold = value - away if rng.random() < 0.5 else value + away
    threshold = round(threshold, 2)
    if threshold < WRITTEN:
        return None
    return threshold, Either(Quantity(value - threshold, sigma)).probability


MAKERS = (_text, _choice, _yes_no)
SHARES = np.array([FORMATS[kind] for kind in (TEXT, CHOICE, YES_NO)])
