"""Our side of the graph: publishers, clients and the node's diagnostics."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile

from hispatial_ros.ros.node.process import spin
from hispatial_ros.ros.qos import BURST, reliable
from hispatial_ros.srv import AskSpatial, Measure

WAIT = 30.0  # s; generous, since the machine may be busy
MEET = 3.0  # s; far longer than a response takes


def wait_until(condition: Callable[[], Any], what: str, timeout: float = WAIT) -> Any:
    """The first true value of the condition; AssertionError if there is none in time."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"timed out waiting for {what}")
        time.sleep(0.01)
    return value


class Peer:
    """A node in a context of its own, with an executor thread; talks to one node under test."""

    def __init__(self, domain: int, namespace: str = "", node: str = "hispatial"):
        self.target = f"{namespace.rstrip('/')}/{node}"
        self._context = rclpy.Context()
        rclpy.init(args=[], context=self._context, domain_id=domain)
        self.node = rclpy.create_node(
            "peer",
            context=self._context,
            namespace=namespace or None,
            use_global_arguments=False,
            enable_rosout=False,
        )
        self.duplicates = 0  # responses to requests that had one already
        self.ask_client = self.client(AskSpatial, "ask")
        self.measure_client = self.client(Measure, "measure")
        self.diagnostics_received = 0
        self._met = False
        self._statuses: dict[str, Any] = {}
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._note, reliable(50))
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=spin,
            args=(self._executor, self._stopping, self.node.get_logger()),
            name="peer",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Leave the graph."""
        self._executor.create_task(self._stopping.set)
        self._thread.join(WAIT)
        self.node.destroy_node()
        self._executor.shutdown()
        rclpy.shutdown(context=self._context)

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    # Requests

    def client(self, kind: Any, name: str) -> Any:
        """A client that notices a second response to the same request."""
        client = self.node.create_client(kind, f"{self.target}/{name}", qos_profile=reliable(BURST))
        seen: Counter[int] = Counter()
        pending = client.get_pending_request

        def get_pending_request(sequence: int) -> Any:
            seen[sequence] += 1
            self.duplicates += seen[sequence] > 1
            return pending(sequence)

        client.get_pending_request = get_pending_request
        return client

    def call(self, client: Any, request: Any, timeout: float = WAIT) -> Any:
        """The response; AssertionError if none comes."""
        wait_until(client.service_is_ready, f"the service {client.srv_name}", timeout)
        if not self._met and client in (self.measure_client, self.ask_client):
            self._meet()
        return self.result(client.call_async(request), timeout)

    def _meet(self) -> None:
        """Ask until there is a first response: the middleware drops those to clients that the
        server's side has not discovered yet."""
        for client in (self.measure_client, self.ask_client):
            deadline = time.monotonic() + WAIT
            while not self._met_by(client):
                assert time.monotonic() < deadline, f"no response from {client.srv_name}"
        self._met = True

    def _met_by(self, client: Any) -> bool:
        future = client.call_async(client.srv_type.Request())
        deadline = time.monotonic() + MEET
        while not future.done() and time.monotonic() < deadline:
            time.sleep(0.005)
        return bool(future.done())

    def on_executor(self, function: Callable[[], Any]) -> Any:
        """What the function returns, run on the executor's thread.

        For what is not thread-safe: an ActionClient notes a request after it has sent it, and the
        response may be there before.
        """
        outcome: Future[Any] = Future()

        def run() -> None:
            try:
                outcome.set_result(function())
            except Exception as error:  # noqa: BLE001 - raised where it was called
                outcome.set_exception(error)

        self._executor.create_task(run)
        return outcome.result(WAIT)

    def result(self, future: Any, timeout: float = WAIT) -> Any:
        """Of a future that the executor completes."""
        wait_until(future.done, "a response", timeout)
        return future.result()

    def measure(self, **fields: Any) -> Measure.Response:
        return self.call(self.measure_client, Measure.Request(**fields))

    def ask(self, question: str, **fields: Any) -> AskSpatial.Response:
        return self.call(self.ask_client, AskSpatial.Request(question=question, **fields))

    # Topics

    def publisher(self, kind: Any, topic: str, qos: QoSProfile | None = None) -> Any:
        return self.node.create_publisher(kind, topic, qos or reliable(5))

    def camera_publishers(self, messages: dict[str, Any]) -> dict[str, Any]:
        """Publishers of what a camera sends, by topic."""
        make, qos = self.publisher, reliable(100)
        return {topic: make(type(msg), topic, qos) for topic, msg in messages.items()}

    # Diagnostics

    def _note(self, message: DiagnosticArray) -> None:
        name = self.target.lstrip("/")
        ours = {s.name.partition(": ")[2]: s for s in message.status if s.hardware_id == name}
        if ours:
            self._statuses = ours
            self.diagnostics_received += 1

    def status(self, component: str) -> Any:
        """The last ``DiagnosticStatus`` of a component of the node, None if there is none."""
        return self._statuses.get(component)

    def values(self, component: str) -> dict[str, str]:
        """Its values, by key."""
        status = self.status(component)
        return {pair.key: pair.value for pair in status.values} if status else {}

    def counts(self, component: str, prefix: str) -> dict[str, int]:
        """Its values whose key starts with ``prefix: ``, as numbers."""
        start = f"{prefix}: "
        return {
            key.removeprefix(start): int(value)
            for key, value in self.values(component).items()
            if key.startswith(start)
        }

    def check_counted(
        self, component: str, prefix: str, arrived: Mapping[str, int], sent: int
    ) -> None:
        """By its last diagnostics the node counted exactly the outcomes that arrived, one for each
        request sent.

        AssertionError if not; component and prefix as in `counts`.
        """
        counted = self.counts(component, prefix)
        assert counted == arrived, f"counted {counted}, arrived {dict(arrived)}"
        assert sum(counted.values()) == sent
        assert self.duplicates == 0

    def fresh_diagnostics(self, count: int = 2) -> None:
        """Wait for diagnostics that were made after this call."""
        before = self.diagnostics_received
        wait_until(lambda: self.diagnostics_received >= before + count, "diagnostics")
