"""How far a depth value may be off."""

from dataclasses import dataclass

import numpy as np

# [px] Over which depth errs alike, so that an area counts as so many squares of that side. Larger:
# wider intervals. Smaller: an area is trusted as if its pixels were independent. Sensor: they share
# the pattern in a correlation window, 9x9 or 9x7 px for the Kinect, which interpolates to 1/8 px
# (K. Konolige, P. Mihelich, "Technical description of Kinect calibration", ROS wiki, 2010); a third
# of it, since the parts of two windows that they do not share make most of the error, and
# quantisation adds to each pixel.
ALIKE = 3.0
# [ratio] Of the noise that no area reduces: distortion that varies slowly over the image. Larger:
# wider intervals. Smaller: large things get too narrow ones. Sensor: on uncalibrated Kinects as
# large as the noise (A. Teichman, S. Miller, S. Thrun, "Unsupervised intrinsic calibration of depth
# sensors via SLAM", RSS 2013), a tenth once it is calibrated away.
DISTORTION = 0.1


def share_in_common(pixels: np.ndarray) -> np.ndarray:
    """Standard deviation of the mean depth over an area of pixels, by that of one pixel.

    A random part that falls with the number of squares of ``ALIKE`` pixels, and ``DISTORTION``;
    both name their sources.
    """
    return np.clip(ALIKE / np.sqrt(np.maximum(pixels, 1)), DISTORTION, 1)


@dataclass(frozen=True)
class DepthNoise:
    """Standard deviation of depth as a function of depth.

    sigma(z)^2 = (a + b (z - c)^2)^2 + (relative z)^2, in metres. The default is the axial noise of
    a structured-light camera (Nguyen, Izadi, Lovell, "Modeling Kinect sensor noise for improved 3D
    reconstruction and tracking", 3DIMPVT 2012). That it grows with the square of the distance
    follows from triangulation (K. Khoshelham, S. Oude Elberink, "Accuracy and resolution of Kinect
    depth data for indoor mapping applications", Sensors 12(2), 2012), for stereo cameras as well
    (A. Grunnet-Jepsen et al., "Subpixel linearity improvement for Intel RealSense depth camera D400
    series", 2019). Monocular depth is better described by
    ``DepthNoise(a=0, b=0, relative=0.05, scale=0.03)``. How errors of pixels go together:
    ``share_in_common``.

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
