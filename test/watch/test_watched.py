"""Watches on rendered frames: a box before a wall, at distances of our choice."""

import numpy as np
import pytest

from hispatial_ros.answer import measured
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.watch.evaluation import Evaluation
from hispatial_ros.watch.hysteresis import Band, EventKind
from hispatial_ros.watch.spec import Spec
from hispatial_ros.watch.watched import State, Watched

CAMERA = Camera(64, 48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
REGIONS = [
    Region("box", (10, 20, 22, 30)),
    Region("crate", (40, 20, 52, 30)),
    Region("wall", (0, 0, 64, 48)),
]
BAND = Band(sigmas=2, margin=0.02, confirm=2, lost_after=0.3)
LABELS = [r.label for r in REGIONS]


def frame(box=1.0, crate=1.0):
    depth = np.full((48, 64), 2.0)
    depth[20:30, 10:22] = box
    depth[20:30, 40:52] = crate
    noise = np.random.default_rng(0).normal(0, 0.002, depth.shape)
    return Frame(None, (1000 * (depth + noise)).astype(np.uint16), CAMERA)


def watch(**fields):
    return Watched(Spec("w", **fields), BAND, LABELS)


class Camera10Hz:
    """Shows frames to watches one after another."""

    def __init__(self, *watches):
        self.watches = watches
        self.time = 100.0

    def show(self, frame, regions=REGIONS, times=1):
        """(watch index, kind, condition) of all events."""
        events = []
        for _ in range(times):
            self.time += 0.1
            work = Evaluation(frame)
            for one in self.watches:
                one.prepare(work, regions, "camera")
            work.measure()
            for i, one in enumerate(self.watches):
                self.found = one.judge(work, self.time)
                events += [(i, e.kind, e.condition) for f in self.found for e in f.events]
        return events


def test_a_limit_is_entered_and_left():
    claim = "box closer than 0.8 m"
    camera = Camera10Hz(watch(condition=claim))
    assert camera.show(frame(box=1.2), times=5) == []
    assert camera.watches[0].state is State.OUTSIDE
    assert camera.show(frame(box=0.6), times=5) == [(0, EventKind.ENTERED, claim)]
    assert camera.watches[0].state is State.INSIDE
    assert camera.show(frame(box=1.2), times=5) == [(0, EventKind.LEFT, claim)]


def test_labels_with_a_condition_are_asked_each():
    camera = Camera10Hz(watch(labels=("box", "crate"), condition="closer than 0.8 m"))
    camera.show(frame(), times=2)
    events = camera.show(frame(crate=0.6), times=3)
    assert events == [(0, EventKind.ENTERED, "crate closer than 0.8 m")]


def test_anything_closer_names_what_it_is():
    camera = Camera10Hz(watch(condition="anything closer than 0.8 m"))
    camera.show(frame(), times=2)
    camera.show(frame(crate=0.6), times=2)
    (event,) = camera.found[0].events
    assert (event.kind, event.objects) == (EventKind.ENTERED, ("crate",))
    assert camera.show(frame(box=0.6, crate=0.6), times=2)[-1][1] is EventKind.CHANGED


def test_a_question_of_yes_or_no_is_a_condition():
    camera = Camera10Hz(watch(question="Is the box left of the crate?"))
    assert camera.show(frame(), times=2)[0][1] is EventKind.ENTERED


def test_an_answer_that_changes():
    camera = Camera10Hz(watch(question="How far is the box?"))
    assert camera.show(frame(), times=5) == []
    assert [k for _, k, _ in camera.show(frame(box=0.7), times=5)] == [EventKind.CHANGED]
    assert camera.watches[0].state is State.WATCHING


def test_which_is_nearer_changes_only_when_it_is_sure():
    camera = Camera10Hz(watch(question="Which is closer, the box or the crate?"))
    camera.show(frame(box=0.7), times=2)
    assert camera.show(frame(), times=5) == []
    assert [k for _, k, _ in camera.show(frame(crate=0.7), times=5)] == [EventKind.CHANGED]


def test_relations_between_labels():
    camera = Camera10Hz(watch(labels=("box", "crate")))
    assert (0, EventKind.ENTERED, "box left_of crate") in camera.show(frame(), times=2)
    assert (0, EventKind.ENTERED, "box nearer crate") in camera.show(frame(box=0.7), times=2)
    predicates = {r.predicate for r in camera.found[0].relations}
    assert {"left_of", "nearer", "in_front_of"} <= predicates


def test_on_change_answers_come_with_events_only():
    camera = Camera10Hz(watch(condition="box closer than 0.8 m"))
    camera.show(frame())
    assert camera.found[0].answer is not None, "the first"
    camera.show(frame())
    assert camera.found[0].answer is None
    camera.show(frame(box=0.6), times=2)
    assert camera.found[0].answer.choice == "yes"


def test_with_a_rate_answers_come_every_time():
    camera = Camera10Hz(watch(condition="box closer than 0.8 m", rate=10.0))
    for _ in range(3):
        camera.show(frame())
        assert camera.found[0].answer.choice == "no"


def test_what_goes_is_lost_with_the_reason():
    camera = Camera10Hz(watch(condition="box closer than 0.8 m"))
    camera.show(frame(box=0.6), times=2)
    events = camera.show(frame(), regions=REGIONS[1:], times=6)
    assert [k for _, k, _ in events] == [EventKind.LOST]
    assert camera.watches[0].error.code is ErrorCode.UNKNOWN_OBJECT
    assert camera.watches[0].state is State.LOST
    events = camera.show(frame(), times=2)
    assert [k for _, k, _ in events] == [EventKind.RECOVERED, EventKind.LEFT]


@pytest.mark.parametrize("claim", ["any person closer than 2 m", "anything closer than 0.8 m"])
def test_none_of_a_kind_is_not_near_rather_than_lost(claim):
    camera = Camera10Hz(watch(condition=claim))
    camera.show(frame(box=0.6), regions=[Region("person", REGIONS[0].box)], times=2)
    assert camera.watches[0].state is State.INSIDE
    events = camera.show(frame(), regions=[], times=8)
    assert [k for _, k, _ in events] == [EventKind.LEFT]
    assert camera.watches[0].text.startswith("No, there is no ")


def test_without_a_message_of_the_detector_nobody_knows():
    camera = Camera10Hz(watch(condition="any person closer than 2 m"))
    events = camera.show(frame(), regions=None, times=5)
    assert [k for _, k, _ in events] == [EventKind.LOST]


def test_when_time_jumps_back_it_goes_on():
    camera = Camera10Hz(watch(condition="box closer than 0.8 m"))
    camera.show(frame(box=0.6), times=3)
    camera.time -= 50
    (one,) = camera.watches
    assert not one.schedule.due(camera.time)
    one.interrupt(time_jumped=True)
    assert one.schedule.due(camera.time)
    assert camera.show(frame(box=0.6), times=3) == []
    assert one.state is State.INSIDE
    assert [k for _, k, _ in camera.show(frame(box=1.2), times=3)] == [EventKind.LEFT]


def test_one_watch_that_fails_costs_the_others_nothing():
    camera = Camera10Hz(
        watch(condition="zebra closer than 1 m"), watch(condition="box closer than 0.8 m")
    )
    assert (1, EventKind.ENTERED, "box closer than 0.8 m") in camera.show(frame(box=0.6), times=2)


def test_objects_are_measured_once_for_all(monkeypatch):
    calls = []

    def counted(frame, regions, *options, **others):
        calls.append(sorted(r.label for r in regions))
        return measure(frame, regions, *options, **others)

    measure = measured.measure
    monkeypatch.setattr(measured, "measure", counted)
    own = (Region("box", (10, 20, 22, 30)),)
    camera = Camera10Hz(
        *[watch(condition="box closer than 0.8 m") for _ in range(5)],
        watch(condition="box left of crate"),
        watch(question="How far is the box?", regions=own),
    )
    camera.show(frame())
    assert calls == [["box", "box", "crate"]] or calls == [["box", "crate"]]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"condition": "colourless green ideas"}, ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ({"condition": "how far is the box"}, ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ({"labels": ("box",), "condition": "banana"}, ErrorCode.QUESTION_NOT_UNDERSTOOD),
    ],
)
def test_what_is_no_condition_is_refused_with_what_is(fields, code):
    with pytest.raises(SpatialError, match="Understood are: X closer than") as error:
        watch(**fields)
    assert error.value.code is code


def test_a_range_has_two_limits():
    camera = Camera10Hz(watch(condition="box between 0.5 and 0.8 m away"))
    camera.show(frame(box=1.2), times=5)
    assert camera.watches[0].state is State.OUTSIDE
    camera.show(frame(box=0.65), times=5)
    assert camera.watches[0].state is State.INSIDE


def test_what_others_are_compared_with_is_no_candidate_itself():
    camera = Camera10Hz(watch(condition="anything closer than the crate"))
    camera.show(frame(), times=5)
    assert camera.watches[0].error is None
    assert camera.watches[0].state is State.OUTSIDE or camera.watches[0].state is State.UNKNOWN
    camera.show(frame(box=0.6), times=5)
    assert camera.watches[0].state is State.INSIDE
