"""Regions from messages: ``hispatial_ros/RegionArray`` and ``vision_msgs/Detection2DArray``."""

import math
from typing import Any

import numpy as np

from hispatial_ros.frame.region import Region

MAX_REGIONS = 1000


def region_count(msg: Any) -> int:
    """Number of regions in either message."""
    return len(msg.detections if hasattr(msg, "detections") else msg.regions)


def regions_from_message(msg: Any) -> list[Region]:
    """Convert either message; the regions are not validated."""
    if hasattr(msg, "detections"):
        return [region_from_detection(detection) for detection in msg.detections]
    return [region_from_msg(region) for region in msg.regions]


def region_from_msg(msg: Any) -> Region:
    """``hispatial_ros/Region`` to Region."""
    points = msg.outline.points
    outline = np.array([(p.x, p.y) for p in points], float) if points else None
    return Region(msg.label, (msg.x0, msg.y0, msg.x1, msg.y1), outline, msg.id)


def region_from_detection(msg: Any) -> Region:
    """``vision_msgs/Detection2D`` to Region, labelled with its likeliest class.

    A rotated box becomes an outline.
    """
    best = max((r.hypothesis for r in msg.results), key=lambda h: h.score, default=None)
    center = msg.bbox.center
    half_w, half_h = msg.bbox.size_x / 2, msg.bbox.size_y / 2
    corners = np.array([(-half_w, -half_h), (half_w, -half_h), (half_w, half_h), (-half_w, half_h)])
    outline = None
    if center.theta:
        c, s = math.cos(center.theta), math.sin(center.theta)
        corners = corners @ np.array([[c, s], [-s, c]])
    corners += np.array([center.position.x, center.position.y])
    if center.theta:
        outline = corners
    (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
    return Region(best.class_id if best else "", (x0, y0, x1, y1), outline, msg.id)
