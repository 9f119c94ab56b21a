"""How far a depth value may be off."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DepthNoise:
    """Standard deviation of depth as a function of depth.

    sigma(z)^2 = (a + b (z - c)^2)^2 + (relative z)^2, in metres. The default is the axial noise of
    a structured-light camera (Nguyen, Izadi, Lovell, "Modeling Kinect sensor noise for improved 3D
    reconstruction and tracking", 3DIMPVT 2012); monocular depth is better described by
    ``DepthNoise(a=0, b=0, relative=0.05, scale=0.03)``.

    ``scale`` is the relative error common to the whole frame, which no number of pixels reduces: it
    stretches every length alike.
    """

    a: float = 0.0012  # m
    b: float = 0.0019  # 1/m
    c: float = 0.4  # m
    relative: float = 0.0  # of z
    scale: float = 0.0  # of every length

    def sigma(self, z: np.ndarray) -> np.ndarray:
        """Standard deviation [m] of one depth value z [m], any shape."""
        sigma = self.a + self.b * np.square(z - self.c)
        if self.relative:
            sigma = np.sqrt(np.square(sigma) + np.square(self.relative * z))
        return sigma


# What MoGe-2 has on indoor scenes, about.
MONOCULAR_NOISE = DepthNoise(a=0.0, b=0.0, c=0.0, relative=0.05, scale=0.05)
