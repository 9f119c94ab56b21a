"""The managed node's states, and what is answered in each."""

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState

from hispatial_ros.errors import ErrorCode
from hispatial_ros.srv import AskSpatial

FAR = "How far is the globe?"
CONFIGURE, CLEANUP = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_CLEANUP
ACTIVATE, DEACTIVATE = Transition.TRANSITION_ACTIVATE, Transition.TRANSITION_DEACTIVATE


class Manager:
    """Changes the node's state from outside, as a lifecycle manager does."""

    def __init__(self, graph):
        self._graph = graph
        self._change = graph.peer.create_client(ChangeState, "hispatial/change_state")
        self._get = graph.peer.create_client(GetState, "hispatial/get_state")

    def change(self, transition):
        request = ChangeState.Request(transition=Transition(id=transition))
        return self._graph.call(self._change, request).success

    @property
    def state(self):
        return self._graph.call(self._get, GetState.Request()).current_state.label


@pytest.fixture
def unstarted(make_graph):
    return make_graph(autostart=False)


def test_it_starts_by_itself(make_graph):
    assert Manager(make_graph()).state == "active"


def test_each_state_has_its_answer(unstarted):
    manager = Manager(unstarted)
    assert manager.state == "unconfigured"
    assert unstarted.ask(FAR).error_code == ErrorCode.NOT_ACTIVE
    assert manager.change(CONFIGURE)
    assert unstarted.ask(FAR).error_code == ErrorCode.NOT_ACTIVE
    assert manager.change(ACTIVATE)
    assert unstarted.ask(FAR).error_code == ErrorCode.NO_FRAME
    unstarted.show()
    assert unstarted.ask(FAR).error_code == 0


def test_cycles_are_clean_and_repeatable(unstarted):
    manager = Manager(unstarted)
    entities = set()
    for _ in range(3):
        assert manager.change(CONFIGURE)
        for _ in range(2):
            assert manager.change(ACTIVATE)
            unstarted.show()
            assert unstarted.ask(FAR).error_code == 0
            assert manager.change(DEACTIVATE)
            assert unstarted.ask(FAR).error_code == ErrorCode.NOT_ACTIVE
            node = unstarted.node
            entities.add(
                (
                    len(list(node.subscriptions)),
                    len(list(node.publishers)),
                    len(list(node.services)),
                    len(list(node.timers)),
                    len(list(node.waitables)),
                )
            )
        assert manager.change(CLEANUP)
    assert len(entities) == 1, "every cycle leaves as much behind as the first"


def test_an_old_frame_does_not_survive_deactivation(unstarted):
    manager = Manager(unstarted)
    manager.change(CONFIGURE)
    manager.change(ACTIVATE)
    unstarted.show()
    manager.change(DEACTIVATE)
    manager.change(ACTIVATE)
    assert unstarted.ask(FAR).error_code == ErrorCode.NO_FRAME


def test_an_impossible_transition_is_refused_and_costs_nothing(unstarted):
    manager = Manager(unstarted)
    assert not manager.change(ACTIVATE)
    assert not manager.change(DEACTIVATE)
    assert not manager.change(250)
    assert manager.state == "unconfigured"
    assert manager.change(CONFIGURE)


def test_deactivation_answers_what_is_pending(make_graph, hold, ros):
    graph = make_graph()
    graph.show()
    held = hold(graph)
    assert graph.ask_client.wait_for_service(10)
    request = AskSpatial.Request(question=FAR)
    futures = [graph.ask_client.call_async(request) for _ in range(3)]
    ros.wait_until(lambda: len(held.dones) == 3, "three questions")
    assert Manager(graph).change(DEACTIVATE)
    codes = [graph.result(future).error_code for future in futures]
    assert codes == [ErrorCode.CANCELLED] * 3


def test_a_failing_activation_leads_back_to_unconfigured(unstarted, monkeypatch, capfd):
    manager = Manager(unstarted)
    manager.change(CONFIGURE)
    with monkeypatch.context() as patch:
        patch.setattr(unstarted.node.inputs, "subscribe", lambda: 1 / 0)
        assert not manager.change(ACTIVATE)
    assert manager.state == "unconfigured"
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert unstarted.ask(FAR).error_code == ErrorCode.NOT_ACTIVE
    assert manager.change(CONFIGURE)
    assert manager.change(ACTIVATE)
    unstarted.show()
    assert unstarted.ask(FAR).error_code == 0


def test_shutdown_is_final(unstarted):
    manager = Manager(unstarted)
    assert manager.change(Transition.TRANSITION_UNCONFIGURED_SHUTDOWN)
    assert manager.state == "finalized"
    assert unstarted.ask(FAR).error_code == ErrorCode.NOT_ACTIVE
