"""The model process is killed again and again: HISPATIAL_KILL_MINUTES, by default half of one."""

import os

import pytest

pytest.importorskip("torch")

from benchmarks.reliability.kills import run

SECONDS = 60 * float(os.environ.get("HISPATIAL_KILL_MINUTES", "0.5"))


@pytest.mark.timeout(SECONDS + 300)
def test_answers_go_on_and_the_model_comes_back(domain):
    kills = run(domain, SECONDS, period=5 if SECONDS < 60 else 10)
    assert kills.kills >= 1  # a busy machine takes its time to load the model again
    assert kills.restarts == kills.kills
    assert kills.duplicates == 0
    assert kills.orphans == 0
    # Measurements never suffer, with or without a model to compare with.
    assert set(kills.outcomes["measured"]) == {"NONE"}
    assert set(kills.outcomes["auto"]) == {"NONE"}
    assert set(kills.outcomes["model"]) <= {"NONE", "BACKEND_UNAVAILABLE"}
    assert kills.outcomes["model"]["NONE"]
    assert kills.outcomes["model"]["BACKEND_UNAVAILABLE"]
