"""Shows mixtures to a node in this process and judges what it says."""

import re
import time
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from rclpy.parameter import Parameter

from benchmarks.mixtures.calibrations import RECTIFIED
from benchmarks.mixtures.mixture import Mixture
from benchmarks.mixtures.scene import BOARD, OTHER
from benchmarks.mixtures.shot import Shot
from benchmarks.reliability.in_process import InProcess
from benchmarks.reliability.processes import node_arguments
from hispatial_ros.demo.domain import OwnDomain
from hispatial_ros.errors import ErrorCode
from hispatial_ros.srv import AskSpatial, Measure

ORDER = ("camera_info", "regions", "depth", "image")
TRANSPORTS = {
    "raw": {},
    "compressed": {"image": "compressed", "depth": "compressedDepth"},
}
WAIT = 30.0  # s; generous, since the machine may be busy
FRAME_AGE = 30.0  # s; the same, between a frame and the question; stale frames are older
SIGMAS = 4.0
SLACK = 0.003  # m, beside the deviations
EDGE = 1.5  # px, by which the box of a board may be wrong: it is drawn in whole pixels
# A stated deviation beyond that says nothing: of the value, and m.
MOST_RELATIVE, MOST_ABSOLUTE = 0.1, 0.03
COLOUR = 40  # of 255, by which a decoded colour may be off
DEFAULTS = {RECTIFIED: "auto", "depth_unit": 0.0}


@dataclass(frozen=True)
class Outcome:
    """What the node said to a mixture."""

    code: int
    error: str
    notes: tuple[str, ...]
    value: float = np.nan  # m
    sigma: float = np.nan  # m
    text: str = ""

    @property
    def said(self) -> str:
        return " | ".join((self.error, *self.notes))

    def __str__(self) -> str:
        if self.code:
            return f"{ErrorCode(self.code).name}: {self.said}"
        return f"{self.value:.3f} ± {self.sigma:.3f} m ({self.text}); {self.said}"


class Stand:
    """A node in this process whose topics have one transport."""

    def __init__(self, transport: str, *arguments: str):
        self._opened = ExitStack()
        domain = self._opened.enter_context(OwnDomain())
        transports = TRANSPORTS[transport]
        parameters = {f"{topic}_transport": name for topic, name in transports.items()}
        parameters["detector.model"] = "''"  # what has no regions is not looked for
        given = node_arguments(*arguments, max_frame_age=FRAME_AGE, **parameters)
        self.peer = InProcess(domain, given)
        self._opened.callback(self.peer.close)
        self.node = self.peer.under_test
        names = {topic: f"{topic}/{t}" for topic, t in transports.items()}
        self._receive = {
            subscription.topic_name.lstrip("/"): subscription.callback
            for subscription in self.node.subscriptions
        }
        self._receive = {topic: self._receive[names.get(topic, topic)] for topic in ORDER}
        services = {s.srv_name.rpartition("/")[2]: s.callback for s in self.node.services}
        self._ask, self._measure = services["ask"], services["measure"]

    def __enter__(self) -> "Stand":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def _set(self, **values: Any) -> None:
        parameters = [Parameter(name, value=value) for name, value in values.items()]
        if parameters:
            call = self.peer.call_straight(lambda: self.node.set_parameters(parameters))
            for result in call.result(WAIT):
                assert result.successful, result.reason

    def judge(self, mixture: Mixture) -> tuple[str, Outcome]:
        """Have the node receive it, as the only frame ever, and ask; what is wrong with what the
        node says (empty if nothing is), and that."""
        shot = mixture.shot()
        if missing := [name for name in shot.parameters if not self.node.has_parameter(name)]:
            return "a parameter is missing", Outcome(int(ErrorCode.INTERNAL), missing[0], ())
        self._set(**shot.parameters)
        for forget in (self.node.buffer.reset, self.node.tracks.clear):
            self.peer.call_straight(forget).result(WAIT)
        now = time.time_ns()
        for topic in ORDER:
            if topic in shot.messages:
                shot.stamp(topic, now)
                self.peer.call_straight(self._receive[topic], shot.messages[topic])
        outcome = self._request(mixture, shot)
        wrong = judge(mixture, shot, outcome)
        elsewhere = any(kind.aspect == "image" or kind.note_does for kind in mixture.causes)
        if not (wrong or outcome.code or elsewhere):
            off = self._colour_error(shot)
            wrong = f"the colour is off by {off:.0f} of 255" if off > COLOUR else ""
        self._set(**{name: DEFAULTS[name] for name in shot.parameters})
        return wrong, outcome

    def _request(self, mixture: Mixture, shot: Shot) -> Outcome:
        if mixture.request == "measure":
            request = Measure.Request()
            call = self.peer.call_straight(self._measure, request, Measure.Response())
            return measured(call.result(WAIT), shot)
        request = AskSpatial.Request(question=shot.asked)
        call = self.peer.call_straight(self._ask, request, AskSpatial.Response())
        return answered(call.result(WAIT))

    def _colour_error(self, shot: Shot) -> float:
        """Largest difference of the decoded colour at the boards and the wall [of 255]."""
        stamp = self.node.buffer.newest_stamp
        assert stamp is not None
        decoded = self.node.buffer.at(stamp, time.time_ns(), need_depth=False, need_info=False).rgb
        grey = (decoded == decoded[..., :1]).all()
        worst, colour = 0.0, shot.room.rgb
        for number in (BOARD, OTHER):
            x0, y0, x1, y1 = map(int, shot.room.box(number))
            u, v = (x0 + x1) // 2, (y0 + y1) // 2
            true = colour[v, u].astype(float)
            if grey:
                true = np.full(3, true @ [0.299, 0.587, 0.114])
            worst = max(worst, float(abs(decoded[v, u] - true).max()))
        return worst


