"""Who is asked where an object is, in which order, and what the answer says about it."""

import math
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.answer.checked import CheckedQuestion, ModelSettings
from hispatial_ros.answer.locators import DetectorLocator, ModelLocator, located_regions
from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.answer.model import Model, image_only
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.prompts import Prompt, location_tokens

DETECTOR = "the detector owl"
TOKENS = "the model's location tokens"


def without(regions, *labels):
    return [region for region in regions if region.label not in labels]


def box_of(regions, label):
    return next(region.box for region in regions if region.label == label)


def detected(regions, *labels):
    return " ; ".join(
        f"{location_tokens(box_of(regions, label), 640, 480)} {label}" for label in labels
    )


def asking(desk, regions, question, locators, model=None, timeout=10, **options):
    """The model is a locator as well, the last."""
    if model is not None:
        locators = [*locators, ModelLocator(model)]
    return CheckedQuestion(
        model,
        ModelSettings(),
        locators,
        question,
        desk,
        regions,
        lambda text, regions: answer_measured(text, desk, regions),
        time.monotonic() + timeout,
        **options,
    )


def near(region, box):
    return region is not None and max(abs(a - b) for a, b in zip(region, box, strict=True)) <= 1


def test_the_detector_finds_several_at_once_without_a_model(process, desk, desk_regions):
    owl = process({"detect": detected(desk_regions, "globe", "blue mug")})
    answer = asking(
        desk,
        without(desk_regions, "globe", "blue mug"),
        "How far is the blue mug from the globe?",
        [DetectorLocator(owl, "owl")],
    ).run()
    expected = answer_measured("How far is the blue mug from the globe?", desk, desk_regions)
    assert answer.values[0] == pytest.approx(expected.values[0], abs=0.02)
    located = {f"'{name}' was located by {DETECTOR}" for name in ("blue mug", "globe")}
    assert located <= set(answer.notes)
    assert not any("model" in note for note in answer.notes)


def test_regions_come_before_the_detector_and_that_before_the_model(process, desk, desk_regions):
    wrong = "<loc0000><loc0000><loc0100><loc0100>"
    owl = process({"detect globe ; blue": "!kill this", "detect": detected(desk_regions, "globe")})
    model = process(
        {
            "detect globe": f"{wrong} globe",
            "detect blue mug": detected(desk_regions, "blue mug"),
            "How": "1.0m",
        }
    )
    regions = without(desk_regions, "globe")
    ask = asking(
        desk,
        regions,
        "How far is the blue mug from the globe?",
        [DetectorLocator(owl, "owl")],
        Model(model),
    )
    answer = ask.run()
    assert [note for note in answer.notes if "located" in note] == [
        f"'globe' was located by {DETECTOR}"
    ]
    assert near(box_of(ask.regions, "globe"), box_of(desk_regions, "globe"))
    assert list(ask.regions[: len(regions)]) == regions

    # What the detector does not find is left to the model.
    owl = process({"detect": detected(desk_regions, "globe")})
    ask = asking(
        desk,
        without(desk_regions, "globe", "blue mug"),
        "How far is the blue mug from the globe?",
        [DetectorLocator(owl, "owl")],
        Model(model),
    )
    notes = ask.run().notes
    assert [note for note in notes if "'" in note and "located" in note] == [
        f"'globe' was located by {DETECTOR}",
        f"'blue mug' was located by {TOKENS}",
    ]
    assert f"'blue mug' was not found by {DETECTOR}" in notes
    assert near(box_of(ask.regions, "blue mug"), box_of(desk_regions, "blue mug"))


