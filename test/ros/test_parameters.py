"""Every parameter is declared with its description, validated, and takes effect."""

import math

import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter

from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.parameters import TABLE

FAR = "How far is the globe?"


def set_parameter(graph, name, value):
    client = graph.peer.create_client(SetParameters, "hispatial/set_parameters")
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    result = graph.call(client, request).results[0]
    graph.peer.destroy_client(client)
    return result


@pytest.mark.parametrize("parameter", TABLE, ids=lambda p: p.name)
def test_each_is_described_as_in_the_table(desk, parameter):
    descriptor = desk.node.describe_parameter(parameter.name)
    assert descriptor.description == parameter.description
    assert descriptor.read_only == parameter.read_only
    if parameter.minimum is not None:
        ranges = [*descriptor.integer_range, *descriptor.floating_point_range]
        assert (ranges[0].from_value, ranges[0].to_value) == (parameter.minimum, parameter.maximum)
        assert parameter.minimum <= parameter.default <= parameter.maximum
    assert not parameter.choices or parameter.default in parameter.choices


@pytest.mark.parametrize("parameter", TABLE, ids=lambda p: p.name)
def test_each_refuses_nonsense_and_keeps_its_value(desk, parameter):
    before = desk.node.parameters[parameter.name]
    wrong = ["a word that is no choice", -1e9, math.nan, -1_000_000]
    for value in wrong:
        if type(value) is str and type(before) is str and not parameter.choices:
            continue
        assert not set_parameter(desk, parameter.name, value).successful
    assert desk.node.parameters[parameter.name] == before


def test_a_refusal_gives_the_reason(desk):
    assert "auto, measured, model" in set_parameter(desk, "backend", "oracle").reason
    assert "1000" in set_parameter(desk, "max_range", math.nan).reason


def test_read_only_stays(desk):
    assert not set_parameter(desk, "autostart", False).successful


def test_changes_take_effect_at_run_time(make_graph):
    graph = make_graph()
    graph.show()
    assert graph.ask(FAR).error_code == 0
    assert set_parameter(graph, "max_question_length", 5).successful
    assert graph.ask(FAR).error_code == ErrorCode.BAD_QUESTION
    assert set_parameter(graph, "max_question_length", 500).successful
    assert set_parameter(graph, "max_range", 1.0).successful
    assert graph.ask(FAR).error_code == ErrorCode.NO_VALID_DEPTH
    assert set_parameter(graph, "max_range", 10.0).successful
    assert set_parameter(graph, "reference_frame", "gravity").successful
    assert graph.ask(FAR).answer.header.frame_id == "gravity"
    assert set_parameter(graph, "backend", "model").successful
    assert graph.ask(FAR).error_code == ErrorCode.BACKEND_UNAVAILABLE
    assert set_parameter(graph, "queue_size", 3).successful
    assert graph.node.worker.capacity == 3


def test_depth_noise_reaches_the_answer(make_graph):
    graph = make_graph()
    graph.show()
    distance = graph.ask(FAR).answer.values[0]
    assert set_parameter(graph, "depth_noise.scale", 0.1).successful
    # An error common to the whole frame is part of every length.
    assert graph.ask(FAR).answer.values_stddev[0] >= 0.1 * distance


def test_intake_options_change_at_run_time(make_graph):
    graph = make_graph()
    assert set_parameter(graph, "sync.slop", 0.2).successful
    assert graph.node.buffer.options.slop == 0.2
    assert set_parameter(graph, "image_geometry", "rectified").successful
    assert graph.node.buffer.options.image_is_rectified is True
