import pytest

from hispatial_ros.language.mentions import find_mentions

LABELS = ["blue mug", "purple chair", "yellow chair", "toy plane"]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Could the robot push the mug off the desk?", ["mug"]),
        (
            "If the blue mug fell, would it hit the purple chair or the yellow chair?",
            ["blue mug", "purple chair", "yellow chair"],
        ),
        ("Why is the chair there?", []),  # ambiguous
        ("What is left of the toy plane?", ["toy plane"]),
        ("What colour is the sky?", []),
    ],
)
def test_names_are_found_in_any_question(question, named):
    found = find_mentions(question, LABELS)
    assert [question[start:end] for start, end, _ in found] == named
    for start, end, index in found:
        assert question[start:end] in LABELS[index]
