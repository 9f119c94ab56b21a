"""Which observation is which object."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hispatial_ros.track.tracker import Observation, Tracker, TrackOptions

PERIOD = 0.1  # s


def seen(label="chair", center=(0.0, 0.0, 2.0), *, width=0.4, name="", stddev=0.03, score=0.6):
    x, y, z = center
    u, v, r = 320 + 500 * x / z, 240 + 500 * y / z, 250 * width / z
    return Observation(
        label,
        np.array(center, float),
        stddev**2 * np.eye(3),
        np.full(3, width),
        np.full(3, 0.03),
        (u - r, v - r, u + r, v + r),
        score,
        name,
    )


def feed(tracker, frames, start=0.0):
    """The tracks after each frame's observations."""
    return [tracker.update(start + i * PERIOD, frame) for i, frame in enumerate(frames)]


def test_a_track_begins_with_its_third_observation():
    counts = [len(tracks) for tracks in feed(Tracker(), [[seen()]] * 4)]
    assert counts == [0, 0, 1, 1]


def test_what_is_seen_once_is_nothing():
    frames = [[seen()], *[[]] * 9, [seen()], [seen()]]
    assert not any(feed(Tracker(), frames))


def test_it_coasts_and_says_so_then_ends():
    tracker = Tracker()
    before = feed(tracker, [[seen()]] * 20)[-1][0]
    assert not before.coasting
    away = feed(tracker, [[]] * 15, start=2.0)
    assert [len(tracks) for tracks in away[:9]] == [1] * 9
    assert away[-1] == []
    late = away[8][0]
    assert late.coasting
    assert (late.id, late.last_seen, late.observations) == (before.id, before.last_seen, 20)
    assert np.trace(late.covariance) > np.trace(before.covariance)


def test_it_comes_back_under_its_id_after_a_short_occlusion():
    frames = [*[[seen()]] * 10, *[[]] * 8, *[[seen()]] * 5]
    ids = {track.id for tracks in feed(Tracker(), frames) for track in tracks}
    assert len(ids) == 1


def test_an_id_is_never_given_twice():
    tracker = Tracker()
    ids = [feed(tracker, [[seen()]] * 5, start=10.0 * i)[-1][0].id for i in range(3)]
    assert len(set(ids)) == 3
    tracker.clear()
    assert feed(tracker, [[seen()]] * 5, start=100.0)[-1][0].id not in ids


def test_the_detectors_own_id_is_kept():
    tracks = feed(Tracker(), [[seen(name="seat 7")]] * 4)[-1]
    assert [track.id for track in tracks] == ["seat 7"]


def test_objects_of_different_ids_or_classes_are_different_objects():
    frame = [seen(name="a"), seen(name="b"), seen("table")]
    assert len(feed(Tracker(), [frame] * 4)[-1]) == 3


def test_an_old_frame_changes_nothing():
    tracker = Tracker()
    feed(tracker, [[seen()]] * 5)
    before = tracker.tracks()[0]
    again = tracker.update(0.2, [seen(center=(0.1, 0, 2.0))])[0]
    assert again.observations == before.observations
    np.testing.assert_array_equal(again.center, before.center)


def test_labels_looked_for_one_after_another_are_as_if_together():
    rng = np.random.default_rng(0)
    together, apart = Tracker(), Tracker()
    for i in range(12):
        chairs = [seen(center=np.array([x, 0, 2.0]) + rng.normal(0, 0.01, 3)) for x in (-0.5, 0.5)]
        cups = [seen("cup", np.array([0, 0.3, 1.5]) + rng.normal(0, 0.01, 3))] if i % 4 else []
        whole = together.update(i * PERIOD, [*chairs, *cups])
        apart.update(i * PERIOD, chairs, {"chair"})
        parts = apart.update(i * PERIOD, [*chairs, *cups])
        assert [(t.id, t.coasting) for t in whole] == [(t.id, t.coasting) for t in parts]
        for one, other in zip(whole, parts, strict=True):
            np.testing.assert_allclose(one.center, other.center)
            np.testing.assert_allclose(one.covariance, other.covariance)


