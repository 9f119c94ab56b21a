"""Two notations of one question count as the same; different questions never do."""

import pytest

from benchmarks.meaning import same
from benchmarks.understanding import SCENES

WORKSHOP = SCENES["workshop"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("select(*; behind couch and left_of couch)", "select(*; left_of couch and behind couch)"),
        ("select(*; behind couch and left_of couch)", "select(*; back_left_of couch)"),
        ("count(stool*; near couch and distance < 2)",
         "count(stool*; distance < 2 and near couch)"),
        ("camera_distance(box*)", "camera_distance(cardboard box*)"),
        ("exists(toolbox*)", "exists(toolbox)"),
        ("holds(toolbox*; on workbench)", "holds(toolbox; on workbench)"),
        ("select(*; between couch and ladder)", "select(*; between ladder and couch)"),
        ("position(stool nearest [near couch and left_of ladder])",
         "position(stool nearest [left_of ladder and near couch])"),
        ("distance(couch, ladder)", "distance(ladder, couch)"),
        ("extreme(nearest; couch, ladder)", "extreme(nearest; ladder, couch)"),
        ("extreme(nearest; *) |A:couch|B:ladder",
         "extreme(nearest; ladder, couch) |A:couch|B:ladder"),
        ("extreme(largest; bucket*) |A:the left one|B:the right one",
         "extreme(largest; bucket leftmost, bucket rightmost) |A:the left one|B:the right one"),
        ("position(couch) |a:Here.|b:there", "position(couch) |A:here|B:there"),
        ("height(couch) & width(couch)", "width(couch) & height(couch)"),
        ("relative(couch, ladder) @view camera", "relative(couch, ladder)"),
        ("holds(couch; nearer to ladder than person)",
         "holds(ladder; nearer to couch than to person)"),
        ("exists(*; on couch and near ladder)", "holds(* [on couch]; near ladder)"),
        ("count(*; not but stool* and paint can*)", "count(paint can*, stool*)"),
        ("count(*; not but stool* and paint can*)", "count(stool* or paint can*)"),
        ("holds(couch; tallest of *)", "holds(couch; tallest)"),
        ("height(couch, ladder)", "height(ladder) & height(couch)"),
        ("holds(couch; further left than ladder)", "holds(couch; left_of ladder)"),
    ],
)  # fmt: skip
def test_the_same_in_other_notation(found, expected):
    assert same(found, expected, WORKSHOP)
    assert same(expected, found, WORKSHOP)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("holds(couch; left_of ladder)", "holds(couch; right_of ladder)"),
        ("holds(couch; left_of ladder)", "holds(ladder; left_of couch)"),
        ("relative(couch, ladder)", "relative(ladder, couch)"),
        ("direction(couch, ladder)", "direction(ladder, couch)"),
        ("difference(taller; couch, ladder)", "difference(taller; ladder, couch)"),
        ("height(couch)", "width(couch)"),
        ("distance(couch, ladder)", "gap(couch, ladder)"),
        ("distance(couch, ladder) vertical", "distance(couch, ladder)"),
        ("camera_distance(stool)", "camera_distance(stool*)"),
        ("camera_distance(cardboard box)", "camera_distance(cardboard box*)"),
        ("exists(*; distance < 2)", "exists(*; distance = 2)"),
        ("exists(*; distance < 2)", "exists(*; distance < 3)"),
        ("extreme(nearest; *)", "extreme(farthest; *)"),
        ("extreme(nearest; *) |A:couch|B:ladder",
         "extreme(nearest; person, ladder) |A:couch|B:ladder"),
        ("extreme(nearest; stool*)", "extreme(nearest; couch, ladder)"),
        ("holds(couch; nearer to ladder than person)",
         "holds(couch; nearer to ladder than to person)"),
        ("holds(couch; tallest of stool*)", "holds(couch; tallest)"),
        ("rank(nearest; *)", "extreme(nearest; *)"),
        ("position(couch) |A:here|B:there", "position(couch) |A:there|B:here"),
        ("relative(couch, ladder) @view person", "relative(couch, ladder)"),
        ("select(*; not on couch)", "select(*; on couch)"),
        ("select(*; left_of couch and behind ladder)",
         "select(*; left_of ladder and behind couch)"),
        ("select(*; left_of couch and behind ladder)", "select(*; left_of couch or behind ladder)"),
        ("extreme(largest; bucket leftmost, stool rightmost)", "extreme(largest; bucket*)"),
        ("extreme(nearest; paint can leftmost, paint can rightmost)",
         "extreme(nearest; paint can*)"),
    ],
)  # fmt: skip
def test_what_differs_is_never_the_same(found, expected):
    assert not same(found, expected, WORKSHOP)
    assert not same(expected, found, WORKSHOP)


def test_options_may_be_told_or_not_but_never_lost():
    assert same("exists(couch*) |A:yes|B:no", "exists(couch)", WORKSHOP)
    assert not same("exists(couch*)", "exists(couch) |A:yes|B:no", WORKSHOP)
