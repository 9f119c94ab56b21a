"""The model process is killed, with HISPATIAL_KILL_MINUTES again and again for so long."""

import os

import pytest

pytest.importorskip("torch")

from benchmarks.reliability.kills import run

SECONDS = 60 * float(os.environ.get("HISPATIAL_KILL_MINUTES", "0.1"))


@pytest.mark.timeout(SECONDS + 300)
def test_answers_go_on_and_the_model_comes_back(domain):
    kills = run(domain, SECONDS, period=min(10, SECONDS / 2))
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
