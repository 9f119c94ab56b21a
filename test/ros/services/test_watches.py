"""Standing questions through the service and topics, over the real middleware."""

import json
import math

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState

from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import (
    Region,
    SpatialAnswer,
    SpatialRelationArray,
    WatchEvent,
    WatchSpec,
    WatchState,
)
from hispatial_ros.ros.outputs.conversions import time_to_ns
from hispatial_ros.ros.qos import latched, reliable
from hispatial_ros.srv import Watch

NEAR = "purple chair closer than 1.8 m"  # it is at 1.59 m
FAST = {"watch.confirm": 1, "watch.lost_after": 0.0}


class Watcher:
    """Adds watches, shows frames, and collects what comes of it."""

    def __init__(self, graph, ros):
        self.graph = graph
        self._ros = ros
        self.client = graph.peer.create_client(Watch, "hispatial/watch")
        self.events = graph.listen(WatchEvent, "hispatial/watch_events")
        self.answers = graph.listen(SpatialAnswer, "hispatial/answers")
        self.relations = graph.listen(SpatialRelationArray, "hispatial/relations")

    def add(self, replace=False, **fields):
        spec = WatchSpec(**fields)
        request = Watch.Request(command=Watch.Request.ADD, spec=spec, replace=replace)
        return self.graph.call(self.client, request)

    def remove(self, name):
        spec = WatchSpec(name=name)
        return self.graph.call(self.client, Watch.Request(command=Watch.Request.REMOVE, spec=spec))

    def list(self):
        response = self.graph.call(self.client, Watch.Request(command=Watch.Request.LIST))
        assert response.error_code == 0
        return {state.spec.name: state for state in response.watches}

    def look(self, name, times=1):
        """Show new frames until the watch has looked at so many more."""
        wanted = self.list()[name].evaluated + times
        while self.list()[name].evaluated < wanted:
            self.graph.show()

    def wait_for(self, kind, name):
        def found():
            return next((e for e in self.events if (e.kind, e.watch) == (kind, name)), None)

        return self._ros.wait_until(found, f"event {kind} of {name}")

    def change_state(self, transition):
        client = self.graph.peer.create_client(ChangeState, "hispatial/change_state")
        request = ChangeState.Request(transition=Transition(id=transition))
        assert self.graph.call(client, request).success


@pytest.fixture
def watcher(make_graph, ros):
    return Watcher(make_graph(**FAST), ros)


def test_a_condition_is_entered_and_answered(watcher):
    response = watcher.add(condition=NEAR)
    assert (response.error_code, response.name) == (0, "watch-1")
    stamp = watcher.graph.show()
    event = watcher.wait_for(WatchEvent.ENTERED, "watch-1")
    assert time_to_ns(event.header.stamp) == stamp
    assert event.header.frame_id == "camera_color_optical_frame"
    assert event.condition == NEAR
    assert (event.number, list(event.objects)) == (1, ["purple chair"])
    assert event.values[0] == pytest.approx(1.59, abs=0.01)
    assert event.confidence > 0.99
    answer = watcher.answers[0]
    assert (answer.choice, answer.question) == ("yes", NEAR)
    assert answer.request_id.startswith("watch:watch-1:")
    assert watcher.list()["watch-1"].state == WatchState.INSIDE


def test_who_subscribes_late_gets_earlier_events_if_it_asks_for_them(watcher, ros):
    """In the order of the page's commands the event may be there before its first subscriber."""
    watcher.add(name="near", condition=NEAR)
    watcher.graph.show()
    event = watcher.wait_for(WatchEvent.ENTERED, "near")
    topic = "hispatial/watch_events"
    from_now_on = watcher.graph.listen(WatchEvent, topic, reliable(100))
    late = watcher.graph.listen(WatchEvent, topic, latched(100))
    assert ros.arrived(late) == event
    assert not from_now_on


