"""Relations between objects whose places are known exactly."""

import numpy as np
import pytest

from hispatial_ros.frame.region import Region
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.relations import Relations
from hispatial_ros.measure.transform import transform
from hispatial_ros.measure.types import Gravity, MeasuredObject, Measurement

OPPOSITE = {
    "left_of": "right_of",
    "above": "below",
    "in_front_of": "behind",
    "nearer": "farther",
    "larger": "smaller",
    "taller": "shorter",
    "wider": "narrower",
    "touching": "touching",
}
OPPOSITE |= {b: a for a, b in OPPOSITE.items()}


def box(label, center, size, stddev=0.005):
    center, size = np.array(center, float), np.array(size, float)
    nearest = np.clip(np.zeros(3), center - size / 2, center + size / 2)
    corners = np.stack(np.meshgrid(*[[-0.5, 0.5]] * 3), -1).reshape(-1, 3)
    return MeasuredObject(
        id=label,
        label=label,
        region=Region(label, (0, 0, 10, 10)),
        center=center,
        rotation=np.eye(3),
        size=size,
        size_stddev=np.full(3, stddev),
        covariance=np.eye(6) * stddev**2,
        extent=size,
        extent_stddev=np.full(3, stddev),
        nearest=nearest,
        distance=float(np.linalg.norm(nearest)),
        distance_stddev=stddev,
        num_points=100,
        valid_fraction=1.0,
        surface=(center + corners * size).astype(np.float32),
    )


A = box("a", [-0.5, 0.0, 2.0], [0.2, 0.2, 0.2])
B = box("b", [0.5, -0.3, 2.6], [0.4, 0.6, 0.4])
TABLE = box("table", [0.0, 0.6, 2.0], [1.0, 0.2, 1.0])
ON = box("cup", [0.2, 0.45, 2.0], [0.1, 0.1, 0.1])


def predicates(relations, subject, other):
    return {
        r.predicate: r
        for r in relations
        if r.subject.label == subject.label and r.object.label == other.label
    }


def test_every_predicate_that_holds_is_stated_both_ways():
    relations = Relations([A, B], ReferenceFrame.camera())
    forth, back = predicates(relations, A, B), predicates(relations, B, A)
    expected = {"left_of", "below", "in_front_of", "nearer", "smaller", "shorter", "narrower"}
    assert set(forth) == expected
    assert set(back) == {OPPOSITE[name] for name in expected}
    for name, relation in forth.items():
        assert relation.confidence == pytest.approx(back[OPPOSITE[name]].confidence)
        assert relation.confidence > 0.99
        assert relation.displacement == pytest.approx(B.center - A.center)
        assert back[OPPOSITE[name]].displacement == pytest.approx(A.center - B.center)


def test_distances_between_centres_and_between_surfaces():
    relation = next(iter(Relations([A, B], ReferenceFrame.camera())))
    assert relation.center_distance == pytest.approx(np.linalg.norm(A.center - B.center))
    gap = np.maximum(np.abs(A.center - B.center) - (A.size + B.size) / 2, 0)
    assert relation.closest_distance == pytest.approx(np.linalg.norm(gap), abs=0.01)
    between = np.linalg.norm(relation.subject_point - relation.object_point)
    assert between == pytest.approx(relation.closest_distance, abs=0.01)


def test_what_stands_on_a_table_is_on_it_and_touches_it():
    found = predicates(Relations([ON, TABLE], ReferenceFrame.camera()), ON, TABLE)
    assert {"on", "touching", "above"} <= set(found)
    assert "on" not in predicates(Relations([A, TABLE], ReferenceFrame.camera()), A, TABLE)


def test_what_can_not_be_told_apart_is_unsure():
    twin = box("twin", np.add(A.center, (0.001, 0, 0)), A.size, stddev=0.05)
    found = predicates(Relations([A, twin], ReferenceFrame.camera()), A, twin)
    assert all(r.confidence < 0.8 for name, r in found.items() if name != "touching")


def test_a_viewpoint_from_the_other_side_swaps_left_and_right():
    behind = ReferenceFrame.viewpoint("observer", [0, 0, 5], [0, 0, 0], [0, -1, 0])
    measurement = Measurement([A, B], [], Gravity(np.array([0, -1.0, 0]), "imu"))
    measurement.relations = Relations([A, B], ReferenceFrame.camera())
    turned = transform(measurement, behind)
    found = predicates(turned.relations, turned.objects[0], turned.objects[1])
    assert {"right_of", "behind", "below"} <= set(found)


def test_transforming_back_and_forth_changes_nothing():
    angle = 0.4
    rotation = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    there = ReferenceFrame("there", rotation, np.array([1.0, 2.0, 3.0]))
    back = ReferenceFrame("camera", rotation.T, -rotation.T @ there.translation)
    once = transform(Measurement([A], [], None), there)
    assert once.objects[0].center == pytest.approx(rotation @ A.center + [1, 2, 3])
    assert once.objects[0].distance == A.distance
    again = transform(once, back).objects[0]
    assert again.center == pytest.approx(A.center)
    assert again.extent == pytest.approx(A.extent)
    assert again.covariance == pytest.approx(A.covariance)
