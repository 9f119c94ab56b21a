"""The miniature that ships: small, whole, and better than a guess about rooms it has not seen."""

from collections import defaultdict

import pytest

pytest.importorskip("torch")

from hispatial_ros.cli.main import main
from hispatial_ros.demo import MINIATURE
from hispatial_ros.evaluate.benchmarks.simulated import PLAIN, simulated
from hispatial_ros.evaluate.local import local_asker
from hispatial_ros.vlm.checkpoint import load_model
from hispatial_ros.vlm.parse import parse_answer

ROOMS, FIRST = 30, 9_400_000


def test_it_is_small_and_loads_without_a_difference():
    assert sum(path.stat().st_size for path in MINIATURE.iterdir()) < 15e6
    assert 3e6 <= sum(p.numel() for p in load_model(MINIATURE).parameters()) <= 8e6
    assert main(["verify", "--checkpoint", str(MINIATURE), "--dtype", "bf16"]) == 0


@pytest.fixture(scope="module")
def answers():
    """By type: pairs of a question and the miniature's answer."""
    asker = local_asker("model", checkpoint=str(MINIATURE), device="cpu")
    found = defaultdict(list)
    try:
        for question in simulated(ROOMS, FIRST, PLAIN):
            answer = asker.ask(question, asker.prepare(question))
            found[question.type.split()[-1]].append((question, answer))
    finally:
        asker.close()
    return found


def test_sides_are_better_than_a_guess(answers):
    asked = answers["left_right"]
    right = [bool(judge(a)) for q, a in asked for judge in q.rules.values()]
    assert len(right) >= 0.8 * ROOMS
    assert sum(right) >= 0.75 * len(right)


def test_distances_are_near(answers):
    said = [
        (parse_answer(q.truth).values[0], parse_answer(a)) for q, a in answers["object_distance"]
    ]
    near = [bool(s.values) and abs(s.values[0] / true - 1) <= 0.25 for true, s in said]
    assert sum(near) >= 0.6 * len(near)
