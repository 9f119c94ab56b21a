"""Every parameter is declared with its description, validated, and takes effect."""

import math
from operator import attrgetter

import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter

from hispatial_ros.settings.settings import TABLE


def set_parameter(graph, name, value):
    client = graph.peer.create_client(SetParameters, "hispatial/set_parameters")
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    result = graph.call(client, request).results[0]
    graph.peer.destroy_client(client)
    return result


@pytest.mark.parametrize("parameter", TABLE, ids=lambda p: p.name)
def test_each_is_described_as_in_the_table(desk, parameter):
    descriptor = desk.node.describe_parameter(parameter.name)
    assert descriptor.description == parameter.about
    assert descriptor.read_only == parameter.read_only
    if parameter.minimum is not None:
        ranges = [*descriptor.integer_range, *descriptor.floating_point_range]
        assert (ranges[0].from_value, ranges[0].to_value) == (parameter.minimum, parameter.maximum)
        assert parameter.minimum <= parameter.default <= parameter.maximum
    assert not parameter.choices or parameter.default in parameter.choices


@pytest.mark.parametrize("parameter", TABLE, ids=lambda p: p.name)
def test_each_refuses_nonsense_and_keeps_its_value(desk, parameter):
    before = attrgetter(parameter.name)(desk.node.settings.current)
    wrong = ["a word that is no choice", -1e9, math.nan, -1_000_000]
    for value in wrong:
        if type(value) is str and type(before) is str and not parameter.choices:
            continue
        assert not set_parameter(desk, parameter.name, value).successful
    assert attrgetter(parameter.name)(desk.node.settings.current) == before


def test_a_refusal_gives_the_reason(desk):
    assert "auto, measured, model" in set_parameter(desk, "backend", "oracle").reason
    assert "1000" in set_parameter(desk, "max_range", math.nan).reason


@pytest.mark.parametrize("name", ["", "nonesuch", "sync.slop.more"])
def test_what_is_not_declared_is_refused(desk, name):
    result = set_parameter(desk, name, 1)
    assert not result.successful
    assert result.reason
    assert not desk.node.has_parameter(name)


@pytest.mark.parametrize("parameter", [p for p in TABLE if p.read_only], ids=lambda p: p.name)
def test_what_is_read_at_start_only_says_so_and_stays(desk, parameter):
    result = set_parameter(desk, parameter.name, parameter.default)
    assert not result.successful
    assert "read-only" in result.reason
    assert parameter.name in result.reason
    assert desk.node.describe_parameter(parameter.name).description.endswith("at start only.")
