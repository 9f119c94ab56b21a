"""Questions from another's place, asked of the node."""

import pytest

from hispatial_ros.errors import ErrorCode


@pytest.mark.parametrize(
    "question",
    [
        "Standing at the globe facing the yellow chair, is the blue mug on my left?",
        "Standing at the globe facing the yellow chair, is the blue mug in front of me?",
        "From the globe's viewpoint facing the yellow chair, is the blue mug left of the magazine?",
        "From the globe's perspective, which is closer, the blue mug or the magazine?",
        "From the globe's viewpoint, how far is the blue mug?",
        "From the camera's viewpoint, is the blue mug left of the globe?",
    ],
)
def test_what_can_be_measured_is(desk, question):
    response = desk.ask(question, backend="measured")
    assert response.error_code == ErrorCode.NONE, response.error_msg
    assert response.answer.text


def test_opposite_ways_have_opposite_sides(desk):
    def choice(facing, side):
        question = f"Standing at the globe facing the {facing}, is the magazine on my {side}?"
        return desk.ask(question).answer.choice

    # The magazine lies nearly in line with neither of the two.
    assert choice("yellow chair", "left") != choice("yellow chair", "right")


@pytest.mark.parametrize(
    "question",
    [
        "From the yellow chair's viewpoint, is the blue mug left of the globe?",
        "From the yellow chair's perspective, is the blue mug on the left?",
        "Which way does the yellow chair face?",
    ],
)
def test_which_way_something_faces_is_an_error_that_helps(desk, question):
    response = desk.ask(question)
    assert response.error_code == ErrorCode.BACKEND_UNAVAILABLE
    assert "faces cannot be measured" in response.error_msg