@pytest.mark.parametrize("trouble", [{"broken": True}, {"replies": {"detect": "!kill me"}}])
def test_a_detector_in_trouble_is_told_and_the_next_is_asked(process, desk, desk_regions, trouble):
    model = process({"detect globe": detected(desk_regions, "globe"), "How": "1.0m"})
    answer = asking(
        desk,
        without(desk_regions, "globe"),
        "How far is the globe?",
        [DetectorLocator(process(**trouble), "owl")],
        Model(model),
    ).run()
    assert any(note.startswith(f"{DETECTOR} could not be asked: ") for note in answer.notes)
    assert f"'globe' was located by {TOKENS}" in answer.notes
    assert answer.objects[0].label == "globe"


def test_a_slow_detector_leaves_time_for_the_rest(process, desk, desk_regions):
    owl = process({"detect": "x" * 100}, token_seconds=0.2)
    model = process({"detect globe": detected(desk_regions, "globe"), "How": "1.0m"})
    answer = asking(
        desk,
        without(desk_regions, "globe"),
        "How far is the globe?",
        [DetectorLocator(owl, "owl")],
        Model(model),
        timeout=4,
    ).run()
    assert any(DETECTOR in note and "had not finished" in note for note in answer.notes)
    assert answer.model_text == "1.0m"


def test_a_stopped_question_does_not_wait_for_the_detector(process, desk, desk_regions):
    owl = process({"detect": "x" * 100}, token_seconds=0.5)
    ask = asking(
        desk,
        without(desk_regions, "globe"),
        "How far is the globe?",
        [DetectorLocator(owl, "owl")],
        timeout=100,
    )
    threading.Timer(0.3, ask.stop).start()
    with pytest.raises(SpatialError) as error:
        ask.run()
    assert error.value.code is ErrorCode.CANCELLED
    assert owl.status.in_flight == 0


def test_when_nobody_finds_it_the_error_says_who_looked(process, desk, desk_regions):
    with pytest.raises(SpatialError, match=f"'globe' was not found by {DETECTOR}"):
        asking(
            desk,
            without(desk_regions, "globe"),
            "How far is the globe?",
            [DetectorLocator(process({"detect": "nothing"}), "owl")],
        ).run()


def test_a_frame_is_prepared_once(process, desk):
    prepared = []

    def share(frame, size):
        prepared.append(size)
        return image_only(frame, size)

    model = Model(process(), share)
    for text in ("detect a", "detect b"):
        assert model.submit(desk, Prompt(text), 100, 10).result(10).text == text
    assert prepared == [56]


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_location_tokens_are_pixels_of_the_frame_to_half_a_token(desk, numbers):
    xs, ys = sorted(numbers[:2]), sorted(numbers[2:])
    box = (640 * xs[0], 480 * ys[0], 640 * xs[1], 480 * ys[1])
    text = f"{location_tokens(box, 640, 480)} the cup"
    regions = located_regions(text, desk)
    if regions:
        assert regions[0].label == "the cup"
        for found, given_, side in zip(regions[0].box, box, (640, 480) * 2, strict=True):
            assert math.isclose(found, given_, abs_tol=1.001 * side / 1024)
    else:  # too thin to be a region
        assert min(box[2] - box[0], box[3] - box[1]) < 1


@pytest.mark.parametrize("box", [(0.5, 0.5, 0.25, 0.75), (0.25, 0.25, 0.25, 0.5)])
def test_an_impossible_box_is_no_region(desk, box):
    assert located_regions(f"{location_tokens(box, 1, 1)} cup", desk) == []


def test_the_best_of_several_boxes_counts(process, desk, desk_regions):
    best, other = (0.25, 0.25, 0.5, 0.5), (0.5, 0.5, 0.75, 0.75)
    reply = f"{location_tokens(best, 1, 1)} cup ; {location_tokens(other, 1, 1)} cup"
    locator = DetectorLocator(process({"detect": reply}), "owl")
    ask = asking(desk, [], "How far is the cup?", [])
    assert [(r.label, r.box) for r in locator.locate(["cup", "hat"], desk, ask._generate)] == [
        ("cup", (160.0, 120.0, 320.0, 240.0))
    ]
