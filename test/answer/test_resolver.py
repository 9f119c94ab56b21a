"""What mentions stand for, also those that no sensible question has."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hispatial_ros.answer.forms.table import ANSWERS
from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.types import Answer
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.language import forms, relation_forms
from hispatial_ros.language.forms import Form
from hispatial_ros.language.question import ParsedQuestion, Viewpoint
from hispatial_ros.language.terms import (
    ANY,
    CAMERA,
    AllOf,
    Attribute,
    ComparedTo,
    Extremal,
    InBetween,
    Kind,
    Limit,
    Mention,
    Multiple,
    Not,
    Order,
    Pixel,
    RelationTo,
)
from hispatial_ros.measure.types import Measurement

sys.path.insert(0, str(Path(__file__).parent))
from things import LEVEL, ROOM, ask, thing

TABLE = Mention(words=("table",))
ATTRIBUTES = (
    Attribute.DISTANCE,
    Attribute.GAP,
    Attribute.HEIGHT,
    Attribute.VOLUME,
    Attribute.RIGHT,
)
PREDICATES = ("left_of", "above", "behind", "on", "inside", "touching", "near")


def nearest(mention, anchor=None, rank=1):
    return replace(mention, selector=Order(Attribute.DISTANCE, anchor=anchor), rank=rank)


# Two cups of one name, one of them measured twice as "jug": identical, but two objects.
THINGS = (
    *ROOM[:2],
    thing("cup", (0.4, 0.1, 1.8), (0.08, 0.1, 0.08)),
    thing("cup", (-0.4, 0.1, 1.8), (0.08, 0.1, 0.08)),
    thing("jug", (-0.4, 0.1, 1.8), (0.08, 0.1, 0.08)),
)
for i, one in enumerate(THINGS):
    one.region = replace(one.region, box=(i * 10.0, 0.0, i * 10.0 + 5, 5.0))

NAMES = [("table",), ("mug",), ("cup",), ("jug",), ("dog",)]
PIXELS = [Pixel(10, 10), Pixel(10, 10, 20, 20), Pixel(512, 512, normalized=True), Pixel(70, 70)]
SIMPLE = [ANY, CAMERA, TABLE, *(Mention(Kind.PIXEL, pixel=pixel) for pixel in PIXELS)]


@st.composite
def mentions(draw, depth=2):
    """Mentions that are made of other mentions, so deep."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(SIMPLE))
    mention = Mention(
        words=draw(st.sampled_from(NAMES)),
        plural=draw(st.booleans()),
        number=draw(st.sampled_from([None, None, None, 1, 2, 3])),
    )
    if depth and draw(st.booleans()):
        rank = draw(st.integers(1, 3))
        mention = replace(mention, selector=draw(orders(depth - 1)), rank=rank)
    if depth and draw(st.booleans()):
        mention = replace(mention, condition=draw(conditions(depth - 1)))
    return mention


@st.composite
def orders(draw, depth=2):
    anchor = draw(mentions(depth)) if draw(st.booleans()) else None
    return Order(draw(st.sampled_from(ATTRIBUTES)), draw(st.booleans()), anchor)


@st.composite
def conditions(draw, depth=2):
    kind = draw(
        st.sampled_from([RelationTo, InBetween, ComparedTo, Multiple, Limit, Extremal, Not])
    )
    first, second = draw(mentions(depth)), draw(mentions(depth))
    operator, number = draw(st.sampled_from(["<", ">=", "="])), draw(st.sampled_from([0, 0.1, 1]))
    condition = {
        RelationTo: lambda: RelationTo(draw(st.sampled_from(PREDICATES)), first),
        InBetween: lambda: InBetween(first, second),
        ComparedTo: lambda: ComparedTo(draw(orders(depth)), first),
        Multiple: lambda: Multiple(draw(orders(depth)), operator, number, first),
        Limit: lambda: Limit(draw(st.sampled_from(ATTRIBUTES)), operator, number, first),
        Extremal: lambda: Extremal(draw(orders(depth)), first),
        Not: lambda: Not(RelationTo("on", first)),
    }[kind]()
    if draw(st.integers(0, 5)) == 0:
        return AllOf((condition, Limit(Attribute.DISTANCE, operator, number)))
    return condition


