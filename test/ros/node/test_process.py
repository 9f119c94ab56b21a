"""The node, the player and the client as processes, as an operator runs them."""

import signal
import threading
import time

import pytest

from benchmarks.reliability.processes import Process, slowdown
from hispatial_ros.demo import DESK
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.ros.node.process import shut_down
from hispatial_ros.ros.tools.client import Client
from hispatial_ros.srv import Measure
from test.ros.conftest import wait_until

START = 20.0  # s
LEAVE = 2.0  # s
FAR = "How far is the globe?"
PLAYER = [
    "hispatial_ros.ros.tools.player",
    *(f"--{name}={DESK / name}.png" for name in ("rgb", "depth")),
    *(f"--{name}={DESK / name}.json" for name in ("camera", "regions")),
    "--rate=15",
]


@pytest.fixture
def start(domain):
    processes = []

    def start(module, *arguments):
        processes.append(Process(domain, module, *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.close()


def ready(client):
    """Wait until frames are answered."""
    client.wait_for_node(START)
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        try:
            return client.measure(skip_relations=True)
        except SpatialError:
            time.sleep(0.05)
    return client.measure(skip_relations=True)


def test_requests_that_wait_when_the_node_shuts_down_are_answered(graph):
    executor, node = graph.robot.executor, graph.node
    assert graph.measure_client.wait_for_service(START)
    occupied, go_on = threading.Event(), threading.Event()

    def occupy():
        occupied.set()
        go_on.wait(START)

    executor.create_task(occupy)
    assert occupied.wait(START)
    pending = [graph.measure_client.call_async(Measure.Request()) for _ in range(20)]
    time.sleep(0.5)
    assert node.requests_taken == 0
    shut = executor.create_task(shut_down, executor, node)
    go_on.set()
    wait_until(shut.done, "the node to shut down")
    assert node.requests_taken == 20
    assert not node.owes_responses
    for future in pending:
        assert graph.result(future).error_code in {ErrorCode.NOT_ACTIVE, ErrorCode.CANCELLED}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_player_node_and_client(start, domain, ros, number):
    namespaced = ["--ros-args", "-r", "__ns:=/robot1"]
    camera = start(*PLAYER, *namespaced)
    node = start("hispatial_ros.ros.node.spatial_node", *namespaced)
    with Client("hispatial", "robot1", discovery_timeout=1.0, domain_id=domain) as client:
        measured = ready(client)
        assert len(measured.objects) == 11
        first, second = client.ask(FAR), client.ask(FAR)
        assert first.text == second.text
        answer = client.ask("How far is the ball?", [Region("ball", (57, 12, 160, 105))])
        assert [o.label for o in answer.objects] == ["ball"]
        stamps = set()

        def fresh():
            stamp = client.ask(FAR).header.stamp
            stamps.add((stamp.sec, stamp.nanosec))
            return len(stamps) >= 3

        ros.wait_until(fresh, "answers about newer frames")

        def refused():
            with pytest.raises(SpatialError) as error:
                client.ask("How far is the zebra?")
            # A machine that stood still for a while has no newer frame.
            assert error.value.code in (ErrorCode.UNKNOWN_OBJECT, ErrorCode.FRAME_TOO_OLD)
            return error.value.code is ErrorCode.UNKNOWN_OBJECT

        ros.wait_until(refused, "the object to be unknown")
        seconds, status = node.stop(number)
        assert status == 0, node.said
        assert "Traceback" not in node.said
        assert seconds < LEAVE * slowdown()
        with pytest.raises(SpatialError) as error:
            client.ask(FAR, timeout=0.5)
        assert error.value.code is ErrorCode.TIMEOUT
    seconds, status = camera.stop(number)
    assert (status, "Traceback" in camera.said) == (0, False), camera.said
    assert seconds < LEAVE * slowdown()


@pytest.mark.parametrize("delay", [0.05, 0.3, 0.6, 0.9, 1.2])
def test_a_signal_at_any_stage_ends_it_soon(start, delay):
    node = start("hispatial_ros.ros.node.spatial_node")
    time.sleep(delay)
    seconds, status = node.stop(signal.SIGTERM)
    assert seconds < LEAVE * slowdown(), node.said
    # Before the handlers are set Python is ended by the signal itself.
    assert status in (0, -signal.SIGTERM), node.said


def test_a_client_without_a_node_says_so(domain):
    client = Client(discovery_timeout=0.2, domain_id=domain)
    with client, pytest.raises(SpatialError) as error:
        client.ask(FAR)
    assert error.value.code is ErrorCode.TIMEOUT
    assert "/hispatial/ask" in str(error.value)


def test_the_player_refuses_bad_files(start):
    player = start("hispatial_ros.ros.tools.player", "--rgb=a", "--depth=b", "--camera=c")
    assert player.wait() == 1
    assert "BAD_REQUEST" in player.said
