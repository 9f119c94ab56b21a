"""Names tell how large things usually are, and do not force the unusual into that."""

from dataclasses import fields, replace

import numpy as np
import pytest

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.solid import IRREGULAR, Solids
from hispatial_ros.measure.typical import LOOSE, STANDING, expect, typical_sizes
from hispatial_ros.simulate.scenes import make_scene


@pytest.mark.parametrize(
    "label", ["chair", "purple chair", "Chair #2", "office_chair 3", "OfficeChair", "ChairB"]
)
def test_the_last_words_of_a_label_are_its_name(label):
    assert np.array_equal(typical_sizes(label), typical_sizes("chair"))


def test_two_words_are_one_name():
    assert not np.array_equal(typical_sizes("dining table"), typical_sizes("table"))


@pytest.mark.parametrize("label", ["", "thing", "chair leg", "toy chair", "mini fridge", "椅子"])
def test_other_names_tell_nothing(label):
    assert typical_sizes(label) is None


def test_usual_sizes_are_sizes():
    for name, (a, b, c, spread) in (STANDING | LOOSE).items():
        assert a >= b > 0, name
        assert 0 < c < 6, name
        assert np.all((np.array(spread) > 0.03) & (np.array(spread) < 0.5)), name
    for a, b, c, _ in LOOSE.values():
        assert a >= b >= c


def standing(width, height, depth, deviations, across=0.0) -> Solids:
    """One thing 3 m away whose near face is known, and whose size has standard deviations."""
    covariance = np.diag([0.01**2, 0.01**2, 0.01**2, 0.05**2, *np.square(deviations)])
    # The centre lies behind the near face by half of the depth.
    covariance[2, 2] += deviations[2] ** 2 / 4
    covariance[2, 6] = covariance[6, 2] = deviations[2] ** 2 / 2
    size = np.array([[width, height, depth]])
    center = np.array([[across, 0.0, 3.0 + depth / 2]])
    kind = np.array([IRREGULAR])
    return Solids(kind, center, np.zeros(1), size, covariance[None], kind)


def test_a_hidden_back_is_where_it_usually_is():
    bed = standing(1.5, 0.9, 0.6, (0.03, 0.03, 0.8))
    assert expect(bed, ["black bed"]).all()
    assert 1.1 < bed.size[0, 2] < 2.2
    near = bed.center[0, 2] - bed.size[0, 2] / 2
    assert near == pytest.approx(3.0, abs=0.03)  # its near face stays where it was seen
    deviation = np.sqrt(bed.covariance[0, 6, 6])
    assert 0.2 < deviation < 0.7
    assert abs(2.0 - bed.size[0, 2]) < 2 * deviation


def test_a_bed_of_which_only_the_headboard_is_seen_goes_on_behind():
    """A board as wide and as high as a bed, whose depth seems to be well known."""
    bed = standing(1.5, 0.9, 0.25, (0.05, 0.05, 0.06))
    expect(bed, ["bed"])
    assert bed.size[0, 2] > 0.6
    deviation = np.sqrt(bed.covariance[0, 6, 6])
    assert abs(2.0 - bed.size[0, 2]) < 1.96 * deviation
    near = bed.center[0, 2] - bed.size[0, 2] / 2
    assert near == pytest.approx(3.0, abs=0.03)


def test_a_sofa_may_have_a_part_across():
    sofa = standing(2.3, 0.8, 0.9, (0.05, 0.02, 0.6))
    expect(sofa, ["sofa"])
    assert abs(1.6 - sofa.size[0, 2]) < 1.96 * np.sqrt(sofa.covariance[0, 6, 6])


def test_many_things_at_once_are_judged_as_each_alone():
    things = [
        (standing(1.5, 0.9, 0.6, (0.03, 0.03, 0.8)), "bed"),
        (standing(0.5, 0.8, 0.3, (0.03, 0.03, 0.3)), "gadget"),
        (standing(0.2, 0.03, 0.1, (0.03, 0.01, 0.1)), "book"),
    ]
    parts = [[getattr(s, f.name) for s, _ in things] for f in fields(Solids)]
    together = Solids(*(np.concatenate(part) for part in parts))
    told = expect(together, [label for _, label in things])
    for i, (alone, label) in enumerate(things):
        assert expect(alone, [label])[0] == told[i]
        assert together.size[i] == pytest.approx(alone.size[0])
        assert together.covariance[i] == pytest.approx(alone.covariance[0])


def test_what_is_seen_is_not_changed():
    table = standing(2.6, 0.75, 1.1, (0.02, 0.01, 0.02))
    assert not expect(table, ["dining table"]).any()
    assert table.size[0] == pytest.approx([2.6, 0.75, 1.1], abs=0.01)


def test_a_name_that_is_not_in_the_table_changes_nothing():
    thing = standing(0.5, 0.9, 0.3, (0.01, 0.01, 0.3))
    before = thing.covariance.copy()
    assert not expect(thing, ["gadget"]).any()
    assert np.array_equal(thing.covariance, before)
    assert thing.size[0, 2] == 0.3


@pytest.mark.parametrize("share", [0.12, 0.25, 2.5])
def test_a_chair_of_unusual_size_stays_one(share):
    """A toy chair that is called just "chair": what is seen of it outweighs the name."""
    true = share * np.array([0.5, 0.86, 0.5])
    wrong = true * [1, 1, 0.7]
    chair = standing(*wrong, share * np.array([0.01, 0.01, 0.2]))
    expect(chair, ["chair"])
    deviation = np.sqrt(chair.covariance[0, [4, 5, 6], [4, 5, 6]])
    assert (np.abs(chair.size[0] - true) < 1.96 * deviation).all()


def test_a_bowl_as_large_as_a_bath_keeps_its_own_interval():
    bowl = standing(1.2, 0.5, 0.9, (0.02, 0.02, 0.3))
    expect(bowl, ["bowl"])
    assert bowl.size[0, 2] == pytest.approx(0.9, abs=0.02)
    assert np.sqrt(bowl.covariance[0, 6, 6]) > 0.25


def test_a_model_of_a_room_holds_within_its_intervals():
    """A room at a tenth of its size, with the names of full-sized furniture."""
    scene = make_scene(906, "everyday furniture")
    camera, depth = scene.frame.camera, scene.frame.depth
    small = replace(scene.frame, depth=np.round(depth * 0.1).astype(depth.dtype))
    assert camera.fx == small.camera.fx
    named = measure(small, scene.regions, relations=False).objects
    unnamed = [replace(r, label="thing") for r in scene.regions]
    plain = measure(small, unnamed, relations=False).objects
    for a, b in zip(named, plain, strict=True):
        assert a.size == pytest.approx(b.size, rel=0.05)
        assert (a.size_stddev >= 0.9 * b.size_stddev).all()


def test_the_answer_says_that_a_name_was_used():
    scene = make_scene(906, "everyday furniture")
    told = [o for o in measure(scene.frame, scene.regions).objects if o.usual]
    assert told
    answer = answer_measured(f"How deep is the {told[0].label}?", scene.frame, scene.regions)
    assert any("usually" in note and told[0].id in note for note in answer.notes)
    known = [replace(r, label=f"object {i}") for i, r in enumerate(scene.regions)]
    answer = answer_measured("How deep is object 0?", scene.frame, known)
    assert not any("usually" in note for note in answer.notes)
