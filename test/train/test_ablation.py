"""The ablation: what is judged, what is kept."""

import logging
import math
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import ablation
from benchmarks.ablation import VARIANTS, main, shows
from benchmarks.held_out import (
    FORMATS,
    LEVEL_3,
    MEASURES,
    QUALITATIVE,
    QUANTITATIVE,
    TYPES,
    Asked,
    guessed,
    is_right,
    kind_of,
    majority,
)


@pytest.mark.parametrize(
    ("prompt", "response", "kind"),
    [
        ("Is it near? Answer with Yes or No.", "Yes", QUALITATIVE),
        ("Which is nearer?\n(a). the cup\n(b). the box", "(b)", QUALITATIVE),
        ("Which is nearer?\nII. the cup\nI. the box", "I", QUALITATIVE),
        ("On which side is it?", "Left.", QUALITATIVE),
        ("How far is it?", "1.20 m", QUANTITATIVE),
        ("How far is it?", "0 m", None),
        ("Where is it?", "-0.50m 1.04m 2.59m", None),
        ("Which is nearer?", "the cup", None),
        ("Where is the cup?", "To the left of the box.", QUALITATIVE),
        ("Where is the cup?", "The cup is in front of the box", QUALITATIVE),
        ("Where is the cup?", "To the left of the box on the right", None),
        ("How far is it?", "The cup on the left is 1.20m away.", QUANTITATIVE),
        ("Left or right?", "Left", QUALITATIVE),
    ],
)
def test_what_is_judged(prompt, response, kind):
    assert kind_of(prompt, response) == kind


def test_what_is_right():
    assert is_right(QUALITATIVE, "Yes", " Yes\n")
    assert not is_right(QUALITATIVE, "Yes", "Yes, it is")
    places = " rows red mug<loc0064> columns red mug<loc0192>\nFinal answer: "
    assert is_right(QUALITATIVE, "Yes", f"{places}Yes")
    assert is_right(QUANTITATIVE, "2.00 m", f"{places}2.10m")
    assert not is_right(QUANTITATIVE, "2.00 m", places)
    assert is_right(QUALITATIVE, "To the left of the box", f"{places}The cup is to its left.")
    assert not is_right(QUALITATIVE, "To the left of the box", "To the right of the box")
    assert not is_right(QUALITATIVE, "Behind the box", "Left or behind")
    assert is_right(QUANTITATIVE, "2.00 m", "2.49 m")
    assert is_right(QUANTITATIVE, "2.00 m", "151 cm")
    assert not is_right(QUANTITATIVE, "2.00 m", "2.51 m")
    assert not is_right(QUANTITATIVE, "2.00 m", "far")
    assert not is_right(QUANTITATIVE, "2.00 m", "")


def asked(response, measure=QUANTITATIVE):
    return Asked("", None, response, measure, measure)


def test_chance_is_the_best_single_length():
    lengths = [asked(f"{x} m") for x in (1.0, 1.1, 1.2, 3.0, 9.0)]
    assert guessed([*lengths, asked("3.0 m", LEVEL_3)]) == pytest.approx(3 / 5)
    assert math.isnan(guessed([]))


def test_who_sees_nothing_says_the_commoner_side():
    said = ("left", "Left", "to the right of it", "behind", "in front", "in front of it", "1.20m")
    assert majority([asked(text, LEVEL_3) for text in said], LEVEL_3) == pytest.approx(4 / 6)
    assert math.isnan(majority([], QUALITATIVE))


@pytest.mark.parametrize(
    ("points", "rgb", "chance", "expected"),
    [
        (0.61, 0.55, 0.50, True),
        (0.60, 0.56, 0.50, False),
        (0.60, 0.40, 0.51, False),
        (0.60, 0.40, math.nan, False),
    ],
)
def test_margins_over_rgb_and_over_chance(points, rgb, chance, expected):
    """Both have to be kept."""
    assert shows(points, rgb, chance) == expected


def test_of_a_point_the_distance_counts():
    assert is_right(QUANTITATIVE, "0.00m 3.00m 4.00m", "0.10m -2.9m 4.1m")
    assert not is_right(QUANTITATIVE, "0.00m 3.00m 4.00m", "0.0m 3.0m 9.0m")
    assert not is_right(QUANTITATIVE, "5.00 m", "0.00m 3.00m 4.00m"), "no point was asked for"


def options_of(out):
    return f"--out {out} --frames 4 --held-out 2 --seeds 1 --workers 1".split()


def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "ground", lambda base, *rest: base)
    monkeypatch.setattr(ablation, "train", lambda settings, out: None)  # as after a signal
    console = Console(record=True, width=200)
    assert main(options_of(tmp_path), console) == 1
    assert "start it again" in console.export_text()


def test_finished_runs_are_kept(tmp_path, monkeypatch):
    made = []

    def untrained(settings, out):
        (data,) = settings.data
        assert data.types == TYPES
        assert data.formats == FORMATS
        assert data.places
        made.append((settings.points, settings.data[0].levels, settings.seed))
        return Path(settings.checkpoint)

    def half_right(model, asked):
        assert {one.measure for one in asked} <= set(MEASURES)
        return {measure: [[True, False]] * 4 for measure in MEASURES}

    def grounded(base, out, *steps):
        assert steps[0][0].path == tmp_path / "frames"
        return base

    monkeypatch.setattr(ablation, "ground", grounded)
    monkeypatch.setattr(ablation, "train", untrained)
    monkeypatch.setattr(ablation, "evaluate", half_right)
    options = options_of(tmp_path)
    console = Console(record=True, width=200)
    level = logging.getLogger("hispatial_ros").level
    assert main(options, console) == 0
    assert logging.getLogger("hispatial_ros").level == level, "later logs are heard"
    assert made == [(v.points, v.levels, 0) for v in VARIANTS]
    text = console.export_text()
    assert all(v.name in text for v in VARIANTS)
    assert "50.0 (50.0 to 50.0)" in text
    assert "does not show" in text, "metric points are no better than RGB"
    svg = (tmp_path / "ablation.svg").read_text()
    assert all(v.name in svg for v in VARIANTS)
    next(tmp_path.glob("rgb-relative-depth-*.json")).unlink()
    made.clear()
    assert main(options, console) == 0
    assert made == [("relative", (0, 1, 2, 3), 0)]
