"""Questions and measurements through the services, on the desk."""

import math

import pytest
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point32, Polygon

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.errors import ErrorCode
from hispatial_ros.measure.engine import measure
from hispatial_ros.msg import Region, SpatialAnswer
from hispatial_ros.ros.outputs.conversions import time_to_msg, time_to_ns

FAR = "How far is the globe?"


def box(label="thing", x0=60.0, y0=15.0, x1=150.0, y1=100.0, **more):
    return Region(label=label, x0=x0, y0=y0, x1=x1, y1=y1, **more)


def test_an_answer_is_what_the_library_answers(desk):
    response = desk.ask(FAR)
    expected = answer_measured(FAR, desk.frame, desk.regions)
    answer = response.answer
    assert (response.error_code, response.error_msg) == (0, "")
    assert answer.text == expected.text
    assert list(answer.values) == pytest.approx(expected.values)
    assert (answer.level, answer.unit) == (SpatialAnswer.LEVEL_OBJECT, "m")
    assert answer.source == SpatialAnswer.SOURCE_MEASURED
    assert [o.label for o in answer.objects] == ["globe"]
    assert answer.request_id.startswith("ask-")
    assert answer.question == FAR


def test_an_answer_carries_stamp_and_frame_of_its_image(desk):
    header = desk.ask(FAR).answer.header
    image = desk.messages["image"].header
    assert (header.stamp, header.frame_id) == (image.stamp, "camera_color_optical_frame")


def test_timing_adds_up(desk):
    timing = {t.stage: t.seconds for t in desk.ask(FAR).answer.timing}
    stages = ("queue", "frame", "understand", "measure")
    assert all(timing[stage] >= 0 for stage in stages)
    assert sum(timing[stage] for stage in stages) <= timing["total"]


def test_measure_is_what_the_library_measures(desk):
    response = desk.measure()
    expected = measure(desk.frame, desk.regions)
    assert response.error_code == 0
    assert [o.label for o in response.objects] == [o.label for o in expected.objects]
    for got, wanted in zip(response.objects, expected.objects, strict=True):
        p = got.pose.pose.position
        assert (p.x, p.y, p.z) == pytest.approx(tuple(wanted.center))
        assert (got.size.x, got.size.y, got.size.z) == pytest.approx(tuple(wanted.size))
        assert got.pose.covariance == pytest.approx(wanted.covariance.ravel())
        assert got.distance_stddev == pytest.approx(wanted.distance_stddev)
    assert len(response.relations) == len(expected.relations)


def test_relations_can_be_skipped(desk):
    assert not desk.measure(skip_relations=True).relations


def test_regions_of_the_request_come_first_and_are_said_to(desk):
    response = desk.ask("How far is the ball?", regions=[box("ball")])
    assert response.error_code == 0
    assert [o.label for o in response.answer.objects] == ["ball"]
    assert any("request" in note for note in response.answer.notes)
    assert any("/regions" in note for note in desk.ask(FAR).answer.notes)


def test_a_region_that_can_not_be_measured_is_listed(desk):
    response = desk.measure(regions=[box(), box("off", x0=700.0, x1=800.0)])
    assert response.error_code == 0
    assert [o.label for o in response.objects] == ["thing"]
    failure = response.failures[0]
    assert (failure.label, failure.error_code) == ("off", ErrorCode.REGION_OUTSIDE_IMAGE)


@pytest.mark.parametrize(
    ("region", "code"),
    [
        (box(x0=math.nan), ErrorCode.BAD_REGION),
        (box(x1=math.inf), ErrorCode.BAD_REGION),
        (box(x0=200.0, x1=100.0), ErrorCode.BAD_REGION),
        (box(x0=-90.0, x1=-10.0), ErrorCode.REGION_OUTSIDE_IMAGE),
        (box("x" * 1000), ErrorCode.BAD_REGION),
        (box("a\x07b"), ErrorCode.BAD_REGION),
        (box(outline=Polygon(points=[Point32(), Point32(x=5.0)])), ErrorCode.BAD_REGION),
        (box(outline=Polygon(points=[Point32(x=math.nan)] * 3)), ErrorCode.BAD_REGION),
    ],
)
def test_bad_regions_have_their_code(desk, region, code):
    response = desk.measure(regions=[region])
    assert response.error_code == code
    assert response.error_msg


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("", ErrorCode.BAD_QUESTION),
        ("   \n ", ErrorCode.BAD_QUESTION),
        ("x" * 100_000, ErrorCode.BAD_QUESTION),
        ("How far is the \x07 globe?", ErrorCode.BAD_QUESTION),
        ("How far is the globe\x1b[31m?", ErrorCode.BAD_QUESTION),
        ("colourless green ideas", ErrorCode.QUESTION_NOT_UNDERSTOOD),
        ("How far is the zebra?", ErrorCode.UNKNOWN_OBJECT),
        ("How far is the chair?", ErrorCode.AMBIGUOUS_OBJECT),
    ],
)
def test_bad_questions_have_their_code(desk, question, code):
    response = desk.ask(question)
    assert response.error_code == code
    assert response.error_msg
    assert len(response.answer.question) <= 1000


