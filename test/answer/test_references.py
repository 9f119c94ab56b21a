"""Any and all of a class, directly above, what carries what, counts, options that are phrases."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from things import ask, truth


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("is the mug left of a chair", "yes"),  # of the green one
        ("is the mug left of all chairs", "no"),  # not of the red one
        ("is the lamp farther than all chairs", "yes"),
        ("is the ball nearer than any chair", "yes"),
        ("is the lamp taller than the chairs", "yes"),
        ("is the mug directly above the table", "yes"),
        ("is the lamp directly behind the mug", "no"),  # 0.15 m beside it, and that is 0.08 m wide
        ("is the red chair directly in front of me", "no"),
        ("is the lamp directly in front of me", "yes"),
        ("are there more chairs than lamps", "yes"),
        ("are there fewer chairs than lamps", "no"),
        ("are there at least two chairs", "yes"),
        ("are there exactly three chairs", "no"),
        ("are there as many mugs as balls", "yes"),
        ("is the table as wide as the lamp", "no"),
        ("is the red chair as wide as the green chair", "yes"),
        ("are the chairs the same width", "yes"),
        ("is there something between me and the lamp", "yes"),
        ("is the lamp between me and the mug", "no"),
        ("is the lamp within 5 m in front of me", "yes"),
        ("is neither chair left of the mug", "no"),
        ("is the lamp taller or shorter than the ball", "taller"),
        ("what is the mug on", "table"),
        ("where is the mug relative to the table? A. left B. right", "B"),
        ("where is the ball relative to the table? (A) above-left (B) front-left (C) behind", "B"),
        ("where is the red chair? [A] left [B] right", "A"),
        ("what is the relation of the mug to the table? A. The mug is on the table "
         "B. The mug is under the table", "A"),
        ("which of the following is true? A. The lamp is left of the red chair. "
         "B. The lamp is right of the red chair.", "B"),
        ("how is the ball placed relative to the red chair? A. behind B. in front of "
         "C. to the left of D. to the right of", "D"),
        ("which chair is closer? A. the green one B. the red one", "B"),
        ("is the lamp bigger or smaller than the ball? (a) smaller (b) bigger", "b"),
        ("should I turn left or right to face the red chair? A. right B. left", "B"),
        ("which is nearest? A. mug B. green chair C. unicorn", "A"),
        ("which point is closer? A. (100, 200) B. (30, 40)", None),  # outside the image
    ],
)  # fmt: skip
def test_choices(question, choice):
    if choice is None:
        with pytest.raises(Exception, match="pixel"):
            ask(question)
    else:
        assert ask(question).choice == choice


def test_sides_are_not_chosen_among_where_an_option_is_not_read():
    """It may be the right one: the ball is to the right of the red chair."""
    answer = ask(
        "how is the ball placed relative to the red chair? A. in front of B. behind C. east"
    )
    assert answer.choice == "right"


def test_numbers_of_several_questions_in_their_order():
    answer = ask("what is the closest object and how far is it")
    assert answer.choice == "ball"
    assert answer.values[-1] == pytest.approx(truth("ball").distance)
    answer = ask("where are the mug and the ball relative to the table")
    assert len(answer.values) == 6


def test_the_place_in_the_image_is_a_pixel():
    answer = ask("where in the image is the mug")
    x0, y0, x1, y1 = truth("mug").region.box
    assert answer.values == [(x0 + x1) / 2, (y0 + y1) / 2]
    assert answer.unit == "px"


def test_turning_is_an_angle_and_no_target():
    answer = ask("turn towards the red chair")
    assert answer.unit == "rad"
    assert answer.values[0] < 0  # to the left
    assert answer.target is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("how many chairs are left of the mug", "1 chair is to the left of the mug"),
        ("how many chair are behind the mug", "2 chairs are behind the mug"),
        ("how many lamps are there", "1 lamp is known"),
        ("is there a chair left of the mug", "Yes, the red chair is to the left of the mug"),
    ],
)
def test_words_agree_in_number(question, text):
    assert ask(question).text.startswith(text)


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("how deep is the table", "'depth' is taken as the extent of an object"),
        ("which has the greater depth, the mug or the lamp", "'depth' is taken as the distance"),
        ("is the mug directly above the table", "'directly above' is taken as"),
    ],
)
def test_what_could_be_meant_otherwise_is_noted(question, note):
    assert any(n.startswith(note) for n in ask(question).notes)
