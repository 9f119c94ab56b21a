"""The pinhole camera with lens distortion: intrinsics K, distortion D, image size."""

from dataclasses import dataclass, field, replace

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError

# Of the image's size: a field of view of 179.9 degrees; a few pixels cut out of a telephoto image.
# What is beyond is rubbish that would come out as infinite or undefined measurements.
MIN_FOCAL = 0.001
MAX_INTRINSIC = 1e5


@dataclass(frozen=True)
class Camera:
    """Calibration of one image.

    Pixel convention of OpenCV and ROS: the centre of the top-left pixel is (0, 0), so that a point
    (X, Y, Z) in the optical frame (x right, y down, z forward, metres) lies at
    u = fx X/Z + cx, v = fy Y/Z + cy before distortion.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion_model: str = "plumb_bob"
    d: tuple[float, ...] = field(default=())
    frame_id: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)  # what was corrected, for clients

    def __post_init__(self) -> None:
        numbers = np.array([self.fx, self.fy, self.cx, self.cy, *self.d], float)
        if not np.isfinite(numbers).all():
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                "camera intrinsics or distortion hold NaN or infinity: calibrate again",
            )
        if self.width <= 0 or self.height <= 0 or self.fx <= 0 or self.fy <= 0:
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"camera is not calibrated (size {self.width}x{self.height}, "
                f"fx {self.fx:g}, fy {self.fy:g}): K has to be filled in",
            )
        sizes = np.array([self.width, self.height, self.width, self.height])
        ratios = np.abs(numbers[:4]) / sizes
        if (ratios[:2] < MIN_FOCAL).any() or (ratios > MAX_INTRINSIC).any():
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"no camera of {self.width}x{self.height} pixels has fx {self.fx:g}, "
                f"fy {self.fy:g}, cx {self.cx:g}, cy {self.cy:g}: they are needed in pixels",
            )

    @property
    def K(self) -> np.ndarray:  # noqa: N802 - the field's standard symbol
        """Intrinsic matrix, [3, 3], pixels."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1.0]])

    @property
    def is_distorted(self) -> bool:
        """Whether any distortion coefficient differs from zero."""
        return any(c != 0 for c in self.d)

    def scaled(self, width: int, height: int) -> "Camera":
        """The same camera for an image of another size of the same aspect.

        Pixel centres keep their place in the field of view: (c + 0.5) scales, not c.

        Raises:
            SpatialError: BAD_CALIBRATION if the aspect differs by more than one pixel.
        """
        if (width, height) == (self.width, self.height):
            return self
        sx, sy = width / self.width, height / self.height
        if not same_aspect((width, height), (self.width, self.height)):
            turned = same_aspect((height, width), (self.width, self.height))
            advice = (
                "one of the two is turned by 90 degrees, turn the other as well"
                if turned
                else "both need one aspect; depth registered to the colour image has it"
            )
            raise SpatialError(
                ErrorCode.BAD_CALIBRATION,
                f"an image of {width}x{height} does not fit the calibration for "
                f"{self.width}x{self.height} (other aspect): {advice}",
            )
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
        )


def same_aspect(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) differ by scaling alone, to one pixel."""
    sx, sy = one[0] / other[0], one[1] / other[1]
    return abs(other[1] * sx - one[1]) <= 1 or abs(other[0] * sy - one[0]) <= 1
