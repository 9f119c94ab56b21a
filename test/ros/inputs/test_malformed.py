"""Whatever arrives: the node stays, each request gets exactly one response, frames stay right."""

import os
import time

import pytest
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point32, Polygon
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, Image

from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import Region, RegionArray
from hispatial_ros.ros.outputs.conversions import duration_to_msg
from hispatial_ros.srv import AskSpatial, Measure

# More with HISPATIAL_FUZZ=10 and so on.
FACTOR = int(os.environ.get("HISPATIAL_FUZZ", "1"))
COMMON = {
    "deadline": None,
    "derandomize": FACTOR == 1,
    "suppress_health_check": list(HealthCheck),
}
CODES = {int(code) for code in ErrorCode} - {int(ErrorCode.INTERNAL)}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
names = st.one_of(texts, st.sampled_from(["", "globe", "camera", "gravity", "measured", "auto"]))
int32 = st.one_of(st.integers(-(2**31), 2**31 - 1), st.sampled_from([0, 0, 0, 1]))
uint32 = st.one_of(st.integers(0, 2**32 - 1), st.just(0))
float32 = st.one_of(st.floats(width=32), st.floats(-100, 800, width=32), st.integers(0, 640))
points = st.builds(lambda x, y: Point32(x=float(x), y=float(y)), float32, float32)
regions = st.builds(
    lambda label, id, x0, y0, x1, y1, outline: Region(
        label=label,
        id=id,
        x0=float(x0),
        y0=float(y0),
        x1=float(x1),
        y1=float(y1),
        outline=Polygon(points=outline),
    ),
    names,
    names,
    *(float32,) * 4,
    st.lists(points, max_size=6),
)
times = st.builds(lambda s, ns: Time(sec=s, nanosec=ns), int32, uint32)
durations = st.builds(
    lambda s, ns: Duration(sec=s, nanosec=ns), st.one_of(int32, st.integers(0, 3)), uint32
)
questions = st.one_of(
    texts,
    st.sampled_from(["How far is the globe?", "x" * 100_000, "Where is pixel (1e9, -3)?"]),
    st.builds("How far is {}?".format, names),
)
asks = st.builds(
    AskSpatial.Request,
    question=questions,
    regions=st.lists(regions, max_size=5),
    stamp=times,
    reference_frame=names,
    timeout=durations,
    backend=names,
    raw=st.booleans(),
)
measures = st.builds(
    Measure.Request,
    regions=st.lists(regions, max_size=5),
    stamp=times,
    reference_frame=names,
    timeout=durations,
    skip_relations=st.booleans(),
)


def outcomes(graph):
    return sum(graph.node.requests.stats.codes().values())


def respond_once(graph, client, request):
    before = outcomes(graph)
    response = graph.call(client, request)
    assert response.error_code in CODES, response.error_msg
    assert bool(response.error_msg) == bool(response.error_code)
    assert outcomes(graph) == before + 1
    return response


@settings(max_examples=150 * FACTOR, **COMMON)
@given(request=asks)
def test_any_question(desk, request):
    respond_once(desk, desk.ask_client, request)


@settings(max_examples=150 * FACTOR, **COMMON)
@given(request=measures)
def test_any_measurement(desk, request):
    response = respond_once(desk, desk.measure_client, request)
    assert bool(response.objects) == (response.error_code == 0)


headers = st.tuples(times, names, st.booleans())
images = st.builds(
    Image,
    width=st.one_of(uint32, st.integers(0, 8)),
    height=st.one_of(uint32, st.integers(0, 8)),
    step=st.one_of(uint32, st.integers(0, 32)),
    encoding=st.one_of(
        texts, st.sampled_from(["rgb8", "16UC1", "32FC1", "mono16", "bayer_rggb8", "yuv422"])
    ),
    is_bigendian=st.integers(0, 255),
    data=st.binary(max_size=300),
)
numbers = st.one_of(st.floats(), st.floats(-10, 1000))
infos = st.builds(
    CameraInfo,
    width=st.one_of(uint32, st.just(640)),
    height=st.one_of(uint32, st.just(480)),
    distortion_model=names,
    d=st.lists(numbers, max_size=16),
    k=st.lists(numbers, min_size=9, max_size=9),
    p=st.lists(numbers, min_size=12, max_size=12),
    binning_x=uint32,
    binning_y=uint32,
)
arrays = st.builds(RegionArray, regions=st.lists(regions, max_size=5))
messages = st.one_of(
    st.tuples(st.sampled_from(["image", "depth"]), images),
    st.tuples(st.just("camera_info"), infos),
    st.tuples(st.just("regions"), arrays),
)


@pytest.fixture(scope="module")
def fuzzed(desk):
    """A camera that sends rubbish, and in the end the desk again."""
    yield desk
    desk.show()
    response = desk.ask("How far is the globe?")
    assert response.error_code == 0, response.error_msg
    assert response.answer.header == desk.messages["image"].header


@settings(max_examples=60 * FACTOR, **COMMON)
@given(sent=st.lists(st.tuples(messages, headers), min_size=1, max_size=8), request=asks)
def test_any_camera(fuzzed, sent, request):
    for (topic, msg), (stamp, frame, now) in sent:
        msg.header.stamp = fuzzed.peer.get_clock().now().to_msg() if now else stamp
        msg.header.frame_id = frame
        fuzzed.publishers[topic].publish(msg)
    request.timeout = duration_to_msg(5.0)
    respond_once(fuzzed, fuzzed.ask_client, request)


@settings(max_examples=60 * FACTOR, **COMMON)
@given(
    topic=st.sampled_from(["camera_info", "regions"]),
    cuts=st.lists(st.tuples(st.integers(4, 400), st.binary(min_size=1, max_size=8)), max_size=4),
    length=st.integers(4, 5000),
)
def test_corrupt_serialisation(fuzzed, topic, cuts, length):
    """Bytes that are no message, as from another version of a type or a broken network."""
    raw = bytearray(serialize_message(fuzzed.messages[topic]))
    for at, noise in cuts:
        raw[at : at + len(noise)] = noise
    fuzzed.publishers[topic].publish(bytes(raw[:length]))
    time.sleep(0.001)
    response = fuzzed.measure(skip_relations=True, timeout=duration_to_msg(5.0))
    assert response.error_code in CODES
