"""Several nodes in one graph, and nodes that go and come back while clients wait."""

import os
import signal
import threading

import numpy as np
import pytest
from rclpy.task import Future

from benchmarks.reliability.processes import NODE, Process
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.health.check import Status
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.outputs.images import depth_to_msg
from hispatial_ros.ros.tools.client import Client
from hispatial_ros.ros.tools.doctor import check_graph
from test.ros.node.test_process import PLAYER, START, ready

FAR = "How far is the globe?"


@pytest.fixture
def robots(make_graph):
    """Two robots in one graph; what the second sees is half as far again."""
    first = make_graph(namespace="robot1")
    second = make_graph(namespace="robot2", domain=first.domain)
    further = (second.frame.depth * np.float32(1.5)).astype(np.uint16)
    second.messages["depth"] = depth_to_msg(further)
    for robot in (first, second):
        robot.show()
    return first, second


@pytest.fixture
def start():
    processes = []

    def start(domain, module, *arguments):
        processes.append(Process(domain, module, *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.close()


def test_namespaced_robots_know_nothing_of_each_other(robots, ros):
    heard = [robot.listen(SpatialAnswer, "hispatial/answers") for robot in robots]
    futures = []
    for _ in range(10):
        for robot in robots:
            request = robot.ask_client.srv_type.Request(question=FAR)
            futures.append((robot, robot.ask_client.call_async(request)))
    distances = [set() for _ in robots]
    for robot, future in futures:
        response = robot.result(future)
        assert response.error_code == 0, response.error_msg
        distances[robots.index(robot)].add(round(response.answer.values[0], 6))
    (near,), (far,) = distances
    assert far == pytest.approx(1.5 * near, rel=0.1)
    for answers, value in zip(heard, (near, far), strict=True):
        ros.wait_until(lambda a=answers: len(a) == 10, "the answers of its own")
        assert {round(answer.values[0], 6) for answer in answers} == {value}


def test_a_robot_without_camera_does_not_see_through_the_others(make_graph):
    first = make_graph(namespace="robot1")
    second = make_graph(namespace="robot2", domain=first.domain)
    first.show()
    assert first.ask(FAR).error_code == 0
    assert second.ask(FAR).error_code == ErrorCode.NO_FRAME


def test_the_doctor_tells_namesakes(make_graph, ros):
    first = make_graph()
    make_graph(domain=first.domain)

    def failed():
        checks = {check.subject: check for check in check_graph("hispatial", 0.2, first.domain)}
        found = checks["/hispatial"]
        return found if found.status is Status.FAIL else None

    check = ros.wait_until(failed, "the doctor to see both")
    assert "2 nodes have this name" in check.found
    assert "namespace" in check.advice


def asking(client, **options):
    """Asks on a thread; the outcome is appended to the list, once."""
    outcome = []

    def ask():
        try:
            outcome.append(client.ask(FAR, **options))
        except SpatialError as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, outcome


def test_a_node_that_shuts_down_answers_who_waits(make_graph, hold, ros):
    graph = make_graph()
    graph.show()
    held = hold(graph)
    with Client(domain_id=graph.domain) as client:
        thread, outcome = asking(client)
        ros.wait_until(lambda: held.dones, "the question")
        graph.robot.executor.create_task(graph.node.trigger_shutdown)
        thread.join(START)
    assert [error.code for error in outcome] == [ErrorCode.CANCELLED]


def test_a_client_asks_again_when_the_node_was_killed_and_comes_back(start, domain, ros):
    start(domain, *PLAYER)
    node = start(domain, NODE)
    with Client(discovery_timeout=START, domain_id=domain) as client:
        expected = ready(client)
        os.kill(node.pid, signal.SIGSTOP)  # it hangs
        thread, outcome = asking(client)
        ros.wait_until(lambda: client._ask._pending_requests, "the question to be sent")
        node.send(signal.SIGKILL)
        second = start(domain, NODE)
        thread.join(2 * START)
        assert not thread.is_alive(), "it waits for ever"
        assert second.running
        # The new node may not have seen the camera yet.
        assert len(outcome) == 1
        if isinstance(outcome[0], SpatialError):
            assert outcome[0].code in (ErrorCode.NO_FRAME, ErrorCode.NO_DEPTH, ErrorCode.NOT_ACTIVE)
        assert len(ready(client).objects) == len(expected.objects)


def test_a_question_that_reached_only_the_old_node_is_repeated(start, domain, ros, monkeypatch):
    start(domain, *PLAYER)
    first = start(domain, NODE)
    with Client(discovery_timeout=START, domain_id=domain) as client:
        ready(client)
        os.kill(first.pid, signal.SIGSTOP)
        send, sent = client._ask.call_async, []

        def call_async(request):
            sent.append(Future() if len(sent) == 1 else send(request))
            return sent[-1]

        monkeypatch.setattr(client._ask, "call_async", call_async)
        thread, outcome = asking(client)
        ros.wait_until(lambda: sent, "the question to be sent")
        start(domain, NODE)
        ros.wait_until(lambda: len(sent) == 2, "the question to be sent again", START)
        os.kill(first.pid, signal.SIGTERM)
        os.kill(first.pid, signal.SIGCONT)
        thread.join(2 * START)
        assert not thread.is_alive(), "it waits for ever"
        assert len(sent) >= 3
        assert len(outcome) == 1


def test_a_client_is_told_when_the_node_does_not_come_back(start, domain, ros):
    node = start(domain, NODE)
    with Client(discovery_timeout=0.5, domain_id=domain) as client:
        client.wait_for_node(START)
        os.kill(node.pid, signal.SIGSTOP)
        thread, outcome = asking(client, timeout=1.0)
        thread.join(START)
    node.stop(signal.SIGKILL)
    assert [error.code for error in outcome] == [ErrorCode.TIMEOUT]
    assert "hangs" in str(outcome[0])
