"""The question sets, written down before the grammar had seen them, stay understood."""

import pytest

from benchmarks.understanding import SCENES, SETS, judged, load


@pytest.mark.parametrize("name", SETS)
def test_questions_are_understood(name):
    rows = load(name)
    found = [(judged(q, SCENES[scene], expected), q) for scene, q, expected in rows]
    assert [q for verdict, q in found if verdict == "misread"] == []
    refused = [q for verdict, q in found if verdict == "refused"]
    assert len(refused) <= 0.02 * len(rows), refused
