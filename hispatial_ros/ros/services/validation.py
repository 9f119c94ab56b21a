"""Checks of request fields, before any work is done for them."""

from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region, RegionLimits
from hispatial_ros.intake.from_ros import region_from_msg
from hispatial_ros.ros.outputs.conversions import NS, duration_to_seconds, time_to_ns
from hispatial_ros.settings.settings import Settings

BACKENDS = ("auto", "measured", "model")


def check_timeout(msg: Any, settings: Settings) -> float:
    """Seconds; 0 in the message stands for the parameter.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    seconds = duration_to_seconds(msg)
    longest = settings.max_request_timeout
    if seconds < 0 or seconds > longest or msg.nanosec >= NS:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"timeout must be from 0 (the node's default) to {longest:g} s "
            "(parameter max_request_timeout)",
        )
    return seconds or settings.request_timeout


def check_stamp(msg: Any) -> int:
    """Nanoseconds; 0 stands for the newest.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    if msg.sec < 0 or msg.nanosec >= NS:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"stamp ({msg.sec} s, {msg.nanosec} ns) is no time: copy the image's header.stamp, or "
            "send 0 for the newest image",
        )
    return time_to_ns(msg)


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


def check_regions(msgs: list[Any], settings: Settings) -> list[Region]:
    """The regions; whether each can be measured is found out when it is measured.

    Raises:
        SpatialError: BAD_REQUEST if there are too many, BAD_REGION for absurd names.
    """
    limits = RegionLimits(
        settings.max_regions, settings.max_outline_points, settings.max_name_length
    )
    limits.check_amount(len(msgs), sum(len(msg.outline.points) for msg in msgs))
    regions = [region_from_msg(msg) for msg in msgs]
    for region in regions:
        limits.check_names(region)
    return regions


def has_control_characters(text: str) -> bool:
    """Whether the text holds anything but printable characters, blanks and line breaks."""
    return any(not c.isprintable() and c not in " \t\r\n" for c in text)
