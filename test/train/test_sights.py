"""What images show, and what is asked about it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.train.data.formats import LINES, places
from hispatial_ros.train.data.question import Wanted
from hispatial_ros.train.sights import MOST, Sight, draw_question, sights_of

PATCH, SIDE = 14, 112


@pytest.fixture(scope="module")
def sights(rooms):
    return [*sights_of([rooms], SIDE, PATCH, 100)]


def sight(*names, covers=1.0):
    """Objects one above the other, of so many image tokens each."""
    seen = np.zeros((len(names), 64), np.float32)
    seen[np.arange(len(names)), np.arange(len(names))] = covers
    places = np.arange(len(names)) / 8
    boxes = np.stack([places * 0, places, places * 0 + 0.125, places + 0.125], 1)
    return Sight(np.zeros((SIDE, SIDE, 3), np.uint8), names, boxes, seen)


def test_objects_are_seen_within_their_boxes(sights):
    assert len(sights) == 6
    for shown in sights:
        assert shown.rgb.shape == (SIDE, SIDE, 3)
        for box, seen in zip(shown.boxes, shown.seen.reshape(-1, 8, 8), strict=True):
            rows, columns = np.nonzero(seen > 0.3)
            assert (columns + 1 > 8 * box[0]).all()
            assert (columns < 8 * box[2]).all()
            assert (rows + 1 > 8 * box[1]).all()
            assert (rows < 8 * box[3]).all()
    assert sum(len(shown.named) for shown in sights) > 6


def test_of_what_is_told_by_its_name():
    shown = sight("red mug", "blue mug", "red box", "green chair", "green chair")
    assert shown.named == {"red mug": 0, "blue mug": 1, "red box": 2}
    assert shown.words == {"blue": 1, "box": 2}
    assert sight("red mug", covers=0.1).named == {}


def test_lists_of_names():
    rng = np.random.default_rng(0)
    shown = sight(*(f"{c} {n}" for n in ("mug", "box") for c in ("red", "blue", "green", "black")))
    for _ in range(20):
        prompt, answer = draw_question(shown, rng)
        names = prompt.split(" ; ")
        assert len(names) == MOST
        at = [(shown.named[name] + 0.5) / LINES for name in names]
        told = [[(name, y), (name, 0.5 / LINES)] for name, y in zip(names, at, strict=True)]
        rows, columns = zip(*told, strict=True)
        assert read(answer) == [*rows, *columns]


def test_questions_of_the_data(rooms):
    wanted = Wanted(types=frozenset({"center_distance", "left_right"}), formats=frozenset({"text"}))
    source = replace(rooms, wanted=wanted)
    (shown, *_) = (s for s in sights_of([source], SIDE, PATCH, 100) if s.asked)
    assert all(len(named) == 2 for _, named in shown.asked)
    answers = {prompt: places(named) for prompt, named in shown.asked}
    rng = np.random.default_rng(0)
    drawn = [draw_question(shown, rng) for _ in range(60)]
    asked = [(prompt, answer) for prompt, answer in drawn if prompt in answers]
    assert 15 < len(asked) < 45
    assert all(answers[prompt] == answer for prompt, answer in asked)


def test_sides_are_told_after_places(rooms):
    wanted = Wanted(types=frozenset({"left_right", "object_distance"}), short=True)
    shown = [*sights_of([replace(rooms, wanted=wanted)], SIDE, PATCH, 100)]
    questions = [question for one in shown for question in one.sides]
    assert questions
    for question in questions:
        assert question.type == "left_right"
        told, side = question.response.split("\nFinal answer: ")
        assert told == question.places
        assert side in ("to the left of", "to the right of")


def read(answer):
    """Names with their places, in order: rows, then columns."""
    rows, columns = answer.removeprefix(" rows ").split(" columns ")
    found = re.findall(r"([^<]+)<loc(\d{4})>", f"{rows} {columns}")
    return [(name.strip(), int(place) / 1024) for name, place in found]
