import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.vlm.prompts import COLORS, RegionMention, build_prompt, location_tokens

MUG = Region("mug", (64, 48, 128, 96))
DOOR = Region("door", (320, 0, 640, 480))


def mention(question: str, region: Region) -> list[RegionMention]:
    return [RegionMention(m.start(), m.end(), region) for m in re.finditer(region.label, question)]


def test_each_region_keeps_one_colour_over_all_its_mentions():
    question = "Is the mug left of the door, and how far is the mug?"
    prompt = build_prompt(question, mention(question, DOOR) + mention(question, MUG), 640, 480, 448)
    assert prompt.text == (
        "Is the mug (highlighted by the red box) left of the door (highlighted by the green box), "
        "and how far is the mug (highlighted by the red box)?"
    )
    assert [color for color, _ in prompt.boxes] == ["red", "green"]
    assert prompt.boxes[0][1] == (44, 44, 89, 89)
    assert prompt.boxes[1][1] == (224, 0, 447, 447)


def test_drawing_leaves_the_shared_image_alone():
    question = "How far is the mug?"
    prompt = build_prompt(question, mention(question, MUG), 640, 480, 448)
    image = np.zeros((448, 448, 3), np.uint8)
    drawn = prompt.draw(image)
    assert not image.any()
    assert tuple(drawn[44, 60]) == COLORS["red"]
    assert not drawn[60, 60].any()


def test_points_become_location_tokens():
    point = Region("pixel", (320, 240, 320, 240))
    question = "what is the xyz of the pixel"
    prompt = build_prompt(question, mention(question, point), 640, 480, 448)
    assert prompt.text == question + " in <loc0512><loc0512><loc0512><loc0512>"
    assert not prompt.boxes


def test_beyond_five_colours_and_beyond_seven_referents():
    regions = [Region(name, (i, i, i + 50, i + 50)) for i, name in enumerate("abcdefgh")]
    question = ", ".join(region.label for region in regions[:7])
    spans = [RegionMention(3 * i, 3 * i + 1, region) for i, region in enumerate(regions[:7])]
    prompt = build_prompt(question, spans, 640, 480, 448)
    assert len(prompt.boxes) == 5
    assert prompt.text.count("<loc") == 8
    with pytest.raises(SpatialError) as error:
        build_prompt(question + "h", [*spans, RegionMention(0, 1, regions[7])], 640, 480, 448)
    assert error.value.code is ErrorCode.BAD_REQUEST


def test_step_by_step_suffix():
    assert build_prompt("Why?", [], 640, 480, 448, step_by_step=True).text.endswith("step by step")


@given(st.tuples(*[st.floats(-1e4, 1e4)] * 4), st.integers(1, 8000), st.integers(1, 8000))
def test_tokens_and_boxes_stay_in_range(box, width, height):
    tokens = [int(t) for t in re.findall(r"<loc(\d{4})>", location_tokens(box, width, height))]
    assert len(tokens) == 4
    assert all(0 <= t <= 1023 for t in tokens)
    prompt = build_prompt("x", [RegionMention(0, 1, Region("x", box))], width, height, 448)
    assert all(0 <= c <= 447 for _, b in prompt.boxes for c in b)
