"""The question sets, written down before the grammar had seen them, must be understood."""

import pytest

from benchmarks.understanding import SCENES, SETS, load, understood

ROWS = [(name, *row) for name in SETS for row in load(name)]


@pytest.mark.parametrize(("name", "scene", "question", "expected"), ROWS)
def test_question_is_understood(name, scene, question, expected):
    assert understood(question, SCENES[scene], expected) == expected
