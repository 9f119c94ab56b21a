"""Level 3 problems that a language model proposes, kept only if the facts say the same.

The model sees numbered facts and returns problems, each with the facts it uses, a formula over
them, its reasoning and its answer. The formula is computed here, with the ± of its facts; a problem
is dropped if its answer differs or is not sure enough, if any number in it is neither that of a
fact nor a step of the formula, or if it does not name the objects of its facts.
"""

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hispatial_ros.dataset.chat import Chat
from hispatial_ros.dataset.facts import Either, Fact, Number, Which, metres
from hispatial_ros.dataset.questions import BY_STEPS, TEXT, YES_NO, Pair
from hispatial_ros.dataset.referring import Reference
from hispatial_ros.dataset.world import Quantity

PROMPT = (
    "Below are measured facts about a picture. Invent {count} spatial problems that need at least "
    "two of the facts, each answered by yes or no or by one length in metres. Use no other "
    "knowledge and no numbers but those of the facts; other numbers only as part of the formula. "
    "Call the objects exactly as the facts do. Reply with a JSON list of objects: "
    '{{"question": str, "facts": ["F1", ..], "formula": str, "plan": str, "reasoning": str, '
    '"answer": "yes" | "no" | "0.85m"}}. The formula is arithmetic over the facts\' ids (+ - * /, '
    'min, max, abs) or one comparison of two such (< or >), for example "F1 + F2 < F3". Write '
    "lengths as 0.85m.\nFacts:\n"
)
# Facts that are shown; more make long prompts and no better problems.
SHOWN = 24
LEAST_FACTS = 2
KINDS = {
    "object_distance": "distance from the camera to {A}",
    "object_width": "width of {A}",
    "object_height": "height of {A}",
    "object_depth": "depth of {A}",
    "center_distance": "distance between the centres of {A} and {B}",
    "closest_distance": "gap between {A} and {B}",
}
# Longest question, plan and reasoning, in characters.
LONGEST = 600
# [m] By which a number that is written with two decimals may differ from one that is computed.
WRITTEN = 0.0051
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}


class Refused(Exception):  # noqa: N818 - an outcome that is counted
    """A problem is dropped, for the reason that the exception's text gives."""


@dataclass(frozen=True)
class Shown:
    """A fact as the model sees it."""

    id: str
    text: str
    quantity: Quantity
    objects: tuple[int, ...]

    @property
    def line(self) -> str:
        return f"{self.text} is {metres(self.quantity.value)}"


@dataclass(frozen=True)
class Proposer:
    """Asks a language model for problems and checks them."""

    chat: Chat
    count: int  # problems that are asked for, for one image

    def propose(
        self,
        facts: Sequence[Fact],
        references: Sequence[Reference],
        rng: np.random.Generator,
        least: float,
    ) -> tuple[list[Pair], Counter[str]]:
        """Problems whose answers hold, and what became of all that were proposed, by outcome.

        Args:
            facts: what is known of the image.
            references: names of its objects; those without one take no part.
            rng: chooses the facts that are shown.
            least: probability with which facts and answers must hold.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if the address does not answer as such.
        """
        shown = {each.id: each for each in shown_facts(facts, references, rng, least)}
        counts: Counter[str] = Counter()
        if len(shown) < LEAST_FACTS:
            return [], counts
        lines = "\n".join(f"{each.id}: {each.line}" for each in shown.values())
        problems = self.chat.ask_for_list(PROMPT.format(count=self.count) + lines)
        made: list[Pair] = []
        for problem in problems[: self.count]:
            try:
                pair = checked(problem, shown, references, least)
            except Refused as reason:
                counts[str(reason)] += 1
                continue
            counts["kept"] += 1
            tail = BY_STEPS[int(rng.integers(len(BY_STEPS)))]
            made.append(replace(pair, prompt=pair.question + tail))
        return made, counts


def shown_facts(
    facts: Sequence[Fact],
    references: Sequence[Reference],
    rng: np.random.Generator,
    least: float,
) -> Iterator[Shown]:
    """Lengths that are known well enough, about objects that have names."""
    good = [
        fact
        for fact in facts
        if fact.type in KINDS
        and fact.claim.probability >= least
        and not any(references[i].boxed for i in fact.objects)
    ]
    chosen = sorted(rng.permutation(len(good))[:SHOWN].tolist())
    for n, fact in enumerate((good[k] for k in chosen), start=1):
        assert isinstance(fact.claim, Number)
        names = {slot: references[i].phrase for slot, i in zip("AB", fact.objects, strict=False)}
        text = KINDS[fact.type].format_map(names)
        yield Shown(f"F{n}", text, fact.claim.quantity, fact.objects)


