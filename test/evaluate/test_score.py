"""Shares and intervals."""

import pytest

from hispatial_ros.evaluate import rules
from hispatial_ros.evaluate.journal import Entry
from hispatial_ros.evaluate.question import Question
from hispatial_ros.evaluate.score import TOTAL, interval, scores


def question(id_, kind="left", group="", image="", rule_names=("official",), counted=True):
    judge = rules.embspatial("A", {"A": "a", "B": "b"})
    return Question(
        id_, kind, "?", "A", image or id_, None, dict.fromkeys(rule_names, judge), group=group,
        counted=counted,
    )  # fmt: skip


def answered(**answers):
    return {id_: Entry(id_, text) for id_, text in answers.items()}


def test_what_cannot_be_judged_and_what_is_refused_are_counted_apart_from_wrong():
    questions = [question(id_, "near" if id_ in "ab" else "far") for id_ in "abcd"]
    entries = answered(a="A", b="B", c="dunno") | {"d": Entry("d", "", "UNKNOWN_OBJECT: no cup")}
    total, far, near = scores(questions, entries)
    assert (total.type, total.asked, total.right) == (TOTAL, 4, 1)
    assert (total.wrong, total.unparsed, total.refused) == (1, 1, 1)
    assert total.accuracy == 0.25
    assert (near.type, near.right, near.asked) == ("near", 1, 2)
    assert (far.type, far.accuracy) == ("far", 0)


def test_questions_without_an_answer_do_not_count():
    assert scores([question("a"), question("b")], answered(a="A"))[0].asked == 1


@pytest.mark.parametrize(("last", "right"), [("A", 2), ("B", 1), ("dunno", 1)])
def test_a_group_is_right_if_all_of_it_is(last, right):
    questions = [question(id_, group=id_[0]) for id_ in ("a1", "a2", "a3", "b1")]
    total, *_ = scores(questions, answered(a1="A", a2="A", a3=last, b1="A"))
    assert (total.asked, total.right) == (2, right)


def test_types_that_stand_apart_are_not_in_the_total():
    questions = [question("a"), question("b", "direction", counted=False)]
    total, *rows = scores(questions, answered(a="A", b="B"))
    assert total.asked == 1
    assert [row.type for row in rows] == ["direction", "left"]


def test_a_question_without_the_first_rule_counts_by_its_own():
    questions = [
        question("a", rule_names=("official", "other")),
        question("b", rule_names=("other",)),
    ]
    official = [row for row in scores(questions, answered(a="A", b="A")) if row.rule == "official"]
    assert official[0].asked == 2


def test_intervals():
    low, high = interval([[True]] * 80 + [[False]] * 20)
    assert 0.70 < low < 0.74
    assert 0.86 < high < 0.90
    # Ten questions about each of ten images tell less than a hundred about as many.
    few = interval([[True] * 10] * 8 + [[False] * 10] * 2)
    assert few[1] - few[0] > 2 * (high - low)
    assert interval([[True]] * 5) == (1, 1)
