"""What the mean of many measurements is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.track.fusion import WINDOW, Fused

STDDEV = 0.05  # m, stated


def followed(common, independent, count, *, seed, correlation=0.0, stated=STDDEV):
    """Means and stated deviations of many objects after ``count`` measurements."""
    rng = np.random.default_rng(seed)
    bias, noise = rng.normal(0, common, (60, 3)), rng.normal(0, independent, (60, 3))
    covariances = np.tile(stated**2 * np.eye(3), (60, 1, 1))
    fused = Fused(bias + noise, covariances)
    for _ in range(count - 1):
        fresh = rng.normal(0, independent, (60, 3))
        noise = correlation * noise + np.sqrt(1 - correlation**2) * fresh
        fused.add(np.arange(60), bias + noise, covariances)
    return fused.mean, np.sqrt(np.diagonal(fused.covariance, axis1=1, axis2=2))


def one(value, covariance):
    """The mean of one object."""
    return Fused(np.array(value)[None], np.array(covariance)[None])


def add(fused, value, covariance):
    fused.add(np.array([0]), np.array(value)[None], np.array(covariance)[None])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_stated_deviation_is_what_the_error_is(share, correlation):
    """Whatever part of the variance is common."""
    common, independent = STDDEV * np.sqrt(share), STDDEV * np.sqrt(1 - share)
    errors, stddevs = followed(common, independent, 100, seed=1, correlation=correlation)
    covered = (np.abs(errors) < 1.96 * stddevs).mean()
    assert 0.88 <= covered <= 0.995
    assert stddevs.mean() < 1.5 * errors.std()


def test_the_common_part_does_not_average_away():
    _, few = followed(0.04, 0.03, 10, seed=2)
    _, many = followed(0.04, 0.03, 300, seed=2)
    assert 0.9 * 0.04 < many.mean() < 1.2 * 0.04
    assert few.mean() > 0.9 * 0.04


def test_the_independent_part_does():
    errors, stddevs = followed(0.0, STDDEV, 100, seed=3)
    assert errors.std() < 0.3 * STDDEV
    assert stddevs.mean() < 0.6 * STDDEV


def test_what_has_moved_is_followed_at_once():
    rng = np.random.default_rng(4)
    fused = one(np.zeros(3), 0.02**2 * np.eye(3))
    for _ in range(50):
        add(fused, rng.normal(0, 0.01, 3), 0.02**2 * np.eye(3))
    assert fused.moves == 0
    for _ in range(10):
        add(fused, np.array([1.0, 0, 0]) + rng.normal(0, 0.01, 3), 0.02**2 * np.eye(3))
    assert fused.moves >= 1
    assert np.linalg.norm(fused.mean[0] - [1.0, 0, 0]) < 0.35


def test_noise_is_no_movement():
    rng = np.random.default_rng(5)
    fused = one(np.zeros(3), STDDEV**2 * np.eye(3))
    for _ in range(3000):
        add(fused, rng.normal(0, STDDEV, 3), STDDEV**2 * np.eye(3))
    assert fused.moves == 0


def test_one_measurement_far_off_pulls_little():
    rng = np.random.default_rng(6)
    fused = one(np.zeros(3), 0.02**2 * np.eye(3))
    for _ in range(30):
        add(fused, rng.normal(0, 0.01, 3), 0.02**2 * np.eye(3))
    before = fused.mean.copy()
    add(fused, np.array([0.0, 0, 1.0]), 0.02**2 * np.eye(3))
    assert np.linalg.norm(fused.mean - before) < 0.02


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.floats(1e-4, 1.0),
    st.floats(1e-4, 1.0),
)
def test_covariance_is_one_and_weights_stay_bounded(seed, count, spread, stated):
    """Symmetric and positive, never above what is stated and seen, whatever comes."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    covariance = turn @ np.diag([stated, 0.1 * stated, 2 * stated]) ** 2 @ turn.T
    fused = one(rng.normal(0, spread, 3), covariance)
    for _ in range(count):
        add(fused, rng.normal(0, spread, 3), covariance)
    result = fused.covariance[0]
    np.testing.assert_allclose(result, result.T, atol=1e-9 * np.abs(result).max())
    assert (np.linalg.eigvalsh(result) > 0).all()
    most = covariance + fused.scatter[0]
    assert np.linalg.eigvalsh(most - result).min() > -1e-9 * np.trace(most)
    assert 1 <= fused.n_eff <= WINDOW * 2


@pytest.mark.parametrize("axis", [np.zeros(3), np.ones(3)])
def test_measurements_that_are_equal_or_scatter_as_one_do_no_harm(axis):
    rng = np.random.default_rng(7)
    fused = one(np.zeros(3), STDDEV**2 * np.eye(3))
    for _ in range(2000):
        add(fused, rng.normal(0, STDDEV) * axis, STDDEV**2 * np.eye(3))
    assert (np.linalg.eigvalsh(fused.covariance) > 0).all()
    assert fused.moves == 0
