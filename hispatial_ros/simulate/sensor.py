"""What a structured-light or time-of-flight camera makes of the true depth."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from hispatial_ros.camera.model import Camera


@dataclass(frozen=True)
class Sensor:
    """Depth noise and artefacts.

    Axial noise: Nguyen, Izadi, Lovell, "Modeling Kinect sensor noise for improved 3D
    reconstruction and tracking", 3DIMPVT 2012. Disparity steps of 1/8 pixel: K. Khoshelham, S. Oude
    Elberink, "Accuracy and resolution of Kinect depth data for indoor mapping applications",
    Sensors 12(2), 2012. Noise is alike in neighbours, since most of the 9x9 or 9x7 pixels that are
    matched for them are the same: K. Konolige, P. Mihelich, "Technical description of Kinect
    calibration", ROS wiki, 2010.
    """

    noise: float = 1.0  # factor on the standard deviation below; 0: none
    constant: float = 0.0012  # m; sigma = constant + quadratic (z - offset)^2
    quadratic: float = 0.0019  # 1/m
    offset: float = 0.4  # m
    correlation: float = 0.0  # px, radius over which noise is alike (Gaussian); 0: independent
    disparity_step: float = 0.0  # 1/m, quantisation of 1/z; 1/348 for a Kinect
    holes: int = 5  # most blobs without depth
    hole_radius: tuple[float, float] = (2.0, 14.0)  # px
    speckle: float = 0.003  # share of single pixels without depth
    edge_dropout: float = 0.5  # share of pixels at depth edges without depth
    flying: float = 0.08  # share of pixels at depth edges between foreground and background
    baseline: float = 0.0  # m to the projector on the right, whose shadows have no depth; 0: none
    grazing: float = 90.0  # degrees between a surface's normal and the ray, beyond: often no depth
    edge_jump: float = 0.04  # what a depth edge is, as a share of the depth
    max_range: float = 10.0  # m
    principal: float = 0.3  # px, standard deviation of the calibrated principal point

    def sigma(self, z: np.ndarray) -> np.ndarray:
        """Standard deviation [m] of the depth z [m]."""
        return self.noise * (self.constant + self.quadratic * (z - self.offset) ** 2)

    def sense(
        self, depth: np.ndarray, rng: np.random.Generator, camera: Camera | None = None
    ) -> np.ndarray:
        """Measured depth, [H, W] uint16 mm with 0 invalid, of the true depth [m] (inf: none).

        Shadows and what is seen at a grazing angle need the camera.
        """
        valid = np.isfinite(depth) & (depth < self.max_range)
        z = np.where(valid, depth, self.max_range)

        # Window minimum and maximum over 3x3 pixels: where they differ there is an edge.
        window = np.ones((3, 3), np.uint8)
        near, far = cv2.erode(z, window), cv2.dilate(z, window)
        edge = far - near > self.edge_jump * near + 0.01
        # A slanted surface is no edge: on one, the pixel lies half way between its extremes.
        slope = np.abs(cv2.Laplacian(z, cv2.CV_64F, ksize=1))
        edge &= slope > 0.3 * (far - near)
        flying = edge & (rng.random(z.shape) < self.flying)
        edge = cv2.dilate(edge.astype(np.uint8), window).astype(bool)

        mixed = near + rng.random(z.shape) * (far - near)
        z = np.where(flying, mixed, z)
        z = z + self.sigma(z) * self._noise(z.shape, rng)
        if self.disparity_step:
            z = 1 / (np.round(1 / z / self.disparity_step) * self.disparity_step)

        valid &= ~(edge & ~flying & (rng.random(z.shape) < self.edge_dropout))
        valid &= rng.random(z.shape) >= self.speckle
        if camera is not None and self.baseline:
            # Left of what is nearer, the projector's light is blocked.
            column = np.arange(z.shape[1]) - self.baseline * camera.fx / depth
            lit = np.minimum.accumulate(column[:, ::-1], 1)[:, ::-1]
            valid &= column < lit + 1
        if camera is not None and self.grazing < 90:
            with np.errstate(invalid="ignore"):
                down, along = np.gradient(np.log(depth))
            steep = np.hypot(along * camera.fx, down * camera.fy)
            valid &= ~((steep > np.tan(np.radians(self.grazing))) & (rng.random(z.shape) < 0.7))
        for _ in range(rng.integers(0, self.holes + 1)):
            valid &= ~self._blob(z.shape, rng)
        millimetres = np.round(np.where(valid, z, 0) * 1000)
        return millimetres.clip(0, 65535).astype(np.uint16)

    def calibrate(self, camera: Camera, rng: np.random.Generator) -> Camera:
        """What calibration finds out about the true camera."""
        dx, dy = self.principal * rng.standard_normal(2)
        return replace(camera, cx=camera.cx + dx, cy=camera.cy + dy)

    def _noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        noise: np.ndarray = rng.standard_normal(shape)
        if self.correlation:
            noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), self.correlation))
            noise /= noise.std()
        return noise

    def _blob(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """A random ellipse of pixels."""
        center = tuple(int(rng.integers(0, n)) for n in shape[::-1])
        axes = tuple(round(r) for r in rng.uniform(*self.hole_radius, 2))
        mask = np.zeros(shape, np.uint8)
        cv2.ellipse(mask, center, axes, rng.uniform(0, 180), 0, 360, 1, -1)
        return mask.astype(bool)


PERFECT = Sensor(noise=0, holes=0, speckle=0, edge_dropout=0, flying=0, principal=0)
