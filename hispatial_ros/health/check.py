"""One line of `hispatial doctor`; imports no ROS, so that it can say that there is none."""

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    OK = "ok"
    INFO = "info"  # optional and absent
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, and what to do about it."""

    group: str
    subject: str
    status: Status
    found: str
    advice: str = ""
