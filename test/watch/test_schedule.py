"""Fresh images only, at the rate on the average."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.watch.schedule import Schedule


def looked_at(schedule, stamps):
    seen = []
    for stamp in stamps:
        if schedule.due(stamp):
            schedule.done(stamp)
            seen.append(stamp)
    return seen


@given(st.lists(st.floats(0, 1e6), max_size=50), st.floats(0, 100))
def test_no_image_twice_and_none_older(stamps, rate):
    seen = looked_at(Schedule(rate), stamps)
    assert seen == sorted(set(seen))
    assert looked_at(Schedule(0.0), stamps) == sorted(
        {s for i, s in enumerate(stamps) if not i or s >= max(stamps[:i])}
    )


@pytest.mark.parametrize(
    ("camera", "rate", "expected"),
    [(30.0, 10.0, 10.0), (10.05, 10.0, 10.0), (9.9, 10.0, 9.9), (30.0, 12.0, 12.0), (30, 0, 30)],
)
def test_the_rate_is_kept_on_the_average(camera, rate, expected):
    stamps = [1.7e9 + i / camera for i in range(round(100 * camera))]
    assert len(looked_at(Schedule(rate), stamps)) == pytest.approx(100 * expected, rel=0.01)


@given(st.integers(0, 1000), st.sampled_from([5.0, 10.0, 30.0]))
def test_jitter_of_a_camera_at_the_same_rate_costs_nothing(seed, rate):
    jitter = np.random.default_rng(seed).uniform(-0.1, 0.1, 500)
    stamps = ((np.arange(500) + jitter) / rate).tolist()
    assert len(looked_at(Schedule(rate), stamps)) == 500


def test_what_was_missed_is_not_made_up_for():
    schedule = Schedule(1.0)
    assert looked_at(schedule, [0.0, 10.0, 10.1, 10.2, 11.0]) == [0.0, 10.0, 11.0]


def test_after_a_jump_of_time_every_image_is_fresh():
    schedule = Schedule(1.0)
    schedule.done(100.0)
    assert not schedule.due(5.0)
    schedule.restart()
    assert schedule.due(5.0)
