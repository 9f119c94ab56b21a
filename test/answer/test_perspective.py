"""Questions asked from another's place are measured from there."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError

sys.path.insert(0, str(Path(__file__).parent))
from things import ask, truth

# From above, x to the right and z away from the camera: the table at (0, 2), the ball before it at
# (-0.1, 1.2), the lamp behind it at (0, 4), the red chair at (-1.2, 2.2), the green at (1.3, 3).


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("Standing at the table facing the lamp, is the lamp in front of me?", "yes"),
        ("Standing at the table facing the lamp, is the ball in front of me?", "no"),
        ("Standing at the table facing the lamp, is the ball behind me?", "yes"),
        ("Standing at the table facing the ball, is the ball in front of me?", "yes"),
        ("Standing at the table facing the lamp, where is the ball?", "behind"),
        ("Standing at the table facing the lamp, where is the lamp?", "front"),
        ("Standing at the table facing the lamp, is the red chair on my left?", "yes"),
        ("Standing at the table facing the ball, is the red chair on my left?", "no"),
        ("Standing at the lamp facing the table, is the red chair left of the table?", "no"),
        ("From the table's viewpoint facing the ball, is the red chair on the right?", "yes"),
        ("From the viewpoint of the table facing the ball, is the green chair left?", "yes"),
        ("As seen from the lamp facing the table, is the ball behind the table?", "yes"),
        ("From the robot's viewpoint, is the red chair left of the table?", "yes"),
        ("From the camera's perspective, is the lamp behind the table?", "yes"),
        ("Is the ball in front of the camera?", "yes"),
    ],
)
def test_sides_are_the_observers(question, choice):
    answer = ask(question)
    assert answer.choice == choice


def test_what_is_on_the_observers_side():
    answer = ask("If I am standing at the table facing the ball, how many chairs are to my right?")
    assert answer.values == [1]
    assert [o.label for o in answer.objects] == ["red chair"]
    assert "left and right as seen from the table facing the ball" in answer.notes


def test_relations_say_what_the_words_say_and_whose_they_are():
    answer = ask("Standing at the table facing the lamp, is the lamp in front of me?")
    (relation,) = answer.relations
    said = relation.subject.label, relation.predicate, relation.object.label
    assert said == ("lamp", "in_front_of", "table")
    assert relation.confidence > 0.99
    assert answer.values == pytest.approx([2.0], abs=0.01)
    assert answer.reference_frame.name == "table"
    assert answer.frame == "camera"


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("From the lamp's viewpoint, which is closer, the green chair or the ball?", "green chair"),
        ("From the lamp's viewpoint, what is the nearest object?", "green chair"),
        ("From the lamp's viewpoint, is the table closer than the ball?", "yes"),
        ("From the lamp's viewpoint, is the ball closer than 2 m?", "no"),
        ("From the viewpoint of the lamp, is the mug above the ball?", "yes"),
    ],
)
def test_distances_and_heights_need_no_direction_to_look_in(question, choice):
    assert ask(question).choice == choice


def test_a_distance_from_the_observer():
    apart = np.linalg.norm(truth("mug").center - truth("lamp").center)
    assert ask("From the lamp's viewpoint, how far is the mug?").values == pytest.approx([apart])
    same = "Standing at the lamp facing the ball, how far away is the mug?"
    assert ask(same).values == pytest.approx([apart])


def test_an_order_from_the_observer():
    question = "From the lamp's viewpoint, rank the ball, the table and the green chair"
    answer = ask(question + " from near to far")
    assert [o.label for o in answer.objects] == ["green chair", "table", "ball"]


@pytest.mark.parametrize(
    "question",
    [
        "From the red chair's viewpoint, is the mug left of the ball?",
        "From the red chair's viewpoint, is the mug on the left?",
        "From the red chair's perspective, what is behind the table?",
        "As seen from the red chair, where is the ball?",
        "From the red chair's viewpoint, which chair is further right?",
    ],
)
def test_which_way_something_faces_is_never_guessed(question):
    with pytest.raises(SpatialError, match="say what an observer there looks at") as error:
        ask(question)
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE


def test_an_observer_cannot_face_what_is_straight_above():
    tower = [*(o for o in (truth("table"), truth("ball"))), _above(truth("table"))]
    with pytest.raises(SpatialError, match="straight above or below") as error:
        ask("Standing at the table facing the hat, is the ball on the left?", tower)
    assert error.value.code is ErrorCode.BAD_REQUEST


def _above(obj):
    from things import thing

    return thing("hat", obj.center - (0, 0.5, 0), (0.1, 0.1, 0.1))
