"""How many questions of the paraphrase sets are understood: ``python -m benchmarks.understanding``.

Prints, for each set and question form, how many of the questions parse exactly as expected.
"""

from __future__ import annotations

from pathlib import Path

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.canonical import canonical
from hispatial_ros.language.parse import parse

_DATA = Path(__file__).resolve().parent.parent / "test" / "language"


def load(name: str) -> list[tuple[str, str, str]]:
    """(scene, question, expected parse) of a set."""
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [(scene, question, expected) for scene, question, expected in rows]


def understood(question: str, labels: tuple[str, ...]) -> str:
    """The canonical parse, with every name resolved to labels as far as it can be."""
    try:
        return canonical(parse(question, labels), labels)
    except SpatialError as error:
        if error.code is ErrorCode.QUESTION_NOT_UNDERSTOOD:
            return "not understood"
        raise
