"""Jobs and their worker, without ROS: one outcome each, in time, within bounds."""

import gc
import threading
import time
import weakref
from functools import partial

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.service.job import Job
from hispatial_ros.service.worker import Worker

WAIT = 10.0
CLOSED = SpatialError(ErrorCode.NOT_ACTIVE, "closed")
CANCELLED = SpatialError(ErrorCode.CANCELLED, "closing")


@pytest.fixture
def worker():
    worker = Worker(4)
    worker.open()
    yield worker
    worker.stop(WAIT)


class Outcomes(list):
    """Collects responses; errors as their code."""

    def __init__(self):
        super().__init__()
        self._changed = threading.Condition()

    def submit(self, worker, work, timeout=WAIT):
        job = Job("job")
        job.then(lambda job: self.add(job.error.code if job.error else job.result(0)))
        worker.submit(job, work, timeout)
        return job

    def add(self, outcome):
        with self._changed:
            self.append(outcome)
            self._changed.notify_all()

    def wait(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self) >= count, WAIT)
        return list(self)


def complete_with(value):
    return lambda job: job.succeed(value)


def test_what_is_for_later_is_done_once_after_its_time(worker):
    done, times = threading.Event(), []

    def work():
        times.append(time.monotonic())
        done.set()

    begun = time.monotonic()
    for _ in range(5):
        worker.later(work, 0.05)
    assert done.wait(WAIT)
    assert times[0] - begun >= 0.05
    done.clear()
    worker.later(work, 0.0)
    assert done.wait(WAIT)
    assert len(times) == 2


def test_jobs_are_done_in_order(worker):
    outcomes = Outcomes()
    for i in range(4):
        outcomes.submit(worker, complete_with(i))
    assert outcomes.wait(4) == [0, 1, 2, 3]


def test_a_raised_error_is_the_outcome(worker):
    outcomes = Outcomes()

    def work(job):
        raise SpatialError(ErrorCode.NO_DEPTH, "none")

    outcomes.submit(worker, work)
    assert outcomes.wait(1) == [ErrorCode.NO_DEPTH]


def test_a_bug_is_an_internal_error_and_the_next_job_is_done(worker):
    outcomes = Outcomes()
    outcomes.submit(worker, lambda job: 1 / 0)
    outcomes.submit(worker, complete_with("next"))
    assert outcomes.wait(2) == [ErrorCode.INTERNAL, "next"]


def test_one_more_than_the_capacity_is_refused_at_once(worker):
    outcomes, release = Outcomes(), threading.Event()
    for _ in range(4):
        outcomes.submit(worker, lambda job: (release.wait(WAIT), job.succeed("done")))
    outcomes.submit(worker, complete_with("too many"))
    assert outcomes == [ErrorCode.OVERLOADED]
    release.set()
    assert outcomes.wait(5) == [ErrorCode.OVERLOADED] + ["done"] * 4
    outcomes.submit(worker, complete_with("room again"))
    assert outcomes.wait(6)[-1] == "room again"


def test_a_deadline_passes_while_the_worker_is_busy(worker):
    outcomes, release = Outcomes(), threading.Event()
    outcomes.submit(worker, lambda job: release.wait(WAIT) and job.succeed("late"), 0.05)
    outcomes.submit(worker, complete_with("never worked on"), 0.1)
    assert outcomes.wait(2) == [ErrorCode.TIMEOUT, ErrorCode.TIMEOUT]
    release.set()
    outcomes.submit(worker, complete_with("next"))
    assert outcomes.wait(3)[2:] == ["next"]


def test_a_shorter_deadline_overtakes_a_longer_one(worker):
    outcomes, release = Outcomes(), threading.Event()
    outcomes.submit(worker, lambda job: release.wait(WAIT), 5.0)
    outcomes.submit(worker, complete_with("waits"), 0.05)
    started = time.monotonic()
    assert outcomes.wait(1) == [ErrorCode.TIMEOUT]
    assert time.monotonic() - started < 4
    release.set()


def test_work_in_flight_elsewhere_counts_and_may_complete_later(worker):
    outcomes, jobs = Outcomes(), []
    for _ in range(4):
        outcomes.submit(worker, jobs.append)
    while len(jobs) < 4:
        time.sleep(0.001)
    outcomes.submit(worker, jobs.append)
    assert outcomes.wait(1) == [ErrorCode.OVERLOADED]
    outcomes.submit(worker, complete_with("at once"))  # which needs nobody else
    assert outcomes.wait(2) == [ErrorCode.OVERLOADED, "at once"]
    for job in jobs:
        job.succeed("later")
    assert outcomes == [ErrorCode.OVERLOADED, "at once"] + ["later"] * 4
    assert worker.pending == 0


