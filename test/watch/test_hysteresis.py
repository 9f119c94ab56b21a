"""Noise as large as stated does not make events; real changes do, once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.watch.hysteresis import (
    Band,
    ChangeTracker,
    EventKind,
    Hysteresis,
    Reading,
    Slack,
    Tracker,
)

ENTERED, LEFT, CHANGED, LOST, RECOVERED = EventKind
AT_ONCE = Band(sigmas=2, margin=0.02, confirm=1, lost_after=1.0)


def run(tracker, values, band, stddev=0.01, start=0.0):
    """(index, event) of slacks read ten times a second."""
    return [
        (i, kind)
        for i, value in enumerate(values)
        for kind in tracker.update({"": Slack(value, stddev)}, start + i / 10, band)
    ]


def test_the_rule():
    tracker = Tracker()
    # Limits with s = 0.01: entered from 0.02 on, left from -(0.02 + 0.02) on.
    values = [-0.1, 0.019, 0.021, -0.039, 0.3, -0.041, 0.019]
    assert run(tracker, values, AT_ONCE) == [(2, ENTERED), (5, LEFT)]


def test_a_change_needs_several_images_in_a_row():
    band = Band(confirm=3)
    yes, no = 0.1, -0.1
    assert run(Tracker(), [yes, yes, no, yes, yes, 0.0, yes, yes, yes], band) == [(8, ENTERED)]


@pytest.mark.parametrize("where", [-0.04, -0.02, -0.01, 0.0, 0.01, 0.02])
def test_noise_as_large_as_stated_does_not_flap(where):
    """100,000 images each, at every place in and beside the band: less than one flap expected."""
    noise = np.random.default_rng(1).normal(where, 0.01, 30_000).tolist()
    events = run(Tracker(), noise, Band(sigmas=2, margin=0.02, confirm=3))
    assert len(events) <= 1


def test_the_noise_would_flap_without_the_band():
    noise = np.random.default_rng(1).normal(0, 0.01, 1000).tolist()
    assert len(run(Tracker(), noise, Band(sigmas=0, margin=0, confirm=1))) > 100


@given(
    st.lists(st.floats(-1, 1), max_size=60),
    st.floats(0, 0.2),
    st.floats(0, 4),
    st.floats(0, 0.3),
    st.integers(1, 4),
)
def test_events_alternate_and_only_sure_readings_make_them(values, stddev, sigmas, margin, confirm):
    band = Band(sigmas, margin, confirm)
    events = run(Tracker(), values, band, stddev)
    assert [k for _, k in events] == ([ENTERED, LEFT] * len(events))[: len(events)]
    for i, kind in events:
        assert i >= confirm - 1
        for value in values[i + 1 - confirm : i + 1]:
            beyond = value >= sigmas * stddev
            before = value <= -(margin + sigmas * stddev)
            assert beyond if kind is ENTERED else before


@given(st.lists(st.floats(-0.0399, 0.0199), max_size=50), st.booleans())
def test_within_the_band_nothing_ever_changes(values, inside):
    tracker = Tracker()
    run(tracker, [0.1 if inside else -0.1], AT_ONCE)
    assert run(tracker, values, AT_ONCE, start=1.0) == []
    assert tracker.inside is inside


def test_a_state_is_unknown_until_it_is_sure():
    hysteresis = Hysteresis()
    hysteresis.update(Slack(0.0, 0.01), AT_ONCE)
    assert hysteresis.inside is None


@given(st.floats(0, 0.2), st.floats(1e-4, 0.05))
def test_contact_is_entered_while_it_holds_and_left_far_beyond(gap, stddev):
    from hispatial_ros.measure.relations import normal_cdf

    agreement = 2 * (1 - float(normal_cdf(np.array(gap / stddev))))
    band = Band(sigmas=2, margin=0)
    side = Slack.contact(agreement, stddev).side(band)
    limit = 0.6745 * stddev  # where the agreement is 1/2
    if abs(gap - limit) > 1e-3 * stddev and abs(gap - limit - 4 * stddev) > 1e-3 * stddev:
        assert side == (1 if gap < limit else -1 if gap > limit + 4 * stddev else 0)


@pytest.mark.parametrize("probability", [0.0, 1.0, 0.5, float("nan"), 1e-300, 1 - 1e-16])
def test_any_probability_has_a_side(probability):
    for slack in (Slack.of_probability(probability, 0.0), Slack.contact(probability, 0.0)):
        assert slack.side(Band()) in (-1, 0, 1)


def test_an_object_that_is_missing_for_long_is_lost_and_recovered_once():
    tracker = Tracker()
    run(tracker, [1.0], AT_ONCE)
    kinds = [kind for t in (0.1, 0.5, 1.0, 1.1, 1.2, 9.0) for kind in tracker.missed(t, AT_ONCE)]
    assert kinds == [LOST]
    assert tracker.inside is None
    assert run(tracker, [1.0], AT_ONCE, start=9.1) == [(0, RECOVERED), (0, ENTERED)]


def test_a_short_absence_is_none():
    tracker = Tracker()
    run(tracker, [1.0], AT_ONCE)
    assert not tracker.missed(0.1, AT_ONCE)
    assert not tracker.missed(0.9, AT_ONCE)
    assert run(tracker, [1.0], AT_ONCE, start=1.0) == []
    assert not tracker.missed(1.5, AT_ONCE)


def test_after_a_loss_the_other_state_is_told_as_well():
    tracker = Tracker()
    run(tracker, [1.0], AT_ONCE)
    assert tracker.gone() == [LOST]
    assert tracker.gone() == []
    assert run(tracker, [-1.0], AT_ONCE) == [(0, RECOVERED), (0, LEFT)]


def slacks(**values):
    return {key: Slack(value, 0.01) for key, value in values.items()}


def test_any_of_several():
    tracker = Tracker()
    steps = [
        (slacks(a=-1, b=-1), []),
        (slacks(a=1, b=-1), [ENTERED]),
        (slacks(a=1, b=1), [CHANGED]),
        (slacks(a=-1, b=1), [CHANGED]),
        (slacks(a=-1, b=-1), [LEFT]),
    ]
    for i, (reading, expected) in enumerate(steps):
        assert tracker.update(reading, i / 10, AT_ONCE) == expected, i


def test_all_of_several():
    tracker = Tracker(every=True)
    assert tracker.update(slacks(a=1, b=-1), 0, AT_ONCE) == []
    assert tracker.update(slacks(a=1, b=1), 1, AT_ONCE) == [ENTERED]
    assert tracker.fulfilling == ("a", "b")
    assert tracker.update(slacks(a=1, b=-1), 2, AT_ONCE) == [LEFT]


def test_one_of_several_that_is_gone_for_long_does_not_count():
    tracker = Tracker()
    assert tracker.update(slacks(a=1, b=-1), 0.0, AT_ONCE) == [ENTERED]
    assert tracker.update(slacks(b=-1), 0.5, AT_ONCE) == []
    assert tracker.update(slacks(b=-1), 1.5, AT_ONCE) == [LEFT]


def test_a_pause_breaks_the_row():
    band = Band(confirm=2)
    tracker = Tracker()
    run(tracker, [1.0], band)
    tracker.interrupt()
    assert run(tracker, [1.0], band) == []
    assert run(tracker, [1.0], band) == [(0, ENTERED)]


def reading(value, stddev=0.01, choice=""):
    return Reading((value,), (stddev,), choice)


def test_a_number_changes_beyond_noise_and_margin():
    tracker = ChangeTracker()
    assert tracker.update(reading(1.0), AT_ONCE) == []
    assert tracker.update(reading(1.048), AT_ONCE) == []  # 0.02 + 2 sqrt(2) 0.01
    assert tracker.update(reading(1.049), AT_ONCE) == [CHANGED]
    assert tracker.update(reading(1.0), AT_ONCE) == [CHANGED]


def test_noise_of_a_number_does_not_change_it():
    noise = np.random.default_rng(2).normal(1.0, 0.01, 30_000).tolist()
    tracker = ChangeTracker()
    tracker.update(reading(1.0), Band())
    assert not [k for v in noise for k in tracker.update(reading(v), Band(margin=0.02))]


def test_a_choice_changes_only_where_it_can_be_told():
    tracker = ChangeTracker()
    choices = ["mug", None, "globe", None, "globe", "globe"]
    kinds = [tracker.update(Reading(choice=c), AT_ONCE) for c in choices]
    assert kinds == [[], [], [CHANGED], [], [], []]


def test_another_number_of_values_is_a_change():
    tracker = ChangeTracker()
    tracker.update(Reading((1.0, 2.0), (0.1, 0.1)), AT_ONCE)
    assert tracker.update(Reading((1.0,), (0.1,)), AT_ONCE) == [CHANGED]
