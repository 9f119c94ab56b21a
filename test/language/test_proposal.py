import pytest

from benchmarks.understanding import SCENES, SETS, load
from hispatial_ros.errors import SpatialError
from hispatial_ros.language.forms import Approach, CameraDistance
from hispatial_ros.language.names import Names
from hispatial_ros.language.parse import parse
from hispatial_ros.language.proposal import proposed
from hispatial_ros.language.question import mentions
from hispatial_ros.language.relation_forms import Distance, Holds
from hispatial_ros.language.terms import Attribute, Limit, Mention, RelationTo

LABELS = ("mug", "globe")
MUG, GLOBE = Mention(words=("mug",)), Mention(words=("globe",))
ODD = "gimme mug-globe farness"


def test_what_is_refused_may_be_proposed_and_is_said_to_be():
    with pytest.raises(SpatialError):
        parse(ODD, LABELS)
    asked = parse(ODD, LABELS, propose=lambda question, labels: Distance(MUG, GLOBE))
    assert str(asked) == "distance(mug, globe)"
    assert "a language model proposed" in asked.notes[-1]


def test_what_the_grammar_reads_is_not_proposed():
    asked = parse("how far is the mug", LABELS, propose=lambda *_: Distance(MUG, GLOBE))
    assert str(asked) == "camera_distance(mug)"


@pytest.mark.parametrize(
    "form",
    [
        None,
        "distance(mug, globe)",
        Approach((MUG,)),  # nobody is sent anywhere by a guess
        Distance("mug", GLOBE),
        CameraDistance([MUG]),
        CameraDistance((Mention(words=("chair",)),)),
        Holds(MUG, RelationTo("beyond", GLOBE)),
        Holds(MUG, Limit(Attribute.DISTANCE, "about", 1.0)),
        Holds(MUG, Limit(Attribute.DISTANCE, "<", "1 m")),
        Holds(MUG, Limit(Attribute.DISTANCE, "<", 1.0, GLOBE, None, "diagonal")),
        Distance(MUG, GLOBE, axis="diagonal"),
    ],
)
def test_only_what_the_grammar_could_have_made_counts(form):
    with pytest.raises(SpatialError, match="not understood"):
        parse(ODD, LABELS, propose=lambda *_: form)


def test_all_forms_of_the_grammar_could_be_proposed():
    for name in SETS[:3]:
        for scene, question, _ in load(name):
            labels = SCENES[scene]
            try:
                form = parse(question, labels).form
            except SpatialError:
                continue
            if all(map(Names(labels).knows, mentions(form))) and not isinstance(form, Approach):
                assert proposed(question, labels, lambda *_, form=form: form) == form, question