def test_an_unknown_name_is_answered_with_the_known_ones(desk):
    assert "globe" in desk.ask("How far is the zebra?").error_msg


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"timeout": Duration(sec=-1)}, ErrorCode.BAD_REQUEST),
        ({"timeout": Duration(sec=100_000)}, ErrorCode.BAD_REQUEST),
        ({"timeout": Duration(nanosec=2_000_000_000)}, ErrorCode.BAD_REQUEST),
        ({"stamp": Time(sec=-1)}, ErrorCode.BAD_REQUEST),
        ({"stamp": Time(sec=1)}, ErrorCode.FRAME_TOO_OLD),
        ({"stamp": Time(sec=2_000_000_000)}, ErrorCode.FRAME_TOO_OLD),
        ({"reference_frame": "no_such_frame"}, ErrorCode.UNKNOWN_REFERENCE_FRAME),
        ({"reference_frame": "x" * 10_000}, ErrorCode.UNKNOWN_REFERENCE_FRAME),
        ({"backend": "oracle"}, ErrorCode.BAD_REQUEST),
        ({"backend": "model"}, ErrorCode.BACKEND_UNAVAILABLE),
        ({"regions": [box()] * 201}, ErrorCode.BAD_REQUEST),
        (
            {"regions": [box(outline=Polygon(points=[Point32()] * 10_001))]},
            ErrorCode.BAD_REQUEST,
        ),
    ],
)
def test_bad_fields_have_their_code(desk, fields, code):
    response = desk.ask(FAR, **fields)
    assert response.error_code == code
    assert response.error_msg


def test_a_stamp_names_the_frame(desk):
    stamp = desk.messages["image"].header.stamp
    assert desk.ask(FAR, stamp=stamp).answer.header.stamp == stamp


def test_the_newest_frame_is_taken(desk):
    first = time_to_ns(desk.messages["image"].header.stamp)
    second = desk.show(first + 10_000_000)
    assert desk.ask(FAR).answer.header.stamp == time_to_msg(second)
    assert desk.ask(FAR, stamp=time_to_msg(first)).answer.header.stamp == time_to_msg(first)


def test_gravity_levels_the_answer(desk):
    level = desk.measure(reference_frame="gravity")
    camera = desk.measure()
    assert level.header.frame_id == "gravity"
    assert level.header.stamp == camera.header.stamp
    # Turned about the camera: distances stay, heights do not.
    for a, b in zip(level.objects, camera.objects, strict=True):
        assert a.distance == pytest.approx(b.distance)
        p, q = a.pose.pose.position, b.pose.pose.position
        assert math.hypot(p.x, p.y, p.z) == pytest.approx(math.hypot(q.x, q.y, q.z))
    assert level.objects[0].pose.pose.position.y != camera.objects[0].pose.pose.position.y


def test_the_optical_frame_may_be_named(desk):
    response = desk.measure(reference_frame="camera_color_optical_frame")
    assert response.header.frame_id == "camera_color_optical_frame"


def test_a_pixel_needs_no_regions(desk):
    response = desk.ask("What are the coordinates of pixel (100, 60)?")
    assert response.error_code == 0
    assert len(response.answer.values) == 3


def test_a_follow_up_is_understood_with_the_question_before(desk):
    tall = desk.ask("how tall is it?", context="How far is the globe?")
    assert tall.error_code == ErrorCode.NONE
    assert tall.answer.text.startswith("The globe is")
    assert "tall" in tall.answer.text
    other = desk.ask("and the blue mug?", context="How far is the globe?")
    assert other.answer.text.startswith("The blue mug is")
    assert desk.ask("how tall is it?").error_code == ErrorCode.QUESTION_NOT_UNDERSTOOD
    long = desk.ask("how tall is it?", context="x" * 5000)
    assert long.error_code == ErrorCode.BAD_QUESTION
