"""How many questions of the paraphrase sets are understood: ``python -m benchmarks understanding``.

Prints, for each set and question form, how many of the questions parse exactly as expected, and
for each frozen batch how many are misread and refused.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.meaning import same
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.canonical import canonical
from hispatial_ros.language.names import Names
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import mentions
from hispatial_ros.language.terms import Kind, Mention

_DATA = Path(__file__).with_name("questions")
SETS = (
    "paraphrases.tsv",
    "taxonomy.tsv",
    "everyday.tsv",
    "unseen.tsv",
    "spatialrgpt.tsv",
    "refused.tsv",
)
GOAL = 0.9
REFUSALS = ("refuse", "not understood", "unknown name", "out of view", "other language")
SCENES: dict[str, tuple[str, ...]] = {  # object labels of the scenes that the sets ask about
    scene: tuple(labels)
    for scene, labels in json.loads((_DATA / "scenes.json").read_text(encoding="utf-8")).items()
}


def load(name: str) -> list[tuple[str, str, str]]:
    """(scene, question, expected parse) of a set."""
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [(scene, question, expected) for scene, question, expected in rows]


def understood(question: str, labels: tuple[str, ...], context: str | None = None) -> str:
    """The canonical parse, with every name resolved to labels as far as it can be, or "refused"."""
    try:
        return canonical(parse(question, labels, context=context), labels)
    except SpatialError as error:
        if error.code in (ErrorCode.QUESTION_NOT_UNDERSTOOD, ErrorCode.BAD_QUESTION):
            return "refused"
        raise


def judged(
    question: str, labels: tuple[str, ...], expected: str, context: str | None = None
) -> str:
    """ "right", "misread" or "refused": by what is meant, not by how it is written.

    What names none of the labels, or may be several of them, parses, and is refused when it is to
    be resolved.
    """
    found = understood(question, labels, context)
    if found == expected or (expected not in REFUSALS and same(found, expected, labels)):
        return "right"
    if found != "refused":
        asked = parse(question, labels, context=context)
        if not all(_resolved(mention, Names(labels)) for mention in mentions(asked)):
            found = "refused"
    if expected in REFUSALS:
        return "right" if found == "refused" else "misread"
    return "refused" if found == "refused" else "misread"


def _resolved(mention: Mention, names: Names) -> bool:
    try:
        return mention.kind is not Kind.OBJECT or bool(names.resolve(mention))
    except SpatialError:
        return False


def batches() -> dict[str, list[dict[str, str]]]:
    """The questions of 12 people, frozen with their forms before the grammar was written."""
    return json.loads((_DATA / "frozen.json").read_text(encoding="utf-8"))


def first_sight() -> list[dict[str, str]]:
    """The newest batch: frozen before the grammar's last change, which was not made from it."""
    return json.loads((_DATA / "first_sight.json").read_text(encoding="utf-8"))


def public_sources() -> dict[str, list[dict[str, Any]]]:
    """Batches of wordings of public sources, of which some allow several forms.

    Frozen before the change that they judge, but for those that were learned from.
    """
    return json.loads((_DATA / "public_sources.json").read_text(encoding="utf-8"))


def verdict(row: dict[str, Any]) -> str:
    """As ``judged``, of a frozen question: right if it is one of the forms that are expected."""
    forms = row["expected"] if isinstance(row["expected"], list) else [row["expected"]]
    labels, context = SCENES[row["scene"]], row.get("context")
    found = [judged(row["question"], labels, form, context) for form in forms]
    return "right" if "right" in found else found[0]


def score(name: str) -> dict[str, tuple[int, int]]:
    """Form -> (questions understood, questions), of one set."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for scene, question, expected in load(name):
        form = expected.partition("(")[0]
        total[form] += 1
        right[form] += judged(question, SCENES[scene], expected) == "right"
    return {form: (right[form], total[form]) for form in total}


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks understanding", description=__doc__)
    parser.add_argument("--set", choices=SETS, help="this one alone")
    chosen = parser.parse_args(arguments).set
    console = console or Console()
    good = True
    for name in [chosen] if chosen else SETS:
        scores = score(name)
        table = Table(title=f"Questions understood, {name}")
        for column in ("form", "right", "of", "%"):
            table.add_column(column, justify="left" if column == "form" else "right")
        for form, (right, total) in scores.items():
            table.add_row(form, str(right), str(total), f"{100 * right / total:.0f}")
        right, total = (sum(s[i] for s in scores.values()) for i in (0, 1))
        table.add_section()
        table.add_row("all", str(right), str(total), f"{100 * right / total:.1f}")
        console.print(table)
        good &= right >= GOAL * total
    if chosen:
        return 0 if good else 1
    table = Table(title="Frozen questions")
    for column in ("batch", "misread", "right", "refused", "of"):
        table.add_column(column, justify="left" if column == "batch" else "right")
    frozen = {
        **batches(),
        "first sight": first_sight(),
        **{f"public sources, {name}": rows for name, rows in public_sources().items()},
    }
    for name, rows in frozen.items():
        found = Counter(map(verdict, rows))
        counts = (found["misread"], found["right"], found["refused"], len(rows))
        table.add_row(name, *map(str, counts))
    console.print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
