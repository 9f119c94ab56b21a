"""Why there is no frame, in words for the operator."""

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.stream import MALFORMED, NS, Stream, StreamStatus, seconds

SOME = 3  # messages of a stream before its silence, or its going on, says something


def no_image(image: Stream, info: StreamStatus, now_ns: int, max_age: float) -> SpatialError:
    """The error of a request for which no (fresh) image is stored.

    Args:
        info: of the image's calibration. It is small and always arrives: where it does and images
            do not, they are lost on the way.
    """
    status = image.status(now_ns)
    lost = ""
    if (
        info.received >= SOME
        and info.silent_ns is not None
        and info.silent_ns < max_age * NS / 2
        and info.received > status.received
    ):
        lost = (
            f"images are lost on the way, since {info.topic!r} keeps arriving ({info.rate:.1f} "
            "Hz): have the camera publish reliable and set the parameter "
            f"qos_overrides.{image.topic}.subscription.reliability to reliable, or give the "
            "middleware room for whole images (docs/install.md, `hispatial doctor`)"
        )
    if image.last_drop:
        return SpatialError(
            ErrorCode.BAD_IMAGE if image.last_drop_reason == MALFORMED else ErrorCode.NO_FRAME,
            f"no usable image: of {status.received} messages the newest was dropped "
            f"({image.last_drop})",
        )
    if status.silent_ns is None:
        if lost:
            lost = f"no image has arrived on {image.topic!r}: is it the right topic? If so, {lost}"
            return SpatialError(ErrorCode.NO_FRAME, lost)
        return SpatialError(
            ErrorCode.NO_FRAME,
            f"no image has arrived on {image.topic!r}: check that the camera runs, the topic name "
            "(remapping) and its QoS",
        )
    silent = f"{image.topic!r} has been silent for {seconds(status.silent_ns)}"
    if image.newest is None:
        return SpatialError(ErrorCode.NO_FRAME, f"no image since the last reset: {silent}")
    # When a camera stops, its last stamp expires a little before the silence has lasted as long.
    if status.silent_ns < max_age * NS / 2:
        why = (
            "although messages arrive: their stamps lag behind the node's clock; synchronise the "
            "clocks, or replay with --clock and use_sim_time"
        )
    else:
        why = f"and {silent}: {lost or 'check the camera'}"
    return SpatialError(
        ErrorCode.FRAME_TOO_OLD,
        f"the newest image is {seconds(now_ns - image.newest)} old (parameter "
        f"max_frame_age: {max_age:g} s) {why}",
    )


def not_kept(image: Stream, stamp: int) -> SpatialError:
    """The error of a request for an image that is not (yet, any more) stored."""
    stamps = image.stamps()
    if stamp > stamps[-1]:
        where = f"has not arrived yet: the newest is {seconds(stamp - stamps[-1])} earlier"
    elif stamp > stamps[0]:
        where = "never arrived, though later ones did: take the stamp from an image's header"
    else:
        where = (
            f"is no longer kept: the oldest is {seconds(stamps[0] - stamp)} later; ask sooner, or "
            "raise the parameter sync.history"
        )
    return SpatialError(
        ErrorCode.FRAME_TOO_OLD, f"the image with stamp {stamp / NS:.9f} on {image.topic!r} {where}"
    )


def no_depth(depth: Stream, now_ns: int, max_age: float, slop: float) -> SpatialError:
    """The error of a request that needs depth where no depth image pairs with the image."""
    status = depth.status(now_ns)
    if depth.last_drop:
        why = f"the newest depth message was dropped ({depth.last_drop})"
    elif status.silent_ns is None:
        why = f"nothing has arrived on {depth.topic!r}: check its name (remapping) and QoS"
    elif status.silent_ns > max_age * NS:
        why = f"{depth.topic!r} has been silent for {seconds(status.silent_ns)}"
    else:
        why = (
            f"no stamp on {depth.topic!r} lies within {slop:g} s of an image's: raise the "
            "parameter sync.slop, or synchronise the streams"
        )
    return SpatialError(ErrorCode.NO_DEPTH, f"no depth image pairs with the image: {why}")


def no_info_yet(topic: str) -> SpatialError:
    """The error of a request for an image whose camera_info is on its way, or was lost."""
    return SpatialError(
        ErrorCode.NO_CAMERA_INFO,
        f"the camera_info of this image has not arrived on {topic!r}, although that of images just "
        "before it has: ask again, or about another image",
    )
