"""Lens distortion: which ray a pixel of the raw image sees, and where a ray ends up.

The models of ``sensor_msgs/CameraInfo``, with OpenCV's coefficient order: ``plumb_bob``
(k1 k2 p1 p2 k3), ``rational_polynomial`` (k1 k2 p1 p2 k3 k4 k5 k6 [s1 s2 s3 s4 [tau_x tau_y]]) and
``equidistant`` (k1 k2 k3 k4; Kannala & Brandt, "A generic camera model and calibration method for
conventional, wide-angle, and fish-eye lenses", PAMI 2006).

The inverse is Newton's method within the part of the field of view where the model is monotone. The
usual fixed-point iteration diverges for wide lenses without saying so; here a pixel without a
solution becomes NaN.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError

MAX_ITERATIONS = 20
TOLERANCE_PX = 1e-4  # of the solution, distorted again
# More coefficients are taken as well where those beyond are zero.
COEFFICIENT_COUNTS = {
    "plumb_bob": (4, 5),
    "rational_polynomial": (8, 12, 14),
    "equidistant": (4,),
    "fisheye": (4,),  # as some drivers name it
}


class Lens(Protocol):
    """Distortion of normalised image coordinates x = X/Z, y = Y/Z."""

    def distort(self, xy: np.ndarray) -> np.ndarray:
        """[N, 2] ideal to [N, 2] distorted, NaN outside the model's range."""

    def undistort(self, xy: np.ndarray, tolerance: float) -> np.ndarray:
        """[N, 2] distorted to [N, 2] ideal, NaN where no solution within tolerance is found."""


def undistort(camera: Camera, uv: np.ndarray) -> np.ndarray:
    """Rays of pixels.

    Args:
        camera: of the image.
        uv: [N, 2] pixels, the centre of the top-left pixel being (0, 0).

    Returns:
        [N, 2] x = X/Z and y = Y/Z of the ray; NaN where the lens model has no solution (beyond
        the field of view for which it was calibrated).

    Raises:
        SpatialError: BAD_CALIBRATION if the distortion model is unknown or its number of
            coefficients is wrong.
    """
    center, focal = np.array([camera.cx, camera.cy]), np.array([camera.fx, camera.fy])
    xy = (np.asarray(uv, float) - center) / focal
    if not camera.is_distorted:
        return xy
    with np.errstate(all="ignore"):  # what diverges becomes NaN
        lens = _lens(camera.distortion_model, camera.d)
        return lens.undistort(xy, TOLERANCE_PX / focal.max())


