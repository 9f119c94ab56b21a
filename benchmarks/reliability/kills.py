"""The model process is killed again and again while questions go on."""

import os
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.model_overhead import PARAMETERS, make_checkpoint
from benchmarks.reliability.coded import QUESTION, CodedCamera
from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, Process, node_arguments
from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.outputs.conversions import duration_to_msg
from hispatial_ros.srv import AskSpatial

COMPONENT = "model process"
LOADING = 120.0  # s; the tiny model takes a few, on a busy machine more


@dataclass
class Kills:
    """What came of it."""

    seconds: float = 0.0
    kills: int = 0
    restarts: int = 0  # as the node counts them
    longest_recovery: float = 0.0  # s from a kill to the next ready
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)  # backend -> code -> requests
    duplicates: int = 0
    orphans: int = 0  # processes left behind by the node


def model_arguments(folder: Path) -> list[str]:
    """Arguments for a node with the tiny model, made in this folder."""
    make_checkpoint(folder)
    return node_arguments(
        **{**PARAMETERS, "model.checkpoint": str(folder), "max_frame_age": 3600.0},
        **{"model.locate": False},
    )


def model_pid(peer: Peer, but: int = 0) -> int | None:
    """Process id of the model when it is ready, unless it is ``but``."""
    values, status = peer.values(COMPONENT), peer.status(COMPONENT)
    pid = values.get("pid", "-")
    ready = status is not None and status.message.startswith("ready") and pid.isdigit()
    return int(pid) if ready and int(pid) != but else None


def run(domain: int, seconds: float, period: float = 10.0) -> Kills:
    """Kill the model process every ``period`` seconds, or as soon as it is ready again.

    Args:
        domain: ROS domain, used by nobody else.
        seconds: for how long.
        period: between kills [s].
    """
    result = Kills()
    with tempfile.TemporaryDirectory() as folder:
        node = Process(domain, NODE, *model_arguments(Path(folder)))
        try:
            with Peer(domain) as peer:
                _show(peer)
                pid = wait_until(lambda: model_pid(peer), "the model", LOADING)
                begin = killed = time.monotonic()
                recovering = False
                while time.monotonic() < begin + seconds or recovering:
                    for backend in ("measured", "auto", "model"):
                        _ask(peer, backend, result)
                    now = time.monotonic()
                    new = model_pid(peer, but=pid if recovering else 0)
                    if recovering and new:
                        result.longest_recovery = max(result.longest_recovery, now - killed)
                        pid, recovering = new, False
                    if recovering and now - killed > LOADING:
                        raise AssertionError(f"the model does not come back:\n{node.said[-3000:]}")
                    if not recovering and killed + period <= now < begin + seconds:
                        # In the middle of an answer.
                        pending = peer.ask_client.call_async(_request("model"))
                        os.kill(pid, signal.SIGKILL)
                        killed, recovering = now, True
                        result.kills += 1
                        _count(result, "model", peer.result(pending))
                result.seconds = time.monotonic() - begin
                peer.fresh_diagnostics()
                result.restarts = int(peer.values(COMPONENT)["restarts"])
                result.duplicates = peer.duplicates
            assert "Traceback" not in node.said, node.said
            node.stop()
            result.orphans = len(node.family())
        finally:
            node.close()
    return result


def _show(peer: Peer) -> None:
    camera = CodedCamera()
    messages = camera.messages()
    publishers = peer.camera_publishers(messages)
    for topic, publisher in publishers.items():
        wait_until(publisher.get_subscription_count, f"a subscription to {topic}")

    def seen() -> bool:
        camera.stamp(messages, time.time_ns())
        for topic, publisher in publishers.items():
            publisher.publish(messages[topic])
        return peer.measure().error_code == 0

    wait_until(seen, "an answer")


def _request(backend: str) -> AskSpatial.Request:
    return AskSpatial.Request(question=QUESTION, backend=backend, timeout=duration_to_msg(20.0))


def _ask(peer: Peer, backend: str, result: Kills) -> None:
    _count(result, backend, peer.call(peer.ask_client, _request(backend)))


def _count(result: Kills, backend: str, response: AskSpatial.Response) -> None:
    code = ErrorCode(response.error_code).name
    result.outcomes.setdefault(backend, Counter())[code] += 1
