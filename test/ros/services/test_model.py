"""The vision-language model (tiny, random weights) behind the node, over real topics."""

import itertools
import math
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.action import ActionClient

from hispatial_ros.action import AskSpatial as AskAction
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.vlm.runtime.status import ModelState

sys.path.insert(0, str(Path(__file__).parents[2] / "vlm"))
from tiny_tokenizer import save_tokenizer

GOLDEN = Path(__file__).parents[2] / "vlm/golden/tiny"
REASONING = "Could the globe roll off?"
HANG_TIMEOUT = 6.0  # s


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    for name in ("config.json", "weights.pt"):
        shutil.copy(GOLDEN / name, folder)
    save_tokenizer(folder / "tokenizer.json", talkative=True)
    return folder


@pytest.fixture(scope="module")
def graph(checkpoint, make_lasting_graph):
    graph = make_lasting_graph(
        **{
            "model.checkpoint": str(checkpoint),
            "model.device": "cpu",
            "model.max_new_tokens": 16,
            "model.max_reasoning_tokens": 64,
            "model.max_prompt_tokens": 512,
            "model.locate": False,
            "request_timeout": 60.0,
        }
    )
    graph.process = graph.node.backends.processes["model"]
    assert graph.process.wait_ready(60).state is ModelState.READY
    graph.show()
    return graph


def gone(pid):
    return not Path(f"/proc/{pid}").exists()


def test_both_answer_and_the_measurement_is_carried(graph):
    response = graph.ask("How far is the globe?")
    assert response.error_code == ErrorCode.NONE, response.error_msg
    answer = response.answer
    assert answer.source == SpatialAnswer.SOURCE_BOTH
    assert answer.text == answer.measured_text
    assert answer.model_text
    assert [o.label for o in answer.objects] == ["globe"]
    assert {"model queue", "model encode", "model prefill", "model decode"} <= {
        stage.stage for stage in answer.timing
    }


def test_model_backend_and_raw_passthrough(graph):
    response = graph.ask("How far is the globe?", backend="model")
    assert response.answer.text == response.answer.model_text.strip()
    raw = graph.ask("detect globe", backend="model", raw=True)
    assert raw.error_code == ErrorCode.NONE, raw.error_msg
    assert raw.answer.source == SpatialAnswer.SOURCE_MODEL


def test_tokens_stream_to_the_actions_feedback_and_cancel_stops_them(graph):
    client = ActionClient(graph.peer, AskAction, "hispatial/ask_spatial")
    assert client.wait_for_server(10)
    texts = []

    def feedback(message):
        if message.feedback.stage == "model":
            texts.append(message.feedback.partial_text)
            assert math.isnan(message.feedback.progress)

    goal = AskAction.Goal(question=REASONING, backend="model")
    handle = graph.outcome(lambda: client.send_goal_async(goal, feedback_callback=feedback))
    result = graph.outcome(handle.get_result_async, 60).result
    assert result.error_code == ErrorCode.NONE, result.error_msg
    assert result.answer.level == SpatialAnswer.LEVEL_REASONING
    assert texts
    assert all(b.startswith(a) for a, b in itertools.pairwise(texts))
    handle = graph.outcome(lambda: client.send_goal_async(goal))
    graph.outcome(handle.cancel_goal_async)
    result = graph.outcome(handle.get_result_async, 60).result
    assert result.error_code in (ErrorCode.CANCELLED, ErrorCode.NONE)
    client.destroy()


def test_the_process_shows_in_the_diagnostics(graph, ros):
    received = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: received, "diagnostics")
    (process,) = [s for s in received[-1].status if s.name == "hispatial: model process"]
    values = {pair.key: pair.value for pair in process.values}
    assert process.level == DiagnosticStatus.OK
    assert values["pid"] == str(graph.process.status.pid)
    assert values["device"] == "cpu"


def test_killing_the_model_leaves_the_measurements_and_it_comes_back(graph):
    pid = graph.process.status.pid
    pending = graph.ask_client.call_async(
        graph.ask_client.srv_type.Request(question=REASONING, backend="model")
    )
    os.kill(pid, signal.SIGKILL)
    killed = graph.result(pending, 60)
    assert killed.error_code in (ErrorCode.BACKEND_UNAVAILABLE, ErrorCode.NONE)
    measured = graph.ask("How far is the globe?")
    assert measured.error_code == ErrorCode.NONE
    assert measured.answer.measured_text or measured.answer.source == SpatialAnswer.SOURCE_MEASURED
    assert graph.process.wait_ready(60).state is ModelState.READY
    assert graph.ask("How far is the globe?", backend="model").error_code == ErrorCode.NONE


def test_a_stopped_model_is_replaced_and_measured_answers_do_not_wait(graph, monkeypatch):
    # Not for the other tests: on a busy machine the tiny model may take that long.
    limits = replace(graph.process._limits, hang_timeout=HANG_TIMEOUT)
    monkeypatch.setattr(graph.process, "_limits", limits)
    pid = graph.process.status.pid
    os.kill(pid, signal.SIGSTOP)
    request = graph.ask_client.srv_type.Request(question=REASONING, backend="model")
    pending = [graph.ask_client.call_async(request) for _ in range(32)]
    measured = graph.ask("How far is the globe?", backend="measured")
    while measured.error_code == ErrorCode.OVERLOADED:  # until the burst is with the model
        measured = graph.ask("How far is the globe?", backend="measured")
    assert measured.error_code == ErrorCode.NONE, measured.error_msg
    assert not all(future.done() for future in pending), "it waited for the model"
    codes = {graph.result(future, 60).error_code for future in pending}
    assert ErrorCode.BACKEND_UNAVAILABLE in codes
    assert codes <= {ErrorCode.BACKEND_UNAVAILABLE, ErrorCode.OVERLOADED}
    assert gone(pid)
    monkeypatch.undo()
    assert graph.process.wait_ready(60).state is ModelState.READY
    assert graph.ask("How far is the globe?", backend="model").error_code == ErrorCode.NONE


def test_cleanup_ends_the_process(graph, ros):
    def go(transition, state):
        graph.robot.executor.create_task(transition)
        ros.wait_until(lambda: graph.node.state == state, state, 30)

    pid = graph.process.status.pid
    go(graph.node.trigger_deactivate, "inactive")
    assert graph.ask("How far?").error_code == ErrorCode.NOT_ACTIVE
    assert not gone(pid)
    go(graph.node.trigger_cleanup, "unconfigured")
    assert gone(pid)
    go(graph.node.trigger_configure, "inactive")
    go(graph.node.trigger_activate, "active")
    assert graph.node.backends.processes["model"].wait_ready(60).state is ModelState.READY


def test_a_missing_checkpoint_is_told_and_measurements_go_on(make_graph):
    graph = make_graph(**{"model.checkpoint": "/nowhere/at/all"})
    graph.node.backends.processes["model"].wait_ready(60)
    graph.show()
    response = graph.ask("How far is the globe?")
    assert response.error_code == ErrorCode.NONE
    assert response.answer.source == SpatialAnswer.SOURCE_MEASURED
    assert any("/nowhere/at/all" in note for note in response.answer.notes)
    response = graph.ask("How far is the globe?", backend="model")
    assert response.error_code == ErrorCode.BACKEND_UNAVAILABLE
    assert "/nowhere/at/all" in response.error_msg
