"""SIGINT, SIGTERM and SIGKILL at every stage: a clean end, soon, with nothing left behind."""

import os
import signal
import time

import pytest
from lifecycle_msgs.srv import ChangeState

from benchmarks.reliability.coded import QUESTION
from benchmarks.reliability.kills import COMPONENT, model_arguments, model_pid
from benchmarks.reliability.peer import wait_until
from benchmarks.reliability.processes import NODE, Process, slowdown
from hispatial_ros.errors import ErrorCode
from hispatial_ros.srv import AskSpatial, Measure

LEAVE = 2.0  # s
CONFIGURE = 1  # lifecycle_msgs/Transition
NUMBERS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
FINAL = {ErrorCode.NONE, ErrorCode.CANCELLED, ErrorCode.NOT_ACTIVE, ErrorCode.BACKEND_UNAVAILABLE}


def leaves(process, number=signal.SIGTERM, statuses=(0,)):
    """The process ends in time, without complaint, and all its children with it."""
    seconds, status = process.stop(number)
    said = process.said
    assert status in statuses, said
    assert seconds < LEAVE * slowdown(), said
    assert "Traceback" not in said, said
    assert not process.family(), f"left behind: {process.family()}"


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3, 0.5, 0.8])
def test_while_starting(domain, delay):
    process = Process(domain, NODE)
    try:
        time.sleep(delay)
        # Before its handlers are set Python is ended by the signal itself.
        leaves(process, statuses=(0, -signal.SIGTERM))
    finally:
        process.close()


@NUMBERS
def test_while_configuring(make_robot, number):
    robot = make_robot(autostart=False)
    client = robot.peer.client(ChangeState, "change_state")
    wait_until(client.service_is_ready, "the lifecycle services")
    request = ChangeState.Request()
    request.transition.id = CONFIGURE
    client.call_async(request)
    leaves(robot.node, number)


@NUMBERS
def test_while_idle(make_robot, number):
    robot = make_robot().connect()
    leaves(robot.node, number)


@NUMBERS
def test_while_measuring(robot, number):
    """Whoever waits for an answer gets one, or is told why not."""
    pending = [robot.peer.measure_client.call_async(Measure.Request()) for _ in range(20)]
    pending += [robot.peer.ask_client.call_async(AskSpatial.Request(question=QUESTION))]
    wait_until(pending[0].done, "the first answer")
    leaves(robot.node, number)
    codes = {robot.peer.result(future).error_code for future in pending}
    assert codes <= FINAL | {ErrorCode.FRAME_TOO_OLD}  # on a busy machine
    assert robot.peer.duplicates == 0


def test_while_shutting_down(robot):
    """An impatient operator presses Ctrl-C several times."""
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
        robot.node.send(number)
    leaves(robot.node, signal.SIGINT)


class WithModel:
    """A robot with the tiny model."""

    def __init__(self, make_robot, folder):
        pytest.importorskip("torch")
        self.robot = make_robot(arguments=model_arguments(folder))

    def ready(self):
        self.robot.connect().answers()
        return wait_until(lambda: model_pid(self.robot.peer), "the model", 120)

    def loading(self):
        def pid():
            return self.robot.peer.values(COMPONENT).get("pid", "-")

        wait_until(lambda: pid().isdigit(), "the model process")


def test_while_the_model_loads(make_robot, tmp_path):
    model = WithModel(make_robot, tmp_path)
    model.loading()
    assert len(model.robot.node.family()) > 1
    leaves(model.robot.node)


@NUMBERS
def test_while_the_model_answers(make_robot, tmp_path, number):
    """Even if the model process does not listen any more."""
    model = WithModel(make_robot, tmp_path)
    pid, peer = model.ready(), model.robot.peer
    os.kill(pid, signal.SIGSTOP)
    pending = peer.ask_client.call_async(AskSpatial.Request(question=QUESTION, backend="model"))
    wait_until(lambda: peer.values(COMPONENT).get("in flight") == "1", "the model to be asked")
    leaves(model.robot.node, number)
    assert peer.result(pending).error_code in FINAL - {ErrorCode.NONE}


def test_killed_the_node_leaves_no_model_behind(make_robot, tmp_path):
    model = WithModel(make_robot, tmp_path)
    model.ready()
    model.robot.node.stop(signal.SIGKILL)
    wait_until(lambda: not model.robot.node.family(), "the model process to end")
