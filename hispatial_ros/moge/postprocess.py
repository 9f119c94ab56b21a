"""From the network's raw outputs to metric depth and intrinsics, in numpy.

The network's points are known up to a shift of z and, where the camera is not calibrated, the focal
length. Both are found as the official package does it (``moge.utils.geometry_torch``): least
squares of the reprojection of 64 x 64 sampled points, by Levenberg-Marquardt. With a calibrated
camera the true rays take the place of an ideal centred pinhole, which upstream cannot do.
"""

import numpy as np

from hispatial_ros.camera.distortion import undistort
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.engine import DepthEstimate, RawOutput
from hispatial_ros.moge.least_squares import minimize

SAMPLES = 64  # per image axis
MASK_THRESHOLD = 0.5


def postprocess(raw: RawOutput, camera: Camera | None = None) -> DepthEstimate:
    """Solves the network's unknowns.

    Args:
        raw: outputs at the image's size.
        camera: calibration for this or a proportional size, distortion included; None to
            estimate the focal length of an undistorted camera with the principal point at the
            image centre.

    Returns:
        Depth on the pixel grid of the image (distorted if the image is).

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the network's output holds no number at all;
            NO_VALID_DEPTH if it sees nothing at a finite distance; BAD_CALIBRATION if the
            calibration is for another aspect.
    """
    height, width = raw.mask.shape
    if camera is not None:
        camera = camera.scaled(width, height)
    z = raw.points[..., 2]
    with np.errstate(invalid="ignore"):
        mask = raw.mask > MASK_THRESHOLD

    points, rays = _samples(raw, mask, camera)
    if camera is None:
        focal, shift = _focal_and_shift(points, rays)
        K = pinhole(focal, width, height)  # noqa: N806
    else:
        shift = _shift(points, rays)
        K = camera.K  # noqa: N806

    depth = z + shift
    with np.errstate(invalid="ignore", over="ignore"):
        mask &= depth > 0
        depth *= np.float32(raw.metric_scale)
    # Infinity would be "valid" to a comparison alone; half precision exp() produces it.
    mask &= np.isfinite(depth) & (raw.metric_scale > 0)
    depth[~mask] = np.nan
    if not mask.any():
        finite = np.isfinite(raw.points).all(-1) & np.isfinite(raw.mask)
        raise nothing_seen(bool(finite.any()), raw.metric_scale)
    return DepthEstimate(depth, mask, K, camera)


def view_plane(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Image plane coordinates of pixel columns [W] and rows [H], float32, half diagonal = 1."""
    diagonal = np.hypot(width, height)
    span_x, span_y = (width - 1) / diagonal, (height - 1) / diagonal
    return (
        np.linspace(-span_x, span_x, width, dtype=np.float32),
        np.linspace(-span_y, span_y, height, dtype=np.float32),
    )


def sample_grid(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels that focal length and shift are solved with."""
    return _nearest(height), _nearest(width)


def _nearest(size: int) -> np.ndarray:
    """Indices of SAMPLES nearest samples along an axis, in torch's single precision."""
    step = np.float32(size / SAMPLES)
    index = np.floor(np.arange(SAMPLES, dtype=np.float32) * step).astype(np.intp)
    return np.minimum(index, size - 1)


def sample_rays(width: int, height: int, camera: Camera | None) -> np.ndarray:
    """What the points of ``sample_grid`` should project to, [SAMPLES * SAMPLES, 2].

    That is the ray (X/Z, Y/Z) of a calibrated camera, otherwise the view plane. A pixel beyond the
    range of the lens model has no ray, but NaN.
    """
    rows, columns = sample_grid(width, height)
    if camera is None:
        u, v = view_plane(width, height)
        rays = np.stack(np.broadcast_arrays(u[columns][None, :], v[rows][:, None]), -1)
    else:
        rays = _rays(camera, rows, columns)
    return rays.reshape(-1, 2)


def _samples(
    raw: RawOutput, mask: np.ndarray, camera: Camera | None
) -> tuple[np.ndarray, np.ndarray]:
    """Usable points [N, 3] and what they should project to [N, 2]."""
    height, width = mask.shape
    grid = np.ix_(*sample_grid(width, height))
    points, rays = raw.points[grid].reshape(-1, 3), sample_rays(width, height, camera)
    # A NaN would poison the sums; z = 0 has no projection at the start of the search, shift 0.
    usable = mask[grid].ravel() & np.isfinite(points).all(-1) & (points[:, 2] != 0)
    usable &= np.isfinite(rays).all(-1)
    return points[usable], rays[usable]


def _rays(camera: Camera, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """X/Z and Y/Z at pixels, [len(rows), len(columns), 2]."""
    if camera.is_distorted:
        pixels = np.stack(np.broadcast_arrays(columns[None, :], rows[:, None]), -1)
        return undistort(camera, pixels.reshape(-1, 2).astype(float)).reshape(pixels.shape)
    x = (columns - camera.cx) / camera.fx
    y = (rows - camera.cy) / camera.fy
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), -1)


def _focal_and_shift(points: np.ndarray, uv: np.ndarray) -> tuple[float, np.float32]:
    """Minimises |f xy / (z + s) - uv| over s; f is in closed form for each s.

    With p = xy / (z + s): f = p.uv / p.p, dp/ds = -p / (z + s).
    """
    if len(points) < 2:
        return 1.0, np.float32(0)
    xy, z = points[:, :2].astype(np.float64), points[:, 2].astype(np.float64)
    target = uv.astype(np.float64)

    def residual(s: float) -> np.ndarray:
        p = xy / (z + s)[:, None]
        return (np.vdot(p, target) / np.vdot(p, p) * p - target).ravel()

    def slope(s: float) -> np.ndarray:
        inverse = 1 / (z + s)[:, None]
        p = xy * inverse
        dp = -p * inverse
        pp = np.vdot(p, p)
        f = np.vdot(p, target) / pp
        df = (np.vdot(dp, target) - 2 * f * np.vdot(p, dp)) / pp
        return (f * dp + df * p).ravel()

    shift = np.float32(minimize(residual, slope))
    with np.errstate(all="ignore"):
        p = xy / (z + shift)[:, None]
        return float(np.vdot(p, target) / np.vdot(p, p)), shift


def _shift(points: np.ndarray, rays: np.ndarray) -> np.float32:
    """Minimises |xy / (z + s) - ray| over s."""
    if len(points) < 2:
        return np.float32(0)
    xy, z = points[:, :2].astype(np.float64), points[:, 2].astype(np.float64)

    def residual(s: float) -> np.ndarray:
        return (xy / (z + s)[:, None] - rays).ravel()

    def slope(s: float) -> np.ndarray:
        return (-xy / np.square(z + s)[:, None]).ravel()

    return np.float32(minimize(residual, slope))


def pinhole(focal: float, width: int, height: int) -> np.ndarray:
    """K of a centred pinhole camera; its focal length in half diagonals of the image."""
    f = focal * 0.5 * float(np.hypot(width, height))
    return np.array([[f, 0, (width - 1) / 2], [0, f, (height - 1) / 2], [0, 0, 1.0]])


def nothing_seen(any_finite: bool, metric_scale: float) -> SpatialError:
    """Why no pixel has depth."""
    if not any_finite or not 0 < metric_scale < np.inf:
        return SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            "the depth model returns NaN or infinity everywhere: the file is damaged, or it "
            "overflows in half precision; export it again, with --precision float32",
        )
    return SpatialError(
        ErrorCode.NO_VALID_DEPTH,
        "the depth model sees nothing at a finite distance in this image (its mask is empty): "
        "point the camera at a scene, check exposure and lens cap",
    )
