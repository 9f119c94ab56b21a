"""Which objects are asked about together, when there are more combinations than questions."""

from collections.abc import Iterator
from itertools import combinations, permutations
from math import comb, perm

import numpy as np


class Picker:
    """At most ``limit`` tuples of different objects, the same for the same seed.

    Args:
        seed: of the random choice.
        limit: of tuples in one call.
    """

    def __init__(self, seed: int, limit: int):
        self._rng = np.random.default_rng(seed)
        self._limit = limit

    def __call__(
        self, count: int, size: int, *, ordered: bool = False
    ) -> Iterator[tuple[int, ...]]:
        """Tuples of ``size`` out of ``count`` objects; each order of them if ``ordered``."""
        total = (perm if ordered else comb)(count, size)
        if total <= self._limit:
            yield from (permutations if ordered else combinations)(range(count), size)
            return
        seen: set[tuple[int, ...]] = set()
        while len(seen) < self._limit:
            drawn = self._rng.choice(count, size, replace=False).tolist()
            chosen = tuple(drawn if ordered else sorted(drawn))
            if chosen not in seen:
                seen.add(chosen)
                yield chosen
