"""Model and measurement together: a real model process whose replies are scripted."""

import threading
import time

import pytest

from hispatial_ros.answer.checked import CheckedQuestion, ModelSettings
from hispatial_ros.answer.combine import Policy
from hispatial_ros.answer.locators import ModelLocator
from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.answer.model import Model
from hispatial_ros.answer.types import Agreement, Level, Source
from hispatial_ros.errors import ErrorCode, SpatialError


@pytest.fixture
def model(process):
    return lambda *replies, **options: Model(process(*replies, **options))


def asking(model, desk, regions, question, prefer="auto", **options):
    def measure(text, regions):
        return answer_measured(text, desk, regions)

    return CheckedQuestion(
        model,
        ModelSettings(policy=Policy(prefer=prefer)),
        options.pop("locators", ()),
        question,
        desk,
        regions,
        measure,
        time.monotonic() + options.pop("timeout", 10),
        **options,
    )


def test_a_tight_measurement_speaks_and_the_model_confirms(model, desk, desk_regions):
    distance = answer_measured("How far is the blue mug?", desk, desk_regions).values[0]
    ask = asking(
        model({"How far": f"{distance + 0.05:.2f}m"}), desk, desk_regions, "How far is the mug?"
    )
    answer = ask.run()
    assert answer.source is Source.BOTH
    assert answer.agreement is Agreement.AGREE
    assert answer.text == answer.measured_text
    assert answer.values == [distance]
    assert answer.model_text == f"{distance + 0.05:.2f}m"
    assert [o.label for o in answer.objects] == ["blue mug"]


def test_disagreement_is_told_and_the_parameter_decides_who_speaks(model, desk, desk_regions):
    liar = model({"How far": "25.00m"})
    for prefer, text in (("model", "25.00m"), ("measured", None)):
        answer = asking(liar, desk, desk_regions, "How far is the globe?", prefer).run()
        assert answer.agreement is Agreement.DISAGREE
        assert answer.text == (text or answer.measured_text)
        assert any("disagree" in note for note in answer.notes)


def test_the_prompt_names_regions_as_the_model_was_trained(model, desk, desk_regions):
    answer = asking(
        model(), desk, desk_regions, "How far is the mug from the globe?", model_required=True
    ).run()
    assert answer.model_text == (
        "How far is the mug (highlighted by the red box) "
        "from the globe (highlighted by the green box)?"
    )


def test_a_question_beyond_the_grammar_is_reasoned_about_by_the_model(model, desk, desk_regions):
    question = "Could the mug roll off the desk if someone bumped the yellow chair into it?"
    reply = "Step1 Plan: look.\nStep4 Final answer: Yes."
    seen = []
    answer = asking(
        model({"step by step": reply}), desk, desk_regions, question, on_text=seen.append
    ).run()
    assert answer.level is Level.REASONING
    assert answer.source is Source.MODEL
    assert answer.choice == "yes"
    assert answer.notes == ["reasoning: Step1 Plan: look."]
    assert seen[0] == "S"


def test_raw_questions_pass_verbatim(model, desk, desk_regions):
    question = "detect the mug"
    answer = asking(model(), desk, desk_regions, question, raw=True, model_required=True).run()
    assert answer.model_text == question
    assert answer.source is Source.MODEL


def test_what_nobody_gave_is_located_by_the_model_and_then_measured(model, desk, desk_regions):
    globe = next(r for r in desk_regions if r.label == "globe")
    x0, y0, x1, y1 = (
        round(v / s * 1024) for v, s in zip(globe.box, (640, 480, 640, 480), strict=True)
    )
    located = f"<loc{y0:04d}><loc{x0:04d}><loc{y1:04d}><loc{x1:04d}> globe"
    pointing = model({"detect globe": located, "How far": "2.0m"})
    answer = asking(
        pointing,
        desk,
        [r for r in desk_regions if r.label != "globe"],
        "How far is the globe?",
        locators=[ModelLocator(pointing)],
    ).run()
    expected = answer_measured("How far is the globe?", desk, desk_regions).values[0]
    assert answer.measured_text
    assert answer.objects[0].distance == pytest.approx(expected, abs=0.05)
    assert "'globe' was located by the model's location tokens" in answer.notes


def test_without_the_model_the_measurement_answers_and_says_so(model, desk, desk_regions):
    broken = model(broken=True)
    answer = asking(broken, desk, desk_regions, "How far is the mug?").run()
    assert answer.source is Source.MEASURED
    assert any("no checkpoint" in note for note in answer.notes)
    with pytest.raises(SpatialError) as error:
        asking(broken, desk, desk_regions, "How far is the mug?", model_required=True).run()
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE


@pytest.mark.parametrize("nothing", ["", " \n", "<eos>", "<pad><eos>"])
def test_an_empty_answer_of_the_model_is_none(model, desk, desk_regions, nothing):
    mute = model({"How far": nothing, "step by step": nothing, "detect": nothing})
    answer = asking(mute, desk, desk_regions, "How far is the mug?").run()
    assert answer.source is Source.MEASURED
    assert any("answered with nothing" in note for note in answer.notes)
    for options in ({"model_required": True}, {"model_required": True, "raw": True}):
        with pytest.raises(SpatialError, match="answered with nothing") as error:
            asking(mute, desk, desk_regions, "How far is the mug?", **options).run()
        assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE


def test_stop_and_deadline(model, desk, desk_regions):
    slow = model({"How far": "x" * 400}, token_seconds=0.05)
    ask = asking(slow, desk, desk_regions, "How far is the mug?")
    threading.Timer(0.3, ask.stop).start()
    with pytest.raises(SpatialError) as error:
        ask.run()
    assert error.value.code is ErrorCode.CANCELLED
    with pytest.raises(SpatialError) as error:
        asking(
            slow, desk, desk_regions, "How far is the mug?", timeout=0.3, model_required=True
        ).run()
    assert error.value.code is ErrorCode.TIMEOUT
