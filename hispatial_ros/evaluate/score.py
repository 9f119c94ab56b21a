"""Verdicts into shares with their 95 % intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from hispatial_ros.evaluate.journal import Entry
from hispatial_ros.evaluate.question import Question

RESAMPLES = 2000
INTERVAL = (2.5, 97.5)  # percentiles
TOTAL = "all"


class Verdict(Enum):
    """What came of a question. Only RIGHT counts as right; all others count as asked."""

    RIGHT = "right"
    WRONG = "wrong"
    UNPARSED = "unparsed"  # answered, and nothing in it can be judged
    REFUSED = "refused"  # the backend said why it does not answer


# A group is what the worst of its questions is.
_WORST = (Verdict.WRONG, Verdict.UNPARSED, Verdict.REFUSED, Verdict.RIGHT)


@dataclass(frozen=True)
class Score:
    """A row of the table; ``accuracy``, ``low`` and ``high`` are shares of ``asked``."""

    type: str
    rule: str
    asked: int
    right: int
    wrong: int
    unparsed: int
    refused: int
    accuracy: float
    low: float
    high: float


def verdict(question: Question, entry: Entry, rule: str) -> Verdict:
    """What a rule of the question makes of its answer."""
    if entry.refused:
        return Verdict.REFUSED
    answer = entry.answer if entry.judged is None else f"{entry.judged} m"
    judged = question.rules[rule](answer)
    if judged is None:
        return Verdict.UNPARSED
    return Verdict.RIGHT if judged else Verdict.WRONG


def scores(questions: Sequence[Question], entries: Mapping[str, Entry]) -> list[Score]:
    """Of each rule the total and each type, of the questions that have an answer."""
    asked = [q for q in questions if q.id in entries]
    made = []
    for rule in dict.fromkeys(name for q in asked for name in q.rules):
        units: dict[str, list[tuple[Question, Verdict]]] = {}
        for question in asked:
            # Where a question lacks the benchmark's own rule, its first one stands in.
            name = rule if rule in question.rules else next(iter(question.rules))
            found = verdict(question, entries[question.id], name)
            units.setdefault(question.group or question.id, []).append((question, found))
        rows = [
            (members[0][0], next(v for v in _WORST if any(f is v for _, f in members)))
            for members in units.values()
        ]
        made.append(_score(TOTAL, rule, [row for row in rows if row[0].counted]))
        for kind in sorted({question.type for question, _ in rows}):
            made.append(_score(kind, rule, [row for row in rows if row[0].type == kind]))
    return made


def _score(kind: str, rule: str, rows: Sequence[tuple[Question, Verdict]]) -> Score:
    counts = {v: sum(found is v for _, found in rows) for v in Verdict}
    right = counts[Verdict.RIGHT]
    images: dict[str, list[bool]] = {}
    for question, found in rows:
        images.setdefault(question.image, []).append(found is Verdict.RIGHT)
    low, high = interval(list(images.values()))
    return Score(
        kind,
        rule,
        len(rows),
        right,
        counts[Verdict.WRONG],
        counts[Verdict.UNPARSED],
        counts[Verdict.REFUSED],
        right / len(rows) if rows else float("nan"),
        low,
        high,
    )


def interval(images: Sequence[Sequence[bool]]) -> tuple[float, float]:
    """95 % interval of a share, by the bootstrap.

    Args:
        images: of each image, whether its questions were answered right. Whole images are drawn:
            questions about the same one are not independent.
    """
    if not images:
        return float("nan"), float("nan")
    right = np.array([sum(each) for each in images])
    total = np.array([len(each) for each in images])
    rng = np.random.default_rng(0)
    even = np.full(len(images), 1 / len(images))
    drawn = rng.multinomial(len(images), even, RESAMPLES)
    shares = (drawn @ right) / (drawn @ total)
    low, high = np.percentile(shares, INTERVAL)
    return float(low), float(high)
