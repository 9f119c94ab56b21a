"""A place to go to, over the middleware; frames of TF are in test_tf."""

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.errors import ErrorCode
from hispatial_ros.intake.from_ros import rotation, vector
from hispatial_ros.msg import SpatialAnswer, SpatialObjectArray, SpatialRelationArray

GO = "Go to the yellow chair"


def pose(msg):
    p, q = msg.pose.position, msg.pose.orientation
    return vector(p), rotation(q)


def test_a_target_is_published_and_described(graph, ros):
    targets = graph.listen(PoseStamped, "hispatial/target")
    answer = graph.ask(GO).answer
    position, rotation = pose(ros.arrived(targets))
    expected = answer_measured(GO, graph.frame, graph.regions).target
    np.testing.assert_allclose(position, expected.position, atol=1e-6)
    np.testing.assert_allclose(rotation, expected.rotation, atol=1e-6)
    assert targets[0].header == graph.messages["image"].header
    assert answer.values == pytest.approx(expected.position.tolist())
    assert any(note.startswith("target: 0.70 m before") for note in answer.notes)


def test_the_target_is_the_same_whatever_frame_the_answer_is_in(graph, ros):
    targets = graph.listen(PoseStamped, "hispatial/target")
    graph.ask(GO)
    here = pose(ros.arrived(targets))
    answer = graph.ask(GO, reference_frame="gravity").answer
    assert answer.header.frame_id == "gravity"
    there = pose(ros.arrived(targets, 2))
    assert targets[1].header == targets[0].header
    np.testing.assert_allclose(there[0], here[0], atol=1e-6)
    np.testing.assert_allclose(there[1], here[1], atol=1e-6)


@pytest.mark.parametrize(
    ("questions", "published"),
    [("go_to,where_is", ["where", "go"]), ("go_to", ["go"]), ("none", [])],
)
def test_which_questions_publish_one(make_graph, ros, questions, published):
    graph = make_graph(**{"target.questions": questions, "target.stand_off": 0.4})
    graph.show()
    targets = graph.listen(PoseStamped, "hispatial/target")
    answers = graph.listen(SpatialAnswer, "hispatial/answers")
    graph.ask("Where is the yellow chair?")
    assert "target: 0.40 m before" in " ".join(graph.ask(GO).answer.notes)
    graph.ask("How far is the yellow chair?")
    ros.arrived(answers, 3)
    ros.wait_until(lambda: len(targets) >= len(published), "targets")
    assert len(targets) == len(published)


def test_an_output_frame_that_tf_does_not_know_publishes_nothing_wrong(make_graph, ros):
    graph = make_graph(output_frame="map")
    log = graph.log()
    graph.show()
    answers = graph.listen(SpatialAnswer, "hispatial/answers")
    silent = [
        graph.listen(kind, f"hispatial/{topic}")
        for kind, topic in (
            (PoseStamped, "target"),
            (SpatialObjectArray, "objects"),
            (SpatialRelationArray, "relations"),
        )
    ]
    assert graph.ask(GO).error_code == ErrorCode.NONE
    assert graph.ask(GO).error_code == ErrorCode.NONE
    ros.arrived(answers, 2)
    told = ros.wait_until(
        lambda: [t.msg for t in log if "markers and target are not published" in t.msg],
        "a line in the log",
    )
    assert "'map'" in told[0]
    assert not any(silent)


def test_relations_say_whose_left_is_meant(graph, ros):
    relations = graph.listen(SpatialRelationArray, "hispatial/relations")
    graph.ask("Is the toy plane to the left of the blue mug?")
    assert {r.reference_frame for r in ros.arrived(relations).relations} == {"camera"}
    graph.ask("Standing at the globe facing the yellow chair, is the blue mug to my left?")
    message = ros.arrived(relations, 2)
    assert {r.reference_frame for r in message.relations} == {"globe"}
    assert message.header == graph.messages["image"].header
    response = graph.measure(reference_frame="gravity")
    assert {r.reference_frame for r in response.relations} == {"gravity"}
