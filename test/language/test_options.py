import pytest

from hispatial_ros.language.canonical import canonical
from hispatial_ros.language.options import SCHEMES, split
from hispatial_ros.language.parse import offered_side, parse


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("style", ["{}. ", "({}) ", "({}). ", "{}) ", "{}: "])
@pytest.mark.parametrize("count", [2, 4, 10])
def test_every_labelling(scheme, style, count):
    texts = [f"thing {'abcdefghij'[n]}x" for n in range(count)]
    question = "Which is nearest? " + " ".join(
        style.format(label) + text for label, text in zip(scheme, texts, strict=False)
    )
    stem, options = split(question)
    assert stem == "Which is nearest?"
    assert [(o.label, o.text) for o in options] == list(zip(scheme[:count], texts, strict=False))


@pytest.mark.parametrize(
    "asked",
    [
        "Which is nearest? A mug B globe", "Which is nearest? A - mug B - globe",
        "Which is nearest? A = mug, B = globe", "Which is nearest? Option A mug Option B globe",
        "Which is nearest? A mug, or B globe", "Which is nearest: A mug, B globe?",
        "Which is nearest? (A) mug or (B) globe",
    ],
)  # fmt: skip
def test_letters_without_punctuation(asked):
    stem, options = split(asked)
    assert stem.rstrip("?") == "Which is nearest"
    assert [(o.label, o.text) for o in options] == [("A", "mug"), ("B", "globe")]


@pytest.mark.parametrize(
    "question",
    [
        "Is a mug nearer than B?",
        "Which is nearer: a mug or a globe?",
        "Is it closer than: 1 m or 2 m?",
        "Which is nearest, A or B?",
        "How far is the mug?",
        "Is it closer than 1. 5 m?",
        "what is at (320, 240)",
        "Is A. the nearest?",
        "how far is the man (observer)",
    ],
)
def test_no_options(question):
    assert split(question) == (question, ())


@pytest.mark.parametrize(
    "tail",
    ["Answer with the letter.", "Please answer with the option's letter", "Choose one."],
)
def test_instructions_are_no_part_of_the_last_option(tail):
    _, options = split(f"Which is nearest? A. mug B. tall bottle. {tail}")
    assert [o.text for o in options] == ["mug", "tall bottle"]


@pytest.mark.parametrize("lead", ["Options:", "Choices:", "Choose from:"])
def test_a_lead_in_is_no_part_of_the_question(lead):
    assert split(f"Which is nearest? {lead} (a) mug, (b) globe")[0] == "Which is nearest?"


@pytest.mark.parametrize("option", ["right", "to the right", "to the right of", "right of the mug"])
def test_sides_that_options_offer(option):
    assert offered_side(option, ["mug", "globe"]) == ("right_of",)


@pytest.mark.parametrize(
    "question",
    [
        "On which side of the mug is the globe, left or right?",
        "On which side of the mug does the globe lie, left or right?",
        "Which side of the mug is the globe on, left or right?",
        "On which side of the mug is the globe?",
    ],
)
def test_a_side_of_one_thing_is_where_the_other_is(question):
    asked = parse(question, ["mug", "globe"])
    assert canonical(asked, ["mug", "globe"]) == "relative(globe, mug)"
