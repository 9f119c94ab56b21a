"""The newest messages of one topic, ordered by stamp, in bounded memory."""

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hispatial_ros.errors import SpatialError

NS = 1_000_000_000

# A stamp that lies further back than the history is a straggler; this many in a row mean that the
# sender's clock was set back (restarted driver, looped bag), and the stream starts anew.
STRAGGLERS_UNTIL_RESET = 3
# A topic with one sender keeps to its camera until that has been silent for so long.
SENDER_GONE_NS = NS
ANOTHER_CAMERA = "another camera"  # reason to drop a message that is not of the camera in use
MALFORMED = "malformed"  # reason to drop a message whose contents contradict each other
RATE_WINDOW_NS = 5 * NS
PERIOD_OF = 21  # stamps


def seconds(ns: int) -> str:
    """A duration for a message to a person, with a fitting unit."""
    s = abs(ns) / 1e9
    if s < 1:
        return f"{s * 1e3:.0f} ms"
    if s < 120:
        return f"{s:.1f} s"
    return f"{s / 3600:.1f} h" if s < 172800 else f"{s / 86400:.0f} days"


class UnusableError(Exception):
    """A message has nothing that could be used.

    Args:
        reason: key under which it is counted.
        explanation: for the log.
    """

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(explanation)
        self.reason = reason


@dataclass(frozen=True)
class StreamStatus:
    """What the diagnostics and error messages report about one topic."""

    topic: str
    received: int  # messages that arrived, kept or not
    rate: float  # Hz, arrivals over the last 5 s
    silent_ns: int | None  # since the last arrival; None: nothing ever arrived
    age_ns: int | None  # of the newest message by its stamp; None: none that has one arrived
    dropped: dict[str, int]  # reason -> messages
    reordered: int  # arrived after one with a later stamp, and kept
    resets: int  # times the stamps started anew
    buffered: int
    last_drop: str = ""  # what was wrong with the newest message; empty if it was kept


