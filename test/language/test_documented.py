"""What the documentation says can be asked is understood, and as it says."""

import re
from pathlib import Path

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.canonical import canonical
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import mentions
from hispatial_ros.language.terms import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
ASKED, _, REFUSED = PAGE.partition("## What is refused")
MEANINGS = dict(
    line.split("\t")
    for line in Path(__file__).with_name("documented.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
LABELS = ["mug", "globe", "chair", "board", "green bottle", "blue bottle", "bowl"]


def questions(text):
    return re.findall(r"`([A-Z][^`]+ [^`]+)`", " ".join(text.split()))


def section(heading):
    """What stands under a heading that begins so."""
    (found,) = re.findall(rf"^## {heading}.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found


def test_every_documented_question_has_its_meaning_here_and_no_other():
    assert list(dict.fromkeys(questions(ASKED))) == list(MEANINGS)
    assert len(MEANINGS) > 60


@pytest.mark.parametrize("question", MEANINGS)
def test_documented_question_is_understood_as_meant(question):
    assert canonical(parse(question, LABELS), LABELS) == MEANINGS[question]


def test_wordings_that_are_said_to_be_the_same_are():
    """Several in one item of the list, or joined by "asks the same as"."""
    ways = questions(next(line for line in PAGE.splitlines() if "Take me to" in line))
    assert len(ways) == 3
    assert len({canonical(parse(way, LABELS), LABELS) for way in ways}) == 1
    same = re.findall(r"`([^`]+)` asks the same as\s+`([^`]+)`", PAGE)
    assert same
    for one, other in same:
        assert canonical(parse(one, LABELS), LABELS) == canonical(parse(other, LABELS), LABELS)


def test_a_question_that_names_a_unit_is_answered_in_it():
    assert parse("How far is the mug in centimetres?", LABELS).unit == "cm"


@pytest.mark.parametrize(("heading", "objects"), [("Pixels", 0), ("One object", 1)])
def test_questions_are_about_as_many_objects_as_their_section_says(heading, objects):
    for question in questions(section(heading)):
        asked = mentions(parse(question, LABELS))
        about = {mention for mention in asked if mention.kind is Kind.OBJECT}
        assert len(about) == objects, question


def test_everyday_names_mean_what_is_said():
    pairs = re.findall(
        r'"(\w+)" for (?:a region labelled )?"(\w+)"', " ".join(section("Names").split())
    )
    assert ("sofa", "couch") in pairs
    assert ("cup", "mug") in pairs
    for name, label in pairs:
        asked = parse(f"How far is the {name}?", [label, "door"])
        assert canonical(asked, [label, "door"]) == f"camera_distance({label})"


@pytest.mark.parametrize("question", questions(REFUSED))
def test_what_is_said_to_be_refused_is(question):
    with pytest.raises(SpatialError) as error:
        parse(question, LABELS)
    out_of_view = question == "What is behind me?"
    expected = ErrorCode.BAD_QUESTION if out_of_view else ErrorCode.QUESTION_NOT_UNDERSTOOD
    assert error.value.code is expected
