"""Regions from messages: ``hispatial_ros/RegionArray`` and ``vision_msgs/Detection2DArray``.

vision_msgs need not be installed: a message with ``detections`` is taken as the latter.
"""

import math
from functools import cached_property
from typing import Any

import numpy as np

from hispatial_ros.frame.region import Region, RegionLimits


class RegionsMessage:
    """One message, converted when first needed."""

    def __init__(self, msg: Any) -> None:
        self.msg = msg
        self.header = msg.header

    @cached_property
    def regions(self) -> list[Region]:
        """Not validated."""
        if hasattr(self.msg, "detections"):
            return [region_from_detection(detection) for detection in self.msg.detections]
        return [region_from_msg(region) for region in self.msg.regions]


def check_regions(msg: Any, limits: RegionLimits) -> int:
    """Approximate size in bytes of either message.

    Raises:
        SpatialError: BAD_REQUEST if it holds too many, or their outlines too many points together.
    """
    detections = getattr(msg, "detections", None)
    count = len(msg.regions) if detections is None else len(detections)
    vertices = 0 if detections is not None else sum(len(r.outline.points) for r in msg.regions)
    limits.check_amount(count, vertices)
    return 500 * count + 100 * vertices


def region_from_msg(msg: Any) -> Region:
    """``hispatial_ros/Region`` to Region."""
    points = msg.outline.points
    outline = np.array([(p.x, p.y) for p in points], float) if points else None
    return Region(msg.label, (msg.x0, msg.y0, msg.x1, msg.y1), outline, msg.id)


def region_from_detection(msg: Any) -> Region:
    """``vision_msgs/Detection2D`` to Region, labelled with its likeliest class.

    A rotated box becomes the box around it, with the rotated one as outline.
    """
    best = max((r.hypothesis for r in msg.results), key=lambda h: h.score, default=None)
    label = best.class_id if best else ""
    center, theta = msg.bbox.center, msg.bbox.center.theta
    x, y, half_w, half_h = (
        center.position.x,
        center.position.y,
        msg.bbox.size_x / 2,
        msg.bbox.size_y / 2,
    )
    if not all(map(math.isfinite, (x, y, half_w, half_h, theta))):
        return Region(label, (math.nan,) * 4, None, msg.id)  # refused where it is looked at
    if not theta:
        return Region(label, (x - half_w, y - half_h, x + half_w, y + half_h), None, msg.id)
    with np.errstate(over="ignore", invalid="ignore"):  # the same of what is too large
        across = half_w * np.array([math.cos(theta), math.sin(theta)])
        down = half_h * np.array([-math.sin(theta), math.cos(theta)])
        corners = np.array([-across - down, across - down, across + down, down - across])
        outline = corners + np.array([x, y])
    (x0, y0), (x1, y1) = outline.min(0).tolist(), outline.max(0).tolist()
    return Region(label, (x0, y0, x1, y1), outline, msg.id)
