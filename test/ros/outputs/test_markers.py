"""Markers show one answer at a time, and neither blink nor linger."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from std_msgs.msg import Header
from visualization_msgs.msg import Marker

from hispatial_ros.answer.colors import Colors
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.target import Target
from hispatial_ros.measure.types import MeasuredObject, Relation
from hispatial_ros.ros.outputs.conversions import pose_to_msg
from hispatial_ros.ros.outputs.marker_shapes import picture_of
from hispatial_ros.ros.outputs.markers import MarkerTracker
from hispatial_ros.service.result import Findings

LIFETIME = 10.0
OF_AN_OBJECT = {"boxes", "edges", "uncertainty", "names", "plates of names"}
OF_A_LINE = {"distances", "lengths", "plates of lengths"}


def an_object(name, center=(0, 0, 1.0)):
    return MeasuredObject(
        id=name,
        label=name,
        region=Region(name, (0, 0, 1, 1)),
        center=np.array(center, float),
        rotation=np.eye(3),
        size=np.full(3, 0.1),
        size_stddev=np.zeros(3),
        covariance=np.zeros((6, 6)),
        extent=np.full(3, 0.1),
        extent_stddev=np.zeros(3),
        nearest=np.array(center, float) - [0, 0, 0.05],
        distance=0.95,
        distance_stddev=0.01,
        num_points=10,
        valid_fraction=1.0,
        surface=np.zeros((0, 3), np.float32),
    )


def a_relation(a, b, predicate="left_of"):
    return Relation(a, b, predicate, 1.0, 0.1, 0.5, 0.1, a.center, b.center, b.center, 0.9)


def a_target(obj):
    return Target(obj, np.array([0, 1.0, 0.5]), np.eye(3), *(0.7, 0.5, 0.01, 0.01, 0.02))


class Display:
    """What RViz would show after all messages so far."""

    def __init__(self):
        self.tracker = MarkerTracker()
        self.colors = Colors()
        self.shown = {}

    def show(self, names, lines=(), target=None, now=0.0):
        objects = {name: an_object(name) for name in names}
        self.show_objects(
            list(objects.values()),
            [a_relation(objects[a], objects[b]) for a, b in lines],
            target and a_target(objects[target]),
            now,
        )

    def show_objects(self, objects, relations=(), target=None, now=0.0, **more):
        findings = Findings(None, objects, lines=relations, **more)
        colors = self.colors.of(objects)
        picture = picture_of(findings, target, colors, Header(), LIFETIME)
        self.apply(self.tracker.show(picture, now))

    def apply(self, message):
        for marker in message.markers:
            key = (marker.ns, marker.id)
            if marker.action == Marker.DELETE:
                assert key in self.shown, "deleted what was never shown"
                del self.shown[key]
            else:
                self.shown[key] = marker
        # The message holds the whole picture.
        adds = {(m.ns, m.id) for m in message.markers if m.action == Marker.ADD}
        assert adds == set(self.shown)

    @property
    def names(self):
        return sorted(m.text.split()[0] for m in self.of("names"))

    @property
    def namespaces(self):
        return {ns for ns, _ in self.shown if not ns.startswith("leaders")}

    def of(self, ns):
        return [marker for (name, _), marker in self.shown.items() if name == ns]

    def id_of(self, name):
        return next(m.id for m in self.of("names") if m.text.startswith(name))

    def color_of(self, name, ns="boxes"):
        color = self.shown[ns, self.id_of(name)].color
        return tuple(round(255 * c) for c in (color.r, color.g, color.b))


@pytest.fixture
def display():
    return Display()


def test_an_answer_replaces_the_one_before_wholly(display):
    display.show(["mug", "chair", "globe"], lines=[("mug", "chair"), ("mug", "globe")])
    assert display.namespaces == OF_AN_OBJECT | OF_A_LINE
    display.show(["chair"], target="chair", now=0.1)
    assert display.names == ["chair"]
    assert display.namespaces == {*OF_AN_OBJECT, "target"}
    display.show(["mug", "chair"], now=0.2)
    assert display.names == ["chair", "mug"]
    assert display.namespaces == OF_AN_OBJECT
    display.show([], now=0.3)  # a question about pixels
    assert not display.shown


def test_what_is_in_both_answers_keeps_its_ids(display):
    display.show(["mug", "chair"], lines=[("mug", "chair")])
    before = {key for key, m in display.shown.items() if not key[0].startswith("leaders")}
    display.show(["chair", "mug", "globe"], lines=[("chair", "mug")], now=1.0)
    assert before <= set(display.shown)


def test_colours_come_back_after_expiry(display):
    display.show(["mug", "chair"])
    before = display.color_of("mug"), display.color_of("chair")
    display.apply(display.tracker.expire(LIFETIME, 11.0))
    display.show(["globe", "chair", "mug"], now=20.0)
    assert (display.color_of("mug"), display.color_of("chair")) == before


def test_all_of_an_object_has_its_colour(display):
    display.show(["mug", "chair"], target="chair")
    for name in ("mug", "chair"):
        colors = {display.color_of(name, ns) for ns in ("boxes", "edges", "uncertainty")}
        assert colors == {display.colors.of([an_object(name)])[name]}
    arrow = display.of("target")[0].color
    assert tuple(round(255 * c) for c in (arrow.r, arrow.g, arrow.b)) == display.color_of("chair")


def test_an_answer_expires(display):
    display.show(["mug", "chair"], lines=[("mug", "chair")], target="mug")
    assert display.tracker.expire(LIFETIME, 9.0) is None
    display.apply(display.tracker.expire(LIFETIME, 11.0))
    assert not display.shown
    assert display.tracker.expire(LIFETIME, 30.0) is None


def test_without_a_lifetime_nothing_expires(display):
    display.show(["mug"])
    assert display.tracker.expire(0.0, 1e9) is None


def test_clear_deletes_everything(display):
    display.show(["mug", "chair"], lines=[("mug", "chair")])
    display.apply(display.tracker.clear())
    assert not display.shown


def test_a_pair_has_one_line_whatever_its_predicates_and_direction(display):
    a, b = an_object("mug"), an_object("chair")
    relations = [a_relation(a, b), a_relation(a, b, "above"), a_relation(b, a, "right_of")]
    display.show_objects([a, b], relations)
    assert len(display.of("distances")) == len(display.of("lengths")) == 1


def test_shapes_without_extent_still_have_a_size(display):
    flat = replace(an_object("sheet"), size=np.array([0.2, 0.0, 0.3]))
    display.show_objects([flat])
    for ns in ("boxes", "uncertainty"):
        scale = display.of(ns)[0].scale
        assert min(scale.x, scale.y, scale.z) > 0  # RViz refuses 0


def test_the_ellipsoid_is_two_standard_deviations_of_the_centre(display):
    turn = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    covariance = np.zeros((6, 6))
    covariance[:3, :3] = turn @ np.diag([0.01, 0.02, 0.03]) ** 2 @ turn.T
    display.show_objects([replace(an_object("mug"), covariance=covariance)])
    marker = display.of("uncertainty")[0]
    assert [marker.scale.x, marker.scale.y, marker.scale.z] == pytest.approx([0.04, 0.08, 0.12])
    q = marker.pose.orientation
    x_axis = [
        1 - 2 * (q.y**2 + q.z**2),
        2 * (q.x * q.y + q.z * q.w),
        2 * (q.x * q.z - q.y * q.w),
    ]
    assert abs(np.dot(x_axis, turn[:, 0])) == pytest.approx(1)


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abcde"), min_size=1), st.floats(0, 20)), max_size=12
    )
)
def test_what_is_shown_is_the_newest_answer_while_it_lives(steps):
    display, now = Display(), 0.0
    for measured, wait in steps:
        pairs = list(zip(sorted(measured), sorted(measured)[1:], strict=False))
        display.show(sorted(measured), lines=pairs, now=now)
        assert display.names == sorted(measured)
        ids = [m.id for m in display.of("boxes")]
        assert len(set(ids)) == len(ids)
        now += wait
        expired = display.tracker.expire(LIFETIME, now)
        assert (expired is not None) == (wait > LIFETIME)
        if expired is not None:
            display.apply(expired)


def test_labels_can_be_read(display):
    """RViz takes scale.x as the width of a space, which at 0 is that of a font 1 m high."""
    display.show(["mug", "chair"], lines=[("mug", "chair")])
    texts = display.of("names") + display.of("lengths")
    assert len(texts) == 3
    for marker in texts:
        assert marker.scale.x == 0.5 * marker.scale.z > 0
        assert "+-" in marker.text
        plate = display.shown[f"plates of {marker.ns}", marker.id]
        assert max(plate.color.r, plate.color.g, plate.color.b) < 0.2 < 0.7 < plate.color.a
        assert min(marker.color.r, marker.color.g, marker.color.b) > 0.9
        assert plate.scale.y > marker.scale.z
        assert plate.pose.position.z > marker.pose.position.z, "behind the text"
    name = display.shown["names", display.id_of("mug")]
    assert name.text == "mug 0.95 +- 0.01 m"
    assert (name.color.r, name.color.g, name.color.b) != display.color_of("mug")


@pytest.mark.parametrize(("label", "shown"), [("Tür", "Tur"), ("café", "cafe"), ("椅子", "??")])
def test_labels_have_no_letters_that_rviz_leaves_blank(display, label, shown):
    display.show_objects([an_object(label)])
    assert display.of("names")[0].text.startswith(f"{shown} 0.95")


def test_boxes_are_edges_and_faces_to_look_through(display):
    display.show(["mug"])
    id = display.id_of("mug")
    assert 0 < display.shown["boxes", id].color.a <= 0.25
    assert len(display.shown["edges", id].points) == 24


def test_plates_face_the_camera_in_any_frame(display):
    turned = ReferenceFrame.body(
        "map", np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([5.0, 6, 7])
    )
    findings = Findings(None, [an_object("mug")]).expressed(turned)
    display.show_objects(findings.objects, reference_frame=turned)
    q = display.of("plates of names")[0].pose.orientation
    expected = pose_to_msg(np.zeros(3), turned.rotation).orientation
    assert (q.x, q.y, q.z, q.w) == (expected.x, expected.y, expected.z, expected.w)


def test_the_arrow_is_shorter_than_a_chair(display):
    display.show(["chair"], target="chair")
    assert display.of("target")[0].scale.x <= 0.4


def test_labels_go_where_their_objects_are_in_any_frame(display):
    """Laid out as the camera sees them, then moved with everything else."""
    turned = ReferenceFrame.body(
        "map", np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([5.0, 6, 7])
    )
    display.show(["mug", "chair"])
    here = {m.text: m.pose.position for m in display.of("names")}
    optical = Findings(None, [an_object("mug"), an_object("chair")])
    findings = optical.expressed(turned)
    display.show_objects(findings.objects, reference_frame=turned)
    for marker in display.of("names"):
        p, q = here[marker.text], marker.pose.position
        np.testing.assert_allclose([q.x, q.y, q.z], turned.points(np.array([p.x, p.y, p.z])))
