"""The three formats of a question as the model reads and writes them, drawn anew each time.

As in the released training data: options in any order under labels of any of five kinds, with and
without brackets; True/False becomes Yes/No; reasoning by steps is asked for in words.
"""

from collections.abc import Sequence

import numpy as np

from hispatial_ros.vlm.prompts import location_token

Named = tuple[str, Sequence[float]]  # name and box: x0 y0 x1 y1, as shares of the image
LABELS = (
    tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    tuple("abcdefghijklmnopqrstuvwxyz"),
    tuple(str(n) for n in range(1, 11)),
    ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"),
    ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"),
)
YES_OR_NO = "Yes or No"
LINES = 8  # rows, and columns, of an image
FINAL = "\nFinal answer: "  # after the places
ANSWER_YES_OR_NO = f" Answer with {YES_OR_NO}."
BY_STEPS = (
    " Please think step by step",
    " Answer the question with cot",
    " Explain your reasoning step by step",
    " Please provide a detailed explanation with cot",
)


def multiple_choice(
    question: str, options: Sequence[str], answer: str, rng: np.random.Generator
) -> tuple[str, str]:
    """Prompt and response.

    Raises:
        ValueError: the answer is none of the options, or there are more options than labels.
    """
    fitting = [labels for labels in LABELS if len(labels) >= len(options)]
    if answer not in options or not fitting:
        raise ValueError(f"{answer!r} is none of at most {len(LABELS[0])} options")
    style = "({})" if rng.random() < 0.5 else "{}"
    labels = [style.format(label) for label in fitting[rng.integers(len(fitting))]]
    order = [options[i] for i in rng.permutation(len(options))]
    lines = [f"{label}. {option}" for label, option in zip(labels, order, strict=False)]
    return "\n".join([question, *lines]), labels[order.index(answer)]


def yes_no(question: str, yes: bool, rng: np.random.Generator) -> tuple[str, str]:
    """Prompt and response; half of the questions say that they want Yes or No."""
    question = question.replace("True or False", YES_OR_NO)
    if YES_OR_NO not in question and rng.random() < 0.5:
        question += ANSWER_YES_OR_NO
    return question, "Yes" if yes else "No"


def places(named: Sequence[Named]) -> str:
    """In which rows and columns of an image things have their centres, as location tokens."""
    rows, columns = [" rows"], [" columns"]
    for name, (x0, y0, x1, y1) in named:
        x, y = (np.floor(np.array([x0 + x1, y0 + y1]) / 2 * LINES) + 0.5) / LINES
        rows.append(f" {name}{location_token(y, 1)}")
        columns.append(f" {name}{location_token(x, 1)}")
    return "".join(rows + columns)