def checked(
    problem: Any, shown: dict[str, Shown], references: Sequence[Reference], least: float
) -> Pair:
    """A proposed problem as a pair.

    Raises:
        Refused: it is not one, or the facts say otherwise.
    """
    question, plan, reasoning, formula, answer = _texts(problem)
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused("its formula is none") from error
    used = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in shown})
    if len(used) < LEAST_FACTS or set(used) != set(problem["facts"]):
        raise Refused("its formula does not use its facts")
    objects = tuple(dict.fromkeys(i for name in used for i in shown[name].objects))
    if any(references[i].phrase.lower() not in question.lower() for i in objects):
        raise Refused("it does not name its objects")
    evaluation = _Evaluation(shown)
    try:
        claim, said = _claim(tree, evaluation, answer)
    except (ArithmeticError, RecursionError) as error:
        raise Refused("its formula is none") from error
    if claim.probability < least:
        raise Refused("it is not sure enough")
    known = [*evaluation.steps, *(shown[name].quantity.value for name in used)]
    for text in (question, plan, reasoning):
        if not all(
            _is_known(float(n), known) for n in _NUMBER.findall(_without_names(text, references))
        ):
            raise Refused("it has a number that is no fact")
    facts = "; ".join(shown[name].line for name in used)
    steps = (plan.rstrip("."), facts, reasoning.rstrip("."))
    lines = [f"Step1 Plan: {steps[0]}.", f"Step2 Facts: {facts}.", f"Step3 Reasoning: {steps[2]}."]
    response = "\n".join([*lines, f"Step4 Final answer: {said}"])
    fact = Fact("proposed", 3, objects, claim, {"formula": formula}, (), steps)
    kind = TEXT if isinstance(claim, Number) else YES_NO
    return Pair(fact, kind, question, said, claim.probability, (), question, response)


def _texts(problem: Any) -> list[str]:
    keys = ("question", "plan", "reasoning", "formula", "answer")
    if not isinstance(problem, dict) or not isinstance(problem.get("facts"), list):
        raise Refused("it is no problem")
    texts = [problem.get(key) for key in keys]
    for text in texts:
        if not isinstance(text, str) or not text.isprintable() or not 0 < len(text) <= LONGEST:
            raise Refused("it is no problem")
    if not all(isinstance(name, str) for name in problem["facts"]):
        raise Refused("it is no problem")
    return [str(text).strip() for text in texts]


def _claim(tree: ast.expr, evaluation: "_Evaluation", answer: str) -> tuple[Number | Which, str]:
    """What the formula says, and how it is written, if the answer is the same."""
    if isinstance(tree, ast.Compare):
        if len(tree.ops) != 1 or not isinstance(tree.ops[0], ast.Lt | ast.Gt):
            raise Refused("its formula is none")
        sides = [evaluation.quantity(side) for side in (tree.left, tree.comparators[0])]
        difference = evaluation.difference(tree.left, tree.comparators[0])
        if isinstance(tree.ops[0], ast.Lt):
            difference = Quantity(-difference.value, difference.stddev)
        evaluation.steps.append(abs(sides[0].value - sides[1].value))
        either = Either(difference)
        said = ("yes", "no")[either.index]
        if answer.lower().rstrip(".") != said:
            raise Refused("its answer differs from the facts")
        return Which(either.index, either.probability), f"{said.capitalize()}."
    number = Number(evaluation.quantity(tree))
    found = _NUMBER.findall(answer)
    if len(found) != 1 or abs(float(found[0]) - number.quantity.value) > max(
        WRITTEN, number.step / 2
    ):
        raise Refused("its answer differs from the facts")
    return number, metres(number.rounded)


@dataclass
class _Evaluation:
    """Computes formulas over facts, with the largest ± that any correlation of them gives."""

    shown: dict[str, Shown]
    steps: list[float] = field(default_factory=list)  # of every part, as reasoning may write them

    def quantity(self, node: ast.expr) -> Quantity:
        value = self._value(node, {}, note=True)
        return Quantity(value, self._spread(lambda moved: self._value(node, moved), node))

    def difference(self, left: ast.expr, right: ast.expr) -> Quantity:
        """Left minus right; what both share cancels."""

        def minus(moved: dict[str, float]) -> float:
            return self._value(left, moved) - self._value(right, moved)

        return Quantity(minus({}), self._spread(minus, left, right))

    def _spread(self, function: Callable[[dict[str, float]], float], *nodes: ast.expr) -> float:
        names = {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)} & set(
            self.shown
        )
        total = 0.0
        for name in sorted(names):
            q = self.shown[name].quantity
            sides = [function({name: q.value + sign * q.stddev}) for sign in (-1, 1)]
            total += abs(sides[1] - sides[0]) / 2
        return total

    def _value(self, node: ast.expr, moved: dict[str, float], *, note: bool = False) -> float:
        value = self._of(node, moved, note)
        if not np.isfinite(value):
            raise Refused("its formula is none")
        if note:
            self.steps.append(value)
        return value

    def _of(self, node: ast.expr, moved: dict[str, float], note: bool) -> float:
        if isinstance(node, ast.Name) and node.id in self.shown:
            return moved.get(node.id, self.shown[node.id].quantity.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            sides = [self._value(side, moved, note=note) for side in (node.left, node.right)]
            return _OPERATORS[type(node.op)](*sides)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            function = _FUNCTIONS.get(node.func.id)
            if function is not None and len(node.args) == (1 if function is abs else 2):
                return function(*(self._value(each, moved, note=note) for each in node.args))
        raise Refused("its formula is none")


def _is_known(number: float, known: Sequence[float]) -> bool:
    return any(abs(abs(number) - abs(value)) <= WRITTEN for value in known)


def _without_names(text: str, references: Sequence[Reference]) -> str:
    """Names such as "the box 2" have numbers of their own."""
    for name in sorted({r.phrase for r in references}, key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text
