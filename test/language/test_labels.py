"""Labels that look like language: a whole label, as it is written, comes before anything else."""

import pytest

from hispatial_ros.errors import SpatialError
from hispatial_ros.language.canonical import canonical
from hispatial_ros.language.names import Names
from hispatial_ros.language.parse import parse
from hispatial_ros.language.terms import ANY

LABELS = [
    "5 gallon bucket", "mug", "door's handle", "mug, blue", "41", "7", "chair left", "left shoe",
    "box on top", "what", "table 2", "front door", "2x4", "no smoking sign", "paint (red)", "",
]  # fmt: skip


@pytest.mark.parametrize("label", [label for label in LABELS if label not in ("", "what")])
@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("How far is the {}?", "camera_distance({})"),
        ("is the lamp left of the {}", "holds(lamp; left_of {})"),
        ("distance from the {} to the lamp", "distance({}, lamp)"),
        ("which is closer, the lamp or the {}?", "extreme(nearest; lamp, {})"),
        ("is the {} within 2 m", "holds({}; distance < 2)"),
    ],
)
def test_a_whole_label_is_a_name(label, question, form):
    found = canonical(parse(question.format(label), [*LABELS, "lamp"]), [*LABELS, "lamp"])
    assert found == form.format(label)


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("How far is object 41?", "camera_distance(41)"),
        ("is object number 7 closer than class 41", "holds(7; nearer than 41)"),
        ("is anything closer than 41 cm", "exists(*; distance < 0.41)"),
        ("is the mug 41 cm wide", "holds(mug; width = 0.41)"),
        ("what is on the left of the mug", "select(*; left_of mug)"),
        ("is the mug in front of the 2x4", "holds(mug; in_front_of 2x4)"),
        ("is the box on top left of the mug", "holds(box on top; left_of mug)"),
    ],
)
def test_what_is_no_label_keeps_its_meaning(question, form):
    assert canonical(parse(question, LABELS), LABELS) == form


def test_a_number_is_no_length_where_no_class_has_it():
    with pytest.raises(SpatialError):
        parse("How far is object 9?", LABELS)


def test_a_thing_labelled_camera_is_said_to_be_meant():
    labels = ["camera", "mug"]
    asked = parse("how far is the mug from the camera", labels)
    assert str(asked) == "distance(mug, camera)"
    assert asked.notes == ("'camera' is the object of that name; the one that looks is 'you'",)
    assert canonical(parse("how far is the mug from you", labels), labels) == "camera_distance(mug)"


def test_what_has_no_name_is_not_known():
    names = Names(["", "mug", " "])
    assert names.resolve(ANY) == [1]
    with pytest.raises(SpatialError, match=r"known objects: mug$"):
        parse_and_resolve("how far is the chair", names)


def parse_and_resolve(question, names):
    (mention,) = parse(question, names.labels).form.objects
    return names.resolve(mention)


GRAMMAR = ["top", "no", "and", "between", "object", "right", "is", "far", "the", "of", "is it"]


@pytest.mark.parametrize("label", GRAMMAR)
@pytest.mark.parametrize(
    ("question", "form"),
    [
        ('how far is "{}"?', "camera_distance({})"),
        ("How wide is the '{}'?", "width({})"),
        ("is “{}” left of the lamp?", "holds({}; left_of lamp)"),
        ('distance between "{}" and the lamp', "distance({}, lamp)"),
    ],
)
def test_a_label_in_quotes_is_a_name_whatever_its_words(label, question, form):
    labels = [label, "lamp"]
    assert canonical(parse(question.format(label), labels), labels) == form.format(label)


@pytest.mark.parametrize("label", ["no", "and", "between", "object", "right", "far"])
def test_without_quotes_the_error_asks_for_them(label):
    with pytest.raises(SpatialError) as raised:
        parse(f"How far is the {label}?", [label, "lamp"])
    assert f'put it in quotes: "{label}"' in str(raised.value)


@pytest.mark.parametrize("question", ['How far is the "lamp"?', "How far's the 'lamp'?"])
def test_quotes_around_other_names_say_nothing(question):
    assert canonical(parse(question, ["lamp"]), ["lamp"]) == "camera_distance(lamp)"
