"""In which order the samples of a source come, and of which source the next one is.

Nothing is kept but places: an order is a function of seed, epoch and window, so that its state is
three numbers, and a resumed order goes on with exactly the next sample.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

# A source with less than this many shards for each stream is split by samples: split by shards,
# the streams would go through their parts at speeds that differ by more than a share of this.
SHARDS_EACH = 8


class Place(NamedTuple):
    """A sample: the epoch in which it is seen, the shard of its source, its number in that."""

    epoch: int
    shard: int
    number: int


class Order:
    """The samples of one source for one of several streams, epoch after epoch, without end.

    In an epoch each sample comes once, in one of the streams. Shards are shuffled in each epoch,
    and samples are shuffled among a window of successive shards.

    Args:
        shards: how many. count: samples in a shard.
        seed: of the order, for all streams the same.
        stream, streams: which one of how many.
        window: samples that are mixed with each other, at least; whole shards are taken.
    """

    def __init__(
        self,
        shards: int,
        count: Callable[[int], int],
        seed: Sequence[int],
        stream: int = 0,
        streams: int = 1,
        window: int = 1000,
    ):
        self._shards, self._count, self._seed = shards, count, [*seed]
        self._stream, self._streams, self._window = stream, streams, window
        self.epoch, self._first, self._taken = 0, 0, 0
        self._places: list[Place] | None = None  # of the window, once it is looked at

    def next(self, passes: int) -> Place | None:
        """The next sample; None if there was none in ``passes`` epochs."""
        last = self.epoch + passes
        places = self._open() if self._places is None else self._places
        while self._taken == len(places):
            if self._end < len(self._mine):
                self._first = self._end
            elif self.epoch < last:
                self.epoch, self._first = self.epoch + 1, 0
            else:
                return None
            self._taken = 0
            places = self._open()
        self._taken += 1
        return places[self._taken - 1]

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self.epoch, "first": self._first, "taken": self._taken}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.epoch, self._first, self._taken = state["epoch"], state["first"], state["taken"]
        self._places = None

    def _open(self) -> list[Place]:
        """The window that begins with the shard at ``first``."""
        order = np.random.default_rng([*self._seed, self.epoch]).permutation(self._shards)
        by_samples = self._shards < SHARDS_EACH * self._streams
        self._mine = order if by_samples else order[self._stream :: self._streams]
        places: list[Place] = []
        self._end = self._first
        while self._end < len(self._mine) and len(places) < self._window:
            shard = int(self._mine[self._end])
            numbers = range(self._count(shard))
            if by_samples:
                numbers = numbers[(self._stream - shard) % self._streams :: self._streams]
            places += [Place(self.epoch, shard, number) for number in numbers]
            self._end += 1
        seed = [*self._seed, self.epoch, self._first + 1, self._stream]
        mixed = np.random.default_rng(seed).permutation(len(places))
        self._places = [places[i] for i in mixed.tolist()]
        return self._places


class Mix:
    """Which source comes next: at any time each has had its share, to within one sample."""

    def __init__(self, weights: Sequence[float]):
        total = sum(weights)
        self._shares = [weight / total for weight in weights]
        self.counts = [0] * len(weights)

    def next(self) -> int:
        due = sum(self.counts) + 1
        lacks = [share * due - n for share, n in zip(self._shares, self.counts, strict=True)]
        chosen = lacks.index(max(lacks))
        self.counts[chosen] += 1
        return chosen

    def state_dict(self) -> dict[str, Any]:
        return {"counts": [*self.counts]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.counts = [*state["counts"]]
