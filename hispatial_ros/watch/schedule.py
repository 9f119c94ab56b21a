"""When a watch is due: on fresh images only, at its rate on the average."""

from __future__ import annotations

from dataclasses import dataclass

# Share of a period that an image may come before its time: a camera at the very rate of the watch
# has jitter, and would otherwise be looked at only every other time.
EARLY = 0.25


@dataclass
class Schedule:
    """Goes by the stamps of images [s], so that simulated and recorded time work as well.

    An image that was looked at, or one older than that, is never due. With a rate, the due times
    are a period apart; a camera whose own period is not a multiple of it is thus looked at that
    often on the average, and what was missed is not made up for.
    """

    rate: float  # Hz; 0: every image
    last: float | None = None  # stamp of the last image looked at
    _next: float | None = None

    def due(self, stamp: float) -> bool:
        """Whether the image with this stamp is to be looked at."""
        if self.last is not None and stamp <= self.last:
            return False
        return self._next is None or stamp >= self._next - EARLY / self.rate

    def done(self, stamp: float) -> None:
        """It was."""
        self.last = stamp
        if self.rate > 0:
            period = 1 / self.rate
            on_time = self._next is not None and stamp - self._next < period
            self._next = (self._next if on_time and self._next is not None else stamp) + period

    def restart(self) -> None:
        """Time has jumped: the stamps before do not count."""
        self.last = self._next = None