@dataclass(eq=False)
class Stream:
    """Messages of one topic within ``history_ns`` of the newest stamp.

    At most ``max_count`` messages and ``max_bytes`` of payload are held, but always the newest two.
    Messages are structs with a ``stamp_ns``. Not thread-safe: the owner locks.
    """

    topic: str
    history_ns: int
    max_bytes: int
    max_count: int = 128
    min_count: int = 4  # kept whatever their age: slow cameras pair as well
    one_sender: bool = False  # messages of several frames on the topic are a fault
    preferred_frame: Callable[[], str] = lambda: ""  # of the sender, if several are there
    on_evict: Callable[[int], None] = lambda stamp: None

    received: int = 0
    reordered: int = 0
    resets: int = 0
    dropped: Counter = field(default_factory=Counter)
    last_drop: str = ""  # what was wrong with the newest message; empty if it was kept
    last_drop_reason: str = ""  # its key in `dropped`
    last_arrival_ns: int | None = None
    last_stamp_ns: int = 0  # of the newest arrival, kept or not; 0: it had none
    frame_id: str = ""  # of the messages that are kept, where they have one sender
    last_kept_ns: int = 0  # arrival of the last of them

    def __post_init__(self) -> None:
        self._stamps: list[int] = []
        self._messages: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._left: deque[int] = deque(maxlen=self.max_count)  # stamps of what was discarded last
        self._bytes = 0
        self._stragglers = 0
        self._arrivals: deque[int] = deque(maxlen=512)

    def arrived(self, now_ns: int, stamp: int) -> None:
        """Count an arrival, kept or not."""
        self.received += 1
        self.last_arrival_ns = now_ns
        self.last_stamp_ns = stamp
        self._arrivals.append(now_ns)

    def drop(self, reason: str, explanation: str) -> str:
        """Count a dropped message under ``reason``; returns a line for the log."""
        self.dropped[reason] += 1
        self.last_drop_reason, self.last_drop = reason, explanation
        return f"dropped a message on {self.topic!r}: {explanation}"

    def receive(self, msg: Any, now_ns: int, max_future: float, check: Callable[[Any], int]) -> str:
        """Count a message and keep it if it is usable; returns why it was not kept, or nothing.

        Args:
            now_ns: the node's (ROS) clock.
            max_future: seconds that a stamp may lie ahead of it.
            check: gives the message's size in bytes, or raises SpatialError or UnusableError.
        """
        stamp = msg.stamp_ns
        self.arrived(now_ns, stamp)
        if now_ns <= 0:
            return self.drop("no clock", "use_sim_time is set and no time arrives on /clock")
        if stamp <= 0:
            return self.drop("no stamp", "its header has no stamp: the publisher must set it")
        if stamp - now_ns > max_future * NS:
            # Kept, it would make all that follow look late.
            return self.drop(
                "stamp in the future",
                f"its stamp lies {seconds(stamp - now_ns)} ahead of the node's clock: synchronise "
                "the clocks, or set use_sim_time as the publisher has it",
            )
        try:
            size = check(msg)
        except UnusableError as error:
            return self.drop(error.reason, str(error))
        except SpatialError as error:
            return self.drop(MALFORMED, str(error))
        if self.one_sender and (other := self._other_sender(msg.frame_id, now_ns)):
            return self.drop(ANOTHER_CAMERA, other)
        return self._keep(stamp, msg, size)

    def _other_sender(self, frame_id: str, now_ns: int) -> str:
        """Why a message in this frame is not of the camera that the others are of, or nothing."""
        if frame_id != self.frame_id and self.frame_id and frame_id:
            patience = max(SENDER_GONE_NS, 3 * (self.period or 0))
            preferred = frame_id == self.preferred_frame()
            if not preferred and now_ns - self.last_kept_ns < patience:
                return (
                    f"its frame is {frame_id!r}, and messages in {self.frame_id!r} arrive on the "
                    "same topic: two cameras publish there, remap or stop one"
                )
            self.clear()
        self.frame_id, self.last_kept_ns = frame_id or self.frame_id, now_ns
        return ""

    def _keep(self, stamp: int, msg: Any, size: int) -> str:
        if stamp in self._messages or stamp in self._left:
            return self.drop("duplicate stamp", "another one had the same stamp")
        if self._stamps and stamp < self._stamps[-1] - self.history_ns:
            self._stragglers += 1
            if self._stragglers < STRAGGLERS_UNTIL_RESET:
                behind = seconds(self._stamps[-1] - stamp)
                return self.drop("late", f"its stamp is {behind} older than the newest")
            self.clear()
            self.resets += 1
        self._stragglers = 0
        self.last_drop = self.last_drop_reason = ""
        if self._stamps and stamp < self._stamps[-1]:
            self.reordered += 1
        insort(self._stamps, stamp)
        self._messages[stamp] = msg
        self._sizes[stamp] = size
        self._bytes += size
        while self._overflows():
            oldest = self._stamps[0]
            self.on_evict(oldest)
            self.discard(oldest)
        return ""

    def _overflows(self) -> bool:
        count = len(self._stamps)
        return (
            count > self.max_count
            or (count > 2 and self._bytes > self.max_bytes)
            or (count > self.min_count and self._stamps[0] < self._stamps[-1] - self.history_ns)
        )

    def discard(self, stamp: int) -> None:
        """Forget the message with this stamp."""
        self._stamps.remove(stamp)
        del self._messages[stamp]
        self._bytes -= self._sizes.pop(stamp)
        self._left.append(stamp)

    def clear(self) -> None:
        """Forget every message; counters stay."""
        self.frame_id = ""
        self._stamps.clear()
        self._messages.clear()
        self._sizes.clear()
        self._left.clear()
        self._bytes = 0
        self._stragglers = 0

    def nearest(self, stamp: int, within_ns: int) -> int | None:
        """The kept stamp nearest to ``stamp`` (the earlier of two equally near), or None."""
        i = bisect_left(self._stamps, stamp)
        best = min(self._stamps[max(i - 1, 0) : i + 1], key=lambda s: abs(s - stamp), default=None)
        return best if best is not None and abs(best - stamp) <= within_ns else None

    def __getitem__(self, stamp: int) -> Any:
        return self._messages[stamp]

    def __contains__(self, stamp: int) -> bool:
        return stamp in self._messages

    def stamps(self) -> list[int]:
        """Kept stamps, oldest first."""
        return list(self._stamps)

    def before(self, stamp: int, count: int) -> list[int]:
        """The last kept stamps before this one, at most so many."""
        end = bisect_left(self._stamps, stamp)
        return self._stamps[max(0, end - count) : end]

    @property
    def period(self) -> int | None:
        """Time between two messages of the sender [ns], None of fewer than three.

        The lower quartile of the last differences, which lost messages in between do not lengthen.
        """
        recent = self._stamps[-PERIOD_OF:]
        steps = sorted(after - before for before, after in pairwise(recent))
        return steps[len(steps) // 4] if len(steps) > 1 else None

    @property
    def newest(self) -> int | None:
        """The latest kept stamp."""
        return self._stamps[-1] if self._stamps else None

    def status(self, now_ns: int) -> StreamStatus:
        recent = [t for t in self._arrivals if now_ns - RATE_WINDOW_NS < t <= now_ns]
        span = max(now_ns - recent[0], 1) if len(recent) > 1 else RATE_WINDOW_NS
        rate = (len(recent) - 1) * NS / span if len(recent) > 1 else len(recent) / 5
        silent = None if self.last_arrival_ns is None else max(now_ns - self.last_arrival_ns, 0)
        return StreamStatus(
            self.topic,
            self.received,
            rate,
            silent,
            now_ns - self.last_stamp_ns if self.last_stamp_ns > 0 else None,
            dict(self.dropped),
            self.reordered,
            self.resets,
            len(self._stamps),
            self.last_drop,
        )
