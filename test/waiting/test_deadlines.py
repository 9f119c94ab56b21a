"""Deadlines are kept in order, whatever one of them meets; what is gone is not called."""

import queue
import time

from hispatial_ros.waiting.deadlines import Deadlines

WAIT = 10.0


class Item:
    def __init__(self, name):
        self.name = name


def test_the_sooner_comes_first_and_an_exception_costs_one_call():
    late = queue.SimpleQueue()

    def tell(item):
        late.put(item.name)
        if item.name == "broken":
            raise ValueError

    deadlines = Deadlines("test", tell)
    items = [Item(name) for name in ("last", "broken", "gone", "first")]
    now = time.monotonic()
    for item, seconds in zip(items, (0.12, 0.08, 0.06, 0.04), strict=True):
        deadlines.add(item, now + seconds)
    del items[2], item
    assert [late.get(timeout=WAIT) for _ in range(3)] == ["first", "broken", "last"]
    assert time.monotonic() >= now + 0.12
    assert deadlines.loop.faults == 1
    deadlines.stop()
    assert deadlines.loop.join(WAIT)
    assert late.empty()


def test_stopping_does_not_wait_for_what_is_not_late():
    item = Item("never")
    deadlines = Deadlines("test", lambda item: None)
    deadlines.add(item, time.monotonic() + 1000)
    deadlines.stop()
    assert deadlines.loop.join(WAIT)
