"""The action: feedback, result, cancel."""

import pytest
from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient

from hispatial_ros.action import AskSpatial
from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import duration_to_msg
from hispatial_ros.ros.qos import BURST, reliable

FAR = "How far is the globe?"


@pytest.fixture(scope="module")
def client(desk):
    deep = reliable(BURST)
    client = ActionClient(
        desk.peer,
        AskSpatial,
        "hispatial/ask_spatial",
        goal_service_qos_profile=deep,
        result_service_qos_profile=deep,
    )
    assert client.wait_for_server(10)
    return client


def send(desk, client, feedback=None, **fields):
    goal = AskSpatial.Goal(question=FAR, **fields)
    callback = None if feedback is None else lambda msg: feedback.append(msg.feedback)
    handle = desk.outcome(lambda: client.send_goal_async(goal, feedback_callback=callback))
    assert handle.accepted
    return handle


def test_a_goal_is_answered_with_feedback(desk, client, ros):
    feedback = []
    result = desk.outcome(send(desk, client, feedback).get_result_async)
    assert result.status == GoalStatus.STATUS_SUCCEEDED
    assert result.result.error_code == 0
    assert "globe" in result.result.answer.text
    ros.wait_until(lambda: len(feedback) >= 3, "feedback")
    assert [f.stage for f in feedback] == ["queue", "frame", "measure"]
    progress = [f.progress for f in feedback]
    assert progress == sorted(progress)


def test_a_bad_goal_is_aborted_with_its_code(desk, client):
    handle = send(desk, client, backend="oracle")
    result = desk.outcome(handle.get_result_async)
    assert result.status == GoalStatus.STATUS_ABORTED
    assert result.result.error_code == ErrorCode.BAD_REQUEST


def test_a_goal_times_out(desk, client, held):
    handle = send(desk, client, timeout=duration_to_msg(0.1))
    result = desk.outcome(handle.get_result_async)
    assert result.status == GoalStatus.STATUS_ABORTED
    assert result.result.error_code == ErrorCode.TIMEOUT


def test_partial_text_reaches_the_client(desk, client, held, ros):
    feedback = []
    handle = send(desk, client, feedback)
    ros.wait_until(lambda: held.questions, "the question")
    held.questions[0].progress("model", 0.5, "The globe is")
    ros.wait_until(lambda: any(f.partial_text == "The globe is" for f in feedback), "partial text")
    held.dones[0](Answer(FAR, "The globe is there.", Level.OBJECT, Source.MODEL))
    assert desk.outcome(handle.get_result_async).result.answer.text == "The globe is there."


def test_cancel_reaches_the_backend_and_the_client(desk, client, held, ros):
    handle = send(desk, client)
    ros.wait_until(lambda: held.questions, "the question")
    response = desk.outcome(handle.cancel_goal_async)
    assert len(response.goals_canceling) == 1
    result = desk.outcome(handle.get_result_async)
    assert result.status == GoalStatus.STATUS_CANCELED
    assert result.result.error_code == ErrorCode.CANCELLED
    ros.wait_until(lambda: held.stopped == 1, "the backend to be stopped")


def test_cancel_while_waiting_in_the_queue(desk, client, blocked):
    first = send(desk, client)
    assert blocked.started.wait(10)
    second = send(desk, client)
    desk.outcome(second.cancel_goal_async)
    result = desk.outcome(second.get_result_async)
    assert result.status == GoalStatus.STATUS_CANCELED
    blocked.release.set()
    assert desk.outcome(first.get_result_async).status == GoalStatus.STATUS_SUCCEEDED


def test_cancel_after_the_answer_changes_nothing(desk, client):
    handle = send(desk, client)
    assert desk.outcome(handle.get_result_async).status == GoalStatus.STATUS_SUCCEEDED
    response = desk.outcome(handle.cancel_goal_async)
    assert not response.goals_canceling


def test_many_goals_at_once_are_all_answered(desk, client):
    goal = AskSpatial.Goal(question=FAR)
    handles = [
        desk.result(f)
        for f in [desk.on_executor(lambda: client.send_goal_async(goal)) for _ in range(20)]
    ]
    results = [desk.result(f) for f in [desk.on_executor(h.get_result_async) for h in handles]]
    assert [r.result.error_code for r in results] == [0] * 20
