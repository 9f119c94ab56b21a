"""Which way objects face, by an adapter that the user names: ``module:callable``.

Nothing here measures that. The callable is called once in each worker, without arguments, and
returns an `Orienter`, such as one around OrientAnything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.measure.types import MeasuredObject


@dataclass(frozen=True, eq=False)
class Facing:
    """Where the front of an object points."""

    direction: np.ndarray  # [3] unit vector, optical frame
    stddev: float  # rad


class Orienter(Protocol):
    """Tells where the fronts of objects point."""

    def __call__(self, frame: Frame, objects: Sequence[MeasuredObject]) -> Sequence[Facing | None]:
        """For each object, as it was measured on the frame; None: it has no front, or unknown."""


def load_orienter(name: str) -> Orienter:
    """What the callable ``module:callable`` returns.

    Raises:
        SpatialError: BAD_REQUEST if there is no such callable.
    """
    module, _, attribute = name.partition(":")
    try:
        factory = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"orientation {name!r} cannot be loaded ({error}): give module:callable, with the "
            "module installed or on PYTHONPATH",
        ) from error
    return factory()


def facings(
    orienter: Orienter | None, frame: Frame, objects: Sequence[MeasuredObject]
) -> list[Facing | None]:
    """What an orienter tells of each object, checked; nothing without one.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if it does not answer as it should.
    """
    if orienter is None:
        return [None] * len(objects)
    found = list(orienter(frame, objects))
    if len(found) != len(objects):
        raise _bad(f"it told {len(found)} orientations of {len(objects)} objects")
    for each in found:
        if each is None:
            continue
        if np.shape(each.direction) != (3,) or abs(np.linalg.norm(each.direction) - 1) > 1e-3:
            raise _bad(f"{each.direction} is no unit vector")
        if not each.stddev >= 0:
            raise _bad(f"{each.stddev} is no standard deviation")
    return found


def _bad(why: str) -> SpatialError:
    return SpatialError(ErrorCode.BACKEND_UNAVAILABLE, f"the orientation adapter is wrong: {why}")
