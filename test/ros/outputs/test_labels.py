"""No label covers another, as seen from the camera."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.demo import DESK
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.measure.engine import measure
from hispatial_ros.ros.outputs.labels import Layout

from .test_markers import a_relation, an_object


def seen(label):
    """Left, top, right and bottom of its plate in the image of a camera with focal length 1."""
    middle, half = label.position[:2], np.array(label.size) / 2
    return np.concatenate([middle - half, middle + half]) / label.position[2]


def covered(labels):
    pairs = combinations(map(seen, labels), 2)
    return [(a, b) for a, b in pairs if (np.minimum(a, b)[2:] - np.maximum(a, b)[:2] > 1e-9).all()]


@pytest.fixture(scope="module")
def desk():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    return measure(frame, load_regions(DESK / "regions.json"))


def test_eleven_things_on_a_desk(desk):
    layout = Layout()
    objects = sorted(desk.objects, key=lambda obj: obj.distance)
    labels = [layout.above(obj, f"{obj.label} {obj.distance:.2f} m") for obj in objects]
    assert len(labels) == 11
    assert not covered(labels)
    labels += [layout.between(relation, "0.75 m") for relation in desk.relations[:20]]
    assert not covered(labels)


def test_a_label_stands_above_its_object_and_before_it():
    obj = an_object("mug")
    label = Layout().above(obj, "mug")
    assert label.position[0] == pytest.approx(0, abs=1e-9)
    assert seen(label)[3] < -0.05
    assert 0.9 * obj.nearest[2] < label.position[2] < obj.nearest[2]
    np.testing.assert_array_equal(label.position, label.wanted)


def test_the_next_one_moves_up_by_a_line():
    layout = Layout()
    first, second = (layout.above(an_object(name), name) for name in ("one", "two"))
    assert seen(first)[1] == pytest.approx(seen(second)[3])
    np.testing.assert_array_equal(second.wanted, first.position)


def test_labels_look_equally_large():
    near, far = (Layout().above(an_object("a", (0, 0, z)), "a") for z in (1.0, 5.0))
    assert far.height / far.position[2] == pytest.approx(near.height / near.position[2])


@pytest.mark.parametrize("center", [(0, 0, -1), (0, 0, 0), (0, 0, 0.01)], ids=str)
def test_what_the_camera_does_not_see_has_a_label_too(center):
    obj = an_object("behind", center)
    for label in (Layout().above(obj, "x"), Layout().between(a_relation(obj, obj), "x")):
        assert np.isfinite(label.position).all()
        assert label.height > 0


@given(
    st.lists(
        st.tuples(
            st.floats(-1, 1), st.floats(-1, 1), st.floats(0.3, 5), st.text("abc", max_size=20)
        ),
        max_size=25,
    )
)
def test_never_covered(places):
    layout = Layout()
    labels = [layout.above(an_object("a", place[:3]), place[3]) for place in places]
    assert not covered([label for label in labels if label.text])
