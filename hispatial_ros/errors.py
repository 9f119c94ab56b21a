"""The one error type of the package, with the codes of ``msg/ErrorCode.msg``."""

from enum import IntEnum


class ErrorCode(IntEnum):
    """Mirror of ``hispatial_ros/msg/ErrorCode`` (a test keeps the two equal)."""

    NONE = 0

    NO_FRAME = 100
    FRAME_TOO_OLD = 101
    NO_DEPTH = 102
    NO_CAMERA_INFO = 103
    BAD_IMAGE = 104
    BAD_CALIBRATION = 105
    UNKNOWN_REFERENCE_FRAME = 106
    NO_REGIONS = 107

    BAD_REGION = 200
    REGION_OUTSIDE_IMAGE = 201
    NO_VALID_DEPTH = 202

    QUESTION_NOT_UNDERSTOOD = 300
    UNKNOWN_OBJECT = 301
    AMBIGUOUS_OBJECT = 302
    BAD_QUESTION = 303

    BACKEND_UNAVAILABLE = 400
    TIMEOUT = 401
    CANCELLED = 402
    OVERLOADED = 403
    BAD_REQUEST = 404
    NOT_ACTIVE = 405
    NOT_STORED = 406
    INTERNAL = 500


class SpatialError(Exception):
    """A request that cannot be answered, and what the operator can do about it.

    ``code`` is what a program acts on, ``str(error)`` what a person reads.
    """

    def __init__(self, code: ErrorCode, message: str):
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple:
        """For going from one process to another."""
        return type(self), (self.code, str(self))


def backend_unavailable(message: str) -> SpatialError:
    """What a model, its files or its device lack, and what to do about it."""
    return SpatialError(ErrorCode.BACKEND_UNAVAILABLE, message)


def first_line(error: Exception) -> str:
    """Of what it says, at most 300 characters; its type if it says nothing."""
    said = str(error).strip() or type(error).__name__
    return said.splitlines()[0][:300]
