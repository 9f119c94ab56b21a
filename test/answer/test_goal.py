"""Going to an object, and where one would stand before it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Gravity

sys.path.insert(0, str(Path(__file__).parent))
from things import SIGMA, ask, truth

UP = np.array([0, -1.0, 0])
FLOOR = Gravity(UP, "support plane", offset=-0.85, floor=-0.85)


@pytest.mark.parametrize(
    "question",
    [
        "Go to the ball.",
        "Please drive to the ball",
        "navigate to the ball",
        "take me to the ball",
        "approach the ball",
        "Can you go to the ball?",
    ],
)
def test_go_to(question):
    answer = ask(question, gravity=FLOOR)
    # The ball's box is 0.2 m wide, in the direction of (-0.1, 1.2) seen from above.
    way = np.array([-0.1, 0, 1.2]) / np.hypot(0.1, 1.2)
    assert answer.target.requested
    assert answer.target.rotation[:, 0] == pytest.approx(way)
    assert answer.target.position[1] == pytest.approx(0.85)
    assert answer.target.travel == pytest.approx(1.1 - 0.7, abs=0.01)
    assert answer.values == pytest.approx(answer.target.position.tolist())
    assert answer.values_stddev == pytest.approx([SIGMA, 0, SIGMA], abs=SIGMA)
    assert answer.unit == "m"
    assert answer.text.startswith("Go to x -0.03 m, y 0.85 m, z 0.40 m (camera frame), 0.40 m")
    assert [o.label for o in answer.objects] == ["ball"]
    (note,) = (n for n in answer.notes if n.startswith("target: "))
    assert "0.70 m before the box of the ball, ± 1.0 cm towards it" in note
    assert "taken for the lowest horizontal surface in view, 0.85 m below the camera" in note


def test_where_is_has_a_target_that_nobody_asked_to_go_to():
    answer = ask("Where is the green chair?", gravity=FLOOR, stand_off=0.5)
    assert not answer.target.requested
    assert answer.target.stand_off == 0.5
    assert answer.text.startswith("The green chair is at")


def test_a_target_in_another_frame():
    turn = np.array([[0, 0, 1.0], [-1, 0, 0], [0, -1, 0]])
    frame = ReferenceFrame.body("map", turn, np.array([10.0, 5.0, 0.85]))
    here = ask("Go to the lamp", gravity=FLOOR)
    there = ask("Go to the lamp", gravity=FLOOR, reference_frame=frame)
    np.testing.assert_allclose(there.target.position, frame.points(here.target.position))
    assert there.target.position[2] == pytest.approx(0, abs=1e-9)
    assert "(map frame)" in there.text


@pytest.mark.parametrize("question", ["go to the ball", "where is the ball?"])
def test_without_a_floor_a_note_says_why(question):
    answer = ask(question, gravity=Gravity(UP, "imu"))
    assert answer.target is None
    assert any("no target: " in n and "no floor is in view" in n for n in answer.notes)
    assert "The ball is at x -0.10 m" in answer.text


def test_heights_above_a_floor_that_tf_gives():
    seen = ask("How high above the floor is the mug?", gravity=FLOOR)
    floor = Gravity(UP, "tf", offset=-0.15, floor=-1.2, floor_source="base_footprint")
    given = ask("How high above the floor is the mug?", gravity=floor)
    assert seen.values == pytest.approx([0.7])
    assert given.values == pytest.approx([1.05])
    assert "floor of the TF frame base_footprint" in " ".join(given.notes)


@pytest.mark.parametrize("question", ["How far is the ball?", "Where are the chairs?"])
def test_other_questions_have_none(question):
    answer = ask(question, gravity=FLOOR)
    assert answer.target is None
    assert not any("target" in note for note in answer.notes)


def test_the_object_to_go_to_may_be_selected():
    assert ask("Go to the nearest chair", gravity=FLOOR).target.object.id == truth("red chair").id
