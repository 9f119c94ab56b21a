"""One colour per object."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.answer.annotate import annotate
from hispatial_ros.answer.colors import PALETTE, Colors

from .test_annotate import CAMERA, GREY, make_object


def things(*ids):
    return [replace(make_object(), id=id) for id in ids]


@given(st.lists(st.lists(st.text(max_size=3), max_size=6), max_size=8))
def test_a_colour_stays(pictures):
    colors, known = Colors(), {}
    for picture in pictures:
        for id, color in colors.of(things(*picture)).items():
            assert known.setdefault(id, color) == color


def test_objects_differ_while_the_palette_lasts():
    colors = Colors().of(things(*map(str, range(len(PALETTE)))))
    assert len(set(colors.values())) == len(PALETTE)


def test_more_objects_than_colours_keep_theirs():
    colors, many = Colors(), things(*map(str, range(3 * len(PALETTE))))
    assert colors.of(many) == colors.of(many)


def test_another_process_agrees_about_an_object_that_is_alone():
    here, there = Colors(), Colors()
    there.of(things("chair"))
    assert here.of(things("chair")) == there.of(things("chair"))


def test_memory_is_bounded():
    colors = Colors()
    colors.of(things(*map(str, range(3000))))
    assert len(colors._index_of) <= 1000


def test_the_picture_has_the_colours_that_it_is_given():
    [mug] = things("mug")
    drawn = annotate(GREY, CAMERA, [mug], colors={"mug": (1, 200, 3)})
    assert (drawn == (1, 200, 3)).all(-1).any()
    own = np.array(Colors().of([mug])["mug"])
    assert (annotate(GREY, CAMERA, [mug]) == own).all(-1).any()
