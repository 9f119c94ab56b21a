"""The node under test in an executor thread, and a client beside it, over real middleware."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import rclpy
from rcl_interfaces.msg import Log
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy

from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.demo import DESK
from hispatial_ros.demo.domain import OwnDomain
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.msg import RegionArray
from hispatial_ros.ros.node.process import spin
from hispatial_ros.ros.node.spatial_node import SpatialNode
from hispatial_ros.ros.outputs.conversions import region_to_msg, time_to_msg, time_to_ns
from hispatial_ros.ros.outputs.images import depth_to_msg, image_to_msg
from hispatial_ros.ros.qos import BURST, reliable
from hispatial_ros.ros.tools.player import camera_to_msg
from hispatial_ros.srv import AskSpatial, Measure
from hispatial_ros.waiting.outcome import Outcome

WAIT = 30.0  # s; generous, since the machine may be busy


def wait_until(condition: Callable[[], Any], what: str, timeout: float = WAIT) -> Any:
    """The first true value of the condition."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, f"timed out waiting for {what}"
        time.sleep(0.005)
    return value


def arrived(received: list[Any], count: int = 1) -> Any:
    """The last message, as soon as there are so many."""
    wait_until(lambda: len(received) >= count, f"{count} messages")
    return received[-1]


class Spinner:
    """A context, a node and an executor thread."""

    def __init__(
        self,
        domain: int,
        make_node: Callable[[rclpy.Context], Any],
        args: list[str] | None = None,
    ):
        self.context = rclpy.Context()
        rclpy.init(args=args, context=self.context, domain_id=domain)
        self.node = make_node(self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=spin, args=(self.executor, self._stopping, self.node.get_logger()), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self.executor.create_task(self._stopping.set)
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        self.node.destroy_node()
        self.executor.shutdown()
        rclpy.shutdown(context=self.context)


class Graph:
    """The node under test (``node``), and a camera with clients (``peer``)."""

    def __init__(
        self,
        args: list[str] | None = None,
        wait: bool = True,
        namespace: str = "",
        domain: int | None = None,
        plain: bool = False,
        **parameters: Any,
    ):
        """
        Args:
            plain: The camera comes without a detector: nobody publishes regions.
        """
        # A stored frame stays fresh for the whole test.
        parameters = {"max_frame_age": 600.0, **parameters}
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        self._own_domain = OwnDomain() if domain is None else None
        self.domain = self._own_domain.id if self._own_domain else domain
        if namespace:
            args = [*(args or ["--ros-args"]), "-r", f"__ns:=/{namespace}"]
        self.robot = Spinner(
            self.domain,
            lambda context: SpatialNode(context=context, parameter_overrides=overrides),
            args,
        )
        self.node: SpatialNode = self.robot.node
        if wait:
            wait_until(self.node.started.done, "the node to have started")
        self.camera = Spinner(
            self.domain,
            lambda context: rclpy.create_node("peer", context=context, namespace=namespace),
        )
        self.peer = self.camera.node
        self.frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
        self.regions = load_regions(DESK / "regions.json")
        self.messages = {
            "camera_info": camera_to_msg(self.frame.camera),
            "depth": depth_to_msg(self.frame.depth),
            "image": image_to_msg(self.frame.rgb, "rgb8"),
            "regions": RegionArray(regions=[region_to_msg(r) for r in self.regions]),
        }
        if plain:
            del self.messages["regions"]
        self.publishers = {
            topic: self.peer.create_publisher(type(msg), topic, reliable(5))
            for topic, msg in self.messages.items()
        }
        self.ask_client = self.peer.create_client(
            AskSpatial, "hispatial/ask", qos_profile=reliable(BURST)
        )
        self.measure_client = self.peer.create_client(
            Measure, "hispatial/measure", qos_profile=reliable(BURST)
        )

    def close(self) -> None:
        self.camera.close()
        self.robot.close()
        if self._own_domain:
            self._own_domain.close()

    def connect(self) -> None:
        """Wait until the topics are connected."""
        for topic, publisher in self.publishers.items():
            wait_until(publisher.get_subscription_count, f"a subscription to {topic}")

    def show(self, stamp_ns: int | None = None, topics: tuple[str, ...] = ()) -> int:
        """Publish the desk until the node has it; returns the stamp in nanoseconds."""
        self.connect()
        if stamp_ns is None:
            stamp_ns = time_to_ns(self.peer.get_clock().now().to_msg())
        names = topics or tuple(self.messages)

        def missing() -> list[str]:
            streams = self.node.buffer.status(time.time_ns())
            stored = {name: getattr(streams, name).buffered for name in names}
            if "image" in names:
                stored["image"] = self._has_image(stamp_ns)
            if "regions" in names:  # lost if they come while the node subscribes anew
                buffer = self.node.buffer
                stored["regions"] = buffer.regions_at(stamp_ns) or buffer.regions_dropped
            return [name for name in names if not stored[name]]

        deadline = time.monotonic() + WAIT
        lacking, due = missing(), names
        while lacking:
            assert time.monotonic() < deadline, f"the node does not receive {lacking}"
            for name in due:
                msg = self.messages[name]
                msg.header.stamp = time_to_msg(stamp_ns)
                msg.header.frame_id = self.frame.camera.frame_id
                self.publishers[name].publish(msg)
            time.sleep(0.05)
            lacking = missing()
            due = names if lacking != ["regions"] else ("regions",)
        return stamp_ns

    def _has_image(self, stamp_ns: int) -> bool:
        try:
            self.node.buffer.at(stamp_ns, time.time_ns(), need_depth=False)
        except SpatialError as error:
            return error.code not in (ErrorCode.NO_FRAME, ErrorCode.FRAME_TOO_OLD)
        return True

    def call(self, client: Any, request: Any, timeout: float = WAIT) -> Any:
        """The response; fails if none comes."""
        assert client.wait_for_service(timeout)
        return self.result(client.call_async(request), timeout)

    def result(self, future: Any, timeout: float = WAIT) -> Any:
        wait_until(future.done, "a response", timeout)
        return future.result()

    def on_executor(self, call: Callable[[], Any]) -> Any:
        """What a call returns, run on the camera's executor; see ``Peer.on_executor``."""
        return self.result(self.camera.executor.create_task(call))

    def outcome(self, request: Callable[[], Any], timeout: float = WAIT) -> Any:
        """What comes of a request of an action client, which is not thread-safe."""
        return self.result(self.on_executor(request), timeout)

    def log(self) -> list[Log]:
        """The log as a list that fills, with its last ten seconds.

        From the topic: text captured from the process is lost where it is read while written.
        """
        qos = reliable(1000)
        qos.durability = DurabilityPolicy.TRANSIENT_LOCAL
        return self.listen(Log, "/rosout", qos)

    def ask(self, question: str, **fields: Any) -> AskSpatial.Response:
        return self.call(self.ask_client, AskSpatial.Request(question=question, **fields))

    def measure(self, **fields: Any) -> Measure.Response:
        return self.call(self.measure_client, Measure.Request(**fields))

    def published(self) -> None:
        """Return when all that was found out for earlier requests has been published.

        A client has its answer before that. One thread answers and publishes, in order, and
        publishes nothing about a request that it refuses.
        """
        assert self.ask("How far is the unicorn?").error_code == ErrorCode.UNKNOWN_OBJECT

    def listen(self, message_type: Any, topic: str, qos: Any = None) -> list[Any]:
        """A list that fills with what arrives; connected when it returns."""
        received: list[Any] = []
        subscription = self.peer.create_subscription(
            message_type, topic, received.append, qos or reliable(50)
        )
        wait_until(
            lambda: self.peer.count_publishers(subscription.topic_name), f"a publisher of {topic}"
        )
        publishers = [p for p in self.node.publishers if p.topic_name == subscription.topic_name]
        wait_until(
            lambda: all(p.get_subscription_count() for p in publishers), f"connection to {topic}"
        )
        return received


class HeldBackend:
    """Answers when it is told to; counts what was given up."""

    needs_rgb = False

    def __init__(self) -> None:
        self.questions: list[Any] = []
        self.dones: list[Callable[[Any], None]] = []
        self.stopped = 0

    def start(self, question: Any) -> Outcome:
        outcome: Outcome = Outcome()
        outcome.then(self._count)
        self.questions.append(question)
        self.dones.append(partial(_settle, outcome))
        return outcome

    def _count(self, outcome: Outcome) -> None:
        self.stopped += getattr(outcome.error, "code", None) is ErrorCode.CANCELLED


def _settle(outcome: Outcome, value: Any) -> None:
    if isinstance(value, SpatialError):
        outcome.fail(value)
    else:
        outcome.succeed(value)


class BlockedBackend:
    """Keeps the worker busy until it is released."""

    needs_rgb = False

    def __init__(self) -> None:
        self.started = threading.Event()
        self.release = threading.Event()

    def start(self, question: Any) -> Outcome:
        self.started.set()
        assert self.release.wait(WAIT)
        outcome: Outcome = Outcome()
        outcome.succeed(Answer(question.text, "released", Level.OBJECT, Source.MEASURED))
        return outcome


@pytest.fixture(scope="module")
def desk() -> Iterator[Graph]:
    """An active node that has seen the desk; shared by the tests of a module."""
    graph = Graph()
    graph.show()
    yield graph
    graph.close()


def graph_maker() -> Iterator[Callable[..., Graph]]:
    """Makes graphs that are closed after the test, or after the module."""
    graphs: list[Graph] = []

    def make(args: list[str] | None = None, **options: Any) -> Graph:
        graphs.append(Graph(args, **options))
        return graphs[-1]

    yield make
    for graph in graphs:
        graph.close()


make_graph = pytest.fixture(graph_maker)
make_lasting_graph = pytest.fixture(graph_maker, scope="module")


@pytest.fixture
def graph(make_graph: Callable[..., Graph]) -> Graph:
    """An active node that has seen the desk, for one test."""
    graph = make_graph()
    graph.show()
    return graph


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Callable[[Graph], HeldBackend]:
    """Puts a HeldBackend into a graph's node."""

    def hold(graph: Graph) -> HeldBackend:
        backend = HeldBackend()
        monkeypatch.setattr(graph.node.backends, "choose", lambda name: backend)
        return backend

    return hold


@pytest.fixture
def held(desk: Graph, hold: Callable[[Graph], HeldBackend]) -> HeldBackend:
    return hold(desk)


@pytest.fixture
def blocked(desk: Graph, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlockedBackend]:
    backend = BlockedBackend()
    monkeypatch.setattr(desk.node.backends, "choose", lambda name: backend)
    yield backend
    backend.release.set()


@pytest.fixture
def ros() -> SimpleNamespace:
    """Helpers that tests need by name."""
    return SimpleNamespace(wait_until=wait_until, arrived=arrived, Spinner=Spinner)
