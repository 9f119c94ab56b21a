"""The rules judge as the official evaluations do."""

import pytest

from hispatial_ros.evaluate import rules

CHOICES = {"A": "the cup", "B": "the chair", "C": "the lamp", "D": "the red door"}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("(B)", True),
        ("B<eos>", True),
        ("( B ) chair", True),
        ("(A)", False),
        ("AB", True),  # a substring is enough, officially
        ("the chair", None),
        ("", None),
    ],
)
def test_cv_bench(answer, verdict):
    assert rules.cv_bench("B", CHOICES)(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("B", True), ("(B)", True), ("C. B", False), ("the B", None), ("", None)],
)
def test_embspatial(answer, verdict):
    assert rules.embspatial("B", CHOICES)(answer) is verdict


@pytest.mark.parametrize(
    ("truth", "answer", "verdict"),
    [
        ("yes", "Yes.", True),
        ("Yes", "it is true<eos>", True),
        ("no", "False", True),
        ("no", "Yes", False),
        ("yes", "No.", False),
        ("yes", "cannot tell", None),
    ],
)
def test_robospatial(truth, answer, verdict):
    assert rules.robospatial(truth)(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("B", True),
        ("(b). the chair", True),
        ("It is C, not B", False),
        ("the chair <eos>", True),
        ("the lamp", False),
        ("neither", None),
    ],
)
def test_3dsrbench(answer, verdict):
    assert rules.three_d_sr_bench("B", CHOICES)(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("B", True),
        ("Answer: (B).", True),
        ("The answer is A", False),
        ("A or B", None),  # two letters say nothing
        ("the chair", True),
        ("the chair, not the lamp", None),
        ("the chair " * 20, None),  # much longer than all options together
    ],
)
def test_extraction_of_vlmevalkit(answer, verdict):
    assert rules.extracted("B", CHOICES)(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("0.8m", True),
        ("0.4 m", False),  # strictly between
        ("1.6 m", False),
        ("0.41 meters<eos>", True),
        ("80 centimeters", False),  # the first number counts as metres
        ("1 of them, 0.5 m", True),  # of several the first
        ("far away", None),
    ],
)
def test_q_spatial_as_hispatial_scores_it(answer, verdict):
    assert rules.first_number(0.8)(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("80 centimeters", True),
        (r"so it is about one metre: \scalar{2} \distance_unit{feet}", True),
        (r"\scalar{2} \distance_unit{meters}", False),
        ("0.9", True),
        ("no idea", None),
    ],
)
def test_q_spatial_with_units(answer, verdict):
    assert rules.length_between(0.8)(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("0.75 m", True),
        ("1.25 meters", True),
        ("0.74 m", False),
        ("1.26 m", False),
        ("39.4 inches", True),
        ("3 feet 3 inches", True),
        ("Step1 Plan: one is 5.0 m wide. Step4 Final answer: 1.1 meters.", True),
        ("around 100 cm", True),
        ("it is wide", None),
    ],
)
def test_spatialrgpt(answer, verdict):
    assert rules.spatialrgpt(1.0)(answer) is verdict


def test_the_clock():
    judge = rules.clock(3)
    assert judge("at 3 o'clock") is True
    assert judge("4 o'clock") is False
    assert judge("to the right") is None
    assert rules.clock_hour("12 o'clock") == 0