def answered(response: Any) -> Outcome:
    """Of ``AskSpatial.Response``."""
    answer = response.answer
    value = answer.values[0] if answer.values else np.nan
    sigma = answer.values_stddev[0] if answer.values_stddev else np.nan
    if answer.unit not in ("m", "") and answer.values:
        value = np.nan
    return Outcome(
        response.error_code, response.error_msg, tuple(answer.notes), value, sigma, answer.text
    )


def measured(response: Any, shot: Shot) -> Outcome:
    """Of the board in ``Measure.Response``; its own failure counts as an error."""
    region = shot.messages["regions"].regions
    notes = (*response.notes, *(f.error_msg for f in response.failures))
    if response.error_code or not region:
        return Outcome(response.error_code, response.error_msg, notes)
    for found in response.objects:
        if (found.region.x0, found.region.y0) == (region[0].x0, region[0].y0):
            return Outcome(0, "", notes, found.distance, found.distance_stddev)
    for failure in response.failures:
        if failure.label == region[0].label:
            return Outcome(failure.error_code, failure.error_msg, notes)
    return Outcome(0, "the board is missing from the response", notes)


def judge(mixture: Mixture, shot: Shot, outcome: Outcome) -> str:
    """What is wrong with the outcome; empty if nothing is."""
    named = any(re.search(kind.cause, outcome.said, re.I | re.S) for kind in mixture.causes)
    if outcome.code:
        if not mixture.causes:
            return "refused, although nothing is wrong"
        return "" if named else "the error names another cause"
    if wrong := _wrong(mixture, shot, outcome):
        notes = "\n".join(outcome.notes)
        told = any(k.note_does and re.search(k.cause, notes, re.I) for k in mixture.causes)
        return "" if told else wrong
    must = [kind for kind in mixture.causes if kind.must_say]
    return "answered without a word about it" if must and not named else ""


def _wrong(mixture: Mixture, shot: Shot, outcome: Outcome) -> str:
    board = shot.room.board
    true, slack = board.distance, SLACK
    if mixture.request != "measure" and shot.question.startswith("How wide"):
        true, slack = board.width, SLACK + EDGE * board.z / shot.room.camera.fx
    error = abs(outcome.value - true)
    if not error <= SIGMAS * outcome.sigma + slack:
        return f"wrong: the truth is {true:.3f} m"
    if not outcome.sigma <= MOST_RELATIVE * true + MOST_ABSOLUTE:
        return "right, but its deviation says nothing"
    return ""
