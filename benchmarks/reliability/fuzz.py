"""Malformed and adversarial messages to every input of a running node, each accounted for."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, Imu

from benchmarks.reliability import malformed
from benchmarks.reliability.coded import CodedCamera
from benchmarks.reliability.malformed import ACCEPTED, Stamps
from benchmarks.reliability.peer import Peer, wait_until
from hispatial_ros.action import AskSpatial as AskAction
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import RegionArray
from hispatial_ros.ros.qos import reliable
from hispatial_ros.ros.topics import TRANSPORTS, Detection2DArray
from hispatial_ros.srv import AskSpatial, Measure

BATCH = 250  # messages per topic between two looks at the diagnostics
QUEUE = 1000
DEPTH_INFO = "depth_info"  # what depth_camera_info is remapped to: not the topic of camera_info
CODES = {int(code) for code in ErrorCode} - {int(ErrorCode.INTERNAL)}
QUESTIONS = (
    "",
    " ",
    "How far is the plate?",
    "How far is the plate from the plate?",
    "Where is pixel (1e9, -3)?",
    "x" * 100_000,
    "(" * 900,
    "{0.__class__}",
    "'; DROP TABLE regions; --",
    "How far is the " + "very " * 180 + "plate?",
)

Input = tuple[Any, malformed.Maker, bool, Stamps]  # publisher, what makes messages, of depth


@dataclass
class Account:
    """What was sent to one input, and what has to become of it."""

    sent: int = 0
    fates: Counter[str] = field(default_factory=Counter)


class Fuzzer:
    """Sends to one node through a Peer; the same seed sends the same contents."""

    def __init__(self, peer: Peer, seed: int, transports: dict[str, str] | None = None):
        self.peer = peer
        self.rng = random.Random(seed)
        self.accounts: dict[str, Account] = {}
        self.outcomes: Counter[str] = Counter()  # by name of the error code
        self.requests = 0
        self.undecodable = 0
        self.misconfigured = 0
        # Made early: a service answers clients whose reader it has not discovered yet in vain.
        self._set_parameters = peer.client(SetParameters, "set_parameters")
        self._change_state = peer.client(ChangeState, "change_state")
        self._action = ActionClient(peer.node, AskAction, f"{peer.target}/ask_spatial")
        self._camera = CodedCamera()
        transports = {"image": "raw", "depth": "raw", **(transports or {})}
        self._inputs: dict[str, Input] = {}
        for name in ("image", "depth"):
            transport = transports[name]
            topic = name if transport == "raw" else f"{name}/{transport}"
            raw = transport == "raw"
            make = malformed.raw_image if raw else malformed.compressed_image
            self._add(name, TRANSPORTS[transport], topic, make, name == "depth")
        for name, topic in (("camera_info", "camera_info"), ("depth_camera_info", DEPTH_INFO)):
            self._add(name, CameraInfo, topic, malformed.camera_info)
        self._add("regions", RegionArray, "regions", malformed.region_array)
        self._add("imu", Imu, "imu", malformed.imu)
        # They count as regions: each batch is of one of both, so that none overtakes another.
        self._detections: Input | None = None
        if Detection2DArray is not None:
            publisher = peer.publisher(Detection2DArray, "detections", reliable(QUEUE))
            stamps = self._inputs["regions"][3]
            self._detections = publisher, malformed.detection_array, False, stamps

    def _add(
        self, name: str, kind: Any, topic: str, make: malformed.Maker, depth: bool = False
    ) -> None:
        publisher = self.peer.publisher(kind, topic, reliable(QUEUE))
        self._inputs[name] = publisher, make, depth, Stamps(self.rng)
        self.accounts[name] = Account()

    def connect(self) -> None:
        """Wait until the node listens to every topic."""
        for name, (publisher, *_) in self._inputs.items():
            wait_until(publisher.get_subscription_count, f"a subscription to {name}")
        if self._detections is not None:
            wait_until(self._detections[0].get_subscription_count, "a subscription to detections")

    @property
    def sent(self) -> int:
        """Messages so far, of all kinds."""
        topics = sum(account.sent for account in self.accounts.values())
        return topics + self.undecodable + self.requests + self.misconfigured

    # Topics

    def flood(self, batches: int) -> None:
        """Send batches to all topics at once; each is accounted for before the next."""
        for number in range(batches):
            inputs = dict(self._inputs)
            if self._detections is not None and number % 2:
                inputs["regions"] = self._detections
            for _, _, _, stamps in inputs.values():
                stamps.start()
            for _ in range(BATCH):
                for name, sent_to in inputs.items():
                    self._send(name, *sent_to)
            self.wait_for_accounts()

    def _send(
        self, name: str, publisher: Any, make: malformed.Maker, depth: bool, stamps: Stamps
    ) -> None:
        msg, fate = make(self.rng, depth)
        if make is not malformed.camera_info:
            fate = stamps.stamp(msg, fate)
        account = self.accounts[name]
        account.sent += 1
        account.fates[fate] += 1
        publisher.publish(msg)

    def show(self, absurd: bool = False) -> None:
        """Send a frame that is all right, and which way is up.

        Args:
            absurd: with regions of any contents.
        """
        messages = self._messages()
        senders = {name: self._inputs[name] for name in messages}
        if absurd:
            if self._detections is not None and self.rng.random() < 0.5:
                senders["regions"] = self._detections
            fate = "not made yet"
            while fate != ACCEPTED:
                messages["regions"], fate = senders["regions"][1](self.rng, False)
        stamp = max(time.time_ns(), *(senders[n][3].newest + 1 for n in messages))
        self._camera.stamp(messages, stamp)
        for name, msg in messages.items():
            publisher, _, _, stamps = senders[name]
            stamps.sent(stamp)
            self.accounts[name].sent += 1
            publisher.publish(msg)

    def _messages(self) -> dict[str, Any]:
        level = Imu()  # of a camera that lies on its back
        level.orientation.w = 1.0
        return {**self._camera.messages(), "imu": level}

    def corrupt(self, count: int) -> None:
        """Send bytes that end too early for their type; the middleware drops them unseen."""
        messages = self._messages()
        for _ in range(count):
            name = self.rng.choice(("camera_info", "regions", "imu"))
            whole = serialize_message(messages[name])
            self._inputs[name][0].publish(whole[: self.rng.randrange(4, len(whole) // 2)])
            self.undecodable += 1

    def received(self, name: str) -> int:
        return int(self.peer.values(name).get("received", 0))

    def wait_for_accounts(self) -> None:
        """Wait until the diagnostics tell of everything sent."""
        wait_until(
            lambda: all(self.received(n) >= a.sent for n, a in self.accounts.items()),
            "the node to account for every message",
            60,
        )

    def check_accounts(self) -> None:
        """Every message arrived; every drop is counted under its reason. AssertionError if not.

        By the last diagnostics, as with `check_outcomes`.
        """
        for name, account in self.accounts.items():
            assert self.received(name) == account.sent, f"{name}: received {self.received(name)}"
            expected = {fate: n for fate, n in account.fates.items() if fate != ACCEPTED}
            dropped = self.peer.counts(name, "dropped")
            assert dropped == expected, f"{name}: dropped {dropped}, should be {expected}"

    # Requests

    def ask(self, count: int, frames: bool = True) -> None:
        """Questions, measurements and goals of any contents, several at a time.

        Args:
            count: how many.
            frames: show good frames in between, so that some can be answered.
        """
        assert self._action.wait_for_server(30)
        futures: list[Any] = []
        for _ in range(count):
            kind = self.rng.choice((AskSpatial.Request, Measure.Request, AskAction.Goal))
            request = self._request(kind)
            if kind is AskAction.Goal:
                futures.append(self._goal(request))
            else:
                asks = kind is AskSpatial.Request
                client = self.peer.ask_client if asks else self.peer.measure_client
                futures.append(client.call_async(request))
            self.requests += 1
            if len(futures) >= 16:  # fewer than would be refused for their number
                self._collect(futures)
                if frames:
                    self.show(absurd=self.rng.random() < 0.3)
        self._collect(futures)

    def _goal(self, goal: AskAction.Goal) -> Any:
        call = self.peer.on_executor  # ActionClient is not thread-safe
        handle = self.peer.result(call(lambda: self._action.send_goal_async(goal)))
        assert handle.accepted
        cancelled = self.rng.random() < 0.3

        def follow() -> Any:
            if cancelled:
                handle.cancel_goal_async()
            return handle.get_result_async()

        return call(follow)

    def _collect(self, futures: list[Any]) -> None:
        for future in futures:
            response = self.peer.result(future)
            response = getattr(response, "result", response)
            assert response.error_code in CODES, response.error_msg
            assert bool(response.error_msg) == bool(response.error_code)
            self.outcomes[ErrorCode(response.error_code).name] += 1
        futures.clear()

    def check_outcomes(self) -> None:
        """The node counted exactly the outcomes that arrived. AssertionError if not."""
        self.peer.check_counted("requests", "outcome", self.outcomes, self.requests)

    def _request(self, kind: Any) -> Any:
        rng = self.rng
        request = kind(
            regions=[malformed.region(rng) for _ in range(rng.choice((0, 0, 1, 3)))],
            reference_frame=rng.choice(("", "", "camera", "gravity", "map", malformed.name(rng))),
        )
        if rng.random() < 0.3:
            request.stamp.sec = rng.choice((-(2**31), -1, 1, int(time.time()), 2**31 - 1))
            request.stamp.nanosec = rng.choice((0, 2**32 - 1))
        if rng.random() < 0.3:
            request.timeout.sec = rng.choice((-(2**31), -1, 0, 1, 2**31 - 1))
            request.timeout.nanosec = rng.choice((0, 1, 2**32 - 1))
        if kind is not Measure.Request:
            request.question = rng.choice((*QUESTIONS, f"How far is {malformed.name(rng)}?"))
            request.backend = rng.choice(("", "", "measured", "model", "auto", malformed.name(rng)))
            request.raw = rng.random() < 0.2
        return request

    # What an operator's tools call

    def misconfigure(self, count: int) -> None:
        """Parameters of any value and transitions that are not possible; all are refused."""
        names = ("queue_size", "max_frame_age", "backend", "image_geometry")
        for _ in range(count):
            self.misconfigured += 1
            if self.rng.random() < 0.5:
                value = self.rng.choice(([1, 2], -1, float("nan"), "\x00", [b"\x01"], "nonsense"))
                parameter = Parameter(self.rng.choice(names), value=value).to_parameter_msg()
                request = SetParameters.Request(parameters=[parameter])
                (result,) = self.peer.call(self._set_parameters, request).results
                assert not result.successful, parameter
                assert result.reason
            else:
                request = ChangeState.Request()
                request.transition.id = self.rng.choice((1, 2, 3, 10, 20, 99, 255))
                assert not self.peer.call(self._change_state, request).success
