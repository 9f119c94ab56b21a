import pytest

from hispatial_ros.answer.agreement import compare
from hispatial_ros.answer.types import Agreement, Answer, Level, Source
from hispatial_ros.vlm.parse import parse_answer


def measured(**fields):
    return Answer("?", "text", Level.OBJECT, Source.MEASURED, **fields)


@pytest.mark.parametrize(
    ("fields", "text", "expected"),
    [
        ({"values": [1.50], "values_stddev": [0.02], "unit": "m"}, "1.55m", Agreement.AGREE),
        ({"values": [1.50], "values_stddev": [0.02], "unit": "m"}, "150 cm", Agreement.AGREE),
        ({"values": [1.50], "values_stddev": [0.02], "unit": "m"}, "2.5m", Agreement.DISAGREE),
        ({"values": [1.50], "values_stddev": [0.6], "unit": "m"}, "2.5m", Agreement.AGREE),
        ({"values": [3], "unit": "count"}, "3.", Agreement.AGREE),
        ({"values": [3], "unit": "count"}, "4.", Agreement.DISAGREE),
        ({"values": [3], "unit": "count"}, "3.0m", Agreement.NOT_CHECKED),
        ({"choice": "yes"}, "Yes.", Agreement.AGREE),
        ({"choice": "yes"}, "No.", Agreement.DISAGREE),
        ({"choice": "B"}, "(B)", Agreement.AGREE),
        ({"choice": "blue mug"}, "the mug -> the chair", Agreement.AGREE),
        ({"choice": "blue mug"}, "the chair -> the mug", Agreement.DISAGREE),
        ({"choice": "yes"}, "I cannot tell", Agreement.NOT_CHECKED),
        ({"choice": "left", "values": [-0.5], "unit": "m"}, "to the left of", Agreement.AGREE),
        ({"choice": "left"}, "The mug is to the right of the die.", Agreement.DISAGREE),
        ({"choice": "front left"}, "In front of it.", Agreement.AGREE),
        ({"choice": "front left"}, "To the left, behind it.", Agreement.DISAGREE),
        ({"choice": "left"}, "behind", Agreement.NOT_CHECKED),
        ({"choice": "left"}, "The right mug is to the left.", Agreement.NOT_CHECKED),
        (
            {"values": [-0.46, 0.18, -0.87], "unit": "1"},
            "-0.42 0.20 -0.89",
            Agreement.AGREE,
        ),
        ({"values": [0.46, 0.18, -0.87], "unit": "1"}, "-0.46 0.18 -0.87", Agreement.DISAGREE),
        (
            {"values": [0.0, 0.0, 2.0], "values_stddev": [0.01] * 3, "unit": "m"},
            "0.1m -0.1m 2.1m",
            Agreement.AGREE,
        ),
    ],
)
def test_compare(fields, text, expected):
    assert compare(measured(**fields), parse_answer(text)) is expected
