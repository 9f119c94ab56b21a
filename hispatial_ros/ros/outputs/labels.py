"""Where the labels of markers go, so that none covers another.

The rule: seen from the camera, a label stands above its object, in the middle. From the nearest
object to the farthest each one takes its place; where it would cover a label placed before, it
moves up line by line until it covers none. Labels of lines come after those of objects and start
at the middle of their line. All labels look equally large from the camera: their height grows
with the distance.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hispatial_ros.answer.annotate import box_corners
from hispatial_ros.measure.types import MeasuredObject, Relation

# At a depth of 1 m: height and mean width of a letter, height of a line, as RViz draws them.
HEIGHT = 0.02
WIDTH, LINE, MARGIN = 0.43 * HEIGHT, 1.6 * HEIGHT, 0.7 * HEIGHT
NEAR = 0.1  # m
BEFORE = 0.92  # depth of a label above an object, by that of the object's nearest point
BEHIND = 1.01  # depth of the plate behind a text, by that of the text


@dataclass(frozen=True, eq=False)
class Label:
    """A line of text, in the optical frame."""

    text: str
    position: np.ndarray  # [3] m, of its middle
    height: float  # m, of a letter
    plate: np.ndarray  # [3] m, middle of a plate that it stands out from
    size: tuple[float, float]  # m, width and height of the plate
    wanted: np.ndarray  # [3] m, where its middle would be without the other labels

    def moved(self, points: Callable[[np.ndarray], np.ndarray]) -> "Label":
        """The same in another frame."""
        position, plate, wanted = map(points, (self.position, self.plate, self.wanted))
        return replace(self, position=position, plate=plate, wanted=wanted)


class Layout:
    """Labels of one picture that are placed one after the other."""

    def __init__(self) -> None:
        self._taken: list[np.ndarray] = []  # [4] left, top, right, bottom, seen at a depth of 1 m

    def above(self, obj: MeasuredObject, text: str) -> Label:
        """Above an object, and before it: neither it nor what it leans on hides the label."""
        corners, depth = box_corners(obj), BEFORE * float(obj.nearest[2])
        if min(depth, corners[:, 2].min()) < NEAR:
            return _unseen(text, obj.center - [0, obj.size.max() / 2, 0])
        x, y = corners[:, :2].T / corners[:, 2]
        return self._place(text, (x.min() + x.max()) / 2, y.min() - LINE, depth)

    def between(self, relation: Relation, text: str) -> Label:
        """In the middle of the line between two centres."""
        middle = (relation.subject.center + relation.object.center) / 2
        if middle[2] < NEAR:
            return _unseen(text, middle)
        x, y, depth = middle.tolist()
        return self._place(text, x / depth, y / depth, depth)

    def _place(self, text: str, x: float, y: float, depth: float) -> Label:
        """Upwards of (x, y), where the camera sees what lies at a depth of 1 m."""
        half = _size(text) / 2
        wanted = np.array([x, y])
        middle = wanted.copy()
        while any(_overlap(middle, half, other) for other in self._taken):
            middle[1] -= LINE
        self._taken.append(np.concatenate([middle - half, middle + half]))
        return _label(text, np.append(middle, 1) * depth, np.append(wanted, 1) * depth, depth)


def _size(text: str) -> np.ndarray:
    return np.array([len(text) * WIDTH + 2 * MARGIN, LINE])


def _label(text: str, position: np.ndarray, wanted: np.ndarray, depth: float) -> Label:
    width, height = (_size(text) * depth).tolist()
    return Label(text, position, HEIGHT * depth, position * BEHIND, (width, height), wanted)


def _overlap(middle: np.ndarray, half: np.ndarray, other: np.ndarray) -> bool:
    return bool((middle - half < other[2:]).all() and (other[:2] < middle + half).all())


def _unseen(text: str, position: np.ndarray) -> Label:
    """Of what is nearer than NEAR or behind the camera: from elsewhere it can be seen."""
    return _label(text, position, position, depth=1.0)
