"""Where objects end beside the sides of their boxes, and what follows for the boxes."""

from dataclasses import dataclass

import numpy as np

# Sides are left, top, right, bottom.
INWARDS = np.array([1, 1, -1, -1])  # sign of the coordinate
ACROSS = np.array([1, 0, 1, 0])  # axis along each side
# [px] Standard deviation of a side of a box that is off elsewhere or unchecked. Larger: wider
# intervals. Smaller: boxes drawn by hand bend the solids. Chosen on simulated rooms.
CHECKED = 0.8
# [ratio] Standard deviation of a side that cannot be checked, by the largest error of its box.
# Larger, smaller: as above. Chosen on simulated rooms.
UNCHECKED = 0.5
# [px] By which a box may be larger than its object and still be tight. Larger: loose boxes enlarge
# objects. Smaller: blurred edges shrink them. Chosen on simulated rooms.
SLACK = 1.5
# [px] By which an end that depth shows is nearer to the box's side than one that colour shows and
# is taken instead. Larger: colours that neighbours share move sides. Smaller: blurred edges of
# depth do. Chosen on simulated rooms.
NEARER = 5.0


@dataclass(eq=False)
class Ends:
    """Ends of R objects at the left, top, right and bottom of their boxes; 0 where unknown."""

    known: np.ndarray  # [R, 4] bool
    inner: np.ndarray  # [R, 4] px inwards from the box's side, where the object is still seen
    outer: np.ndarray  # [R, 4] px, where it is no longer
    corner: np.ndarray  # [R, 4] px that a corner may reach out between the lines looked at

    @property
    def offset(self) -> np.ndarray:
        """[R, 4] px inwards from the box's side."""
        return (self.inner + self.outer) / 2


def either(depth: Ends, color: Ends) -> Ends:
    """The ends by colour, which is sharper, unless the depth agrees with the box or nearly does."""
    nearer = np.abs(depth.offset) <= np.maximum(SLACK, np.abs(color.offset) - NEARER)
    takes = color.known & ~(depth.known & nearer)
    inner, outer, corner = (
        np.where(takes, getattr(color, name), getattr(depth, name))
        for name in ("inner", "outer", "corner")
    )
    return Ends(depth.known | color.known, inner, outer, corner)


def settle(box: np.ndarray, ends: Ends) -> tuple[np.ndarray, np.ndarray]:
    """Sides of the boxes, which stay as they are unless the ends contradict.

    Background is seen inside the box before the object begins, or the object goes on beyond it.

    Args:
        box: [R, 4] px.
        ends: seen of the objects.

    Returns:
        side: [R, 4] px.
        blur: [R, 4] px, standard deviation, 0 where the box is tight.
    """
    loose = ends.known & (ends.outer > SLACK + ends.corner)
    tight = ends.known & (ends.inner < -SLACK)
    off = loose | tight
    moved = np.where(off, ends.offset, 0)
    blur = np.hypot((ends.inner - ends.outer) / np.sqrt(12) + 0.5, ends.corner / 2)
    # One side that is off casts doubt on the others.
    worst = np.abs(moved).max(1, keepdims=True)
    others = np.where(ends.known, np.minimum(CHECKED, worst), UNCHECKED * worst)
    others = np.where(ends.known.any(1, keepdims=True), others, CHECKED)
    return box + INWARDS * moved, np.where(off, blur, others)