def test_what_was_not_looked_for_does_not_coast():
    tracker = Tracker()
    feed(tracker, [[seen(), seen("cup", (1.0, 0, 2.0))]] * 4)
    tracks = tracker.update(0.5, [seen()], {"chair"})
    assert [(t.label, t.coasting) for t in tracks] == [("chair", False), ("cup", False)]
    assert [t.label for t in tracker.update(0.9, [], {"chair"}) if t.coasting] == ["chair"]


def test_time_that_jumps_back_starts_anew():
    tracker = Tracker()
    old = feed(tracker, [[seen()]] * 5, start=1000.0)[-1][0].id
    new = feed(tracker, [[seen()]] * 5, start=0.0)[-1]
    assert len(new) == 1
    assert new[0].id != old


def test_between_frames_tracks_grow_old_too():
    tracker = Tracker()
    feed(tracker, [[seen()]] * 5)
    assert len(tracker.tracks(1.0)) == 1
    assert tracker.tracks(2.0) == []


def test_what_is_carried_away_keeps_its_id():
    """At 0.5 m/s."""
    frames = [[seen(center=(0.05 * i - 1.0, 0, 3.0), stddev=0.02)] for i in range(40)]
    tracks = feed(Tracker(), frames)
    assert {t.id for frame in tracks for t in frame} == {tracks[-1][0].id}
    assert abs(tracks[-1][0].center[0] - 0.95) < 0.25


def test_score_is_the_mean_of_the_detectors():
    frames = [[seen(score=0.5 + 0.2 * (i % 2))] for i in range(40)]
    assert feed(Tracker(), frames)[-1][0].score == pytest.approx(0.6, abs=0.02)


def test_options():
    tracker = Tracker(TrackOptions(confirm=1, coast=0.25))
    assert len(tracker.update(0.0, [seen()])) == 1
    assert len(tracker.update(0.2, [])) == 1
    assert tracker.update(0.4, []) == []


def test_snapshots_do_not_change():
    tracker = Tracker()
    first = feed(tracker, [[seen()]] * 3)[-1][0]
    kept = replace(first, center=first.center.copy())
    feed(tracker, [[seen(center=(0.1, 0, 2.0))]] * 3, start=0.3)
    np.testing.assert_array_equal(first.center, kept.center)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 8),
    st.sampled_from([0.01, 0.02]),
)
@example(1166, 6, 0.02)  # one is dropped right after its neighbour was
def test_neighbours_of_one_class_keep_their_ids(seed, count, noise):
    """In any order, with drops, 15 cm apart, once all have been seen: a thing that first appears
    when its neighbour is dropped may be taken for it."""
    rng = np.random.default_rng(seed)
    places = [(0.15 * i - 0.5, 0.0, 2.0) for i in range(count)]
    tracker, ids = Tracker(), {}
    for frame in range(60):
        shown = [i for i in rng.permutation(count) if rng.random() > 0.05 or frame == 0]
        observations = [
            seen("bottle", places[i] + rng.normal(0, noise, 3), width=0.08, stddev=noise)
            for i in shown
        ]
        for track in tracker.update(frame * PERIOD, observations):
            nearest = min(range(count), key=lambda i: np.linalg.norm(places[i] - track.center))
            assert ids.setdefault(track.id, nearest) == nearest
    assert sorted(ids.values()) == list(range(count))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b"]), st.floats(-3, 3), st.floats(-2, 2), st.floats(0.3, 9)
            ),
            max_size=6,
        ),
        max_size=20,
    )
)
def test_whatever_comes_tracks_are_sound(frames):
    tracker = Tracker()
    for i, frame in enumerate(frames):
        tracks = tracker.update(i * PERIOD, [seen(label, xyz) for label, *xyz in frame])
        assert len({track.id for track in tracks}) == len(tracks)
        for track in tracks:
            assert np.isfinite(track.center).all()
            assert (np.linalg.eigvalsh(track.covariance) > 0).all()
            assert track.first_seen <= track.last_seen <= i * PERIOD
            assert track.coasting == (track.last_seen < i * PERIOD)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_left_out(bad):
    broken = replace(seen(), size_stddev=np.array([0.1, bad, 0.1]))
    assert not any(feed(Tracker(), [[broken]] * 5))
