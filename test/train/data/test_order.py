"""Orders: each sample once in an epoch, whatever the split; resumed at the next one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.train.data.order import Mix, Order

COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=40).filter(any)


def orders(counts, streams, window=5, seed=1):
    return [
        Order(len(counts), counts.__getitem__, (seed, 0), n, streams, window)
        for n in range(streams)
    ]


def epoch(order: Order, number: int) -> list[tuple[int, int]]:
    """Shards and samples of an epoch, in order."""
    found = []
    while True:
        before = order.state_dict()
        place = order.next(10)
        if place is None or place.epoch > number:
            order.load_state_dict(before)
            return found
        found.append((place.shard, place.number))


@given(COUNTS, st.integers(1, 9), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_no_sample_is_lost_or_seen_twice_in_an_epoch(counts, streams, window):
    everything = [(s, n) for s, count in enumerate(counts) for n in range(count)]
    split = orders(counts, streams, window)
    for number in range(2):
        seen = [place for order in split for place in epoch(order, number)]
        assert sorted(seen) == everything


def test_epochs_differ_and_seeds_too():
    first, second = (epoch(orders([5] * 8, 1)[0], 0) for _ in range(2))
    assert first == second
    (order,) = orders([5] * 8, 1)
    assert epoch(order, 0) != epoch(order, 1)
    assert epoch(orders([5] * 8, 1, seed=2)[0], 0) != first
    assert first != sorted(first)


def test_samples_of_a_window_are_mixed_and_shards_of_several_lie_in_it():
    (order,) = orders([5] * 8, 1, window=20)
    start = epoch(order, 0)[:10]
    assert len({shard for shard, _ in start}) > 2


@given(COUNTS, st.integers(1, 3), st.integers(0, 70))
@settings(max_examples=60, deadline=None)
def test_a_resumed_order_goes_on_with_the_next_sample(counts, streams, taken):
    for order, again in zip(orders(counts, streams), orders(counts, streams), strict=True):
        for _ in range(taken):
            order.next(10)
        again.load_state_dict(order.state_dict())
        assert [again.next(10) for _ in range(30)] == [order.next(10) for _ in range(30)]


def test_nothing_to_find_ends():
    (order,) = orders([0, 0], 1)
    assert order.next(3) is None


@given(st.lists(st.floats(0.05, 10), min_size=1, max_size=5), st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_sources_get_their_share_at_any_time(weights, draws):
    mix, again = Mix(weights), Mix(weights)
    for _ in range(draws):
        mix.next()
    # A source is at most one sample ahead, and behind by less than the number of sources.
    for weight, count in zip(weights, mix.counts, strict=True):
        due = draws * weight / sum(weights)
        assert due - len(weights) < count < due + 1
    again.load_state_dict(mix.state_dict())
    assert [again.next() for _ in range(20)] == [mix.next() for _ in range(20)]


def test_the_mix_of_the_released_configuration():
    mix = Mix([0.35, 0.33, 0.12, 0.20])
    for _ in range(1000):
        mix.next()
    assert mix.counts == pytest.approx([350, 330, 120, 200], abs=1)
