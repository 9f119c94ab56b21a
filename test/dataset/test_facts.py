"""Probabilities of facts, against drawing the true values."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.labels import evaluate_labels
from hispatial_ros.dataset.facts import ABSOLUTE, RELATIVE, Best, Either, Number, Order, above_zero
from hispatial_ros.dataset.world import Quantity, partly_seen
from hispatial_ros.frame.region import Region

values = st.floats(-5, 5)
sigmas = st.floats(0.001, 1)


@given(value=st.floats(0.05, 5), sigma=st.floats(0.001, 0.5))
def test_a_number_is_as_sure_as_its_rounded_value_is_good(value, sigma):
    number = Number(Quantity(value, sigma))
    true = np.random.default_rng(0).normal(value, sigma, 20_000)
    good = np.abs(number.rounded - true) <= max(RELATIVE * value, ABSOLUTE)
    if number.rounded > 0:
        assert number.probability == pytest.approx(good.mean(), abs=0.02)


@given(st.lists(st.tuples(values, sigmas), min_size=2, max_size=5))
def test_best_and_order_never_claim_too_much(pairs):
    quantities = tuple(Quantity(*pair) for pair in pairs)
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.normal(q.value, q.stddev, 5_000) for q in quantities])
    best, order = Best(quantities), Order(quantities)
    assert best.probability <= (drawn.argmax(0) == best.index).mean() + 0.03
    right = (drawn.argsort(0) == np.array(order.indices)[:, None]).all(0)
    assert order.probability <= right.mean() + 0.03


@given(value=values, sigma=sigmas)
def test_swapping_the_two_swaps_the_answer(value, sigma):
    one, other = Either(Quantity(value, sigma)), Either(Quantity(-value, sigma))
    assert one.probability == pytest.approx(other.probability)
    if value:
        assert one.index != other.index


@pytest.mark.parametrize("sigma", [np.nan, np.inf])
def test_what_is_not_known_is_not_sure(sigma):
    assert above_zero(Quantity(1.0, sigma)) == 0.5
    assert Number(Quantity(1.0, sigma)).probability == 0


def test_numbers_are_rounded_to_what_their_deviation_supports():
    assert Number(Quantity(2.4361, 0.001)).rounded == 2.44
    assert Number(Quantity(2.4361, 0.06)).rounded == 2.4
    assert Number(Quantity(24.361, 0.6)).rounded == 24.0


def test_labels_of_simulated_frames_are_true():
    labels = evaluate_labels(3, 60_000)
    for tally in labels.formats.values():
        assert tally.total > 50
        assert tally.share >= 0.95
    assert sum(t.asked for t in labels.types.values()) >= 0.5 * sum(
        t.askable for t in labels.types.values()
    )


def test_of_what_is_cut_or_covered_no_size_is_known():
    boxes = [(0, 50, 100, 200), (200, 50, 300, 200), (280, 60, 400, 220)]
    objects = [
        SimpleNamespace(region=Region("x", box), distance=distance)
        for box, distance in zip(boxes, (1.0, 2.0, 1.5), strict=True)
    ]
    assert partly_seen(objects, (640, 480)) == [True, True, False]
