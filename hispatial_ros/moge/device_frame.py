"""From an image to metric depth without leaving the device, for images of one size."""

import numpy as np
import torch

from hispatial_ros.camera.model import Camera
from hispatial_ros.moge import device_solve
from hispatial_ros.moge.device_solve import Problem
from hispatial_ros.moge.engine import DepthEstimate
from hispatial_ros.moge.least_squares import MAX_EVALUATIONS
from hispatial_ros.moge.postprocess import (
    MASK_THRESHOLD,
    nothing_seen,
    pinhole,
    sample_grid,
    sample_rays,
)
from hispatial_ros.moge.recording import record
from hispatial_ros.moge.static_model import StaticMoGe, Weights

# Of the search, recorded together. Few searches need more; they go on.
EVALUATIONS = 5
# What is downloaded after the depth of the pixels, [H * W]. "live": the search is not at its end.
SCALARS = ("focal", "scale", "any_finite", "live")


class DeviceFrame:
    """The whole way of one frame: memory that stays where it is, and what is done in it.

    Image and rays are uploaded, depth and four numbers are downloaded, once each; all between is
    recorded. The same code runs on the CPU.

    Args:
        weights: on the device.
        height, width: of the images.
        num_tokens: what the network may spend.
    """

    def __init__(self, weights: Weights, height: int, width: int, num_tokens: int):
        self.network = StaticMoGe(weights, height, width, num_tokens).eval()
        self.device = device = next(weights.parameters()).device
        self.height, self.width = height, width
        pixels = height * width
        self._image = torch.zeros(height, width, 3, dtype=torch.uint8, device=device)
        self._result = torch.zeros(pixels + len(SCALARS), device=device)
        rows, columns = sample_grid(width, height)
        self._rows = torch.from_numpy(rows).to(device)
        self._columns = torch.from_numpy(columns).to(device)
        self._rays = torch.zeros(len(rows) * len(columns), 2, dtype=torch.float64, device=device)
        self._calibrated = torch.zeros((), dtype=torch.bool, device=device)
        # Page-locked memory is copied at the full speed of the bus.
        pinned = device.type == "cuda"
        self._staged = torch.zeros(self._image.shape, dtype=torch.uint8, pin_memory=pinned)
        self._fetched = torch.zeros(self._result.shape, pin_memory=pinned)
        self.aim(None)
        self._first = record(self._see_and_solve, device)
        # What is not recorded makes its tensors anew each time, where a recording would not look.
        recorded = self._first != self._see_and_solve
        self._more = record(self._solve_on, device) if recorded else self._solve_on

    def estimate(self, rgb: np.ndarray, camera: Camera | None) -> DepthEstimate:
        """Depth of an image [H, W, 3] uint8. Raises as ``postprocess``."""
        if camera != self._camera:
            self.aim(camera)
        self.upload(rgb)
        self._first()
        depth, numbers = self.download()
        for _ in range(EVALUATIONS, MAX_EVALUATIONS, EVALUATIONS):
            if not numbers["live"]:
                break
            self._more()
            depth, numbers = self.download()
        mask = ~np.isnan(depth)
        if not mask.any():
            raise nothing_seen(bool(numbers["any_finite"]), numbers["scale"])
        focal = numbers["focal"]
        K = pinhole(focal, self.width, self.height) if camera is None else camera.K  # noqa: N806
        return DepthEstimate(depth, mask, K, camera)

    def aim(self, camera: Camera | None) -> None:
        """Take images of this camera from now on, of an unknown one if None."""
        rays = sample_rays(self.width, self.height, camera)
        self._rays.copy_(torch.from_numpy(rays.astype(np.float64)))
        self._calibrated.fill_(camera is not None)
        self._camera = camera

    def upload(self, rgb: np.ndarray) -> None:
        """Bring an image to the device."""
        np.copyto(self._staged.numpy(), rgb)
        self._image.copy_(self._staged, non_blocking=True)

    def see(self) -> None:
        """Resize the image, run the network, resize its outputs to the image."""
        image = self._image.permute(2, 0, 1)[None].float() / 255
        points, mask, self._scale = self.network(image)
        self._points, self._mask = points[0], mask[0]

    def begin_to_solve(self) -> None:
        """Sample the points and find focal length and shift, if that is done in few steps."""
        points, mask = (
            value.index_select(0, self._rows).index_select(1, self._columns).flatten(0, 1)
            for value in (self._points, self._mask)
        )
        usable = mask > MASK_THRESHOLD
        self._problem = Problem.of(points, usable, self._rays, self._calibrated)
        state = device_solve.start(self._problem)
        self._state = device_solve.advance(self._problem, state, EVALUATIONS)

    def finish(self) -> None:
        """Metric depth by the shift that is known so far."""
        shift = self._state.x.float()
        z, scale = self._points[..., 2], self._scale[0]
        depth = z + shift
        valid = (self._mask > MASK_THRESHOLD) & (depth > 0)
        depth = depth * scale
        # Infinity would be "valid" to a comparison alone; half precision exp() produces it.
        valid &= depth.isfinite() & (scale > 0)
        finite = self._points.isfinite().all(-1) & self._mask.isfinite()
        focal = self._problem.focal(shift.double())
        numbers = (focal, scale, finite.any(), self._state.live)
        pixels = self.height * self.width
        self._result[:pixels] = torch.where(valid, depth, torch.nan).flatten()
        self._result[pixels:] = torch.stack([number.float() for number in numbers])

    def download(self) -> tuple[np.ndarray, dict[str, float]]:
        """Depth [H, W] float32 and ``SCALARS``, once the device is done."""
        self._fetched.copy_(self._result, non_blocking=True)
        if self.device.type == "cuda":
            torch.cuda.current_stream(self.device).synchronize()
        fetched = self._fetched.numpy()
        pixels = self.height * self.width
        numbers = dict(zip(SCALARS, fetched[pixels:].tolist(), strict=True))
        return fetched[:pixels].reshape(self.height, self.width).copy(), numbers

    def _see_and_solve(self) -> None:
        self.see()
        self.begin_to_solve()
        self.finish()

    def _solve_on(self) -> None:
        # In place, as what is recorded reads and writes the same memory each time.
        state = device_solve.advance(self._problem, self._state, EVALUATIONS)
        for old, new in zip(self._state, state, strict=True):
            old.copy_(new)
        self.finish()
