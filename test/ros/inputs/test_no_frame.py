"""What is answered while something is missing."""

import time

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.images import depth_to_msg

FAR = "How far is the globe?"


def test_no_image_then_no_calibration_then_no_depth_then_no_regions(make_graph):
    graph = make_graph()
    assert graph.ask(FAR).error_code == ErrorCode.NO_FRAME
    stamp = graph.show(topics=("image",))
    assert graph.ask(FAR).error_code == ErrorCode.NO_DEPTH
    graph.show(stamp, topics=("depth",))
    assert graph.ask(FAR).error_code == ErrorCode.NO_CAMERA_INFO
    graph.show(stamp, topics=("camera_info",))
    response = graph.ask(FAR)
    assert response.error_code == ErrorCode.UNKNOWN_OBJECT
    assert response.answer.header.frame_id == "camera_color_optical_frame"
    response = graph.measure()
    assert response.error_code == ErrorCode.NO_REGIONS
    assert "/regions" in response.error_msg
    graph.show(stamp, topics=("regions",))
    assert graph.ask(FAR).error_code == 0


def test_an_old_frame_is_refused(make_graph):
    graph = make_graph(max_frame_age=0.05)
    graph.show()
    time.sleep(0.1)
    assert graph.ask(FAR).error_code == ErrorCode.FRAME_TOO_OLD


def test_depth_without_a_single_valid_pixel(make_graph):
    graph = make_graph()
    graph.messages["depth"] = depth_to_msg(np.zeros((480, 640), np.uint16))
    graph.show()
    assert graph.ask(FAR).error_code == ErrorCode.NO_VALID_DEPTH
    assert graph.measure().error_code == ErrorCode.NO_VALID_DEPTH


def test_an_uncalibrated_camera(make_graph):
    graph = make_graph()
    graph.messages["camera_info"].k = np.zeros(9)
    graph.messages["camera_info"].p = np.zeros(12)
    graph.show()
    assert graph.ask(FAR).error_code == ErrorCode.NO_CAMERA_INFO


@pytest.mark.parametrize("size", [(100, 640), (480, 100)])
def test_depth_of_another_aspect(make_graph, size):
    graph = make_graph()
    graph.messages["depth"] = depth_to_msg(np.full(size, 1000, np.uint16))
    graph.show()
    assert graph.ask(FAR).error_code == ErrorCode.BAD_CALIBRATION
