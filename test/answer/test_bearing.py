"""Angles: bearings in degrees and on the clock, and angles between objects."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError

sys.path.insert(0, str(Path(__file__).parent))
from things import ask, thing, truth


@pytest.mark.parametrize(
    ("center", "hour"),
    [
        ((0.0, 0.0, 2.0), 12),
        ((2.0, 0.0, 2.0 * np.sqrt(3)), 1),
        ((-2.0, 0.0, 2.0 * np.sqrt(3)), 11),
        ((2.0, 0.4, 2.0 / np.sqrt(3)), 2),
    ],
)
def test_clock(center, hour):
    answer = ask("at what o'clock is the cone", (thing("cone", center, (0.1, 0.1, 0.1)),))
    assert answer.choice == f"{hour} o'clock"
    assert answer.unit == "rad"
    turn = (answer.values[0] - np.radians(30 * hour) + np.pi) % (2 * np.pi) - np.pi
    assert turn == pytest.approx(0, abs=1e-3)


def test_bearing_is_positive_to_the_right():
    right, left = ask("what is the bearing to the green chair"), ask("bearing of the red chair")
    assert right.values == pytest.approx([np.arctan2(1.3, 3.0)], abs=1e-3)
    assert left.values == pytest.approx([np.arctan2(-1.2, 2.2)], abs=1e-3)
    assert (right.choice, left.choice) == ("right", "left")
    assert "23°" in right.text


def test_deviation_is_across_the_line_of_sight():
    answer = ask("what is the bearing to the green chair")
    assert answer.values_stddev == pytest.approx([0.01 / np.hypot(1.3, 3.0)], rel=0.05)


def test_an_observers_twelve_is_what_they_face():
    answer = ask("standing at the table facing the lamp, at what o'clock is the lamp")
    assert answer.choice == "12 o'clock"
    seen = ask("standing at the table facing the lamp, at what o'clock is the green chair")
    assert seen.choice == "2 o'clock"
    assert seen.notes == [
        "left and right as seen from the table facing the lamp",
        "up: across the horizontal surface in view",
    ]


def test_from_another_object_the_cameras_direction_is_twelve():
    answer = ask("at what o'clock is the lamp from the table")
    assert answer.choice == "12 o'clock"
    assert len(answer.objects) == 2
    assert answer.notes == ["straight ahead, 12 o'clock, is where the camera looks"]


def test_options_in_degrees_and_hours():
    assert ask("What is the bearing of the red chair? A. 30 degrees B. -30 degrees").choice in "AB"
    assert ask("At what o'clock is the red chair? A. 1 o'clock B. 11 o'clock").choice == "B"


def test_no_angle_straight_above():
    over = thing("drone", (0.0, -1.0, 2.0), (0.1, 0.1, 0.1))
    with pytest.raises(SpatialError) as raised:
        ask("at what o'clock is the drone from the table", (truth("table"), over))
    assert raised.value.code is ErrorCode.BAD_QUESTION


def test_angle_between_lines_of_sight():
    a, b = truth("red chair").center, truth("green chair").center
    expected = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    answer = ask("what is the angle between the red chair and the green chair")
    assert answer.values == pytest.approx([expected], abs=1e-6)
    assert answer.unit == "rad"
