"""An instruction on how to answer selects the format of the text; the rest of the answer stays."""

import pytest

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.demo import DESK
from hispatial_ros.frame.files import load_frame, load_regions


@pytest.fixture(scope="module")
def desk():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    regions = load_regions(DESK / "regions.json")
    return lambda question: answer_measured(question, frame, regions)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Is the globe taller than the blue mug? Answer with yes or no.", "Yes"),
        ("Is the globe behind the purple chair? Respond with only yes or no", "Yes"),
        ("Is the blue mug closer than 1 m? Answer yes or no.", "No"),
        ("How far is the yellow chair? Give only the number.", "1.93"),
        ("How far is the yellow chair in cm? Answer with a single number.", "192.6"),
        ("How many bottles are there? Just the number.", "2"),
        (
            "Which is closest? A. globe B. purple chair C. magazine Answer with the letter only.",
            "B",
        ),
    ],
)
def test_the_text_is_just_what_was_asked_for(desk, question, text):
    answer = desk(question)
    assert answer.text == text
    assert len(answer.measured_text) > len(text)


@pytest.mark.parametrize(
    "question",
    [
        "Is the globe taller than the blue mug?",
        "How far is the yellow chair?",
        "How many bottles are there?",
        "Count the number of chairs",
        "Which is closest? A. globe B. purple chair C. magazine",
    ],
)
def test_without_an_instruction_it_is_a_sentence(desk, question):
    answer = desk(question)
    assert answer.text == answer.measured_text
    assert answer.text.endswith(".")
