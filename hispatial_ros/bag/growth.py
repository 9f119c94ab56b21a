"""How fast a recording grows, and how long there is room for it."""

from collections import deque
from dataclasses import dataclass, field

MB = 1e6
WINDOW = 10.0  # s that the rate is taken over
FAST = 5.0  # MB/s; 18 GB an hour
SOON = 600.0  # s until there is no room


@dataclass
class Growth:
    """Told the size now and then; knows what the last seconds brought."""

    limit: int = 0  # bytes that the recording may have; 0: as many as the disk holds
    _sizes: deque[tuple[float, int]] = field(default_factory=deque)  # time [s], bytes
    _room: int = 0  # of the file system

    def note(self, now: float, size: int, room: int) -> None:
        """Take in a size.

        Args:
            now: on any steady clock [s].
            size: bytes of all files.
            room: bytes that the file system has for more.
        """
        self._sizes.append((now, size))
        while len(self._sizes) > 2 and self._sizes[1][0] <= now - WINDOW:
            self._sizes.popleft()
        self._room = room

    @property
    def rate(self) -> float:
        """MB/s; 0 while it is not known."""
        if len(self._sizes) < 2:
            return 0.0
        (began, first), (now, last) = self._sizes[0], self._sizes[-1]
        return max(last - first, 0) / MB / (now - began) if now > began else 0.0

    @property
    def left(self) -> float:
        """Seconds until there is no room at this rate."""
        room = min(self._room, self._below_limit)
        return max(room, 0) / MB / self.rate if self.rate else float("inf")

    @property
    def _below_limit(self) -> float:
        return self.limit - self._sizes[-1][1] if self.limit else float("inf")

    @property
    def line(self) -> str:
        """For the operator: "12.3 MB, 1.21 MB/s; the disk is full in 5 h 12 min"."""
        _, size = self._sizes[-1]
        text = f"{size / MB:.1f} MB, {self.rate:.2f} MB/s"
        if self.left == float("inf"):
            return text
        by_limit = self._below_limit <= self._room
        end = "the limit is reached" if by_limit else "the disk is full"
        return f"{text}; {end} in {duration(self.left)}"

    @property
    def warning(self) -> str:
        """Why the operator should do something; empty if all is well."""
        if self.rate < FAST and (self.limit or self.left > SOON):
            return ""
        return (
            f"{self.rate:.1f} MB/s are {3.6 * self.rate:.0f} GB an hour, there is room for "
            f"{duration(self.left)}"
        )


def duration(seconds: float) -> str:
    """In two units at most.

    >>> duration(18720)
    '5 h 12 min'
    """
    minutes, hours = seconds / 60, seconds / 3600
    if seconds < 120:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes:.0f} min"
    if hours < 48:
        return f"{int(hours)} h {int(minutes) % 60} min"
    return f"{hours / 24:.0f} days"
