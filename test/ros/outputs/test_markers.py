"""Markers neither blink nor linger."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from std_msgs.msg import Header
from visualization_msgs.msg import Marker

from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import MeasuredObject, Relation
from hispatial_ros.ros.outputs.markers import MarkerTracker

LIFETIME = 10.0


def an_object(name):
    return MeasuredObject(
        id=name,
        label=name,
        region=Region(name, (0, 0, 1, 1)),
        center=np.array([0, 0, 1.0]),
        rotation=np.eye(3),
        size=np.full(3, 0.1),
        size_stddev=np.zeros(3),
        covariance=np.zeros((6, 6)),
        extent=np.full(3, 0.1),
        extent_stddev=np.zeros(3),
        nearest=np.array([0, 0, 0.95]),
        distance=0.95,
        distance_stddev=0.01,
        num_points=10,
        valid_fraction=1.0,
        surface=np.zeros((0, 3), np.float32),
    )


def a_relation(a, b, predicate="left_of"):
    return Relation(a, b, predicate, 1.0, 0.1, 0.5, 0.1, a.center, b.center, b.center, 0.9)


class Display:
    """What RViz would show after all messages so far."""

    def __init__(self):
        self.tracker = MarkerTracker()
        self.shown = {}

    def update(self, names, known=None, now=0.0, lines=()):
        objects = [an_object(name) for name in names]
        by_name = {o.id: o for o in objects}
        relations = [a_relation(by_name[a], by_name[b]) for a, b in lines]
        self.apply(self.tracker.update(Header(), objects, relations, known, LIFETIME, now))

    def apply(self, message):
        for marker in message.markers:
            key = (marker.ns, marker.id)
            if marker.action == Marker.DELETE:
                assert key in self.shown, "deleted what was never shown"
                del self.shown[key]
            else:
                self.shown[key] = marker
        # The message holds the full state.
        adds = {(m.ns, m.id) for m in message.markers if m.action == Marker.ADD}
        assert adds == set(self.shown)

    @property
    def names(self):
        return sorted(m.text.split()[0] for m in self.shown.values() if m.ns == "names")

    def id_of(self, name):
        return next(m.id for m in self.shown.values() if m.text.startswith(name))


@pytest.fixture
def display():
    return Display()


def test_questions_about_different_objects_do_not_make_them_blink(display):
    known = {"mug", "chair"}
    display.update(["mug"], known, now=0.0)
    display.update(["chair"], known, now=0.1)
    assert display.names == ["chair", "mug"]


def test_ids_and_colours_are_stable(display):
    display.update(["mug", "chair"], {"mug", "chair"})
    id, color = display.id_of("mug"), display.shown["boxes", display.id_of("mug")].color
    display.update(["chair", "mug"], {"mug", "chair"}, now=1.0)
    assert display.id_of("mug") == id
    assert display.shown["boxes", id].color == color


def test_what_left_the_regions_is_deleted_at_once_with_its_lines(display):
    display.update(["mug", "chair"], {"mug", "chair"}, lines=[("mug", "chair")])
    assert {ns for ns, _ in display.shown} == {*("boxes", "edges", "names", "distances", "lengths")}
    display.update([], {"chair"}, now=0.1)
    assert display.names == ["chair"]
    assert {ns for ns, _ in display.shown} == {"boxes", "edges", "names"}


def test_regions_of_a_request_say_nothing_about_others(display):
    display.update(["mug"], {"mug"}, now=0.0)
    display.update(["ball"], None, now=0.1)
    assert display.names == ["ball", "mug"]
    display.update(["mug"], {"mug"}, now=0.2)
    assert display.names == ["ball", "mug"]


def test_what_is_not_measured_again_expires(display):
    display.update(["mug", "chair"], {"mug", "chair"}, now=0.0, lines=[("mug", "chair")])
    display.update(["mug"], {"mug", "chair"}, now=6.0)
    assert display.tracker.expire(LIFETIME, 9.0) is None
    display.apply(display.tracker.expire(LIFETIME, 11.0))
    assert display.names == ["mug"]
    display.apply(display.tracker.expire(LIFETIME, 17.0))
    assert not display.shown


def test_without_a_lifetime_nothing_expires(display):
    display.update(["mug"], {"mug"})
    assert display.tracker.expire(0.0, 1e9) is None


def test_clear_deletes_everything(display):
    display.update(["mug", "chair"], None, lines=[("mug", "chair")])
    display.apply(display.tracker.clear())
    assert not display.shown


def test_a_pair_has_one_line_whatever_its_predicates_and_direction(display):
    a, b = an_object("mug"), an_object("chair")
    relations = [a_relation(a, b), a_relation(a, b, "above"), a_relation(b, a, "right_of")]
    message = display.tracker.update(Header(), [a, b], relations, None, LIFETIME, 0.0)
    assert sum(m.ns == "distances" for m in message.markers) == 1


def test_a_flat_object_still_has_a_box(display):
    flat = replace(an_object("sheet"), size=np.array([0.2, 0.0, 0.3]))
    message = display.tracker.update(Header(), [flat], [], None, LIFETIME, 0.0)
    assert message.markers[0].scale.y > 0  # RViz refuses 0


@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from("abcde")),
            st.one_of(st.none(), st.sets(st.sampled_from("abcde"))),
            st.floats(0, 8),
        ),
        max_size=12,
    )
)
def test_what_is_shown_is_what_was_measured_recently(steps):
    display, now, seen = Display(), 0.0, {}
    for measured, known, wait in steps:
        now += wait
        known = None if known is None else known | measured
        pairs = list(zip(sorted(measured), sorted(measured)[1:], strict=False))
        display.update(sorted(measured), known, now, lines=pairs)
        seen = {n: (t, topic) for n, (t, topic) in seen.items() if now - t <= LIFETIME}
        if known is not None:
            seen = {n: s for n, s in seen.items() if n in known or not s[1]}
        seen |= {n: (now, known is not None) for n in measured}
        assert display.names == sorted(seen)
        ids = [id for ns, id in display.shown if ns == "boxes"]
        assert len(set(ids)) == len(ids)


def test_labels_can_be_read(display):
    """RViz takes scale.x as the width of a space, which at 0 is that of a font 1 m high."""
    display.update(["mug", "chair"], {"mug", "chair"}, lines=[("mug", "chair")])
    texts = [m for (ns, _), m in display.shown.items() if ns in ("names", "lengths")]
    assert len(texts) == 3
    for marker in texts:
        assert marker.scale.x == 0.5 * marker.scale.z > 0
    name = display.shown["names", display.id_of("mug")]
    assert "±" in name.text
    box = display.shown["boxes", display.id_of("mug")]
    assert (name.color.r, name.color.g, name.color.b) != (box.color.r, box.color.g, box.color.b)


def test_boxes_are_edges_and_faces_to_look_through(display):
    display.update(["mug"], {"mug"})
    id = display.id_of("mug")
    assert 0 < display.shown["boxes", id].color.a <= 0.25
    assert len(display.shown["edges", id].points) == 24
