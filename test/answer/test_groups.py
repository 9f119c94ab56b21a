"""Of several objects at once: exceptions, alternatives, pairs, gaps that something fits into."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.errors import SpatialError
from hispatial_ros.measure.types import Gravity

sys.path.insert(0, str(Path(__file__).parent))
from things import ROOM, ask, thing

BLOCK = thing("block", (0.5, 0.5, 2.5), (0.3, 0.3, 0.3))
SCENE = (*ROOM, BLOCK)


def said(question, objects=SCENE, **options):
    answer = ask(question, objects, **options)
    return answer.choice, answer.text


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("list all objects except the mug and the chairs", "table, lamp, ball, block"),
        ("what is the tallest object except the lamp", "green chair"),
        ("is everything but the mug left of the lamp", "no"),
        ("which objects other than the chairs are left of the lamp", "ball, table"),
        ("what else but the mug is closer than 1.5 m", "ball"),
        ("what is left of the table or the mug", "red chair, lamp, ball"),
        ("is the mug on the ball or the table", "yes"),
        ("is the mug left of the lamp or the ball", "no"),
        ("which is farther apart, the mug and the lamp or the table and the ball", "mug and lamp"),
        (
            "which pair is closer together: the mug and the lamp or the table and the ball",
            "table and ball",
        ),
        ("are the mug and the ball closer together than the table and the lamp", "yes"),
        ("is the mug closer to the lamp than the ball is to the table", "no"),
        ("does the ball fit between the red chair and the table", "yes"),
        ("would the lamp fit between the mug and the table", "no"),
        ("how far are the chairs from the table", "red chair"),
    ],
)
def test_choices(question, choice):
    assert sorted(said(question)[0].split(", ")) == sorted(choice.split(", "))


def test_each_of_many_is_answered_nearest_first():
    answer = ask("how far are the chairs from the table", SCENE)
    apart = [np.linalg.norm(o.center - ROOM[0].center) for o in (ROOM[2], ROOM[3])]
    assert answer.values == pytest.approx(apart)
    assert [o.label for o in answer.objects] == ["red chair", "green chair", "table"]


@pytest.mark.parametrize(
    ("question", "number", "words"),
    [
        ("how many more chairs than balls are there", 1, "1 more: 2 chairs are known, 1 ball"),
        ("how many more balls than chairs are there", -1, "1 fewer: 1 ball is known, 2 chairs"),
        ("how many fewer balls than chairs are there", 1, "1 more: 2 chairs"),
    ],
)
def test_how_many_more(question, number, words):
    answer = ask(question, SCENE)
    assert answer.values == [number]
    assert words in answer.text


def test_what_is_counted_against_needs_no_guess():
    for question in (
        "are there more chairs than objects on the table",
        "are there more chairs left of the lamp than balls",
    ):
        with pytest.raises(SpatialError, match="not understood"):
            ask(question, SCENE)
    both = "are there more objects left of the lamp than objects right of the lamp"
    assert ask(both, SCENE).text.startswith("No, 3 objects are to the left of the lamp, 3 objects")


def test_numbers_of_several_questions_have_one_unit():
    answer = ask("how far is the lamp and how many degrees must I turn to face it", SCENE)
    assert answer.unit == "m"
    assert len(answer.values) == 1
    assert "from straight ahead" in answer.text or "°" in answer.text


DESK = thing("desk", (0.0, 0.32, 2.0), (1.0, 0.04, 0.6))  # the board: its top is 0.3 below


@pytest.mark.parametrize(
    ("offset", "floor", "height", "note"),
    [
        (-0.30, -1.05, 0.75, "the height of its top above the floor"),
        (-0.30, None, 0.04, "no floor is seen"),
        (-0.85, -1.05, 0.04, None),  # things stand on something else
    ],
)
def test_a_desk_is_as_high_as_its_top(offset, floor, height, note):
    gravity = Gravity(np.array([0, -1.0, 0]), "support plane", offset=offset, floor=floor)
    answer = ask("how high is the desk", (*ROOM, DESK), gravity=gravity)
    assert answer.values == pytest.approx([height])
    notes = [n for n in answer.notes if not n.startswith("up: ")]
    assert [note in n for n in notes] == ([True] if note else [])
