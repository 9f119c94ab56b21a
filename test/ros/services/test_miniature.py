"""The miniature that ships, behind the node: rooms whose truth is known, measured and asked."""

import pytest

pytest.importorskip("torch")

from hispatial_ros.demo import MINIATURE
from hispatial_ros.errors import ErrorCode
from hispatial_ros.evaluate.benchmarks.simulated import PLAIN, simulated
from hispatial_ros.msg import RegionArray, SpatialAnswer
from hispatial_ros.ros.outputs.conversions import region_to_msg
from hispatial_ros.ros.outputs.images import depth_to_msg, image_to_msg
from hispatial_ros.ros.tools.player import camera_to_msg
from hispatial_ros.vlm.runtime.status import ModelState

ROOMS = range(9_300_000, 9_300_010)  # that it was not trained on


@pytest.fixture(scope="module")
def graph(make_lasting_graph):
    graph = make_lasting_graph(
        **{"model.checkpoint": str(MINIATURE), "model.device": "cpu", "request_timeout": 60.0}
    )
    process = graph.node.backends.processes["model"]
    assert process.wait_ready(60).state is ModelState.READY
    return graph


def test_it_tells_sides_and_the_measurement_judges_it(graph):
    right, asked = 0, 0
    for seed in ROOMS:
        (question,) = [q for q in simulated(1, seed, PLAIN) if q.type.endswith("left_right")]
        (judge,) = question.rules.values()
        view = question.view()
        graph.messages |= {
            "camera_info": camera_to_msg(view.camera),
            "depth": depth_to_msg(view.depth),
            "image": image_to_msg(view.rgb, "rgb8"),
            "regions": RegionArray(regions=[region_to_msg(r) for r in view.regions]),
        }
        graph.show()
        # It knows the wordings of its training alone, not those that the node gives HiSpatial.
        said = graph.ask(question.text, backend="model", raw=True)
        assert said.error_code == ErrorCode.NONE, said.error_msg
        both = graph.ask(question.text).answer
        assert both.source == SpatialAnswer.SOURCE_BOTH
        assert judge(both.measured_text), f"{question.text} {both.measured_text}"
        agree = judge(both.model_text.rpartition(":")[2])
        verdict = SpatialAnswer.AGREEMENT_AGREE if agree else SpatialAnswer.AGREEMENT_DISAGREE
        assert both.agreement == verdict, both.model_text
        right += judge(said.answer.text)
        asked += 1
    assert asked == len(ROOMS)
    assert right > 0.6 * asked
