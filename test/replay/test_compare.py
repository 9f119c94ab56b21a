"""What counts as a difference."""

import pytest

from hispatial_ros.replay.compare import Tolerance, differences
from hispatial_ros.replay.outcome import Outcome, Quantity

EXACT = Tolerance(0.0, 0.0)


def answer(value, stddev=0.02, text="It is {:.2f} m away.", **fields):
    values = {"value": Quantity(value, stddev)}
    return Outcome(text=text.format(value), unit="m", quantities=values, **fields)


def what(before, now, tolerance=EXACT):
    return [difference.what for difference in differences(before, now, tolerance)]


def test_the_same_is_the_same():
    assert what(answer(2.0), answer(2.0)) == []


@pytest.mark.parametrize(
    ("tolerance", "expected"),
    [
        (EXACT, ["value"]),
        (Tolerance(0.02, 0.0), []),
        (Tolerance(0.005, 0.0), ["value"]),
        (Tolerance(0.0, 1.0), []),
        (Tolerance(0.0, 0.2), ["value"]),
    ],
)
def test_values_may_change_by_the_tolerance_or_by_standard_deviations(tolerance, expected):
    assert what(answer(2.0), answer(2.01), tolerance) == expected


def test_an_unknown_value_equals_only_itself():
    unknown = float("nan")
    assert what(answer(unknown), answer(unknown)) == []
    assert what(answer(unknown), answer(1.0), Tolerance(9.0, 9.0)) == ["text", "value"]


def test_words_count():
    assert what(answer(2.0), answer(2.0, text="The globe is {:.2f} m away.")) == ["text"]
    assert what(answer(2.0, choice="yes"), answer(2.0, choice="no")) == ["choice"]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("No: 0.63 m to the right.", "No: 0.64 m to the right.", []),
        ("No: 0.63 m to the right.", "No: 0.66 m to the right.", ["text"]),
        ("2 bottles.", "4 bottles.", ["text"]),
        ("72 % sure", "73 % sure", []),
    ],
)
def test_numbers_without_values_may_change_in_the_last_digit(before, now, expected):
    assert what(Outcome(text=before), Outcome(text=now)) == expected


def test_errors_differ_by_code_and_not_by_words():
    before = Outcome(code=301, message="no zebra among: globe")
    assert what(before, Outcome(code=301, message="no zebra here")) == []
    (difference,) = differences(before, answer(2.0), EXACT)
    assert difference.what == "outcome"
    assert difference.recorded == "UNKNOWN_OBJECT: no zebra among: globe"
    assert difference.now == "It is 2.00 m away."
    assert what(before, Outcome(code=302)) == ["outcome"]
    assert what(before, Outcome(code=9999)) == ["outcome"]


def test_measured_objects_and_relations():
    before = Outcome(
        quantities={"mug distance": Quantity(1.0, 0.1), "die distance": Quantity(2.0, 0.1)},
        facts=frozenset({"mug left_of die", "mug nearer die"}),
    )
    now = Outcome(
        quantities={"mug distance": Quantity(1.0, 0.1), "globe distance": Quantity(2.0, 0.1)},
        facts=frozenset({"mug left_of die", "mug farther die"}),
    )
    found = differences(before, now, EXACT)
    assert [(d.what, d.recorded, d.now) for d in found] == [
        ("die distance", "2.0000 ± 0.1000", ""),
        ("globe distance", "", "2.0000 ± 0.1000"),
        ("relation", "mug nearer die", ""),
        ("relation", "", "mug farther die"),
    ]


def test_of_a_models_answer_only_what_was_measured_counts():
    before = Outcome(text="The globe is 2.39 m away.")
    now = answer(2.39, text="The globe is {:.2f} m away.", choice="")
    assert what(before, now) == []
    assert what(before, answer(2.5, text="The globe is {:.2f} m away.")) == ["text"]
