"""300 questions in the manners of 12 people, frozen before the grammar: at most 1 % misread."""

import pytest

from benchmarks.understanding import SCENES, batches, first_sight, judged


@pytest.mark.parametrize("batch", batches())
def test_frozen_questions(batch):
    rows = batches()[batch]
    found = [
        (judged(r["question"], SCENES[r["scene"]], r["expected"], r.get("context")), r["question"])
        for r in rows
    ]
    misread = [q for verdict, q in found if verdict == "misread"]
    assert len(misread) <= 0.01 * len(rows), misread
    right = sum(verdict == "right" for verdict, _ in found)
    assert right >= 0.9 * len(rows), [q for verdict, q in found if verdict == "refused"]


def test_the_batch_that_the_grammar_was_not_made_from():
    rows = first_sight()
    assert len(rows) == 219
    found = [
        judged(r["question"], SCENES[r["scene"]], r["expected"], r.get("context")) for r in rows
    ]
    assert found.count("misread") <= 0.01 * len(rows)
    assert found.count("right") >= 0.85 * len(rows)
