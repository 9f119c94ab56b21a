"""Calibrations as strangers' drivers publish them, through the node: refused by name, or used."""

import time

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import RegionOfInterest

from hispatial_ros.errors import ErrorCode

FAR = "How far is the globe?"


def set_k(info, fx, fy, cx, cy):
    info.k = np.array([fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0])


def camera_info_status(graph, ros):
    """What the node's diagnostics say about it."""
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    return next(s for s in diagnostics[-1].status if s.name.endswith(": camera_info"))


@pytest.fixture(scope="module")
def shared(make_lasting_graph):
    graph = make_lasting_graph()
    info = graph.messages["camera_info"]
    graph.proper = {name: getattr(info, name) for name in ("k", "p", "d", "distortion_model")}
    return graph


@pytest.fixture
def graph(shared):
    info = shared.messages["camera_info"]
    for name, value in shared.proper.items():
        setattr(info, name, value)
    info.binning_x = info.binning_y = 0
    info.roi = RegionOfInterest()
    shared.node.buffer.reset()
    return shared


@pytest.mark.parametrize(
    ("k", "code", "words"),
    [
        ((1.0, 1.0, 0.0, 0.0), ErrorCode.NO_CAMERA_INFO, "identity"),
        ((0.84, 1.12, 0.5, 0.5), ErrorCode.BAD_CALIBRATION, "shares of the image's size"),
        ((3.67, 3.67, 320.0, 240.0), ErrorCode.BAD_CALIBRATION, "millimetres"),
        ((1070.8, 1078.4, 640.7, 495.7), ErrorCode.BAD_CALIBRATION, "principal point"),
    ],
    ids=["identity", "normalised", "millimetres", "another size"],
)
def test_an_absurd_k_is_refused_and_the_mistake_named(graph, ros, k, code, words):
    set_k(graph.messages["camera_info"], *k)
    graph.show()
    response = graph.ask(FAR)
    assert response.error_code == code
    assert words in response.error_msg
    status = camera_info_status(graph, ros)
    assert status.level == DiagnosticStatus.ERROR
    assert words in status.message


def test_a_region_of_interest_of_an_uncropped_image_is_refused(graph):
    graph.messages["camera_info"].roi = RegionOfInterest(
        x_offset=160, y_offset=120, width=320, height=240
    )
    graph.show()
    response = graph.ask(FAR)
    assert response.error_code == ErrorCode.BAD_CALIBRATION
    assert "not cropped to it" in response.error_msg


def corrected(graph, ros, words):
    """The globe is as far as ever, and answers and diagnostics tell of the correction."""
    graph.show()
    answer = graph.ask(FAR).answer
    assert answer.values[0] == pytest.approx(2.39, abs=0.05)
    assert any(words in note for note in answer.notes)
    assert any(words in note for note in graph.measure(skip_relations=True).notes)
    status = camera_info_status(graph, ros)
    assert status.level == DiagnosticStatus.WARN
    assert words in status.message


def test_binning_that_was_applied_already_is_not_applied_again(graph, ros):
    info = graph.messages["camera_info"]
    info.binning_x = info.binning_y = 2
    info.width, info.height = 1280, 960
    corrected(graph, ros, "not applied to it again")
    info.width, info.height = 640, 480


def test_p_holds_where_k_is_empty(graph, ros):
    set_k(graph.messages["camera_info"], 0.0, 0.0, 0.0, 0.0)
    corrected(graph, ros, "P holds as well")


@pytest.mark.parametrize(
    ("model", "d"),
    [("plumb_bob", [1e-9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), ("equidistant", [1e-9, *[0.0] * 4])],
)
def test_trailing_zeros_of_the_distortion_are_taken(graph, model, d):
    info = graph.messages["camera_info"]
    info.distortion_model, info.d = model, d
    graph.show()
    response = graph.ask("How far is pixel (320, 240)?")
    assert response.error_code == ErrorCode.NONE, response.error_msg


def test_k_holds_on_a_rectified_topic_without_p(make_graph, ros):
    graph = make_graph(image_geometry="rectified")
    graph.messages["camera_info"].p = np.zeros(12)
    corrected(graph, ros, "K holds as well")
    assert graph.node.buffer.newest(time.time_ns()).camera.fx == pytest.approx(535.4)