questions = st.one_of(
    st.builds(forms.CameraDistance, st.tuples(mentions())),
    st.builds(forms.Position, st.tuples(mentions(), mentions())),
    st.builds(forms.Exists, mentions(), st.none() | conditions()),
    st.builds(relation_forms.Distance, mentions(), st.none() | mentions(), st.booleans()),
    st.builds(relation_forms.Difference, orders(), mentions(), st.none() | mentions()),
    st.builds(relation_forms.Ratio, orders(), mentions(), mentions()),
    st.builds(relation_forms.Bearing, mentions(), mentions()),
    st.builds(relation_forms.Direction, mentions(), mentions()),
    st.builds(relation_forms.RelativeDirection, mentions(), mentions()),
    st.builds(relation_forms.Extreme, orders(), st.tuples(mentions()), st.integers(0, 3)),
    st.builds(relation_forms.Rank, orders(), st.tuples(mentions(), mentions())),
    st.builds(relation_forms.Holds, mentions(), conditions()),
    st.builds(relation_forms.Select, mentions(), conditions()),
    st.builds(relation_forms.Count, mentions(), st.none() | conditions()),
)
viewpoints = st.none() | st.builds(Viewpoint, mentions(), st.none() | mentions())


def answer(question, objects=THINGS):
    frame = Frame(None, np.full((48, 64), 1500, np.uint16), Camera(64, 48, 50.0, 50.0, 31.5, 23.5))
    known = Measurement(list(objects), [], LEVEL)
    return answer_measured(question, frame, [o.region for o in objects], known=known)


@settings(max_examples=1000, deadline=None)
@given(questions, viewpoints)
@example(forms.CameraDistance((nearest(TABLE, TABLE),)), None)
@example(relation_forms.Rank(Order(Attribute.DISTANCE, anchor=TABLE), (TABLE,)), None)
@example(relation_forms.Holds(TABLE, Extremal(Order(Attribute.GAP, anchor=TABLE), TABLE)), None)
@example(relation_forms.Ratio(Order(Attribute.RIGHT), TABLE, Mention(words=("jug",))), None)
def test_whatever_is_mentioned_gets_an_answer_or_an_error(form, viewpoint):
    try:
        found = answer(ParsedQuestion(form, viewpoint=viewpoint))
    except SpatialError:
        return
    assert isinstance(found, Answer)
    assert found.text
    assert len(found.values) == len(found.values_stddev)
    assert np.isfinite(found.values).all()


def test_the_nearest_table_to_the_only_table_is_not_there():
    form = forms.CameraDistance((nearest(TABLE, TABLE),))
    with pytest.raises(SpatialError, match="beside the table itself: name another") as raised:
        answer(ParsedQuestion(form))
    assert raised.value.code is ErrorCode.UNKNOWN_OBJECT


def test_ranks_count_what_is_left_beside_the_anchor():
    first_cup, cup = Mention(words=("cup",), number=1), Mention(words=("cup",))
    form = forms.CameraDistance((nearest(cup, first_cup),))
    assert [o.id for o in answer(ParsedQuestion(form)).objects] == ["cup#2"]
    with pytest.raises(SpatialError, match="there are 1 of 'cup', no #2 beside the cup#1 itself"):
        answer(ParsedQuestion(forms.CameraDistance((nearest(cup, first_cup, rank=2),))))


def test_what_is_compared_with_is_not_counted_itself():
    order = Order(Attribute.DISTANCE, anchor=TABLE)
    nearer = ComparedTo(order, Mention(words=("lamp",)))
    found = answer(ParsedQuestion(relation_forms.Select(ANY, nearer)), ROOM)
    assert "table" not in [o.id for o in found.objects]


def test_nothing_is_ranked_without_candidates():
    order = Order(Attribute.DISTANCE, anchor=TABLE)
    with pytest.raises(SpatialError, match="to choose from"):
        answer(ParsedQuestion(relation_forms.Rank(order, (TABLE,))))


def test_every_form_has_one_function_with_a_name_of_its_own():
    def kinds(form):
        return {form}.union(*(kinds(sub) for sub in form.__subclasses__()))

    in_language = {f for f in kinds(Form) if f.__module__.startswith("hispatial_ros.language")}
    askable = {
        form for form in in_language if isinstance(getattr(form, "name", None), (str, property))
    }
    assert askable | {forms.Dimension} == set(ANSWERS)
    assert len({function.__name__ for function in ANSWERS.values()}) == len(ANSWERS)


def test_resolving_leaves_the_scene_as_it_is(monkeypatch):
    resolvers = []
    monkeypatch.setattr(
        Resolver, "__post_init__", lambda self: resolvers.append((self, vars(self.scene).copy()))
    )
    answer = ask("is the mug near the nearest chair")
    (resolver, before), *_ = resolvers
    assert vars(resolver.scene) == before
    assert set(resolver.notes) <= set(answer.notes)
    with pytest.raises(AttributeError):
        resolver.scene.unit = "cm"
