"""The paraphrase sets, written down before the grammar was finished, must be understood."""

import pytest

from benchmarks.understanding import SCENES, load, understood

ROWS = [(name, *row) for name in ("paraphrases.tsv", "taxonomy.tsv") for row in load(name)]


def test_the_sets_are_large_enough():
    assert len(load("paraphrases.tsv")) >= 200
    assert len(load("taxonomy.tsv")) >= 60


@pytest.mark.parametrize(("name", "scene", "question", "expected"), ROWS)
def test_question_is_understood(name, scene, question, expected):
    assert understood(question, SCENES[scene]) == expected
