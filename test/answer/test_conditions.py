"""Negated, combined, bounded and containing conditions, on objects of exactly known geometry."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.language.terms import (
    ANY,
    Attribute,
    Limit,
    Mention,
    Not,
    Order,
    RelationTo,
    negated,
)
from hispatial_ros.measure.types import Measurement

sys.path.insert(0, str(Path(__file__).parent))
from things import LEVEL, ROOM, ask, thing, truth

TRAY = thing("tray", (0.0, 0.1, 1.5), (0.4, 0.1, 0.4))
APPLE = thing("apple", (0.05, 0.1, 1.5), (0.08, 0.08, 0.08))
SCENE = (*ROOM, TRAY, APPLE)


@pytest.mark.parametrize(
    ("question", "chosen"),
    [
        ("which objects are not on the table", "red chair, green chair, lamp, ball, tray, apple"),
        ("which chairs are not taller than 95 cm", "red chair"),
        ("which chairs aren't left of the table", "green chair"),
        ("what is in the tray", "apple"),
        ("which objects are left of the mug and closer than 1.5 m", "ball, tray, apple"),
        ("what is left of the mug but behind the table", "lamp, red chair"),
        ("which objects are between 3 and 5 m away", "lamp"),
        ("which objects are between 80 and 95 cm tall", "red chair"),
        ("the nearest chair that is right of the table", "green chair"),
        ("what is the tallest object left of the ball", "red chair"),
        ("name the two nearest objects", "ball -> tray"),
    ],
)
def test_what_fulfils_conditions(question, chosen):
    parts = sorted(chosen.replace(" -> ", ", ").split(", "))
    assert sorted(ask(question, SCENE).choice.replace(" -> ", ", ").split(", ")) == parts


@pytest.mark.parametrize(
    ("question", "choice", "said"),
    [
        ("is the mug not on the table", "no", "No, the mug is on the table"),
        (
            "is the vertical distance between the lamp and the ball more than 80 cm",
            "yes",
            "Yes, the lamp is more than 0.80 m from the ball vertically",
        ),
        (
            "is the depth distance between the lamp and the ball less than 2 m",
            "no",
            "No, the lamp is not less than 2.00 m from the ball along the viewing direction",
        ),
        ("is the ball not on the table", "yes", "Yes, the ball is not on the table"),
        ("isn't the mug on the table?", "yes", "Yes, the mug is on the table"),
        ("isn't the ball on the table?", "no", "No, the ball is not on the table"),
        ("is the lamp not closer than 3 m", "yes", "at least 3.00 m away"),
        ("is the lamp between 2 and 3 m away", "no", "not between 2.00 m and 3.00 m away"),
        ("is the apple inside the tray", "yes", "within the box around the tray"),
        ("is the mug in the tray", "no", "outside the box around the tray"),
        ("is the tray in the apple", "no", "not inside the apple"),
        ("is the mug left of the lamp and closer than 2 m", "no", "is not both to the left"),
        ("can a 40 cm wide robot pass between the table and the red chair", "yes", "0.45 m"),
        ("can a 50 cm wide robot pass between the table and the red chair", "no", "0.45 m"),
    ],
)
def test_yes_or_no(question, choice, said):
    answer = ask(question, SCENE)
    assert answer.choice == choice
    assert said in answer.text


def test_bottom_of_a_bowl_counts_as_inside_although_it_towers_above_the_rim():
    banana = thing("banana", (0.0, 0.07, 1.5), (0.15, 0.12, 0.05))  # its middle above the rim
    bowl = thing("bowl", (0.0, 0.1, 1.5), (0.3, 0.08, 0.3))
    assert ask("is the banana in the bowl", (banana, bowl)).choice == "yes"
    raised = replace(banana, center=banana.center - np.array([0, 0.1, 0]))
    assert ask("is the banana in the bowl", (raised, bowl)).choice == "no"


def test_inside_says_what_it_assumes():
    assert any("hollow" in note for note in ask("is the apple in the tray", SCENE).notes)


def test_the_only_one_of_a_kind_has_to_fulfil_the_restriction_too():
    with pytest.raises(SpatialError) as raised:
        ask("how far is the nearest lamp that is left of the red chair")
    assert raised.value.code is ErrorCode.UNKNOWN_OBJECT


def test_opposites():
    near = Limit(Attribute.DISTANCE, "<", 2.0)
    assert negated(near) == Limit(Attribute.DISTANCE, ">=", 2.0)
    assert negated(negated(near)) == near
    on = RelationTo("on", Mention(words=("table",)))
    assert negated(on) == Not(on)
    assert negated(negated(on)) == on
    about = replace(near, operator="=")
    assert negated(about) == Not(about)
    assert str(Order(Attribute.GAP, anchor=ANY).superlative) == "nearest to *"


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("how many times taller is the lamp than the ball", [9.5]),
        ("how many times smaller is the ball than the lamp in height", [9.5]),
        (
            "how many times closer is the ball than the lamp",
            [truth("lamp").distance / truth("ball").distance],
        ),
        ("how far and how wide is the table", [truth("table").distance, 1.0]),
        ("the table's height and depth", [0.7, 0.6]),
    ],
)
def test_ratios_and_several_quantities(question, values):
    answer = ask(question)
    assert answer.values == pytest.approx(values, abs=2e-3)
    assert len(answer.values_stddev) == len(values)


def test_ratio_has_no_unit_and_its_deviation_follows_from_both():
    answer = ask("how many times taller is the lamp than the ball")
    assert answer.unit == "1"
    relative = np.hypot(0.01 / 1.9, 0.01 / 0.2)
    assert answer.values_stddev == pytest.approx([9.5 * relative], rel=1e-3)


@pytest.mark.parametrize(
    ("asked", "unit"), [("in feet", "ft"), ("in cm", "cm"), ("in inches", "in")]
)
def test_the_unit_asked_for_is_printed(asked, unit):
    assert f" {unit} " in ask(f"how far is the mug {asked}").text


def test_synonyms_are_noted():
    answer = ask("how far is the cup")
    assert answer.values == pytest.approx([truth("mug").distance])
    assert "took 'cup' to mean 'mug'" in answer.notes


def test_options_may_be_synonyms():
    assert ask("Which is nearest? A. cup B. lamp C. table").choice == "C"


@pytest.mark.parametrize(
    ("question", "choice", "said"),
    [  # the lamp is 1.9 m tall, the green chair 1 m, the table 1 m wide and the mug 8 cm
        ("is the lamp twice as tall as the green chair", "yes", "about 2 times as tall as"),
        ("is the lamp twice as tall as the table", "no", "not about 2 times as tall as the table"),
        ("is the lamp more than twice as tall as the table", "yes", "more than 2 times as tall"),
        ("is the lamp at least three times as tall as the table", "no", "at least 3 times"),
        ("is the mug half as wide as the lamp", "no", "about 0.5 times as wide as the lamp"),
        ("is the table at least ten times the width of the mug", "yes", "1.00 m ± 0.01 m against"),
        ("is the lamp more than three times as far away as the ball", "yes", "as far away as"),
        ("is the table less than twice as big as the ball", "no", "litres"),
    ],
)
def test_multiples(question, choice, said):
    answer = ask(question, SCENE)
    assert (answer.choice, answer.unit) == (choice, "m3" if "big" in question else "m")
    assert said in answer.text


def test_which_are_a_multiple():
    assert ask("which objects are at least twice as tall as the table", SCENE).choice == "lamp"


def test_a_multiple_of_the_distance_from_an_observer():
    asked = "from the ball's viewpoint, is the lamp at least twice as far away as the table?"
    assert ask(asked, SCENE).choice == "yes"


def test_regions_without_a_name_or_a_place_are_not_counted():
    nowhere = Region("mug", (math.nan,) * 4)
    nameless = Region("", (5.0, 5.0, 9.0, 9.0))
    regions = [*(o.region for o in ROOM), nowhere, nameless]
    frame = Frame(None, np.full((48, 64), 1500, np.uint16), Camera(64, 48, 50.0, 50.0, 31.5, 23.5))
    known = Measurement(list(ROOM), [], LEVEL)
    for question, number in (("how many objects are there", len(ROOM)), ("how many mugs", 1)):
        assert answer_measured(question, frame, regions, known=known).values == [number]
