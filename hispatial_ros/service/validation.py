"""Checks of request fields, before any work is done for them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region, RegionLimits
from hispatial_ros.service.request import AskRequest, Request
from hispatial_ros.settings.settings import Settings

BACKENDS = ("auto", "measured", "model")

R = TypeVar("R", bound=Request)


def check(request: R, settings: Settings) -> R:
    """The request with the parameters' values where it gives none.

    Raises:
        SpatialError: as the checks of its fields.
    """
    fields: dict[str, Any] = {"timeout": check_timeout(request.timeout, settings)}
    if isinstance(request, AskRequest):
        fields["question"] = check_question(request.question, settings)
        if request.context:
            fields["context"] = check_question(request.context, settings)
    check_stamp(request.stamp_ns)
    fields["reference_frame"] = check_reference_frame(request.reference_frame, settings)
    check_regions(request.regions, settings)
    if isinstance(request, AskRequest):
        fields["backend"] = check_backend(request.backend, settings)
    return replace(request, **fields)


def check_timeout(seconds: float, settings: Settings) -> float:
    """Seconds; 0 stands for the parameter.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    longest = settings.max_request_timeout
    if not 0 <= seconds <= longest:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"timeout must be from 0 (the node's default) to {longest:g} s "
            "(parameter max_request_timeout)",
        )
    return seconds or settings.request_timeout


def check_stamp(stamp_ns: int) -> None:
    """Refuse what is no time.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    if stamp_ns < 0:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "stamp is no time (seconds below 0, or nanoseconds above 999999999): copy the image's "
            "header.stamp, or send 0 for the newest image",
        )


def check_question(text: str, settings: Settings) -> str:
    """The question without surrounding blanks.

    Raises:
        SpatialError: BAD_QUESTION.
    """
    longest = settings.max_question_length
    if len(text) > longest:
        raise SpatialError(
            ErrorCode.BAD_QUESTION,
            f"the question has {len(text)} characters, at most {longest} are read "
            "(parameter max_question_length)",
        )
    if has_control_characters(text):
        raise SpatialError(
            ErrorCode.BAD_QUESTION, "the question holds control characters: send plain text"
        )
    if not text.strip():
        raise SpatialError(ErrorCode.BAD_QUESTION, "the question is empty: write one")
    return text.strip()


def check_reference_frame(name: str, settings: Settings) -> str:
    """The name, or the parameter's value if it is empty.

    Raises:
        SpatialError: UNKNOWN_REFERENCE_FRAME.
    """
    if len(name) > settings.max_name_length or has_control_characters(name):
        raise SpatialError(
            ErrorCode.UNKNOWN_REFERENCE_FRAME,
            "reference_frame is no frame's name: use camera, gravity or a TF frame",
        )
    return name or settings.reference_frame


def check_backend(name: str, settings: Settings) -> str:
    """The name, or the parameter's value if it is empty.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    if name and name not in BACKENDS:
        shown = name[: settings.max_name_length]
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"backend {shown!r} is not one of {', '.join(BACKENDS)}",
        )
    return name or settings.backend


def check_regions(regions: Sequence[Region], settings: Settings) -> None:
    """Refuse too many and absurd names; whether each can be measured shows when it is measured.

    Raises:
        SpatialError: BAD_REQUEST if there are too many, BAD_REGION for absurd names.
    """
    limits = RegionLimits(
        settings.max_regions, settings.max_outline_points, settings.max_name_length
    )
    points = sum(len(region.outline) for region in regions if region.outline is not None)
    limits.check_amount(len(regions), points)
    for region in regions:
        limits.check_names(region)


def has_control_characters(text: str) -> bool:
    """Whether the text holds anything but printable characters, blanks and line breaks."""
    return any(not c.isprintable() and c not in " \t\r\n" for c in text)
