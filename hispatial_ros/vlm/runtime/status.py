"""What a model process is doing, and what it is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class ModelState(Enum):
    STOPPED = "stopped"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"  # for a reason that another start would meet again


@dataclass(frozen=True)
class ModelStatus:
    """For diagnostics. ``details`` holds what the process reports: device, dtype, memory, ..."""

    state: ModelState = ModelState.STOPPED
    message: str = ""
    progress: float = 0.0  # of loading, 0..1
    pid: int | None = None
    restarts: int = 0
    in_flight: int = 0
    faults: int = 0  # internal errors of the supervisor since it was started
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """max_in_flight: questions queued and being answered. Times in seconds."""

    max_in_flight: int = 32
    hang_timeout: float = 20.0  # silence when a reply is due
    load_timeout: float = 900.0  # silence while loading and warming up
    restart_delays: tuple[float, ...] = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
    stop_timeout: float = 1.0  # from asking the process to stop to killing it


DEFAULT_LIMITS = Limits()
