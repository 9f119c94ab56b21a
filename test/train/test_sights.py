"""What images show, and what is asked about it."""

import re

import numpy as np
import pytest

from hispatial_ros.train.sights import MOST, STEPS, Sight, draw_question, sights_of

PATCH, SIDE = 14, 112
PLACE = re.compile(r"<loc(\d{4})>")


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


def test_questions(sights):
    rng = np.random.default_rng(0)
    shown = sight(*(f"{c} {n}" for n in ("mug", "box") for c in ("red", "blue", "green", "black")))
    kinds = set()
    for _ in range(60):
        prompt, answer = draw_question(shown, rng)
        kinds.add(prompt.split()[0])
        places = [int(place) / 1024 for place in PLACE.findall(answer)]
        names = [name.strip() for name in PLACE.sub("|", answer).split("|")][:-1]
        if prompt.startswith("detect "):
            y0, x0, y1, x1 = places
            name = prompt.removeprefix("detect ")
            box = shown.boxes[shown.names.index(name)]
            assert answer.endswith(f"> {name}")
            assert (x0, y0, x1, y1) == pytest.approx(box, abs=1 / 1024)
        else:
            assert len(places) == len(names) == MOST
            at = [shown.named[name] if prompt == "rows" else 0 for name in names]
            assert places == pytest.approx([(i + 0.5) / STEPS for i in at])
    assert kinds == {"detect", "rows", "columns"}