def test_names_that_nobody_has_are_noted_in_the_response(watcher):
    watcher.graph.show()
    response = watcher.add(condition="zebra closer than 1 m")
    assert response.error_code == 0
    (note,) = response.notes
    assert "'zebra' is none of the known objects: " in note
    assert list(watcher.add(condition=NEAR).notes) == []
    assert list(watcher.remove("watch-1").notes) == []


def test_a_frame_is_evaluated_once(watcher, ros):
    watcher.add(name="w", question="How far is the globe?", rate=30.0)
    stamp = watcher.graph.show()
    ros.wait_until(lambda: watcher.answers, "an answer")
    for _ in range(3):
        watcher.graph.show(stamp)
    watcher.look("w")
    evaluated = watcher.list()["w"].evaluated
    ros.wait_until(lambda: len(watcher.answers) >= evaluated, "the last answer")
    stamps = [time_to_ns(answer.header.stamp) for answer in watcher.answers]
    assert stamps[0] == stamp
    assert len(set(stamps)) == len(stamps)


def test_labels_give_relations(watcher, ros):
    watcher.add(name="w", labels=["globe", "blue mug", "yellow die"], rate=30.0)
    watcher.graph.show()
    ros.wait_until(lambda: watcher.relations, "relations")
    found = {(r.subject_id, r.predicate, r.object_id) for r in watcher.relations[0].relations}
    assert ("globe", "left_of", "blue mug") in found
    event = watcher.wait_for(WatchEvent.ENTERED, "w")
    assert "globe" in event.condition


def test_the_relations_of_all_watches_of_an_image_come_together(watcher, ros):
    for name, text in (("a", "globe left of blue mug"), ("b", "globe left of yellow die")):
        watcher.add(name=name, condition=text, rate=30.0)
    watcher.graph.show()
    ros.wait_until(lambda: watcher.relations, "relations")
    assert len(watcher.relations[0].relations) == 2


def test_a_watch_may_bring_its_own_regions(watcher):
    watcher.add(name="w", condition="gate closer than 5 m", regions=[box()])
    watcher.graph.show(topics=("image", "depth", "camera_info"))
    assert list(watcher.wait_for(WatchEvent.ENTERED, "w").objects) == ["gate"]


def box():
    return Region(label="gate", x0=60.0, y0=15.0, x1=150.0, y1=100.0)


def test_an_object_that_goes_is_lost_and_recovered(watcher, ros):
    watcher.add(name="w", condition=NEAR)
    watcher.graph.show()
    watcher.wait_for(WatchEvent.ENTERED, "w")
    regions = watcher.graph.messages["regions"].regions
    chair = next(r for r in regions if r.label == "purple chair")
    watcher.graph.messages["regions"].regions = [r for r in regions if r is not chair]
    watcher.look("w", 2)
    lost = watcher.wait_for(WatchEvent.LOST, "w")
    assert lost.error_code == ErrorCode.UNKNOWN_OBJECT
    assert "globe" in lost.error_msg
    state = watcher.list()["w"]
    assert (state.state, state.error_code) == (WatchState.LOST, ErrorCode.UNKNOWN_OBJECT)
    watcher.graph.messages["regions"].regions = regions
    # The first image may still be within the slop of the regions before.
    watcher.look("w", 2)
    watcher.wait_for(WatchEvent.RECOVERED, "w")
    ros.wait_until(lambda: len(watcher.events) == 4, "what it is like now")
    e = WatchEvent
    assert [event.kind for event in watcher.events] == [e.ENTERED, e.LOST, e.RECOVERED, e.ENTERED]
    assert [event.number for event in watcher.events] == [1, 2, 3, 4]


def test_a_camera_that_goes_is_noticed_and_recovers(make_graph, ros):
    watcher = Watcher(make_graph(max_frame_age=0.3, **FAST), ros)
    watcher.add(name="w", condition=NEAR)
    watcher.graph.show()
    watcher.wait_for(WatchEvent.ENTERED, "w")
    lost = watcher.wait_for(WatchEvent.LOST, "w")
    assert lost.error_code == ErrorCode.FRAME_TOO_OLD
    assert "camera" in lost.error_msg or "old" in lost.error_msg
    watcher.graph.show()
    watcher.wait_for(WatchEvent.RECOVERED, "w")


