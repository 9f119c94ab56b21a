"""The node as a process, and our side of the graph."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.reliability.coded import CodedCamera, belongs
from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, ROOT, Process, node_arguments, tidy
from hispatial_ros.demo.domain import OwnDomain
from hispatial_ros.ros.outputs.conversions import time_to_ns


class Robot:
    """One domain: a node under test, our peer, a camera that publishes when told to."""

    def __init__(
        self,
        camera: CodedCamera | None = None,
        remap: dict[str, str] | None = None,
        arguments: list[str] | None = None,
        **parameters: Any,
    ):
        self._own_domain = OwnDomain()
        self.domain = self._own_domain.id
        self.started: list[Process] = []
        remapped = [part for pair in (remap or {}).items() for part in ("-r", ":=".join(pair))]
        # Both images of a frame have one stamp; what comes first after a start has no other clue.
        parameters = {"sync.slop": 0.01, **parameters}
        self.node_arguments = arguments or node_arguments(*remapped, **parameters)
        self.node = self.start(NODE, *self.node_arguments)
        self.peer = Peer(self.domain)
        self.camera = camera or CodedCamera()
        self.messages = self.camera.messages()
        self.publishers = self.peer.camera_publishers(self.messages)

    def start(self, module: str, *arguments: str, **environment: str) -> Process:
        """A process in this domain, ended with the robot."""
        self.started.append(Process(self.domain, module, *arguments, **environment))
        return self.started[-1]

    def close(self) -> None:
        self.peer.close()
        for process in self.started:
            process.close()
        self._own_domain.close()

    def connect(self) -> "Robot":
        """Wait until the node receives what is published."""
        for topic, publisher in self.publishers.items():
            wait_until(publisher.get_subscription_count, f"a subscription to {topic}")
        return self

    def show(self, stamp_ns: int | None = None, *topics: str) -> int:
        """Publish a frame, now; returns its stamp."""
        stamp_ns = time.time_ns() if stamp_ns is None else stamp_ns
        self.camera.stamp(self.messages, stamp_ns)
        for topic in topics or self.publishers:
            self.publishers[topic].publish(self.messages[topic])
        return stamp_ns

    def measured_stamp(self, response: Any) -> int:
        """Stamp of the frame that a response is about; checks that it was measured on it."""
        assert response.error_code == 0, response.error_msg
        stamp = time_to_ns(response.header.stamp)
        assert belongs(response.objects[0].distance, stamp), "measured on another frame"
        return stamp

    def answers(self, stamp_ns: Callable[[], int] = time.time_ns, *topics: str) -> int:
        """Publish frames until one of them is measured; its stamp."""
        first = stamp_ns()

        def measured() -> Any:
            self.show(stamp_ns(), *topics)
            response = self.peer.measure()
            new = time_to_ns(response.header.stamp) >= first
            return response if not response.error_code and new else None

        return self.measured_stamp(wait_until(measured, "an answer about a new frame"))

    def recovers(self) -> Any:
        """Measure until there is an answer; the response."""
        errors: list[str] = []

        def measured() -> Any:
            response = self.peer.measure()
            errors.append(response.error_msg)
            return None if response.error_code else response

        try:
            response = wait_until(measured, "an answer")
        except AssertionError:
            said = "\n".join(process.said[-2000:] for process in self.started)
            raise AssertionError(f"no answer: {errors[-1]}\n{said}") from None
        self.measured_stamp(response)
        return response

    def refuses(self, code: int, publish: Callable[[], Any] = lambda: None) -> Any:
        """Measure until it is refused with this code; the response."""

        def refused() -> Any:
            publish()
            response = self.peer.measure()
            return response if response.error_code == code else None

        return wait_until(refused, f"error {code!r}")

    def unharmed(self) -> None:
        """The node still runs, and nothing of it has failed unexpectedly."""
        assert self.node.running, self.node.said
        assert "Traceback" not in self.node.said, self.node.said
        assert "INTERNAL" not in self.node.said, self.node.said


@pytest.fixture(scope="session", autouse=True)
def no_memory_is_left() -> Iterator[None]:
    """Of processes that were killed; this one has left every graph."""
    yield
    tidy(leaving=True)


def robot_maker() -> Iterator[Callable[..., Robot]]:
    """Starts robots that are ended after the test, or after the module."""
    robots: list[Robot] = []

    def make(*args: Any, **parameters: Any) -> Robot:
        robots.append(Robot(*args, **parameters))
        return robots[-1]

    yield make
    for robot in robots:
        robot.close()


make_robot = pytest.fixture(robot_maker)
# Starting a node takes seconds. For tests that leave it as they found it.
make_lasting_robot = pytest.fixture(robot_maker, scope="module")


@pytest.fixture
def robot(make_robot: Callable[..., Robot]) -> Robot:
    """A node that receives frames, with the parameters it has by itself."""
    robot = make_robot().connect()
    robot.answers()
    return robot


@pytest.fixture
def patient_middleware(monkeypatch, tmp_path):
    """Has Fast DDS not take processes for dead that stand still for a few seconds.

    Else it replaces the memory through which they receive, sometimes without their noticing.
    """
    text = (ROOT / "config" / "fastdds.xml").read_text()
    option = "<healthy_check_timeout_ms>6000</healthy_check_timeout_ms>"
    assert f"      {option}\n" in text, "what the file itself advises"
    segment = "<type>SHM</type>"
    assert segment in text
    profile = tmp_path / "patient.xml"
    profile.write_text(text.replace(segment, segment + option))
    monkeypatch.setenv("FASTRTPS_DEFAULT_PROFILES_FILE", str(profile))