def project(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Pixels [N, 2] at which points [N, 3] (optical frame) appear; inverse of `undistort`.

    NaN behind the camera and outside the range of the lens model.

    Raises:
        SpatialError: BAD_CALIBRATION as `undistort`.
    """
    x, y, z = np.asarray(points).T
    z = np.where(z > 0, z, np.nan)
    xy = np.stack([x / z, y / z], -1)
    if camera.is_distorted:
        with np.errstate(all="ignore"):
            xy = _lens(camera.distortion_model, camera.d).distort(xy)
    return xy * np.array([camera.fx, camera.fy]) + np.array([camera.cx, camera.cy])


def check_middle(camera: Camera) -> None:
    """Check that the lens model tells rays for the middle half of the image.

    Raises:
        SpatialError: BAD_CALIBRATION if it does not; as `undistort`.
    """
    across, down = (np.array([0.25, 0.5, 0.75]) * n for n in (camera.width, camera.height))
    uv = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
    if not np.isfinite(undistort(camera, uv)).all():
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"the distortion ({camera.distortion_model}, {', '.join(f'{c:g}' for c in camera.d)}) "
            "leaves the middle of the image without rays: it does not belong to these intrinsics, "
            "or to that model; recalibrate",
        )


@lru_cache(maxsize=16)
def _lens(model: str, d: tuple[float, ...]) -> Lens:
    counts = COEFFICIENT_COUNTS.get(model)
    if counts is None:
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"distortion model {model!r} is not known ({', '.join(COEFFICIENT_COUNTS)} are): "
            "subscribe to the rectified image, or recalibrate",
        )
    count = next((n for n in counts if n <= len(d) and not any(d[n:])), None)
    if count is None:
        others = [m for m, fit in COEFFICIENT_COUNTS.items() if len(d) in fit]
        advice = f"perhaps it is {others[0]}" if others else "recalibrate"
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION,
            f"distortion model {model} has {' or '.join(map(str, counts))} coefficients, "
            f"the calibration gives {len(d)}: {advice}",
        )
    d = d[:count]
    return Equidistant(d) if model in ("equidistant", "fisheye") else BrownConrady.of(d)


# Angles to the optical axis at which a model is examined, up to where X/Z ends.
THETA = np.linspace(0, np.pi / 2, 4096, endpoint=False)


def _monotone_until(slope: np.ndarray) -> float:
    """The angle up to which the slopes at THETA are positive; overflow counts as not."""
    falling = ~(slope > 0)
    last = max(int(falling.argmax()) - 1, 0) if falling.any() else -1
    return float(THETA[last])


class Equidistant:
    """Fisheye: the distorted radius is a polynomial of the angle theta to the optical axis."""

    def __init__(self, d: tuple[float, ...]) -> None:
        k1, k2, k3, k4 = d
        self.radius = np.polynomial.Polynomial([0, 1, 0, k1, 0, k2, 0, k3, 0, k4])
        self.slope = self.radius.deriv()
        self.max_theta = _monotone_until(self.slope(THETA))

    def distort(self, xy: np.ndarray) -> np.ndarray:
        r = np.hypot(xy[:, 0], xy[:, 1])
        theta = np.arctan(r)
        ratio = np.divide(self.radius(theta), r, out=np.ones_like(r), where=r > 0)
        ratio[theta > self.max_theta] = np.nan
        return xy * ratio[:, None]

    def undistort(self, xy: np.ndarray, tolerance: float) -> np.ndarray:
        target = np.hypot(xy[:, 0], xy[:, 1])
        theta = np.minimum(target, self.max_theta)
        for _ in range(MAX_ITERATIONS):
            step = (self.radius(theta) - target) / self.slope(theta)
            theta = np.clip(theta - step, 0, self.max_theta)
            if np.all(np.abs(step) < tolerance / 10):
                break
        solved = np.abs(self.radius(theta) - target) < tolerance
        ratio = np.divide(np.tan(theta), target, out=np.ones_like(target), where=target > 0)
        ratio[~solved] = np.nan
        return xy * ratio[:, None]


@dataclass(frozen=True)
class BrownConrady:
    """Rational radial, tangential (decentring), thin-prism and tilted-sensor distortion.

    Equations of OpenCV's calib3d documentation.
    """

    k: tuple[float, ...]  # k1 k2 k3 of the numerator, k4 k5 k6 of the denominator, in s = r^2
    p: tuple[float, float]
    prism: tuple[float, float, float, float]
    tilt: np.ndarray | None  # [3, 3] homography, applied last
    max_radius: float  # up to which the radial part is monotone

    @staticmethod
    def of(d: tuple[float, ...]) -> "BrownConrady":
        k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, tau_x, tau_y = (*d, *[0.0] * (14 - len(d)))
        # d/dr of the radial part r n(s) / m(s), s = r^2; beyond a pole nothing is valid either.
        s = np.square(np.tan(THETA))
        n, dn = 1 + s * (k1 + s * (k2 + s * k3)), k1 + s * (2 * k2 + s * 3 * k3)
        m, dm = 1 + s * (k4 + s * (k5 + s * k6)), k4 + s * (2 * k5 + s * 3 * k6)
        slope = np.where(np.minimum.accumulate(m) > 0, (n + 2 * s * dn) * m - 2 * s * n * dm, -1)
        max_radius = float(np.tan(_monotone_until(slope)))
        tilt = _tilt(tau_x, tau_y) if tau_x or tau_y else None
        k = (k1, k2, k3, k4, k5, k6)
        return BrownConrady(k, (p1, p2), (s1, s2, s3, s4), tilt, max_radius)

    def distort(self, xy: np.ndarray) -> np.ndarray:
        inside = np.hypot(xy[:, 0], xy[:, 1]) <= self.max_radius
        distorted = self._planar(np.where(inside[:, None], xy, np.nan))[0]
        return distorted if self.tilt is None else _homography(self.tilt, distorted)

    def undistort(self, xy: np.ndarray, tolerance: float) -> np.ndarray:
        target = xy if self.tilt is None else _homography(np.linalg.inv(self.tilt), xy)
        solution = np.full_like(target, np.nan)
        todo = np.arange(len(target))
        guess = self._within(target)
        for _ in range(MAX_ITERATIONS):
            value, (a, b, c, d) = self._planar(guess)
            ex, ey = (value - target[todo]).T
            determinant = a * d - b * c
            # A mirrored neighbourhood belongs to a root beyond the fold of the model.
            done = (np.maximum(abs(ex), abs(ey)) < tolerance) & (determinant > 0)
            solution[todo[done]] = guess[done]
            step = np.stack([d * ex - b * ey, a * ey - c * ex], -1) / determinant[:, None]
            todo, guess = todo[~done], self._within(guess - step)[~done]
            if not len(todo):
                break
        return solution

    def _within(self, xy: np.ndarray) -> np.ndarray:
        r = np.hypot(xy[:, 0], xy[:, 1])
        beyond = r > self.max_radius
        if beyond.any():
            xy = xy.copy()
            xy[beyond] *= (self.max_radius / r[beyond])[:, None]
        return xy

    def _planar(self, xy: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """Distorted coordinates before the tilt, and their Jacobian, row by row."""
        x, y = xy.T
        k1, k2, k3, k4, k5, k6 = self.k
        p1, p2 = self.p
        s1, s2, s3, s4 = self.prism
        s = x * x + y * y
        f = 1 + s * (k1 + s * (k2 + s * k3))
        df = 2 * (k1 + s * (2 * k2 + s * (3 * k3)))
        if k4 or k5 or k6:
            m = 1 + s * (k4 + s * (k5 + s * k6))
            f /= m
            df = (df - 2 * f * (k4 + s * (2 * k5 + s * (3 * k6)))) / m
        prism_x, prism_y = 2 * (s1 + 2 * s2 * s), 2 * (s3 + 2 * s4 * s)
        xd = x * f + 2 * p1 * x * y + p2 * (s + 2 * x * x) + s * (s1 + s2 * s)
        yd = y * f + p1 * (s + 2 * y * y) + 2 * p2 * x * y + s * (s3 + s4 * s)
        across = x * y * df + 2 * (p1 * x + p2 * y)
        return np.stack([xd, yd], -1), (
            f + x * x * df + 2 * p1 * y + 6 * p2 * x + x * prism_x,
            across + y * prism_x,
            across + x * prism_y,
            f + y * y * df + 6 * p1 * y + 2 * p2 * x + y * prism_y,
        )


def _tilt(tau_x: float, tau_y: float) -> np.ndarray:
    """Homography of a sensor tilted by tau_x, tau_y (Louhichi et al., 2007, as in OpenCV)."""
    cx, sx, cy, sy = np.cos(tau_x), np.sin(tau_x), np.cos(tau_y), np.sin(tau_y)
    rotation = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]]) @ np.array(
        [[1, 0, 0], [0, cx, sx], [0, -sx, cx]]
    )
    projection = np.array(
        [[rotation[2, 2], 0, -rotation[0, 2]], [0, rotation[2, 2], -rotation[1, 2]], [0, 0, 1]]
    )
    return projection @ rotation


def _homography(matrix: np.ndarray, xy: np.ndarray) -> np.ndarray:
    mapped = np.column_stack([xy, np.ones(len(xy))]) @ matrix.T
    return mapped[:, :2] / mapped[:, 2:]
