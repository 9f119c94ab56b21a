"""When a condition measured with noise has been entered or left: the rule against flapping.

A condition is reduced to a *slack* x, by how much it is fulfilled (x > 0) or missed (x < 0), with
the standard deviation s that the measurement states. With z = ``Band.sigmas``,
m = ``Band.margin`` and k = ``Band.confirm``:

    inside    after k readings in a row with  x >= z s
    outside   after k readings in a row with  x <= -(m + z s)

In between nothing changes: what was inside stays inside, what was outside stays outside, and what
was never sure stays unknown. The two limits are 2 z s + m apart. To flap, a condition has to be
carried over both of them, and wherever its true value lies, one of the two is at least z s + m / 2
away: with noise as large as stated that happens with probability Phi(-z - m / 2 s)^k per reading
at most. For the defaults z = 2, k = 3 and without a margin that is 1.2e-5, one event in more than
two hours at 10 Hz.

Conditions of contact ("touching", "on") cannot be fulfilled by more than s, since a gap has no
negative side: all of the band lies beyond the limit. They are entered at x >= 0 and left at
x <= -(m + 2 z s), which is the same rule for x' = x + z s; ``Slack.contact`` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import inf, isnan, nan
from statistics import NormalDist

_NORMAL = NormalDist()
_LEAST = 1e-9  # m


@dataclass(frozen=True)
class Band:
    """How sure a change has to be."""

    sigmas: float = 2.0  # z, standard deviations beyond the limit
    margin: float = 0.0  # m, in the unit of the slack (m), beyond the limit to leave
    confirm: int = 3  # k, readings in a row
    lost_after: float = 1.0  # s without a reading until it is lost


@dataclass(frozen=True)
class Slack:
    """By how much a condition is fulfilled, and the standard deviation of that (same unit)."""

    value: float
    stddev: float
    one_sided: bool = False  # it cannot be fulfilled by much: all of the band lies beyond

    @classmethod
    def of_probability(cls, probability: float, stddev: float) -> Slack:
        """From the probability that a quantity with normal errors is on the right side."""
        stddev = max(stddev, _LEAST)
        return cls(_quantile(probability) * stddev, stddev)

    @classmethod
    def contact(cls, agreement: float, stddev: float) -> Slack:
        """From how well a gap agrees with none, P = 2 (1 - Phi(gap / s)), which holds from 1/2."""
        stddev = max(stddev, _LEAST)
        beyond = -_quantile(agreement / 2)
        return cls((_quantile(0.75) - beyond) * stddev, stddev, one_sided=True)

    def side(self, band: Band) -> int:
        """1: surely fulfilled, -1: surely not, 0: cannot be told."""
        doubt = band.sigmas * self.stddev
        low, high = -(band.margin + doubt), doubt
        if self.one_sided:
            low, high = low - doubt, 0.0
        if self.value >= high:
            return 1
        return -1 if self.value <= low else 0


def _quantile(probability: float) -> float:
    if isnan(probability):
        return nan
    if probability <= 0:
        return -inf
    return inf if probability >= 1 else _NORMAL.inv_cdf(probability)


@dataclass
class Hysteresis:
    """The state of one condition on one object."""

    inside: bool | None = None  # None: never sure yet
    _side: int = 0
    _count: int = 0

    def update(self, slack: Slack, band: Band) -> None:
        """Take one more reading into account."""
        side = slack.side(band)
        self._count = self._count + 1 if side == self._side else 1
        self._side = side
        if side and self._count >= band.confirm:
            self.inside = side > 0

    def interrupt(self) -> None:
        """The next reading does not follow the last one."""
        self._side = self._count = 0


class EventKind(Enum):
    """What happened; values as in ``msg/WatchEvent.msg``."""

    ENTERED = 1
    LEFT = 2
    CHANGED = 3
    LOST = 4
    RECOVERED = 5


@dataclass
class Presence:
    """Whether something can be judged at all; times in seconds on any one clock."""

    lost: bool = False
    _missing_since: float | None = None

    def seen(self) -> list[EventKind]:
        """It could be judged."""
        self._missing_since = None
        if not self.lost:
            return []
        self.lost = False
        return [EventKind.RECOVERED]

    def missed(self, time: float, lost_after: float) -> list[EventKind]:
        """It could not, on an image of that time."""
        if self._missing_since is None or time < self._missing_since:
            self._missing_since = time
        if self.lost or time - self._missing_since < lost_after:
            return []
        return self.gone()

    def gone(self) -> list[EventKind]:
        """It cannot be judged for long already."""
        if self.lost:
            return []
        self.lost = True
        return [EventKind.LOST]

    def interrupt(self) -> None:
        """Time has passed without a look."""
        self._missing_since = None


@dataclass
class Tracker:
    """A condition on one object or on several: "the mug ...", "any person ...", "all chairs ...".

    ``update`` gets a slack for each object by its id (one that may change its identity, as "the
    nearest chair", has the id ""). With several, any of them inside makes the condition hold, or
    with ``every`` all of them; one that is missing for ``lost_after`` no longer counts.
    """

    every: bool = False
    presence: Presence = field(default_factory=Presence)
    inside: bool | None = None  # None: not sure yet
    fulfilling: tuple[str, ...] = ()  # ids that are inside
    _each: dict[str, Hysteresis] = field(default_factory=dict)
    _seen: dict[str, float] = field(default_factory=dict)
    _reported: bool | None = False  # the last was ENTERED, or LEFT; None: LOST since then

    def update(self, slacks: Mapping[str, Slack], time: float, band: Band) -> list[EventKind]:
        """Take the readings of one image into account; returns what happened."""
        events = self.presence.seen()
        for key, slack in slacks.items():
            self._each.setdefault(key, Hysteresis()).update(slack, band)
            self._seen[key] = time
        for key in self._each.keys() - slacks.keys():
            self._each[key].interrupt()
            if not 0 <= time - self._seen[key] < band.lost_after:
                del self._each[key], self._seen[key]
        before, self.fulfilling = (
            self.fulfilling,
            tuple(k for k, h in self._each.items() if h.inside),
        )
        states = [h.inside for h in self._each.values()]
        self.inside = self._together(states)
        if self.inside is None:
            return events
        if self.inside != self._reported:
            self._reported = self.inside
            events.append(EventKind.ENTERED if self.inside else EventKind.LEFT)
        elif self.inside and set(before) != set(self.fulfilling):
            events.append(EventKind.CHANGED)
        return events

    def _together(self, states: list[bool | None]) -> bool | None:
        decisive = not self.every  # one that is inside settles "any", one outside settles "every"
        if decisive in states:
            return decisive
        if None in states:
            # Still as it was reported, or not sure yet.
            return self.inside
        return not decisive if states else False

    def missed(self, time: float, band: Band) -> list[EventKind]:
        """It could not be judged on an image of that time."""
        return self._forget_if(self.presence.missed(time, band.lost_after))

    def gone(self) -> list[EventKind]:
        """No images come."""
        return self._forget_if(self.presence.gone())

    def interrupt(self) -> None:
        """There was no look for a while: the state stays, the readings before no longer count."""
        self.presence.interrupt()
        for each in self._each.values():
            each.interrupt()

    def _forget_if(self, lost: list[EventKind]) -> list[EventKind]:
        """After LOST the state has to be found out anew."""
        if lost:
            self.inside, self.fulfilling, self._reported = None, (), None
            self._each.clear()
            self._seen.clear()
        else:
            for each in self._each.values():
                each.interrupt()
        return lost


@dataclass(frozen=True)
class Reading:
    """What an answer without a condition says: numbers, and a choice if it is beyond doubt."""

    values: tuple[float, ...] = ()
    stddevs: tuple[float, ...] = ()
    choice: str | None = ""  # None: cannot be told within the noise


@dataclass
class ChangeTracker:
    """When an answer has changed by more than its noise.

    With r the answer reported last: after k readings in a row that differ from it, a number by
    more than m + z sqrt(s^2 + s_r^2), or in the choice, or in how many numbers there are.
    """

    presence: Presence = field(default_factory=Presence)
    reported: Reading | None = None
    _count: int = 0

    def update(self, reading: Reading, band: Band) -> list[EventKind]:
        """Take the answer of one image into account."""
        events = self.presence.seen()
        if self.reported is None:
            self.reported = reading
            return events
        if reading.choice is not None and self.reported.choice is None:
            differs = True
        else:
            differs = _differ(self.reported, reading, band)
        self._count = self._count + 1 if differs else 0
        if self._count >= band.confirm:
            self.reported, self._count = reading, 0
            events.append(EventKind.CHANGED)
        return events

    def missed(self, time: float, band: Band) -> list[EventKind]:
        """There was no answer on an image of that time."""
        self._count = 0
        return self.presence.missed(time, band.lost_after)

    def gone(self) -> list[EventKind]:
        """No images come."""
        return self.presence.gone()

    def interrupt(self) -> None:
        """There was no look for a while."""
        self._count = 0
        self.presence.interrupt()


def _differ(old: Reading, new: Reading, band: Band) -> bool:
    if new.choice is not None and new.choice != old.choice:
        return True
    if len(old.values) != len(new.values):
        return True
    for i, (a, b) in enumerate(zip(old.values, new.values, strict=True)):
        known = i < len(old.stddevs) and i < len(new.stddevs)
        spread = (old.stddevs[i] ** 2 + new.stddevs[i] ** 2) ** 0.5 if known else 0.0
        if abs(a - b) > band.margin + band.sigmas * spread:
            return True
    return False
