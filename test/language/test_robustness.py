"""Whatever is typed: a parse or an error the operator can act on, in linear time."""

import contextlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.understanding import SCENES
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.lexicon import phrase_table
from hispatial_ros.language.parse import UNDERSTOOD, parse
from hispatial_ros.language.question import ParsedQuestion

LABELS = SCENES["desk"]
REFUSALS = (ErrorCode.BAD_QUESTION, ErrorCode.QUESTION_NOT_UNDERSTOOD)
WORDS = sorted(phrase_table().vocabulary) + [w for label in LABELS for w in label.split()]
PIECES = st.sampled_from(
    [*WORDS, "1.5 m", "(320, 240)", "<loc0010><loc0020>", "?", ",", "A.", "B."]
)


def outcome(question, **options):
    """The parse, or the code of the refusal; any other exception fails the test."""
    code = None
    try:
        return parse(question, LABELS, **options)
    except SpatialError as error:
        code = error.code
    assert code in REFUSALS
    return code


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
@example("N'T")
def test_any_text_is_parsed_or_refused(text):
    assert isinstance(outcome(text), (ParsedQuestion, ErrorCode))


@settings(max_examples=1000, deadline=None)
@given(st.lists(PIECES, max_size=14))
def test_any_mixture_of_known_words_is_parsed_or_refused(pieces):
    found = outcome(" ".join(pieces))
    if isinstance(found, ParsedQuestion):
        assert found.level in (0, 1, 2)
        assert str(found)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.text("bdfgklmnprtvz", min_size=4, max_size=7), min_size=1, max_size=3).map(
            " ".join
        ),
        min_size=2,
        max_size=5,
        unique=True,
    )
)
def test_made_up_labels_are_names_like_any_other(labels):
    if any(set(a.split()) & set(b.split()) for a in labels for b in labels if a != b):
        return
    first, second = labels[0], labels[1]
    words = (first, second)
    assert [r.name for r in parse(f"how far is the {first}", labels).form.objects] == [first]
    form = parse(f"distance from {first} to {second}", labels).form
    assert (form.first.name, form.second.name) == words


@pytest.mark.parametrize("question", ["", "   ", "?!", "\n\t", "()", "…"])
def test_nothing_asked(question):
    assert outcome(question) is ErrorCode.BAD_QUESTION


@pytest.mark.parametrize(
    "question", ["how far is\x00 the mug", "how far is the mug\x1b[0m", "\ud800how far"]
)
def test_control_characters_are_refused(question):
    assert outcome(question) is ErrorCode.BAD_QUESTION


def test_longest_question():
    question = "how far is the mug"
    assert outcome(question, max_length=len(question)) != ErrorCode.BAD_QUESTION
    assert outcome(question, max_length=len(question) - 1) is ErrorCode.BAD_QUESTION
    assert outcome("a" * 100_000) is ErrorCode.BAD_QUESTION


def test_the_refusal_lists_what_is_understood():
    with pytest.raises(SpatialError) as error:
        parse("paint the fence", LABELS)
    assert all(form in str(error.value) for form in UNDERSTOOD)


@pytest.mark.parametrize(
    "unit",
    [
        "mug and ", "the ", "(", "green bottle ", "bottle green ", "A. ", "left of ", "xq ", "a b ",
        "mugg ", "closer than the mug ", "'s ", "a-", "<loc0001>", "1.5 ", "which is the nearest ",
    ],
)  # fmt: skip
def test_long_questions_take_linear_time(unit, count_steps):
    """Steps of the interpreter instead of seconds: a machine under load must not fail it."""
    short, long = ((unit * n)[:n] for n in (2000, 8000))
    steps = [count_steps(lambda q=q: outcome(q, max_length=len(q))) for q in (short, long)]
    assert steps[1] < 6 * steps[0]


