"""What the node sees by itself: the built-in detector on a thread of its own.

It looks at an image when somebody needs to know what is there and no topic tells. Whoever waits
for the newest image shares one look at the newest of theirs, and so do all who ask about one image.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from hispatial_ros.detect import nanodet
from hispatial_ros.detect.detector import THRESHOLD, Detector
from hispatial_ros.detect.vocabulary import LABELS, what_helps
from hispatial_ros.errors import backend_unavailable
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.language.names import Names
from hispatial_ros.language.terms import Mention
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.faults import attempt
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.model import BUILTIN
from hispatial_ros.waiting.loop import Loop
from hispatial_ros.waiting.outcome import Outcome

log = logging.getLogger(__name__)

NS = 1e9
# [s] of one look after which nobody begins to wait for the next. Larger: more requests end in
# TIMEOUT. Smaller: a busy machine is taken for a fault. Chosen.
HANGS = 5.0
KEPT = 8  # images whose objects are remembered
EARLY = 0.1  # share of a period that an image may come early, as stamps jitter


@dataclass(frozen=True, eq=False)
class Seen:
    """An image and the objects in it."""

    frame: DepthFrame
    regions: Sequence[Region]


@dataclass(frozen=True, eq=False)
class _Order:
    """A look that somebody waits for."""

    frame: DepthFrame
    exact: bool
    wanted: Callable[[], bool]
    outcome: Outcome[Seen] = field(default_factory=Outcome)
    context: Context = field(default_factory=copy_context)  # of who asks: log lines tell it


class Sight:
    """The built-in detector of a node. Thread-safe.

    Args:
        settings: of the node.
        told: whether a topic tells what is in the images, so that nobody needs to look.
    """

    def __init__(self, settings: LiveSettings, told: Callable[[], bool]) -> None:
        self._settings = settings
        self._tell = told
        self._lock = threading.Lock()
        self._known: dict[tuple[int, int], Sequence[Region]] = {}  # the latest last
        self._open = self._stopping = False
        self._detector: Detector | None = None
        self._busy_since: float | None = None
        self._last_ns = 0
        self.looks = 0  # images looked at
        self.last_seconds: float | None = None  # of the last look
        self.fault = ""  # why it cannot look at all
        self.last_error = ""  # what became of the last look, if it failed
        self._queue: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._loop = Loop("detector", self._step)
        self._loop.start()

    def open(self) -> None:
        """Take over the parameters; the network is loaded for the first look."""
        p = self._settings.current.detector
        self.fault = self.last_error = ""
        self._open = p.model == BUILTIN
        if not self._open:
            return
        if p.device not in ("auto", "cpu", "cuda"):
            self.fault = (
                f"the built-in detector runs on cpu or cuda, not {p.device}: set detector.device"
            )
        elif not nanodet.is_available():
            self.fault = nanodet.MISSING
        if self.fault:
            log.warning("the node does not see by itself: %s", self.fault)

    def close(self) -> None:
        """Free the network and forget what it has seen."""
        self._open, self._detector = False, None
        with self._lock:
            self._known.clear()

    def stop(self, timeout: float) -> None:
        """As `close`; and end the thread."""
        self.close()
        self._stopping = True
        self._queue.put(None)
        self._loop.join(timeout)

    @property
    def state(self) -> str:
        """In words, for the diagnostics."""
        if not self._open:
            return "off (detector.model)"
        if self.fault or self.last_error:
            return self.fault or self.last_error
        if (busy := self.busy_for) > HANGS:
            return f"at work on one image for {busy:.0f} s"
        return "ready" if self._detector else "not needed yet"

    @property
    def is_well(self) -> bool:
        """Whether nothing keeps it from looking."""
        return not (self.fault or self.last_error) and self.busy_for <= HANGS

    @property
    def busy_for(self) -> float:
        """Seconds since the present look began; 0 when idle."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def faults(self) -> int:
        """Internal errors that the thread has survived."""
        return self._loop.faults

    @property
    def told(self) -> bool:
        """Whether a topic tells what is in the images."""
        return self._tell()

    @property
    def is_needed(self) -> bool:
        """Whether it is for the node itself to see what is in the images."""
        return self._open and not self.fault and not self._tell()

    def known(self, pair: PairedFrame) -> Sequence[Region] | None:
        """What was seen in an image; None if nobody has looked."""
        with self._lock:
            return self._known.get(_key(pair))

    def is_due(self, stamp_ns: int) -> bool:
        """Whether ``detector.rate`` allows to look at an image with this stamp unasked."""
        since = (stamp_ns - self._last_ns) / NS
        return since < 0 or since >= (1 - EARLY) / self._settings.current.detector.rate

    def look(self, frame: DepthFrame, exact: bool, wanted: Callable[[], bool]) -> Outcome[Seen]:
        """Have an image looked at.

        Args:
            frame: with depth, where there is any.
            exact: False: a newer image that somebody else waits for will do as well.
            wanted: whether anybody still waits for it; else it fails.

        Returns:
            What is set on the detector's thread; callbacks must be quick.
        """
        order = _Order(frame, exact, wanted)
        if self.busy_for > HANGS:
            order.outcome.fail(
                backend_unavailable(
                    f"the built-in detector is {self.state}: publish regions, send them with the "
                    "question, or start the node again"
                )
            )
        else:
            self._queue.put(order)
        return order.outcome

    def what_helps(self, missing: Sequence[Mention]) -> str:
        """What to do about objects that no region is for; empty if nothing is to be said."""
        if not self._open:
            return ""
        if self.fault or self.last_error:
            return f"the built-in detector cannot help: {self.fault or self.last_error}"
        classes = Names(LABELS)
        known = [mention.name for mention in missing if classes.knows(mention)]
        strange = [mention.name for mention in missing if mention.name not in known]
        return what_helps(strange, known)

    def _step(self) -> bool:
        """Serve all that wait at present."""
        orders = [self._queue.get()]
        while not self._queue.empty():
            orders.append(self._queue.get())
        waiting = [order for order in orders if order is not None and self._is_wanted(order)]
        newest = max((o.frame for o in waiting if not o.exact), key=_stamp, default=None)
        for order in waiting:
            frame = order.frame if order.exact or newest is None else newest
            order.context.run(attempt, order.outcome, self._serve, order, frame)
        return not self._stopping

    @staticmethod
    def _is_wanted(order: _Order) -> bool:
        if order.wanted():
            return True
        order.outcome.fail(backend_unavailable("nobody waits for what is in this image any more"))
        return False

    def _serve(self, order: _Order, frame: DepthFrame) -> None:
        regions = self.known(frame.pair)
        if regions is None:
            try:
                regions = self._look(frame)
            except Exception as error:
                self.last_error = str(error)
                raise
            self.last_error = ""
        order.outcome.succeed(Seen(frame, regions))

    def _look(self, frame: DepthFrame) -> Sequence[Region]:
        self._busy_since = started = time.monotonic()
        try:
            self._last_ns = frame.pair.stamp_ns
            self._detector = detector = self._detector or self._load()
            regions = detector.regions(frame.frame())
        finally:
            self._busy_since = None
        self.looks, self.last_seconds = self.looks + 1, time.monotonic() - started
        with self._lock:
            self._known[_key(frame.pair)] = regions
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return regions

    def _load(self) -> Detector:
        p = self._settings.current.detector
        device = "cpu" if p.device == "auto" else p.device
        started = time.monotonic()
        detector = Detector(p.threshold or THRESHOLD, device, p.threads)
        log.info("built-in detector loaded on %s in %.1f s", device, time.monotonic() - started)
        return detector


def _key(pair: PairedFrame) -> tuple[int, int]:
    """What tells one image from others that are kept at the same time."""
    return pair.stamp_ns, id(pair.image)


def _stamp(frame: DepthFrame) -> int:
    return frame.pair.stamp_ns