def test_diagnostics_list_the_watches(watcher, ros):
    watcher.add(name="chair", condition=NEAR)
    watcher.add(name="zebra", condition="zebra closer than 1 m")
    messages = watcher.graph.listen(DiagnosticArray, "/diagnostics", reliable())
    watcher.graph.show()
    watcher.wait_for(WatchEvent.LOST, "zebra")

    def told():
        statuses = [s for m in messages for s in m.status if s.name.endswith(": watches")]
        return next((s for s in statuses if s.message == "1 inside, 1 lost"), None)

    status = ros.wait_until(told, "the states")
    assert status.level == DiagnosticStatus.WARN
    assert {(v.key, v.value) for v in status.values} == {
        ("chair", "inside"),
        ("zebra", "lost"),
        ("command: NONE", "2"),
    }


def test_watches_survive_deactivation_with_their_state(watcher):
    watcher.add(name="w", condition=NEAR)
    watcher.graph.show()
    watcher.wait_for(WatchEvent.ENTERED, "w")
    watcher.change_state(Transition.TRANSITION_DEACTIVATE)
    assert watcher.list()["w"].state == WatchState.INSIDE
    assert watcher.add(name="v", question="How far is the globe?").error_code == 0
    watcher.change_state(Transition.TRANSITION_ACTIVATE)
    watcher.look("w", 2)
    assert [e.kind for e in watcher.events if e.watch == "w"] == [WatchEvent.ENTERED]
    watcher.change_state(Transition.TRANSITION_DEACTIVATE)
    watcher.change_state(Transition.TRANSITION_CLEANUP)
    assert not watcher.list()
    refused = watcher.add(name="w", condition=NEAR)
    assert refused.error_code == ErrorCode.NOT_ACTIVE, "what a file holds is not known yet"


def test_watches_are_kept_in_a_file(make_graph, ros, tmp_path):
    path = tmp_path / "watches.json"
    parameters = {"watch.file": str(path), **FAST}
    first = Watcher(make_graph(**parameters), ros)
    first.add(name="chair", condition=NEAR, rate=5.0, margin=0.1)
    first.add(name="gate", condition="gate closer than 5 m", regions=[box()])
    first.add(name="gone", question="How far is the globe?")
    first.remove("gone")
    second = Watcher(make_graph(**parameters), ros)
    states = second.list()
    assert list(states) == ["chair", "gate"]
    assert (states["chair"].spec.rate, states["chair"].spec.margin) == (5.0, 0.1)
    assert states["gate"].spec.regions == [box()]
    second.graph.show()
    second.wait_for(WatchEvent.ENTERED, "chair")


def test_a_damaged_file_is_an_error_and_stays(make_graph, ros, tmp_path):
    path = tmp_path / "watches.json"
    path.write_text('{"version": 1, "watches": [{"name": "a"')
    graph = make_graph(**{"watch.file": str(path)})
    assert graph.node.state == "unconfigured"
    assert path.read_text() == '{"version": 1, "watches": [{"name": "a"'
    path.write_text(json.dumps({"version": 1, "watches": []}))
    client = graph.peer.create_client(ChangeState, "hispatial/change_state")
    request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))
    assert graph.call(client, request).success


