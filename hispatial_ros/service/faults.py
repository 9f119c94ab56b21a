"""A bug costs one request, which learns about it; the thread and the other requests go on."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.structured_log import line
from hispatial_ros.waiting.outcome import Outcome

T = TypeVar("T")

log = logging.getLogger(__name__)


def attempt(outcome: Outcome[Any], work: Callable[..., Any], *arguments: Any) -> None:
    """Work towards an outcome, on whichever thread: what the work raises becomes its error."""
    try:
        work(*arguments)
    except SpatialError as error:
        outcome.fail(error)
    except Exception as error:  # noqa: BLE001 - that is what it is for
        outcome.fail(internal_error(error))


def settle(outcome: Outcome[T], work: Callable[[], T]) -> None:
    """As `attempt`; what the work returns becomes the value."""
    attempt(outcome, lambda: outcome.succeed(work()))


def internal_error(error: Exception) -> SpatialError:
    """What a client learns about a bug; the log gets its traceback. In its ``except`` block."""
    log.exception(line("internal_error", kind=type(error).__name__))
    return SpatialError(
        ErrorCode.INTERNAL,
        f"internal error ({type(error).__name__}: {error}): the node's log has the details under "
        "this request's id",
    )
