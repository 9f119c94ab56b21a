"""A streaming camera and clients that ask without a pause: every answer is checked."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.reliability.coded import QUESTION, CodedCamera, belongs
from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, Process, node_arguments
from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import NS, region_to_msg, time_to_ns
from hispatial_ros.srv import AskSpatial, Measure

CAMERA = "benchmarks.reliability.camera"
MAX_AGE = 1.0  # s; the node's max_frame_age
WARM_UP = 0.25  # share of the time after which memory has to stand still
SAMPLE = 1.0  # s between looks at the memory
NO_ANSWER = 30.0  # s; then a request counts as lost


@dataclass
class Load:
    """What came of it."""

    seconds: float = 0.0
    requests: int = 0
    lost: int = 0  # requests without a response
    duplicates: int = 0  # responses beyond the first
    errors: Counter[str] = field(default_factory=Counter)  # by message
    wrong: int = 0  # measured on another frame than the header says
    stale: int = 0  # about a frame older than allowed, or than one answered before
    misdirected: int = 0  # about another frame than the one asked for
    forgotten: int = 0  # refused since the frame asked for was not kept for so long
    alone_ms: np.ndarray = field(default_factory=lambda: np.empty(0))  # one client only
    together_ms: np.ndarray = field(default_factory=lambda: np.empty(0))
    camera_hz: float = 0.0  # received by the node
    memory: list[int] = field(default_factory=list)  # bytes, the node and its children
    outcomes: dict[str, int] = field(default_factory=dict)  # as the node counts them

    @property
    def answers(self) -> int:
        return self.requests - self.lost - sum(self.errors.values())

    @property
    def memory_after_warm_up(self) -> float:
        """Bytes: median of the first tenth after the warm-up."""
        settled = self.memory[round(WARM_UP * len(self.memory)) :]
        return float(np.median(settled[: max(1, len(settled) // 10)]))

    @property
    def memory_at_end(self) -> float:
        """Bytes: median of the last tenth."""
        return float(np.median(self.memory[-max(1, len(self.memory) // 10) :]))

    @property
    def growth(self) -> float:
        """Relative growth of memory after the warm-up."""
        return self.memory_at_end / self.memory_after_warm_up - 1


class Asker:
    """One client that asks, checks the answer and asks again; with a context of its own."""

    def __init__(self, domain: int, camera: CodedCamera, first: int):
        self.peer = Peer(domain)
        self.load = Load()
        self.milliseconds: list[float] = []
        self._region = region_to_msg(camera.region)
        self._turn = first
        self._newest = 0
        self._requests: tuple[Callable[[], Any], ...] = (
            lambda: self._measure(),
            lambda: self._measure(regions=[self._region]),
            lambda: self._ask(),
            lambda: self._measure(at=self._newest),
            lambda: self._ask(regions=[self._region], at=self._newest),
        )

    def until(self, deadline: float, kinds: int = 5) -> None:
        """Ask until then (monotonic), taking turns with so many kinds of requests."""
        while time.monotonic() < deadline:
            self._turn += 1
            self._requests[self._turn % kinds]()

    def _measure(self, **fields: Any) -> None:
        self._call(self.peer.measure_client, Measure.Request, fields)

    def _ask(self, **fields: Any) -> None:
        self._call(self.peer.ask_client, AskSpatial.Request, {"question": QUESTION, **fields})

    def _call(self, client: Any, kind: Any, fields: dict[str, Any]) -> None:
        at = fields.pop("at", 0)
        request = kind(**fields)
        request.stamp.sec, request.stamp.nanosec = divmod(at, NS)
        asked_ns, begin = time.time_ns(), time.monotonic()
        done = threading.Event()
        future = client.call_async(request)
        future.add_done_callback(lambda _: done.set())
        self.load.requests += 1
        if not done.wait(NO_ANSWER):
            self.load.lost += 1
            return
        self.milliseconds.append(1e3 * (time.monotonic() - begin))
        self._check(future.result(), asked_ns, at)

    def _check(self, response: Any, asked_ns: int, at: int) -> None:
        if response.error_code:
            self.load.forgotten += bool(at) and response.error_code == ErrorCode.FRAME_TOO_OLD
            self.load.errors[f"{response.error_code}: {response.error_msg}"] += 1
            return
        answer = getattr(response, "answer", response)
        stamp = time_to_ns(answer.header.stamp)
        distances = [obj.distance for obj in answer.objects] + list(getattr(answer, "values", []))
        self.load.wrong += not distances or not all(belongs(d, stamp) for d in distances)
        if at:
            self.load.misdirected += stamp != at
        else:
            too_old = asked_ns - stamp > MAX_AGE * NS
            self.load.stale += too_old or stamp < self._newest
            self._newest = stamp


def run(
    domain: int,
    seconds: float,
    clients: int = 8,
    width: int = 1280,
    height: int = 720,
    rate: float = 30.0,
    alone_seconds: float = 10.0,
) -> Load:
    """Put the load on a node started for it.

    Args:
        domain: ROS domain, used by nobody else.
        seconds: with all clients.
        clients: that ask at the same time.
        width, height, rate: of the RGB-D camera.
        alone_seconds: before that with a single client, for the round trip.
    """
    camera = CodedCamera(width, height, 0.9 * width)
    # Depth tells the stamp here, so that the plate jumps: tracks would take it for another one.
    arguments = node_arguments("--log-level", "warn", tracking__enabled=False)
    node = Process(domain, NODE, *arguments)
    source = Process(domain, CAMERA, f"--width={width}", f"--height={height}", f"--rate={rate}")
    askers: list[Asker] = []
    try:
        askers = [Asker(domain, camera, i) for i in range(clients)]
        first = askers[0]
        wait_until(lambda: first.peer.measure().error_code == 0, "the first answer", 60)
        first.peer.fresh_diagnostics()
        before = Counter(first.peer.counts("requests", "outcome"))
        first.until(time.monotonic() + alone_seconds, kinds=3)
        load = Load(alone_ms=np.array(first.milliseconds))
        first.milliseconds.clear()
        _together(askers, node, load, seconds)
        first.peer.fresh_diagnostics()
        load.camera_hz = float(first.peer.values("image")["rate [Hz]"])
        load.outcomes = dict(Counter(first.peer.counts("requests", "outcome")) - before)
        assert node.running, node.said
        assert "Traceback" not in node.said, node.said
    finally:
        for asker in askers:
            asker.peer.close()
        for process in (source, node):
            process.stop()
            process.close()
    for asker in askers:
        part = asker.load
        for name in ("requests", "lost", "wrong", "stale", "misdirected", "forgotten"):
            setattr(load, name, getattr(load, name) + getattr(part, name))
        load.errors += part.errors
        load.duplicates += asker.peer.duplicates
    load.together_ms = np.concatenate([asker.milliseconds for asker in askers])
    return load


def _together(askers: list[Asker], node: Process, load: Load, seconds: float) -> None:
    begin = time.monotonic()
    threads = [
        threading.Thread(target=asker.until, args=(begin + seconds,), daemon=True)
        for asker in askers
    ]
    for thread in threads:
        thread.start()
    while (now := time.monotonic()) < begin + seconds:
        load.memory.append(node.memory())
        time.sleep(min(SAMPLE, begin + seconds - now))
    for thread in threads:
        thread.join(2 * NO_ANSWER)
    load.seconds = time.monotonic() - begin
