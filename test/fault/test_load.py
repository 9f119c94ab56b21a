"""A camera at full rate and eight clients, for HISPATIAL_FAULT_MINUTES, by default a quarter."""

import os

import pytest

from benchmarks.reliability.load import WARM_UP, run
from benchmarks.reliability.processes import slowdown

MINUTES = float(os.environ.get("HISPATIAL_FAULT_MINUTES", "0.25"))
# In its first minutes the heap still spreads, by a few images.
MOST_GROWTH = 0.05 if MINUTES >= 10 else 0.1
WIDTH, HEIGHT = 1280, 720


@pytest.mark.timeout(60 * MINUTES + 120)
def test_every_answer_is_right_and_memory_stands_still(domain):
    alone = min(10, 10 * MINUTES)
    load = run(domain, 60 * MINUTES, width=WIDTH, height=HEIGHT, alone_seconds=alone)
    assert load.requests > 100 / slowdown()
    assert (load.lost, load.duplicates) == (0, 0)
    assert (load.wrong, load.stale, load.misdirected) == (0, 0, 0)
    assert sum(load.outcomes.values()) == load.requests
    # On a busy machine messages of a frame get lost, or an answer is too late; nothing else.
    missing = {"FRAME_TOO_OLD", "NO_DEPTH", "NO_CAMERA_INFO", "NO_REGIONS", "TIMEOUT"}
    assert set(load.outcomes) <= {"NONE", *missing}
    # The slower it is, the more often the frame that a client asks about has gone meanwhile.
    assert load.outcomes["NONE"] > 0.9 * (load.requests - load.forgotten)
    if MINUTES >= 1:
        assert load.growth < MOST_GROWTH, load.memory
    else:  # The slower the machine, the longer the heap spreads: is an image lost with each frame?
        images = load.camera_hz * load.seconds * (1 - WARM_UP) * WIDTH * HEIGHT * 3
        grown = load.memory_at_end - load.memory_after_warm_up
        assert grown < images / 2, load.memory
