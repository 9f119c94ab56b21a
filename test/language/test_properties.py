"""What must not change a question's form, and what must."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.errors import SpatialError
from hispatial_ros.language.canonical import canonical
from hispatial_ros.language.forms import Approach
from hispatial_ros.language.names import Names
from hispatial_ros.language.parse import parse
from hispatial_ros.language.question import mentions, parts

LABELS = ["mug", "globe", "wooden box", "wooden box", "lamp", "person", "toy plane"]
ASKED = [
    "how far is the mug",
    "how tall is the globe left of the lamp",
    "what is the width of the lamp behind the globe",
    "is the mug left of the globe",
    "is the globe not behind the lamp",
    "is the lamp taller than the globe",
    "which is closer, the mug or the globe",
    "how many boxes are left of the lamp",
    "what is right of the toy plane",
    "is there a box within 1 m of the person",
    "what is the closest object and how far is it",
    "is the lamp closer than 2 m and left of the globe",
    "how far apart are the mug and the lamp",
    "where are the mug and the globe relative to the lamp",
    "rank the mug, the globe and the lamp by height",
    "at what o'clock is the person",
    "how much taller is the lamp than the globe",
    "what is directly above the lamp",
    "which box is nearest to the person",
    "where in the image is the globe",
]
FRAMES = [
    "please, {}?",
    "could you tell me: {}?",
    "in this image, {}?",
    "considering the 3D layout of the scene, {}?",
    "based on the picture, {}?",
    "look at the scene and tell me, {}?",
    "hey robot, um, {}? thanks!",
    "from a real-world perspective, {}?",
    "{}? Answer with the option's letter.",
    "{}? Give only the number.",
    "{} in the image?",
    "excuse me, {}, please?",
]


def form(question, labels=LABELS):
    return canonical(parse(question, labels), labels)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("question", ASKED)
def test_frames_of_speech_change_nothing(frame, question):
    if "image" in question and "image" in frame:
        return
    assert form(frame.format(question)) == form(question)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ASKED), st.permutations(["mug", "globe", "lamp", "person"]))
def test_other_names_make_the_same_form(question, names):
    old = ["mug", "globe", "lamp", "person"]
    swap = dict(zip(old, names, strict=True))
    swapped = " ".join(
        swap.get(w.strip(",?"), w.strip(",?")) + w[len(w.strip(",?")) :] for w in question.split()
    )
    expected = form(question)
    for i, name in enumerate(old):
        expected = expected.replace(name, f"<{i}>")
    for i, name in enumerate(names):
        expected = expected.replace(f"<{i}>", name)
    assert form(swapped) == expected


@pytest.mark.parametrize(
    ("question", "reordered"),
    [
        ("which is closer, the mug or the globe", "the mug or the globe, which is closer"),
        ("which is closer, the mug or the globe", "of the mug and the globe, which is closer"),
        ("where is the mug relative to the lamp", "relative to the lamp, where is the mug"),
        ("how far is the mug from the lamp", "from the lamp, how far is the mug"),
        ("how many boxes are left of the lamp", "left of the lamp, how many boxes are there"),
        ("what is the width of the lamp", "the lamp's width is what"),
        ("rank the mug, the lamp by height", "by height, rank the mug, the lamp"),
    ],
)
def test_the_order_of_clauses_changes_nothing(question, reordered):
    assert form(question) == form(reordered)


@pytest.mark.parametrize("subject", ["is the mug {}", "which boxes are {}", "is any box {}"])
@pytest.mark.parametrize("side", ["left of the lamp", "behind the lamp", "closer than 1 m"])
def test_negation_changes_the_form(subject, side):
    assert form(subject.format(side)) != form(subject.format(f"not {side}"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("left of", "right of"), ("above", "below"), ("in front of", "behind"), ("on", "under"),
        ("taller than", "shorter than"), ("closer than", "farther than"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("subject", ["is the mug {} the lamp", "how many boxes are {} the lamp"])
def test_the_other_side_changes_the_form(subject, one, other):
    assert form(subject.format(one)) != form(subject.format(other))


# Each kind of misreading that a user reported.


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        # the quantity is kept beside a place
        ("how tall is the globe left of the lamp", "height(globe [left_of lamp])"),
        ("how wide is the globe above the lamp", "width(globe [above lamp])"),
        ("what is the width of the globe behind the lamp", "width(globe [behind lamp])"),
        ("there is a mug right of the lamp; how big is it", "size(mug [right_of lamp])"),
        # what is counted
        ("count the number of boxes", "count(box*)"),
        # what "it" is
        ("There is a lamp; how many boxes are right of it?", "count(box*; right_of lamp)"),
        # the list of a side, not its extreme
        ("What object is on my right?", "select(*; right_of camera)"),
        ("what is to my left?", "select(*; left_of camera)"),
        # qualifiers keep their meaning
        ("is the mug directly above the lamp", "holds(mug; directly above lamp)"),
        ("is the mug exactly above the lamp", "holds(mug; directly above lamp)"),
        ("is the mug just to the right of the lamp", "holds(mug; directly right_of lamp)"),
        ("what is directly underneath the lamp", "select(*; directly below lamp)"),
        # depth: of an object its extent, in comparisons the distance
        ("what is the depth of the mug", "depth(mug)"),
        ("what is the depth value of the mug", "camera_distance(mug)"),
        ("rank the mug and the lamp by depth", "rank(nearest; mug, lamp)"),
        ("which has the greater depth, the mug or the lamp", "extreme(farthest; mug, lamp)"),
        # pixels
        ("Describe the object at point (90, 60)", "pixel_contents(90 60)"),
        # several places relative to one thing
        (
            "Where are the mug and the globe relative to the lamp?",
            "relative(mug, lamp) & relative(globe, lamp)",
        ),
        # candidates are not what they are near to
        (
            "Between the lamp and the mug, which is nearer the globe?",
            "extreme(nearest to globe; lamp, mug)",
        ),
        # the image, not space
        ("what are the 2D coordinates of the mug", "image_position(mug)"),
        ("the pixel of the mug", "image_position(mug)"),
        ("where in the image is the mug", "image_position(mug)"),
    ],
)
def test_reported_misreadings(question, meant):
    assert form(question) == meant


@pytest.mark.parametrize(
    "question",
    [
        "turn towards the mug", "look at the mug", "face the mug", "rotate to face the mug",
        "should I turn left or right to face the mug", "how many degrees do I turn to the mug",
        "which way do I turn to see the mug",
    ],
)  # fmt: skip
def test_turning_is_a_bearing_and_no_way_to_go(question):
    assert form(question) == "bearing(mug)"


@pytest.mark.parametrize(
    "question",
    [
        "should I go to the mug", "can I go to the mug", "don't go to the mug",
        "is it safe to go to the mug",
        "go around the mug", "go past the mug", "go to the mug or the lamp", "go to a box",
        "go to the mug and then to the lamp", "how would I go from the mug to the lamp",
        "the robot went to the mug", "did you go to the mug", "go", "go left", "move to the left",
        "I will go to the mug", "never go to the mug", "why go to the mug", "go to the mgu lamp",
        "move the mug left of the lamp", "drive around the mug", "put the mug left of the lamp",
        "can you reach the mug", "go away from the mug", "bring me the mug", "push the mug",
    ],
)  # fmt: skip
def test_what_may_move_a_robot_needs_one_clear_reading(question):
    try:
        asked = parse(question, LABELS)
    except SpatialError:
        return
    assert not any(isinstance(part, Approach) for part in parts(asked.form))


@pytest.mark.parametrize(
    ("question", "word"),
    [("how heavy is the mug", "heavy"), ("what colour is the mug", "colour"),
     ("is the mug edible", "edible")],
)  # fmt: skip
def test_an_unknown_word_is_named_alone(question, word):
    with pytest.raises(SpatialError, match=f"^'{word}' is not understood"):
        parse(question, LABELS)


@pytest.mark.parametrize(
    "question",
    ["Wie weit ist der Becher entfernt?", "¿A qué distancia está la taza?",
     "Quelle est la distance de la tasse ?", "杯子有多远", "где кружка"],
)  # fmt: skip
def test_other_languages_are_refused_in_one_line(question):
    with pytest.raises(SpatialError, match="understood in English only") as error:
        parse(question, LABELS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("before", "question", "meant"),
    [
        ("how far is the mug", "and the globe?", "camera_distance(globe)"),
        ("where is the lamp", "how far is it?", "camera_distance(lamp)"),
        ("how wide is the mug", "what about the lamp", "width(lamp)"),
        ("how far is the mug from the lamp", "and from the globe?", "distance(mug, globe)"),
        ("what is the nearest object", "how tall is it?", "height(* nearest)"),
    ],
)
def test_follow_ups(before, question, meant):
    assert canonical(parse(question, LABELS, context=before), LABELS) == meant


def test_it_means_nothing_without_a_question_before():
    with pytest.raises(SpatialError):
        parse("how tall is it?", LABELS)


def test_two_equal_readings_are_both_named():
    with pytest.raises(SpatialError, match=r"this may mean '.*' or '.*'"):
        parse("is the mug left of the globe behind the lamp and the person", LABELS)


@pytest.mark.parametrize(
    "question",
    [
        "How far is the purple chair?",
        "purple chair closer than 2.5 m",
        "Is the purple chair left of the globe?",
        "How far is the chair cushion?",
    ],
)
def test_an_unknown_word_beside_a_known_name_is_part_of_the_name(question):
    labels = ["yellow chair", "globe", "blue mug"]
    named = [m for m in mentions(parse(question, labels).form) if m.words and "chair" in m.words]
    assert len(named) == 1
    assert len(named[0].words) == 2
    assert not Names(labels).knows(named[0])


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize(
    "frame",
    [
        "Question: {}?", "Hello everyone. {}? Thanks in advance!",
        "{}? Type in exactly one number.", "Please answer the question. {}?",
        "In the picture I marked the lamp (red dot). {}?",
        "{}? Provide a numeric answer consisting of a scalar and a unit at the end of the answer.",
        "{}? Can anyone help me?", "hi vision, {}?", "{}? Think it over before you answer.",
    ],
)  # fmt: skip
def test_what_stands_around_a_question_changes_nothing(frame, question):
    if "lamp" in frame and "lamp" not in question:
        return
    assert form(frame.format(question)) == form(question)


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("distance from the center of the mug to the lamp", "distance from the mug to the lamp"),
        ("how far is the mug's nearest point from the lamp", "gap between the mug and the lamp"),
        ("measured from the closest points, how far apart are the mug and the lamp",
         "gap between the mug and the lamp"),
        ("where is the mug, as on a clock", "at what o'clock is the mug"),
        ("where is the mug? Your answer should be formatted as a list of tuples [(x, y)].",
         "where in the image is the mug"),
        ("with the lamp as a reference, which is closer, the mug or the globe",
         "which is closer to the lamp, the mug or the globe"),
        ("I am at the lamp facing the globe. I want to see the mug. Which way should I turn?",
         "if I stand at the lamp facing the globe, which way do I turn to see the mug?"),
    ],
)  # fmt: skip
def test_what_is_said_beside_a_question(question, same):
    assert form(question) == form(same)


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("How tall is the lamp? Choices: under 1 m, over 1 m", ["under 1 m", "over 1 m"]),
        ("How far is the lamp? 1 m | 2 m | 3 m", ["1 m", "2 m", "3 m"]),
        ("Where is the lamp? left, right", ["left", "right"]),
    ],
)
def test_options_without_letters(question, options):
    found = parse(question, LABELS).options
    assert [o.text for o in found] == options
    assert [o.label for o in found] == ["A", "B", "C"][: len(options)]
