"""Depth in another unit than its encoding says, through the node."""

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.images import depth_to_msg

FAR = "How far is the globe?"
TRUTH = pytest.approx(2.39, abs=0.05)


def show(graph, raw):
    graph.messages["depth"] = depth_to_msg(raw)
    graph.show()


UNITS = {
    "tenths of a millimetre": (0.0001, np.uint16, "0.0001 m"),
    "a five-thousandth of a metre": (1 / 5000, np.uint16, "0.0002 m"),
    "whole metres": (1.0, np.uint16, "whole metres"),
    "float millimetres": (0.001, np.float32, "millimetres in a 32FC1 image"),
}


def in_unit(graph, name):
    unit, dtype, words = UNITS[name]
    metres = graph.frame.depth * 0.001
    limit = 65535 if dtype == np.uint16 else np.inf
    return np.minimum(np.rint(metres / unit), limit).astype(dtype), unit, words


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_is_suspected_and_named(make_graph, ros, name):
    graph = make_graph()
    raw, _, words = in_unit(graph, name)
    show(graph, raw)
    response = graph.ask(FAR)
    assert response.error_code in (ErrorCode.BAD_IMAGE, ErrorCode.BAD_CALIBRATION)
    assert words in response.error_msg
    assert "depth_unit" in response.error_msg
    assert graph.measure(skip_relations=True).error_code == response.error_code
    if response.error_code == ErrorCode.BAD_IMAGE:
        diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
        ros.wait_until(lambda: diagnostics, "diagnostics")
        status = next(s for s in diagnostics[-1].status if s.name.endswith(": depth"))
        assert status.level == DiagnosticStatus.ERROR
        assert words in status.message


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_that_is_said_is_used(make_graph, name):
    unit, _, _ = UNITS[name]
    graph = make_graph(depth_unit=unit)
    show(graph, in_unit(graph, name)[0])
    response = graph.ask("How far is the blue mug?" if name == "whole metres" else FAR)
    assert response.error_code == ErrorCode.NONE, response.error_msg
    if name != "whole metres":  # rounded to them
        assert response.answer.values[0] == TRUTH


def test_one_thing_alone_is_a_note(make_graph):
    graph = make_graph()
    graph.messages["regions"].regions = [
        region for region in graph.messages["regions"].regions if region.label == "blue mug"
    ]
    show(graph, in_unit(graph, "tenths of a millimetre")[0])
    answer = graph.ask("How far is the blue mug?").answer
    assert any("steps of 0.0001 m" in note for note in answer.notes)


@pytest.mark.parametrize("factor", [10.0, 0.1], ids=["warehouse", "close-up"])
def test_unusual_depth_without_known_things_is_answered_with_a_note(make_graph, factor):
    graph = make_graph()
    graph.messages["regions"].regions = [
        region for region in graph.messages["regions"].regions if region.label == "globe"
    ]
    show(graph, np.minimum(graph.frame.depth * factor, 65535).astype(np.uint16))
    response = graph.ask(FAR)
    assert response.error_code == ErrorCode.NONE, response.error_msg
    assert response.answer.values[0] == pytest.approx(2.39 * factor, rel=0.05)
    assert any("confirmed by nothing in view" in note for note in response.answer.notes)
    said = make_graph(depth_unit=0.001)
    said.messages = graph.messages
    said.show()
    assert not [n for n in said.ask(FAR).answer.notes if "confirmed by nothing" in n]
