import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.names import Names, correct, distance, singular
from hispatial_ros.language.parse import parse
from hispatial_ros.language.terms import Mention

LABELS = ("purple chair", "yellow chair", "green bottle", "tall green bottle", "blue mug")


def meant(words, labels=LABELS, **options):
    names = Names(labels)
    return [names.labels[i] for i in names.resolve(Mention(words=tuple(words.split()), **options))]


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("blue mug", "blue mug"),
        ("mug", "blue mug"),  # unique partial match
        ("Mug".casefold(), "blue mug"),
        ("green bottle", "green bottle"),  # exact beats partial
        ("tall green bottle", "tall green bottle"),
        ("green tall bottle", "tall green bottle"),  # order of adjectives
        ("tall bottle", "tall green bottle"),
        ("purple", "purple chair"),
        ("chair purple", "purple chair"),
    ],
)
def test_one_object(words, label):
    assert meant(words) == [label]


def test_a_class():
    assert meant("chairs", plural=True) == ["purple chair", "yellow chair"]
    assert meant("green bottles", plural=True) == ["green bottle", "tall green bottle"]


@pytest.mark.parametrize(
    ("words", "code", "mentioned"),
    [
        ("chair", ErrorCode.AMBIGUOUS_OBJECT, ["purple chair", "yellow chair"]),
        ("dog", ErrorCode.UNKNOWN_OBJECT, LABELS),
        ("red mug", ErrorCode.UNKNOWN_OBJECT, LABELS),
        ("mug handle", ErrorCode.UNKNOWN_OBJECT, LABELS),
    ],
)
def test_the_error_lists_the_candidates(words, code, mentioned):
    with pytest.raises(SpatialError) as error:
        meant(words)
    assert error.value.code is code
    assert all(name in str(error.value) for name in mentioned)


def test_equal_labels_are_numbered_in_order():
    labels = ("box", "cup", "box", "box")
    with pytest.raises(SpatialError, match="box#1, box#2 or box#3"):
        meant("box", labels)
    names = Names(labels)
    assert names.resolve(Mention(words=("box",), number=2)) == [2]
    with pytest.raises(SpatialError, match="there are 3"):
        names.resolve(Mention(words=("box",), number=4))


def test_nothing_known():
    with pytest.raises(SpatialError, match="send regions") as error:
        meant("mug", ())
    assert error.value.code is ErrorCode.UNKNOWN_OBJECT


@pytest.mark.parametrize(
    ("label", "plural"),
    [
        ("chair", "chairs"), ("box", "boxes"), ("bench", "benches"), ("person", "people"),
        ("die", "dice"), ("shelf", "shelves"), ("mouse", "mice"), ("battery", "batteries"),
        ("glass", "glasses"), ("bus", "buses"), ("tomato", "tomatoes"), ("woman", "women"),
    ],
)  # fmt: skip
def test_plurals(label, plural):
    assert singular(plural) == singular(label) == label
    form = parse(f"how many {plural} are there", [f"red {label}", f"blue {label}"]).form
    assert form.kind.plural
    assert len(Names([f"red {label}", f"blue {label}"]).resolve(form.kind)) == 2


@pytest.mark.parametrize("label", ["scissors", "sunglasses", "crisps bag", "headphones", "bus"])
def test_a_label_that_looks_plural_is_one_object(label):
    (reference,) = parse(f"how far is the {label}", [label, "mug"]).form.objects
    assert not reference.plural


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("how far is the yelow chair", "took 'yelow' for 'yellow'"),
        ("how far is the tall green botle", "took 'botle' for 'bottle'"),
        ("how far is the tall green bottel", "took 'bottel' for 'bottle'"),
        ("distnace mug", "took 'distnace' for 'distance'"),
        ("how far are the chiars from the camera", "took 'chiars' for 'chairs'"),
    ],
)
def test_typing_errors_are_corrected_and_noted(question, note):
    assert parse(question, LABELS).notes == (note,)


@pytest.mark.parametrize(
    ("word", "vocabulary"),
    [
        ("table", {"cable"}),  # another first letter
        ("plant", {"plane"}),  # another word of five letters
        ("mgu", {"mug"}),  # too short
        ("boxy", {"boxx", "boxz"}),
        ("lamps", {"lamed"}),
    ],
)
def test_what_may_be_another_word_is_not_corrected(word, vocabulary):
    assert correct(word, vocabulary) is None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("cat", "cat", 0), ("cat", "cut", 1), ("cat", "cats", 1), ("cat", "act", 1),
        ("cat", "dog", 2), ("abcd", "badc", 2), ("abc", "abcde", 2), ("", "a", 1),
    ],
)  # fmt: skip
def test_edit_distance(a, b, expected):
    assert distance(a, b) == distance(b, a) == expected
