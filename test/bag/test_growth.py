"""What an operator is told of the size."""

import pytest

from hispatial_ros.bag.growth import Growth, duration

MB, GB = 10**6, 10**9


def grown(rate, seconds=60, room=1000 * GB, limit=0):
    """A recording that grows by so many MB/s."""
    growth = Growth(limit)
    for now in range(seconds):
        growth.note(100.0 + now, round(rate * now * MB), room)
    return growth


def test_the_rate_and_how_long_the_disk_lasts():
    growth = grown(2.0, room=72 * GB)
    assert growth.rate == pytest.approx(2.0)
    assert growth.line == "118.0 MB, 2.00 MB/s; the disk is full in 10 h 0 min"
    assert growth.warning == ""


def test_a_limit_that_comes_first_is_what_is_told():
    growth = grown(2.0, room=72 * GB, limit=718 * MB)
    assert growth.line == "118.0 MB, 2.00 MB/s; the limit is reached in 5 min"
    assert growth.warning == ""
    assert "the disk is full" in grown(2.0, room=50 * MB, limit=718 * MB).line


def test_the_last_seconds_count():
    growth = grown(0.1)
    for now in range(11):
        growth.note(160.0 + now, 6 * MB + 20 * MB * now, 1000 * GB)
    assert growth.rate == pytest.approx(20.0)


def test_what_grows_fast_or_ends_soon_is_warned_about():
    assert grown(15.0).warning.startswith("15.0 MB/s are 54 GB an hour, there is room for 18 h")
    assert "there is room for 100 s" in grown(1.0, room=100 * MB).warning
    assert grown(0.1, room=100 * GB).warning == ""


def test_nothing_is_guessed_at_the_beginning():
    growth = Growth()
    growth.note(5.0, 0, GB)
    assert growth.line == "0.0 MB, 0.00 MB/s"
    growth.note(5.0, 0, GB)
    assert growth.left == float("inf")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7, "7 s"), (300, "5 min"), (18720, "5 h 12 min"), (10**6, "12 days")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
