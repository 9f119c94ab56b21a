"""Deadlines, overload and deferred answers through the services."""

from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.outputs.conversions import duration_to_msg
from hispatial_ros.srv import AskSpatial

FAR = "How far is the globe?"


def answered(text):
    return Answer(FAR, text, Level.OBJECT, Source.MODEL)


def requests(desk, count, **fields):
    assert desk.ask_client.wait_for_service(10)
    request = AskSpatial.Request(question=FAR, **fields)
    return [desk.ask_client.call_async(request) for _ in range(count)]


def test_a_timeout_is_kept_while_the_worker_is_busy(desk, blocked):
    first, second = requests(desk, 2, timeout=duration_to_msg(0.2))
    assert desk.result(first).error_code == ErrorCode.TIMEOUT
    assert desk.result(second).error_code == ErrorCode.TIMEOUT
    assert not blocked.release.is_set()


def test_one_request_too_many_is_refused_at_once_and_all_are_answered(desk, blocked, ros):
    capacity = desk.node.worker.capacity
    futures = requests(desk, capacity + 5)
    ros.wait_until(lambda: sum(f.done() for f in futures) == 5, "five refusals")
    blocked.release.set()
    codes = [desk.result(f).error_code for f in futures]
    assert codes == [0] * capacity + [ErrorCode.OVERLOADED] * 5


def test_a_backend_may_answer_later_and_out_of_order(desk, held, ros):
    futures = requests(desk, 3)
    ros.wait_until(lambda: len(held.dones) == 3, "three questions")
    for i in (2, 0, 1):
        held.dones[i](answered(f"answer {i}"))
    assert [desk.result(f).answer.text for f in futures] == [f"answer {i}" for i in range(3)]
    assert not held.stopped


def test_a_backend_may_fail_later(desk, held, ros):
    (future,) = requests(desk, 1)
    ros.wait_until(lambda: held.dones, "a question")
    held.dones[0](SpatialError(ErrorCode.BACKEND_UNAVAILABLE, "crashed"))
    response = desk.result(future)
    assert (response.error_code, response.error_msg) == (400, "crashed")


def test_a_backend_is_stopped_after_the_deadline_and_a_late_answer_is_dropped(desk, held, ros):
    (future,) = requests(desk, 1, timeout=duration_to_msg(0.1))
    assert desk.result(future).error_code == ErrorCode.TIMEOUT
    ros.wait_until(lambda: held.stopped == 1, "the backend to be stopped")
    held.dones[0](answered("too late"))
    assert desk.node.worker.pending == 0


def test_measured_requests_go_on_while_a_backend_holds_questions(desk, held, ros):
    (future,) = requests(desk, 1)
    ros.wait_until(lambda: held.dones, "a question")
    assert desk.measure().error_code == 0
    held.dones[0](answered("done"))
    assert desk.result(future).error_code == 0
