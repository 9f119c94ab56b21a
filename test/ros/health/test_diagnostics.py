"""What ``/diagnostics`` says, read as the command line tools read it."""

import time

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from sensor_msgs.msg import Image

from hispatial_ros.errors import ErrorCode
from hispatial_ros.health.check import Status
from hispatial_ros.health.component import Component
from hispatial_ros.ros.health.components import components
from hispatial_ros.ros.outputs.conversions import time_to_ns
from hispatial_ros.service.stats import RequestStats

DISTANCE = "What is the distance between the globe and the yellow die?"
ERRORS = {"": "BAD_QUESTION", "How far is the zebra?": "UNKNOWN_OBJECT"}


@pytest.fixture
def state(graph, ros):
    """Waits until the newest state of the components fulfils a condition; returns it."""
    arrays = graph.listen(DiagnosticArray, "/diagnostics")

    def wait(condition, what):
        found = {}

        def fulfilled():
            found.clear()
            found.update(components("/hispatial", arrays[-1:]))
            return found and condition(found)

        ros.wait_until(fulfilled, what)
        return dict(found)

    return wait


def test_every_part_of_an_active_node_is_there(graph, state):
    found = state(lambda c: "pairing" in c, "the inputs")
    assert set(found) == {
        *("lifecycle", "image", "depth", "camera_info", "regions", "pairing"),
        *(
            "requests",
            "backend",
            "depth model",
            "built-in detector",
            "process",
            "gravity",
            "watches",
        ),
    }
    assert found["lifecycle"].message == "active"


def test_inputs_tell_rate_age_and_drops(graph, state):
    graph.show(time.time_ns() - 20 * 10**9)
    found = state(lambda c: "image" in c and c["image"].number("received") >= 2, "both images")
    image = found["image"]
    assert image.values["topic"] == "/image"
    assert image.number("rate [Hz]") > 0
    assert image.number("silent [s]") < 15
    assert 20 <= image.number("age [s]") < 40
    assert 20 <= found["camera_info"].number("age [s]") < 40
    graph.publishers["image"].publish(Image())
    image = state(lambda c: c["image"].group("dropped: "), "a dropped image")["image"]
    assert image.group("dropped: ") == {"no stamp": "1"}
    assert image.values["age [s]"] == "-"


def test_pairing_tells_its_success(graph, state):
    stamp = time_to_ns(graph.messages["image"].header.stamp)
    state(lambda c: "pairing" in c and c["pairing"].number("success [%]") == 100, "pairing")
    for n in (1, 2, 3):
        graph.show(stamp + n * 200_000_000, topics=("image",))
    state(lambda c: c["pairing"].number("unpaired") == 3, "images without depth")
    alone = state(lambda c: c["pairing"].number("success [%]") == 25, "success")["pairing"]
    assert alone.level is Status.WARN


def test_requests_tell_outcomes_by_code_and_latencies_by_stage(graph, state):
    graph.ask(DISTANCE)
    for question in ERRORS:
        graph.ask(question)
    requests = state(
        lambda c: c["requests"].group("outcome: ").keys() >= {"NONE", *ERRORS.values()}, "outcomes"
    )["requests"]
    assert set(requests.group("outcome: ").values()) == {"1"}
    assert (requests.number("open"), requests.number("waiting")) == (0, 0)
    assert requests.number("capacity") == graph.node.settings.current.queue_size
    assert requests.number("thread faults") == 0
    for stage in ("queue", "frame", "understand", "measure", "total"):
        p50, p90, p99 = (requests.number(f"{stage} p{p} [ms]") for p in (50, 90, 99))
        assert 0 <= p50 <= p90 <= p99


def test_the_queue_is_counted(desk, blocked, ros):
    arrays = desk.listen(DiagnosticArray, "/diagnostics")
    futures = [
        desk.ask_client.call_async(desk.ask_client.srv_type.Request(question=DISTANCE))
        for _ in range(3)
    ]

    def counts():
        requests = components("hispatial", arrays[-1:]).get("requests")
        return requests and (requests.number("open"), requests.number("waiting"))

    ros.wait_until(lambda: counts() == (3, 2), "two that wait for the third")
    blocked.release.set()
    for future in futures:
        desk.result(future)


def test_the_process_tells_what_it_takes(state):
    process = state(lambda c: "process" in c, "the process")["process"]
    assert process.number("memory [MB]") > 10
    assert process.number("cpu [%]") >= 0
    assert process.number("threads") >= 2


def test_they_go_on_while_inactive(graph, state):
    graph.robot.executor.create_task(graph.node.trigger_deactivate)
    found = state(lambda c: c["lifecycle"].message == "inactive", "the inactive state")
    assert "image" not in found


def test_components_are_those_of_the_node_and_no_namesake():
    def status(name, message, **values):
        pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
        return DiagnosticStatus(
            level=DiagnosticStatus.WARN, name=name, message=message, values=pairs
        )

    old = DiagnosticArray(status=[status("robot/hispatial: image", "old")])
    new = DiagnosticArray(
        status=[
            status("robot/hispatial: image", "new", rate="9.5", silent="-"),
            status("robot/hispatial2: image", "another node's"),
            status("hispatial: image", "of another namespace"),
        ]
    )
    found = components("/robot/hispatial", [old, new])
    assert found == {"image": Component(Status.WARN, "new", {"rate": "9.5", "silent": "-"})}
    assert found["image"].number("rate") == 9.5
    assert found["image"].number("silent") is None
    assert found["image"].number("nothing") is None


def test_percentiles_are_of_answers():
    stats = RequestStats()
    for ms in range(1, 101):
        stats.record(ErrorCode.NONE, {"total": ms / 1e3})
    assert stats.percentiles()["total"] == pytest.approx(
        {"p50": 0.0505, "p90": 0.0901, "p99": 0.09901}
    )
