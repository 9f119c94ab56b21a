"""Counts and latencies of requests, for the diagnostics."""

import threading
from collections import Counter, defaultdict, deque

import numpy as np

from hispatial_ros.errors import ErrorCode

PERCENTILES = (50, 90, 99)
KEPT = 500  # latest requests that the percentiles are about


class RequestStats:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: Counter[ErrorCode] = Counter()
        self._seconds: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))

    def record(self, code: ErrorCode, timing: dict[str, float]) -> None:
        """Count an outcome; stage times are kept of answers only."""
        with self._lock:
            self._codes[code] += 1
            if code is ErrorCode.NONE:
                for stage, seconds in timing.items():
                    self._seconds[stage].append(seconds)

    def codes(self) -> dict[str, int]:
        """Outcomes by name of their code, NONE being an answer."""
        with self._lock:
            return {code.name: count for code, count in sorted(self._codes.items())}

    def percentiles(self) -> dict[str, dict[str, float]]:
        """Stage -> {"p50": seconds, "p90": ..., "p99": ...} of the latest answers."""
        with self._lock:
            kept = {stage: list(seconds) for stage, seconds in self._seconds.items()}
        return {
            stage: {
                f"p{p}": float(s)
                for p, s in zip(PERCENTILES, np.percentile(seconds, PERCENTILES), strict=True)
            }
            for stage, seconds in kept.items()
        }
