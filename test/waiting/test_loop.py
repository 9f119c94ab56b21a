"""A loop goes on after an exception, tells of it, and ends when it is told to."""

import logging
import queue
import threading

from hispatial_ros.waiting.loop import Loop

WAIT = 10.0


def test_an_exception_costs_one_step_and_is_reported(caplog):
    items, done = queue.SimpleQueue(), queue.SimpleQueue()

    def step():
        item = items.get()
        if item is None:
            return False
        if item == "bad":
            raise ValueError("a bad item")
        done.put(item)
        return True

    loop = Loop("test", step)
    with caplog.at_level(logging.ERROR):
        loop.start()
        for item in ("first", "bad", "bad", "last"):
            items.put(item)
        assert [done.get(timeout=WAIT), done.get(timeout=WAIT)] == ["first", "last"]
    assert loop.faults == 2
    assert "a bad item" in caplog.text
    assert loop.alive
    items.put(None)
    assert loop.join(WAIT)
    assert not loop.alive


def test_a_step_that_always_fails_takes_no_core():
    count, ended = 0, threading.Event()

    def step():
        nonlocal count
        count += 1
        if ended.wait(0):
            return False
        raise ValueError

    loop = Loop("always", step)
    loop.start()
    ended.wait(0.3)
    before_end = count
    ended.set()
    assert loop.join(WAIT)
    assert before_end < 20  # pauses of 10, 20, 40, ... ms


def test_it_does_not_wait_for_itself():
    joined = queue.SimpleQueue()

    def step():
        joined.put(loop.join(WAIT))
        return False

    loop = Loop("self", step)
    loop.start()
    assert joined.get(timeout=WAIT) is False
    assert loop.join(WAIT)
