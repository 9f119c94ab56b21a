"""What this process takes of the machine, as the kernel counts it."""

import os
import threading
import time

MEMORY = "/proc/self/statm"


class ProcessUsage:
    """CPU share between two readings, and memory now. Linux only, as /proc is."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def read(self) -> dict[str, str]:
        """Values for the diagnostics; the CPU share is that since the last call (100: one core)."""
        wall, cpu = time.monotonic(), time.process_time()
        share = (cpu - self._cpu) / max(wall - self._wall, 1e-3)
        self._wall, self._cpu = wall, cpu
        return {
            "pid": str(os.getpid()),
            "cpu [%]": f"{100 * share:.0f}",
            "memory [MB]": f"{resident_bytes() / 1e6:.0f}",
            "threads": str(threading.active_count()),
        }


def resident_bytes() -> int:
    """Resident memory of this process."""
    with open(MEMORY) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