def test_what_can_not_be_stored_is_not_changed(make_graph, ros, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    watcher = Watcher(make_graph(**{"watch.file": str(folder / "watches.json"), **FAST}), ros)
    folder.rmdir()
    response = watcher.add(name="w", condition=NEAR)
    assert response.error_code == ErrorCode.NOT_STORED
    assert not response.watches


@pytest.fixture(scope="module")
def lasting(make_lasting_graph, ros_module):
    return Watcher(make_lasting_graph(**{"watch.max_watches": 2, **FAST}), ros_module)


@pytest.fixture(scope="module")
def ros_module():
    return None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, ErrorCode.BAD_QUESTION),
        ({"condition": "colourless green ideas"}, ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ({"condition": "closer than 0.8 m"}, ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ({"condition": "how far is the globe"}, ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ({"condition": "a\x07b"}, ErrorCode.BAD_QUESTION),
        ({"question": "x" * 100_000}, ErrorCode.BAD_QUESTION),
        ({"condition": "x" * 100_000}, ErrorCode.BAD_QUESTION),
        ({"question": "colourless green ideas"}, ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ({"condition": NEAR, "rate": -1.0}, ErrorCode.BAD_REQUEST),
        ({"condition": NEAR, "rate": 1e9}, ErrorCode.BAD_REQUEST),
        ({"condition": NEAR, "rate": float("nan")}, ErrorCode.BAD_REQUEST),
        ({"condition": NEAR, "margin": float("inf")}, ErrorCode.BAD_REQUEST),
        ({"condition": NEAR, "name": "../../etc/passwd"}, ErrorCode.BAD_REQUEST),
        ({"condition": NEAR, "name": "x" * 65}, ErrorCode.BAD_REQUEST),
        ({"condition": NEAR, "reference_frame": "x" * 1000}, ErrorCode.UNKNOWN_REFERENCE_FRAME),
        ({"labels": ["globe"]}, ErrorCode.BAD_REQUEST),
        ({"labels": ["a", "a"]}, ErrorCode.BAD_REQUEST),
        ({"labels": [str(i) for i in range(11)]}, ErrorCode.BAD_REQUEST),
        ({"labels": ["", "globe"]}, ErrorCode.BAD_REGION),
        ({"condition": NEAR, "regions": [Region(label="x")] * 201}, ErrorCode.BAD_REQUEST),
        ({"condition": NEAR, "regions": [Region(x0=math.nan)]}, ErrorCode.BAD_REGION),
        ({"condition": NEAR, "regions": [Region(label="x", x0=9.0)]}, ErrorCode.BAD_REGION),
    ],
)
def test_bad_watches_have_their_code(lasting, fields, code):
    response = lasting.add(**fields)
    assert response.error_code == code
    assert response.error_msg
    assert not response.watches


def test_a_bad_condition_is_answered_with_what_is_understood(lasting):
    assert "closer than 0.8 m" in lasting.add(condition="colourless green ideas").error_msg


def test_limits_and_names(lasting):
    assert lasting.add(name="a", condition=NEAR).error_code == 0
    assert lasting.add(name="a", condition=NEAR).error_code == 0, "the same again"
    assert lasting.add(name="a", condition="globe closer than 1 m").error_code == 404
    assert lasting.add(True, name="a", condition="globe closer than 1 m").error_code == 0
    assert lasting.add(condition=NEAR).name == "watch-1"
    refused = lasting.add(condition=NEAR)
    assert (refused.error_code, len(refused.watches)) == (404, 2)
    assert "watch.max_watches" in refused.error_msg
    assert lasting.remove("nobody").error_code == 404
    assert lasting.remove("a").error_code == lasting.remove("watch-1").error_code == 0
    bad = lasting.graph.call(lasting.client, Watch.Request(command=7))
    assert bad.error_code == 404


def test_a_slow_watch_skips_frames(watcher, ros, monkeypatch):
    """What arrives while a frame is evaluated waits as one frame, the newest."""
    from hispatial_ros.watch.watched import Watched

    judge, stamps = Watched.judge, []

    def slow(self, evaluation, stamp):
        stamps.append(stamp)
        if len(stamps) == 1:
            for _ in range(5):
                last = watcher.graph.show()
                newest.append(last)
        return judge(self, evaluation, stamp)

    newest = []
    monkeypatch.setattr(Watched, "judge", slow)
    watcher.add(name="w", question="How far is the globe?", rate=30.0)
    watcher.graph.show()
    ros.wait_until(lambda: len(stamps) == 2, "the next evaluation")
    assert round(stamps[1] * 1e3) == round(newest[-1] / 1e6)
    assert watcher.list()["w"].evaluated == 2
