"""What the states cost: loading holds up nobody, inactive nodes rest, others own nothing."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.lifecycle import TransitionCallbackReturn

from benchmarks.reliability.processes import slowdown
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.health.components import components
from hispatial_ros.service.monocular import MonocularDepth
from test.moge import tiny_onnx

ROOT = Path(__file__).parents[3]
FAR = "How far is the globe?"
LEAVE = 2.0  # s that a node may take to end

SLOW_NODE = """
import sys, time
from hispatial_ros.service.monocular import MonocularDepth
from hispatial_ros.ros.node.spatial_node import main

def load(*_):
    print("LOADING", flush=True)
    time.sleep(600)

MonocularDepth.load = load
sys.exit(main())
"""


class Loading:
    """In place of loading a depth model: waits to be released, and then there is none."""

    def __init__(self):
        self.began, self.release = threading.Event(), threading.Event()

    def __call__(self, *_):
        self.began.set()
        assert self.release.wait(60)
        raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, "the file is broken")


@pytest.fixture
def loading(monkeypatch):
    loading = Loading()
    monkeypatch.setattr(MonocularDepth, "load", staticmethod(loading))
    yield loading
    loading.release.set()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A depth model that sees a wall two metres away."""
    points = np.zeros((480, 640, 3))
    points[..., 2] = 2
    path = tmp_path_factory.mktemp("model") / "wall.onnx"
    return tiny_onnx.save(path, points, np.ones((480, 640)), scale=1.0)


def change(graph, transition):
    client = graph.peer.create_client(ChangeState, "hispatial/change_state")
    request = ChangeState.Request(transition=Transition(id=transition))
    return graph.call(client, request, 30).success


def test_services_answer_while_a_model_loads(make_graph, loading, ros, model):
    graph = make_graph(wait=False, **{"moge.model": str(model)})
    ros.wait_until(loading.began.is_set, "loading")
    refused = graph.ask(FAR)
    assert refused.error_code == ErrorCode.NOT_ACTIVE
    assert "loading" in refused.error_msg
    state = graph.peer.create_client(GetState, "hispatial/get_state")
    assert graph.call(state, GetState.Request()).current_state.label == "configuring"
    assert not change(graph, Transition.TRANSITION_CONFIGURE), "once is enough"
    assert not change(graph, Transition.TRANSITION_ACTIVATE)
    arrays = graph.listen(DiagnosticArray, "/diagnostics")

    def told():
        depth = components("/hispatial", arrays[-1:]).get("depth model")
        return depth and depth.message.startswith("loading for ")

    ros.wait_until(told, "the diagnostics to tell it")
    loading.release.set()
    ros.wait_until(lambda: graph.node.state == "active", "the node to be active")
    graph.show()
    assert graph.ask(FAR).error_code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_ends_a_node_that_loads(number, model, domain):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_NODE, "--ros-args", "-p", f"moge.model:={model}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ROS_DOMAIN_ID": str(domain)},
    )
    try:
        while "LOADING" not in process.stdout.readline():
            assert process.poll() is None
        started = time.monotonic()
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert time.monotonic() - started < LEAVE * slowdown()


def test_a_failing_configuration_can_be_tried_again(make_graph, monkeypatch, capfd):
    graph = make_graph(autostart=False)
    with monkeypatch.context() as patch:
        patch.setattr(graph.node.depth, "open", lambda: 1 / 0)
        assert not change(graph, Transition.TRANSITION_CONFIGURE)
    assert graph.node.state == "unconfigured"
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert not graph.node.backends.processes
    assert change(graph, Transition.TRANSITION_CONFIGURE)
    assert change(graph, Transition.TRANSITION_ACTIVATE)
    graph.show()
    assert graph.ask(FAR).error_code == 0


def test_a_node_that_can_not_recover_is_finalized_and_says_so_to_its_clients(
    make_graph, monkeypatch
):
    graph = make_graph(autostart=False)
    failure = TransitionCallbackReturn.FAILURE
    monkeypatch.setattr(graph.node.depth, "open", lambda: 1 / 0)
    processing = State.TRANSITION_STATE_ERRORPROCESSING
    monkeypatch.setitem(graph.node._callbacks, processing, lambda state: failure)
    assert not change(graph, Transition.TRANSITION_CONFIGURE)
    assert graph.node.state == "finalized"
    assert graph.ask(FAR).error_code == ErrorCode.NOT_ACTIVE


def test_an_inactive_node_receives_nothing_and_looks_for_nothing(make_graph, ros):
    graph = make_graph()
    graph.show()

    def running():
        return sum(not timer.is_canceled() for timer in graph.node.timers)

    active = running()
    subscriptions = len(list(graph.node.subscriptions))
    assert change(graph, Transition.TRANSITION_DEACTIVATE)
    for topic, publisher in graph.publishers.items():
        ros.wait_until(lambda p=publisher: not p.get_subscription_count(), f"{topic} to be free")
    assert running() == 1 < active, "the diagnostics go on"
    left = {s.topic_name for s in graph.node.subscriptions}
    assert not left & {f"/{topic}" for topic in graph.publishers}
    assert change(graph, Transition.TRANSITION_ACTIVATE)
    assert running() == active
    assert len(list(graph.node.subscriptions)) == subscriptions


def test_cleanup_frees_the_model_its_memory_and_the_frames(make_graph, ros, model):
    graph = make_graph(**{"moge.model": str(model), "depth_source": "moge"})
    graph.show()
    assert graph.ask("How far is the globe?").error_code == 0
    estimator = weakref.ref(graph.node.depth.model._estimator)
    threads = {thread.name for thread in threading.enumerate()}
    assert change(graph, Transition.TRANSITION_DEACTIVATE)
    assert change(graph, Transition.TRANSITION_CLEANUP)
    assert graph.node.depth.model is None

    def freed():
        gc.collect()
        return estimator() is None

    ros.wait_until(freed, "the model to be freed")
    status = graph.node.buffer.status(time.time_ns())
    assert not status.image.buffered
    assert {thread.name for thread in threading.enumerate()} <= threads
    assert change(graph, Transition.TRANSITION_CONFIGURE)
    assert change(graph, Transition.TRANSITION_ACTIVATE)
    graph.show()
    assert graph.ask("How far is the globe?").error_code == 0