def test_what_nobody_waits_for_is_stopped(worker):
    outcomes, stopped = Outcomes(), threading.Event()
    outcomes.submit(worker, lambda job: job.on_failure(stopped.set), 0.05)
    assert outcomes.wait(1) == [ErrorCode.TIMEOUT]
    assert stopped.wait(WAIT)


def test_stopping_is_noticed_even_after_the_failure():
    job = Job("job")
    job.fail(CANCELLED)
    stopped = []
    job.on_failure(lambda: stopped.append(1))
    assert stopped


def test_what_is_answered_is_not_stopped():
    job = Job("job")
    job.on_failure(lambda: pytest.fail("stopped"))
    assert job.succeed("answer")
    assert not job.fail(CANCELLED)


def test_closing_answers_everything_open_and_refuses_the_rest(worker):
    outcomes, release = Outcomes(), threading.Event()
    for _ in range(3):
        outcomes.submit(worker, lambda job: (release.wait(WAIT), job.succeed("done")))
    worker.close(CLOSED, CANCELLED)
    assert outcomes == [ErrorCode.CANCELLED] * 3
    outcomes.submit(worker, complete_with("refused"))
    assert outcomes[3:] == [ErrorCode.NOT_ACTIVE]
    release.set()
    worker.open()
    outcomes.submit(worker, complete_with("open again"))
    assert outcomes.wait(5)[4:] == ["open again"]


def test_of_many_racing_outcomes_exactly_one_wins():
    for _ in range(200):
        outcomes = []
        job = Job("job")
        job.then(outcomes.append)
        barrier = threading.Barrier(4)

        def race(act, barrier=barrier):
            barrier.wait(WAIT)
            act()

        acts = [partial(job.succeed, "a"), partial(job.succeed, "b")]
        acts += 2 * [partial(job.fail, CANCELLED)]
        threads = [threading.Thread(target=race, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 1


def test_what_a_finished_job_held_is_free_at_once(worker):
    """Not only at its deadline, and without the garbage collector: it may be megabytes of frame."""

    class Frame:
        def work(self, job):
            job.on_failure(self.stop)
            job.succeed(self)

        def stop(self):
            pass

    gc.disable()
    try:
        outcomes, frame = Outcomes(), Frame()
        freed = weakref.ref(frame)
        outcomes.submit(worker, frame.work)
        assert outcomes.wait(1) == [frame]
        outcomes.clear()
        del frame
        outcomes.submit(worker, complete_with(0))  # the worker forgets what it did last
        outcomes.wait(1)
        deadline = time.monotonic() + WAIT
        while freed() and time.monotonic() < deadline:
            time.sleep(0.001)
        assert freed() is None
    finally:
        gc.enable()


def test_stop_ends_the_threads():
    before = threading.active_count()
    worker = Worker(1)
    worker.stop(WAIT)
    assert threading.active_count() == before


def test_requests_go_before_the_steps_of_other_work(worker):
    """Between two steps, however many are left, a request is answered."""
    outcomes, order = Outcomes(), []

    def steps():
        for i in range(3):
            outcomes.submit(worker, lambda job: (order.append("job"), job.succeed(0)))
            order.append(i)
            yield

    worker.between_requests(steps())
    outcomes.wait(3)
    assert order == [0, "job", 1, "job", 2, "job"]


def test_other_work_is_not_starved_by_requests_without_pause(worker):
    outcomes, done = Outcomes(), threading.Event()

    def ask_again(job):
        if not done.is_set():
            outcomes.submit(worker, ask_again)
        job.succeed(0)

    def steps():
        yield
        done.set()

    outcomes.submit(worker, ask_again)
    worker.between_requests(steps())
    assert done.wait(WAIT)


def test_a_bug_in_other_work_costs_only_that(worker, caplog):
    def broken():
        raise ZeroDivisionError
        yield

    done = threading.Event()

    def good():
        done.set()
        yield

    worker.between_requests(broken())
    worker.between_requests(good())
    assert done.wait(WAIT)
    assert "ZeroDivisionError" in caplog.text
