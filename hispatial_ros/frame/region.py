"""A labelled region of the RGB image."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Region:
    """What is where in the RGB image; see ``msg/Region.msg``.

    ``box`` is (x0, y0, x1, y1) in pixels of the RGB image where pixel (u, v) covers
    [u, u+1) x [v, v+1); x1 and y1 are exclusive. x0 == x1 and y0 == y1 is the pixel that contains
    the point. ``outline``, if given, is a polygon [N, 2] in the same pixels.
    """

    label: str
    box: tuple[float, float, float, float]
    outline: np.ndarray | None = None
    id: str = ""

    @property
    def is_point(self) -> bool:
        x0, y0, x1, y1 = self.box
        return x0 == x1 and y0 == y1