@pytest.mark.parametrize(
    "unit",
    [
        "rack next to ", "than is object closer ", "is the A. mug between the box and the ",
        "the crate left of ", "yellow , ", "the mug behind the rack that is next to ",
    ],
)  # fmt: skip
def test_work_is_bounded(unit, count_steps):
    """40 words among 100 labels; a plain question takes some 10,000 steps of the interpreter."""
    nouns = ("rack", "mug", "crate", "box", "pallet", "bin", "lamp", "door", "cone", "shelf")
    colours = ("red", "blue", "green", "tall", "small", "old", "new", "big", "wet", "dry")
    labels = [f"{colour} {noun}" for noun in nouns for colour in colours]
    question = " ".join((unit * 20).split()[:40])

    def ask():
        with contextlib.suppress(SpatialError):
            parse(question, labels)

    steps = count_steps(ask)
    assert steps < 450_000


MOST_STEPS = 2000  # of the interpreter, per character; the costliest questions take some 700


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the fixture keeps nothing
)
@given(pieces=st.lists(PIECES, min_size=1, max_size=4), spaced=st.booleans())
def test_no_question_of_1000_characters_takes_long(count_steps, pieces, spaced):
    """Whatever is repeated: to try combinations would take thousands of times more."""
    unit = (" " if spaced else ", ").join(pieces) + " "
    question = (unit * 1000)[:1000]
    assert count_steps(lambda: outcome(question)) < MOST_STEPS * len(question)


@pytest.mark.parametrize(
    "question",
    [
        "what is behind me",
        "is there anything behind the camera?",
        "how many bottles are behind you",
        "how far is the object behind the camera",
        "which chair is behind me",
    ],
)
def test_what_is_out_of_view_is_refused_with_the_reason(question):
    with pytest.raises(SpatialError, match="turn the camera") as error:
        parse(question, LABELS)
    assert error.value.code is ErrorCode.BAD_QUESTION


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("is the mug behind me", "holds(mug; behind camera)"),
        ("what is behind the mug", "select(*; behind mug)"),
        (
            "If I stand at the globe facing the mug, what is behind me?",
            "select(*; behind globe) @view globe facing mug",
        ),
        (
            "While driving directly from the globe to the mug, what is behind me?",
            "select(*; behind globe) @view globe facing mug",
        ),
    ],
)
def test_what_is_behind_something_else_can_be_asked(question, meant):
    assert str(parse(question, LABELS)) == meant


@pytest.mark.parametrize(
    "question",
    [
        "don't go to the globe", "do not go to the globe", "never go to the globe",
        "please don't drive to the globe", "go away from the globe", "bring me the globe",
    ],
)  # fmt: skip
def test_no_way_is_shown_where_none_is_asked_for(question):
    assert outcome(question) is ErrorCode.QUESTION_NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("How far is the mug?", "ＨＯＷ　ＦＡＲ is the mug？"),
        ("What's left of the mug?", "What’s left of the mug?"),
        ("how far is the mug", "HOW FAR IS THE MUG"),
        ("is the mug closer than 1.5 m", "is the mug closer than 1,5 m"),
        ("distance mug to globe", "distance mug → globe"),
        ("how far is the blue mug", "how far is the blue-mug"),
    ],
)
def test_spelling_variants_mean_the_same(question, same):
    assert str(parse(question, LABELS)).replace("-", " ") == str(parse(same, LABELS))


@pytest.mark.parametrize("label", ["Tür", "café table", "кружка", "椅子", "box_2", "Teddy-Bear"])
def test_labels_in_any_script(label):
    (reference,) = parse(f"how far is the {label}?", [label, "mug"]).form.objects
    assert reference.name.replace(" ", "") == "".join(c for c in label.casefold() if c.isalnum())


@pytest.mark.parametrize("digit", ["፩", "²", "①", "Ⅳ", "٣", "７"])
def test_digits_of_all_kinds(digit):
    for question in (
        f"How far is {digit}?",
        f"Is the globe closer than {digit} m?",
        f"({digit}, 2)",
    ):
        assert isinstance(outcome(question), (ParsedQuestion, ErrorCode))
