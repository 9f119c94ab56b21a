"""What common open-source nodes from 2D boxes to 3D do: the median depth inside the box.

Points within a fixed distance of the median depth make up the object; their minimum and maximum
along the camera's axes are its box. No uncertainty, no completion of the hidden side.
"""

from collections.abc import Sequence

import numpy as np

from hispatial_ros.errors import ErrorCode
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import Failure, MeasuredObject, Measurement

THRESHOLD = 0.3  # m around the median depth
TRIM = (2, 98)  # percentiles taken for minimum and maximum


def measure(frame: Frame, regions: Sequence[Region]) -> Measurement:
    """Boxes around the points near the median depth of each region (16-bit millimetres)."""
    result = Measurement([], [])
    for region in regions:
        x0, y0, x1, y1 = (int(v) for v in region.box)
        z = frame.depth[y0:y1, x0:x1] / 1000.0
        valid = z > 0
        if not valid.any():
            text = f"no depth in region '{region.label}'"
            result.failures.append(Failure(region, ErrorCode.NO_VALID_DEPTH, text))
            continue
        keep = valid & (np.abs(z - np.median(z[valid])) < THRESHOLD)
        rows, columns = np.nonzero(keep)
        z, camera = z[keep], frame.camera
        points = np.stack(
            [
                (columns + x0 - camera.cx) * z / camera.fx,
                (rows + y0 - camera.cy) * z / camera.fy,
                z,
            ],
            1,
        )
        low, high = np.percentile(points, TRIM, axis=0)
        ranges = np.linalg.norm(points, axis=1)
        distance = float(np.percentile(ranges, TRIM[0]))
        unknown = np.full(3, np.nan)
        result.objects.append(
            MeasuredObject(
                id=region.label,
                label=region.label,
                region=region,
                center=(low + high) / 2,
                rotation=np.eye(3),
                size=high - low,
                size_stddev=unknown,
                covariance=np.full((6, 6), np.nan),
                extent=high - low,
                extent_stddev=unknown,
                nearest=points[np.abs(ranges - distance).argmin()],
                distance=distance,
                distance_stddev=float("nan"),
                num_points=len(z),
                valid_fraction=float(valid.mean()),
                surface=points.astype(np.float32),
            )
        )
    return result
