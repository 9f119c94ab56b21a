"""Requests and results as plain structs, without ROS."""

import logging
import subprocess
import sys

import pytest

from hispatial_ros.errors import ErrorCode
from hispatial_ros.frame.region import Region
from hispatial_ros.service.request import AskRequest, MeasureRequest
from hispatial_ros.structured_log import parse

WAIT = 10.0
STAGES = {"queue", "frame", "total"}


def test_nothing_of_ros_is_imported():
    """Not by what imports what is imported either."""
    code = (
        "import sys; import hispatial_ros.service.requests, hispatial_ros.service.watch_runner, "
        "hispatial_ros.service.watch_commands; "
        "print([m for m in sys.modules if m.split('.')[0] in ('rclpy', 'std_msgs', 'sensor_msgs')"
        " or m.startswith(('hispatial_ros.ros', 'hispatial_ros.msg'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_question_becomes_a_result(service):
    request = AskRequest(question="  How far is the box?  ")
    service.requests.ask(request, service.client.respond)
    assert service.client.codes(1) == [ErrorCode.NONE]
    (result,) = service.client.results
    assert result.id == "ask-1"
    assert result.request is request, "as the client sent it"
    assert result.context.request.question == "How far is the box?"
    assert result.findings.answer.text == "an answer"
    assert result.findings.answer.notes == ["regions: from the topic /regions"]
    assert result.timing.keys() >= STAGES
    assert list(result.timing)[-1] == "total"
    assert service.requests.stats.codes() == {"NONE": 1}


def test_a_measurement_becomes_a_result(service):
    mine = Region("mine", (28, 20, 36, 28))
    service.requests.measure(MeasureRequest(regions=[mine]), service.client.respond)
    service.requests.measure(MeasureRequest(skip_relations=True), service.client.respond)
    service.client.codes(2)
    first, second = (result.findings for result in service.client.results)
    assert [o.label for o in first.objects] == ["mine"]
    assert "regions: from the request" in first.notes
    assert {o.label for o in second.objects} == {"box", "wall"}
    assert not second.relations
    assert second.summary == "2 of 2 regions measured"


def test_depth_that_is_computed_has_its_stage_and_note(estimated):
    estimated.requests.measure(MeasureRequest(), estimated.client.respond)
    assert estimated.client.codes(1) == [ErrorCode.NONE]
    (result,) = estimated.client.results
    assert result.timing.keys() >= {"depth", *STAGES}
    assert result.findings.notes[0] == "depth: estimated"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"question": ""}, ErrorCode.BAD_QUESTION),
        ({"stamp_ns": -1}, ErrorCode.BAD_REQUEST),
        ({"timeout": float("nan")}, ErrorCode.BAD_REQUEST),
        ({"timeout": -1.0}, ErrorCode.BAD_REQUEST),
        ({"backend": "oracle"}, ErrorCode.BAD_REQUEST),
        ({"reference_frame": "a\x07b"}, ErrorCode.UNKNOWN_REFERENCE_FRAME),
        ({"regions": [Region("x" * 1000, (0, 0, 1, 1))]}, ErrorCode.BAD_REGION),
    ],
)
def test_what_is_refused_has_its_result_at_once(service, fields, code):
    request = AskRequest(**{"question": "How far is the box?", **fields})
    job = service.requests.ask(request, service.client.respond)
    assert job.done
    (result,) = service.client.results
    assert (result.code, result.findings) == (code, None)
    assert service.published == [result]


def test_each_request_has_its_line_in_the_log(service, caplog):
    with caplog.at_level(logging.INFO, "hispatial_ros"):
        service.requests.ask(AskRequest(question="How far is the box?"), service.client.respond)
        service.client.codes(1)
        service.requests.measure(MeasureRequest(stamp_ns=-1), service.client.respond)
        service.worker.stop(WAIT)
    answered, refused = (parse(message) for message in caplog.messages)
    assert (answered["request"], answered["event"], answered["code"]) == (
        "ask-1",
        "answered",
        "NONE",
    )
    assert answered["stamp"] == "1700000000.123456789"
    assert (refused["request"], refused["event"], refused["code"]) == (
        "measure-2",
        "refused",
        "BAD_REQUEST",
    )
    assert "question" not in refused
    assert "header.stamp" in refused["error"]
