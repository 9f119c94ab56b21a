"""The simulated benchmark: the same for the same seed, and judged by the exact truth."""

import numpy as np
import pytest

from hispatial_ros.dataset.facts import Either, Fact, Number, Numbers, Order
from hispatial_ros.dataset.questions import CHOICE, TEXT, YES_NO, Pair
from hispatial_ros.dataset.world import Quantity
from hispatial_ros.evaluate.backends import LocalAsker, RefusedError
from hispatial_ros.evaluate.benchmarks import simulated as module
from hispatial_ros.evaluate.benchmarks.simulated import rule, simulated
from hispatial_ros.evaluate.frames import Frames
from hispatial_ros.settings.settings import Settings


@pytest.fixture(scope="module")
def questions():
    return list(simulated(2, 900))


def test_enough_questions_of_all_levels(questions):
    assert {q.type[0] for q in questions} == set("0123")
    assert len({q.id for q in questions}) == len(questions)
    assert len(questions) / 2 * module.FRAMES >= 2000


def test_the_same_seed_asks_the_same(questions):
    module._scene.cache_clear()
    again = list(simulated(1, 900))
    first = [q for q in questions if q.image == again[0].image]
    assert [(q.id, q.text, q.truth) for q in first] == [(q.id, q.text, q.truth) for q in again]


def test_the_measuring_engine_is_mostly_right(questions):
    asker = LocalAsker("measured", Settings(), Frames(None))
    verdicts = []
    for question in questions:
        try:
            answer = asker.ask(question, asker.prepare(question))
        except RefusedError:
            continue
        verdicts.append(question.rules["truth"](answer))
    assert len(verdicts) > 0.6 * len(questions)
    assert np.mean([v is True for v in verdicts]) > 0.85


def pair(claim, form=TEXT, answer="", options=(), response=""):
    fact = Fact("center_distance", 2, (0, 1), claim, {}, tuple(options))
    return Pair(fact, form, "?", answer, 1.0, tuple(options), response=response)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("1.09 m", True), ("1.11 m", False), ("95 cm", True), ("far", None)],
)
def test_lengths_within_a_tenth(answer, verdict):
    assert rule(pair(Number(Quantity(1.0))), {}, ())(answer) is verdict


@pytest.mark.parametrize(("answer", "verdict"), [("3", True), ("4.", False), ("three", True)])
def test_counts(answer, verdict):
    assert rule(pair(Number(Quantity(3.0), "")), {}, ())(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("0.10m 1.00m 2.00m", True), ("0.20m 1.00m 2.00m", False), ("1.00m", None)],
)
def test_positions(answer, verdict):
    claim = Numbers(tuple(map(Quantity, (0.1, 1.0, 2.0))))
    assert rule(pair(claim), {}, ())(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("(b)", True),
        ("b", True),
        ("a", False),
        ("red box", True),
        ("red box 2", False),
        ("?", None),
    ],
)
def test_choices(answer, verdict):
    asked = pair(Either(Quantity(1.0)), CHOICE, "the red box", response="(b)")
    judge = rule(asked, {"a": "the red box 2", "b": "the red box"}, ())
    assert judge(answer) is verdict


@pytest.mark.parametrize(("answer", "verdict"), [("Yes.", True), ("no", False), ("maybe", None)])
def test_yes_and_no(answer, verdict):
    assert rule(pair(Either(Quantity(1.0)), YES_NO, "Yes."), {}, ())(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("the mug", True), ("box", False), ("the mug or the box", None), ("", None)],
)
def test_names(answer, verdict):
    judge = rule(pair(Either(Quantity(1.0))), {}, ("the mug", "the box"))
    assert judge(answer) is verdict


def test_orders():
    claim = Order((Quantity(2.0), Quantity(1.0)))
    judge = rule(pair(claim), {}, ("the mug", "the box"))
    assert judge("the box -> the mug") is True
    assert judge("mug -> box") is False
    assert judge("both") is None


def test_pixels_of_the_engine_are_those_of_the_question(questions):
    asked = next(
        q for q in questions if q.type == "0 pixel_nearer" and not q.truth.startswith(("Y", "N"))
    )
    tokens = asked.truth.partition("<loc")[2]
    v, u = (int(n) / 1024 for n in (tokens[:4], tokens[9:13]))
    assert asked.rules["truth"](f"pixel ({u * 640:.0f}, {v * 480:.0f})") is True


def test_plain_scenes_are_asked_in_words_about_what_one_label_names():
    scope = module.Scope(("room", "clutter"), ("object_height", "left_right", "passage"), True)
    asked = list(simulated(6, 900, scope))
    assert {q.type for q in asked} >= {"1 object_height", "2 left_right"}
    for question in asked:
        view = question.view()
        labels = [region.label for region in view.regions]
        assert not any(label[-1].isdigit() for label in labels)
        named = {label for label in labels if f"the {label}" in question.text}
        assert named
        assert all(labels.count(label) == 1 for label in named if f"{label} " in question.text)
        assert not question.choices
        assert "\n" not in question.text
    assert {q.image for q in asked} <= {f"{f}-{s}" for s in range(900, 906) for f in scope.families}
