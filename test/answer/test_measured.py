"""Questions about a room of exactly known geometry get the exact answers."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.understanding import SCENES, SETS, load
from hispatial_ros.answer.types import Level, Source
from hispatial_ros.errors import ErrorCode, SpatialError

sys.path.insert(0, str(Path(__file__).parent))
from things import LEVEL, ROOM, SIGMA, ask, thing, truth

QUESTIONS = [(scene, question) for name in SETS for scene, question, _ in load(name)]
REFERENCES = [o.label for o in ROOM]
REFERENCES += ["chairs", "nearest chair", "camera", "me", "objects", "dog", "mug on the table"]
REFERENCES += ["pixel (10, 20)", "two chairs", "pixel (70, 70)", "everything"]


def distance(a, b):
    return np.linalg.norm(truth(a).center - truth(b).center)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("how far is the mug", [truth("mug").distance]),
        ("how tall is the lamp", [1.9]),
        ("how wide is the table", [1.0]),
        ("how deep is the table", [0.6]),
        ("how long is the lamp", [1.9]),
        ("how big is the ball", [0.2, 0.2, 0.2]),
        ("where is the lamp", [0.05, -0.1, 4.0]),
        ("axis-aligned box of the table", [-0.5, 0.15, 1.7, 0.5, 0.85, 2.3]),
        ("volume of the ball", [0.008]),
        ("how high above the floor is the mug", [0.70]),
        ("how tall are the chairs", [0.9, 1.0]),
        ("distance from the mug to the ball", [distance("mug", "ball")]),
        ("how far apart are the chairs", [distance("red chair", "green chair")]),
        ("vertical distance between the lamp and the ball", [0.85]),
        ("horizontal distance between the lamp and the ball", [np.hypot(0.15, 2.8)]),
        ("how far left of the mug is the ball", [0.3]),
        ("distance along the z axis between mug and ball", [0.7]),
        ("closest distance between the table and the red chair", [np.hypot(0.45, 0.0)]),
        ("how far is the mug from the nearest chair", [distance("mug", "red chair")]),
        ("how much taller is the lamp than the ball", [1.7]),
        ("how much closer is the ball than the lamp", [4.0 - 0.15 - truth("ball").distance]),
        ("how many chairs are there", [2]),
        ("how many objects are farther than the table", [4]),
        ("how many objects are left of the mug", [4]),
        ("how many objects are taller than 80 cm", [3]),
        ("how far ahead is the lamp", [4.0]),
    ],
)
def test_numbers(question, values):
    answer = ask(question)
    assert answer.values == pytest.approx(values, abs=2e-3)
    assert len(answer.values_stddev) == len(answer.values)
    assert answer.source is Source.MEASURED
    assert answer.question == question


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("which is nearer, the lamp or the mug", "mug"),
        ("which is the farthest object", "lamp"),
        ("what is the second farthest object", "green chair"),
        ("which chair is taller", "green chair"),
        ("which is further left, the ball or the mug", "ball"),
        ("which is lower, the ball or the mug", "ball"),
        ("what is the biggest thing", "table"),
        ("which object is closest to the mug", "table"),
        ("is the mug closer to the ball or the lamp", "ball"),
        ("is the mug left of the ball", "no"),
        ("is the mug on the table", "yes"),
        ("is the ball on the table", "no"),
        ("is the mug above the table", "yes"),
        ("is the lamp behind the table", "yes"),
        ("is the ball in front of the lamp", "yes"),
        ("is the lamp taller than the green chair", "yes"),
        ("is the lamp closer than 2 m", "no"),
        ("is the ball within 1 m of the mug", "yes"),
        ("is the distance between the mug and the ball more than 2 m", "no"),
        ("are the chairs more than 2 m apart", "yes"),
        ("is the ball the nearest object", "yes"),
        ("is the mug the nearest object", "no"),
        ("is the table between the red chair and the green chair", "yes"),
        ("is the ball between the mug and the lamp", "no"),
        ("is the lamp 3.85 m away", "yes"),
        ("are the chairs behind the ball", "yes"),
        ("are the chairs left of the table", "no"),
        ("is any chair left of the table", "yes"),
        ("is everything closer than 5 m", "yes"),
        ("are all objects closer than 3 m", "no"),
        ("is there anything behind the lamp", "no"),
        ("is there a chair left of the table", "yes"),
        ("is there a lamp", "yes"),
        ("rank the mug, the lamp and the ball from far to near", "lamp -> mug -> ball"),
        ("order the chairs by height", "green chair -> red chair"),
        ("where is the ball relative to the table", "front"),
        ("is the red chair left or right of the table", "left"),
        ("is the lamp in front of or behind the table", "behind"),
    ],
)
def test_choices(question, choice):
    answer = ask(question)
    assert answer.choice == choice
    if choice in ("yes", "no"):
        assert answer.text.startswith(choice.capitalize())


@pytest.mark.parametrize(
    ("question", "labels"),
    [
        ("what is left of the table", {"red chair", "ball"}),
        ("which objects are higher than the mug", {"lamp"}),
        ("what is on the table", {"mug"}),
        ("which chairs are farther than the mug", {"red chair", "green chair"}),
        ("what is within 1 m of the ball", {"table", "mug", "red chair"}),
        ("describe the scene", {o.label for o in ROOM}),
    ],
)
def test_selected_objects(question, labels):
    answer = ask(question)
    assert {o.label for o in answer.objects} == labels
    assert answer.values == [len(labels)]
    assert answer.unit == "count"


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        # The lamp is 2 m behind the table: whoever stands there and looks at the table faces us.
        ("standing at the lamp facing the table, is the red chair left or right", "right"),
        ("from the lamp, is the red chair left of the table", None),
        ("if i stand at the lamp and look at the table, is the green chair to my left", "yes"),
        ("standing at the red chair facing the green chair, is the ball left or right", "right"),
        ("is the red chair left or right of the table from the camera's point of view", "left"),
    ],
)
def test_viewpoints(question, choice):
    if choice is not None:
        assert ask(question).choice == choice


@pytest.mark.parametrize(
    "question",
    [
        "from the lamp's perspective, is the mug to the left of the ball",
        "which way is the lamp facing",
    ],
)
def test_only_a_model_knows_where_something_faces(question):
    with pytest.raises(SpatialError, match="faces cannot be measured") as error:
        ask(question)
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("Which is nearest? A. lamp B. mug C. red chair", "B"),
        ("Which is the nearest? (a) the lamp (b) the table (c) the green chair", "b"),
        ("How far is the mug? (A) 0.5 m (B) 1.9 m (C) 5 m", "B"),
        ("How far is the mug? A. 50 cm B. 190 cm", "B"),
        ("Is the mug on the table? A) yes B) no", "A"),
        ("Is the mug on the table? 1. True 2. False", "1"),
        ("Where is the lamp relative to the table? i) in front ii) behind iii) left", "ii"),
        ("How many chairs are there? A. one B. two C. three", "B"),
        (
            "Rank mug, lamp, ball from near to far. A. mug -> lamp -> ball B. ball -> mug -> lamp",
            "B",
        ),
    ],
)
def test_lettered_options(question, choice):
    assert ask(question).choice == choice


def test_no_option_fits():
    answer = ask("Is the mug left or right of the ball? A. red B. green")
    assert answer.choice == "right"
    assert any("none of the options" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("question", "level"),
    [
        ("what is the xyz of pixel (10, 10)", Level.PIXEL),
        ("distance between pixel (10, 10) and pixel (20, 20)", Level.PIXEL),
        ("how far is the mug", Level.OBJECT),
        ("is there a lamp", Level.OBJECT),
        ("is there a lamp behind the table", Level.RELATION),
        ("how far is the mug from the lamp", Level.RELATION),
        ("how far is the mug from pixel (10, 10)", Level.RELATION),
    ],
)
def test_levels(question, level):
    assert ask(question).level is level


def test_pixels():
    # Depth is 1.5 m everywhere, fx = fy = 50, centre (31.5, 23.5).
    xyz = np.array([(10 - 31.5) / 50, (20 - 23.5) / 50, 1]) * 1.5
    answer = ask("what is the xyz of the pixel (10, 20)")
    assert answer.values == pytest.approx(xyz, abs=1e-3)
    assert ask("depth at (10, 20)").values == pytest.approx([1.5], abs=1e-3)
    assert ask("how far is pixel (10, 20)").values == pytest.approx([np.linalg.norm(xyz)], abs=1e-3)
    answer = ask("distance between pixel (10, 20) and pixel (20, 20)")
    assert answer.values == pytest.approx([0.3], abs=1e-3)
    # Location tokens are y, x of 1024: (16, 12) of 64 x 48.
    token = ask("xyz of <loc0256><loc0256>").values
    assert token == pytest.approx(ask("xyz of pixel (16, 12)").values)


@pytest.mark.parametrize("pixel", ["(64, 0)", "(0, 48)", "(1000, 1000)"])
def test_pixels_outside_the_image(pixel):
    with pytest.raises(SpatialError) as error:
        ask(f"xyz of pixel {pixel}")
    assert error.value.code is ErrorCode.REGION_OUTSIDE_IMAGE


def test_a_close_call_says_how_sure_it_is():
    near = thing("cup", (0, 0, 2.0), (0.1, 0.1, 0.1), sigma=0.02)
    far = thing("jar", (0.5, 0, 1.93), (0.1, 0.1, 0.1), sigma=0.02)
    gap = far.distance - near.distance
    assert abs(gap) < 0.03
    answer = ask("which is nearer, the cup or the jar", (near, far))
    assert "about equal" in answer.text
    assert "% sure" in answer.text
    answer = ask("is the cup nearer than the jar", (near, far))
    assert "% sure" in answer.text
    assert "sure" not in ask("which is nearer, the mug or the lamp").text


def test_the_stated_probability_is_the_normal_one():
    a = thing("cup", (0, 0, 2.0), (0.1, 0.1, 0.1), sigma=0.01)
    b = thing("jar", (0, 0, 2.01), (0.1, 0.1, 0.1), sigma=0.01)
    # Difference 0.01 with standard deviation 0.01 sqrt(2): Phi(0.7071) = 0.760.
    assert "(76 % sure)" in ask("is the cup nearer than the jar", (a, b)).text


def test_units_that_were_asked_for():
    assert "190" in ask("how tall is the lamp in cm").text
    assert " ft" in ask("how many feet away is the lamp").text
    assert ask("how tall is the lamp in cm").values == pytest.approx([1.9])


def test_gravity_frame():
    tilt = np.radians(20)  # the camera looks down: up leans towards it
    up = np.array([0, -np.cos(tilt), -np.sin(tilt)])
    gravity = type(LEVEL)(up, "imu")
    rotation = np.array(
        [[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]]
    )
    for question, reference in (
        ("where is the lamp in the world frame", ""),
        ("where is the lamp", "gravity"),
    ):
        answer = ask(question, reference_frame=reference, gravity=gravity)
        assert answer.values == pytest.approx(rotation @ truth("lamp").center, abs=1e-6)
        assert answer.frame == "gravity"
    answer = ask(
        "where is the lamp in the camera frame", reference_frame="gravity", gravity=gravity
    )
    assert answer.values == pytest.approx(truth("lamp").center)
    vertical = ask("vertical distance between the lamp and the mug", gravity=gravity).values[0]
    assert vertical == pytest.approx(abs(up @ (truth("lamp").center - truth("mug").center)))


def test_unknown_reference_frame():
    with pytest.raises(SpatialError) as error:
        ask("where is the lamp", reference_frame="base_link")
    assert error.value.code is ErrorCode.UNKNOWN_REFERENCE_FRAME


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("how far is the dog", ErrorCode.UNKNOWN_OBJECT),
        ("how far is the chair", ErrorCode.AMBIGUOUS_OBJECT),
        ("is the dog left of the mug", ErrorCode.UNKNOWN_OBJECT),
        ("what is the weather like", ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ("", ErrorCode.BAD_QUESTION),
        ("x" * 100_000, ErrorCode.BAD_QUESTION),
        ("what is the ninth nearest object", ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ("what is the sixth nearest chair", ErrorCode.UNKNOWN_OBJECT),
        ("how far is the mug's handle", ErrorCode.UNKNOWN_OBJECT),
        ("how far is the mug from the mug", ErrorCode.BAD_QUESTION),
        ("is the mug left of the mug", ErrorCode.BAD_QUESTION),
        ("is the mug taller than the mug", ErrorCode.BAD_QUESTION),
        ("direction from the mug to the mug", ErrorCode.BAD_QUESTION),
        ("is the lamp taller than me", ErrorCode.QUESTION_NOT_UNDERSTOOD),
    ],
)
def test_errors(question, code):
    with pytest.raises(SpatialError) as error:
        ask(question)
    assert error.value.code is code
    assert len(str(error.value)) > 10


def test_equal_labels_are_told_apart():
    boxes = [thing("box", (x, 0, 2.0), (0.2, 0.2, 0.2)) for x in (-1.0, 0.0, 1.0)]
    for i, box in enumerate(boxes):
        box.region = type(box.region)("box", (i * 10.0, 0.0, i * 10.0 + 5, 5.0))
    assert ask("where is box #3", boxes).values[0] == pytest.approx(1.0)
    assert ask("where is the second box from the left", boxes).values[0] == pytest.approx(0.0)
    assert ask("where is the rightmost box", boxes).values[0] == pytest.approx(1.0)
    assert ask("how many boxes are there", boxes).values == [3]
    assert ask("which box is nearest", boxes).choice == "box#2"
    with pytest.raises(SpatialError, match="box#1, box#2 or box#3"):
        ask("how far is the box", boxes)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_question_about_any_objects_gets_an_answer_or_an_error(data):
    """Questions of the paraphrase sets, with their objects swapped for others."""
    scene, question = data.draw(st.sampled_from(QUESTIONS))
    for label in sorted(SCENES[scene], key=len, reverse=True):
        for name in (label, label.split()[-1]):
            if name in question:
                question = question.replace(name, data.draw(st.sampled_from(REFERENCES)))
    try:
        answer = ask(question)
    except SpatialError:
        return
    assert answer.text
    assert len(answer.values) == len(answer.values_stddev)
    assert np.isfinite(answer.values).all()


def test_relations_carry_the_evidence():
    answer = ask("is the mug on the table")
    (relation,) = answer.relations
    assert (relation.subject.label, relation.predicate, relation.object.label) == (
        "mug",
        "on",
        "table",
    )
    assert relation.confidence > 0.5
    assert SIGMA < relation.center_distance < 1


def test_what_was_assumed_is_noted():
    assert any("near" in n and "0.30 m" in n for n in ask("is the mug near the table").notes)
    assert any("red chair" in n for n in ask("how far is the nearest chair").notes)
    assert any("took" in n for n in ask("how far is the green chiar").notes)


def test_options_that_nothing_was_measured_for_are_no_claims():
    answer = ask("which is taller? i) table ii) mug on the table iii) table")
    assert answer.choice != "ii"
