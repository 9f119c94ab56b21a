"""Structs to messages and back lose nothing."""

import math

import numpy as np
import pytest
from geometry_msgs.msg import Quaternion
from hypothesis import given
from hypothesis import strategies as st
from std_msgs.msg import Header

from hispatial_ros.frame.region import Region
from hispatial_ros.intake.convert import image_to_depth, image_to_rgb
from hispatial_ros.intake.from_ros import picture, region_from_msg, rotation
from hispatial_ros.measure.engine import measure
from hispatial_ros.msg import SpatialAnswer, SpatialRelation
from hispatial_ros.ros.inputs import from_msgs
from hispatial_ros.ros.outputs import conversions
from hispatial_ros.ros.outputs.images import depth_to_msg, image_to_msg

quaternions = st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(
    lambda q: np.linalg.norm(q) > 1e-3
)


@given(quaternions)
def test_quaternion_and_matrix_are_inverse(q):
    q = np.array(q) / np.linalg.norm(q)
    back = conversions.quaternion(rotation(Quaternion(x=q[0], y=q[1], z=q[2], w=q[3])))
    assert back[3] >= 0
    assert abs(float(back @ q)) == pytest.approx(1, abs=1e-9)


@given(st.integers(0, 2**62))
def test_stamps(ns):
    if ns // 10**9 < 2**31:
        assert conversions.time_to_ns(conversions.time_to_msg(ns)) == ns


@given(st.floats(-1e6, 1e6))
def test_durations(seconds):
    back = conversions.duration_to_seconds(conversions.duration_to_msg(seconds))
    assert math.isclose(back, seconds, abs_tol=1e-9, rel_tol=1e-15)


def test_regions():
    outline = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    region = Region("blue mug", (1.5, 2.5, 30.25, 40.75), outline, "track-7")
    back = region_from_msg(conversions.region_to_msg(region))
    assert (back.label, back.box, back.id) == (region.label, region.box, region.id)
    np.testing.assert_array_equal(back.outline, outline)


def test_images():
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (5, 7, 3), np.uint8)
    np.testing.assert_array_equal(image_to_rgb(picture(image_to_msg(rgb, "rgb8"))), rgb)
    for depth in (rng.integers(0, 2**16, (5, 7), np.uint16), rng.random((5, 7), np.float32)):
        back = image_to_depth(picture(depth_to_msg(depth)))
        assert back.dtype == depth.dtype
        np.testing.assert_array_equal(back, depth)


def test_objects_and_relations(desk):
    measured = measure(desk.frame, desk.regions)
    header = Header(frame_id="camera")
    objects = [
        from_msgs.object_from_msg(conversions.object_to_msg(o, header)) for o in measured.objects
    ]
    for got, wanted in zip(objects, measured.objects, strict=True):
        assert (got.id, got.label, got.num_points) == (wanted.id, wanted.label, wanted.num_points)
        for field in ("center", "rotation", "size", "size_stddev", "covariance", "extent"):
            np.testing.assert_allclose(getattr(got, field), getattr(wanted, field), atol=1e-9)
    for wanted in list(measured.relations)[:50]:
        msg = conversions.relation_to_msg(wanted, header)
        got = from_msgs.relation_from_msg(msg, objects)
        assert (got.subject.id, got.predicate, got.object.id) == (
            wanted.subject.id,
            wanted.predicate,
            wanted.object.id,
        )
        np.testing.assert_allclose(got.displacement, wanted.displacement)
        assert got.closest_distance_stddev == wanted.closest_distance_stddev


def test_a_relation_to_what_an_answer_does_not_list_is_no_fault_of_the_client():
    msg = SpatialAnswer(level=2, relations=[SpatialRelation(subject_id="globe", object_id="mug")])
    assert from_msgs.answer_from_msg(msg).relations == []
