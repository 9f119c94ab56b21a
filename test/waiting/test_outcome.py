"""An outcome is set once, whoever comes first, and tells everybody who asked."""

import logging
import threading

import pytest

from hispatial_ros.waiting.outcome import Outcome


def test_the_first_wins_and_the_others_learn_that_they_lost():
    outcome = Outcome()
    assert not outcome.done
    assert outcome.succeed(1)
    assert not outcome.succeed(2)
    assert not outcome.fail(ValueError("late"))
    assert outcome.done
    assert outcome.result() == 1
    assert outcome.error is None


def test_an_error_is_raised_where_it_is_waited_for():
    outcome = Outcome()
    assert outcome.fail(ValueError("why"))
    assert isinstance(outcome.error, ValueError)
    with pytest.raises(ValueError, match="why"):
        outcome.result(0)


def test_waiting_ends_in_time():
    with pytest.raises(TimeoutError, match="no outcome"):
        Outcome().result(0.01)


def test_a_time_out_can_be_the_outcome():
    outcome = Outcome()
    outcome.fail(TimeoutError("of the model"))
    with pytest.raises(TimeoutError, match="of the model"):
        outcome.result(0.01)


def test_exactly_one_of_many_threads_sets_it():
    for _ in range(50):
        outcome, won, barrier = Outcome(), [], threading.Barrier(8)

        def race(i, outcome=outcome, won=won, barrier=barrier):
            barrier.wait()
            if outcome.succeed(i):
                won.append(i)

        threads = [threading.Thread(target=race, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert won == [outcome.result()]


def test_a_callback_that_raises_stops_neither_the_others_nor_the_setter(caplog):
    outcome, told = Outcome(), []

    def fails(_):
        raise RuntimeError("in the callback")

    outcome.then(fails)
    outcome.then(lambda o: told.append(o.result()))
    with caplog.at_level(logging.ERROR):
        assert outcome.succeed(3)
    assert told == [3]
    assert "in the callback" in caplog.text


def test_who_comes_late_is_told_at_once():
    outcome, told = Outcome(), []
    outcome.succeed(4)
    outcome.then(lambda o: told.append(o.result()))
    assert told == [4]
