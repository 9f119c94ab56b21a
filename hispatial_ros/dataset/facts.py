"""Facts: what can be asked about an image, the answer, and the probability that it holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import erf, sqrt

import numpy as np

from hispatial_ros.dataset.world import Quantity

# A number is good if it errs by at most this share of the true one, or by this much [m].
RELATIVE, ABSOLUTE = 0.10, 0.02
# [m] Rounding steps that are written, fine to coarse.
STEPS = (0.01, 0.1, 1.0)


def above_zero(difference: Quantity) -> float:
    """Probability that a normally distributed quantity is positive."""
    if not difference.known:
        return 0.5
    if difference.stddev <= 0:
        return float(difference.value > 0) if difference.value else 0.5
    return 0.5 * (1 + erf(difference.value / (difference.stddev * sqrt(2))))


@dataclass(frozen=True)
class Number:
    """A length in metres; without a unit, a count whose certainty ``sure`` is known beforehand."""

    quantity: Quantity
    unit: str = "m"
    sure: float = 1.0

    @property
    def step(self) -> float:
        """What the deviation supports to round to: the coarsest step below twice of it."""
        if not self.unit:
            return 1.0
        fits = [step for step in STEPS if step <= 2 * self.quantity.stddev]
        return max(fits, default=STEPS[0])

    @property
    def rounded(self) -> float:
        return round(round(self.quantity.value / self.step) * self.step, 2)

    @property
    def probability(self) -> float:
        """That the rounded number is within `RELATIVE` or `ABSOLUTE` of the true one."""
        value, sigma = self.quantity.value, self.quantity.stddev
        if not self.unit:
            return self.sure
        if not self.quantity.known or self.rounded <= 0:
            return 0.0
        tolerance = max(RELATIVE * abs(value), ABSOLUTE)
        off = value - self.rounded  # the true value is spread around `value`, not `rounded`
        high = above_zero(Quantity(tolerance - off, sigma))
        return max(high - above_zero(Quantity(-tolerance - off, sigma)), 0.0)


@dataclass(frozen=True)
class Either:
    """One of two: the first if ``difference`` is positive, else the second."""

    difference: Quantity

    @property
    def index(self) -> int:
        return int(self.difference.value <= 0)

    @property
    def probability(self) -> float:
        p = above_zero(self.difference)
        return max(p, 1 - p)


@dataclass(frozen=True)
class Best:
    """Which of several has the largest value."""

    values: tuple[Quantity, ...]

    @property
    def index(self) -> int:
        return int(np.argmax([q.value for q in self.values]))

    @property
    def probability(self) -> float:
        """At least that: one minus the probabilities that another is larger (Bonferroni)."""
        best = self.values[self.index]
        others = [q for i, q in enumerate(self.values) if i != self.index]
        return max(0.0, 1 - sum(1 - above_zero(best - other) for other in others))


@dataclass(frozen=True)
class Order:
    """Several in rising order of their values."""

    values: tuple[Quantity, ...]

    @property
    def indices(self) -> tuple[int, ...]:
        return tuple(int(i) for i in np.argsort([q.value for q in self.values], kind="stable"))

    @property
    def probability(self) -> float:
        """At least that: one minus the probabilities that two neighbours are swapped."""
        ordered = [self.values[i] for i in self.indices]
        swapped = [1 - above_zero(b - a) for a, b in pairwise(ordered)]
        return max(0.0, 1 - sum(swapped))


@dataclass(frozen=True)
class Numbers:
    """Several numbers that are answered together, such as x, y and z."""

    values: tuple[Quantity, ...]
    unit: str = "m"  # "" for a unit vector

    @property
    def probability(self) -> float:
        """At least that all of them are good, see `Number`; of a vector, within 0.1."""
        missed = 0.0
        for q in self.values:
            if not q.known:
                return 0.0
            tolerance = max(RELATIVE * abs(q.value), ABSOLUTE) if self.unit else RELATIVE
            missed += 2 * (1 - above_zero(Quantity(tolerance, q.stddev)))
        return max(0.0, 1 - missed)


@dataclass(frozen=True)
class Which:
    """One of several names, decided beforehand with a probability."""

    index: int
    probability: float


Claim = Number | Either | Best | Order | Numbers | Which


@dataclass(frozen=True)
class Fact:
    """Something that can be asked.

    ``objects`` fill the slots {A}, {B}, .. of the wordings in this order; ``words`` fill further
    ones; ``options`` are what a claim chooses among, as words or as slots such as "{A}".
    """

    type: str  # key of the wordings
    level: int  # 0 to 3
    objects: tuple[int, ...]
    claim: Claim
    words: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()  # of Level 3: plan, facts, reasoning, with the same slots
    evidence: tuple[Number, ...] = ()  # the numbers in the steps
    shown: bool = False  # by boxes, as a name such as "the tallest chair" would tell the answer

    @property
    def key(self) -> tuple:
        """What makes it the same question, whoever answers it."""
        return (self.type, self.objects, tuple(sorted(self.words.items())), self.options)


def metres(value: float) -> str:
    """As it is written in answers: 0.85 m has two decimals, as in the released data."""
    return f"{value:.2f}m"


def joint(probabilities: Sequence[float]) -> float:
    """Least probability that several claims hold together (Bonferroni)."""
    return max(0.0, 1 - sum(1 - p for p in probabilities))
