"""One colour for each object, wherever it is drawn."""

import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from hispatial_ros.measure.types import MeasuredObject

Color = tuple[int, int, int]  # R, G, B
# Distinct on wood, concrete and screens, light enough for dark text.
PALETTE: tuple[Color, ...] = (
    (255, 196, 61),
    (80, 200, 255),
    (140, 230, 120),
    (255, 130, 170),
    (190, 160, 255),
    (255, 150, 90),
    (90, 230, 210),
    (240, 240, 110),
    (200, 220, 255),
    (255, 180, 220),
    (170, 255, 170),
    (225, 190, 150),
)
REMEMBERED = 1000  # ids


class Colors:
    """Colours by object id, which come back when an object does. Not thread-safe.

    An id suggests its colour by itself, so that a picture drawn elsewhere agrees. If another
    object has that colour, the next free one is taken, so that objects differ while the palette
    lasts; after that, the colour not drawn for longest.
    """

    def __init__(self) -> None:
        self._index_of: OrderedDict[str, int] = OrderedDict()
        self._unused = set(range(len(PALETTE)))
        self._used: list[int] = []  # the one drawn last comes last

    def of(self, objects: Iterable[MeasuredObject]) -> Mapping[str, Color]:
        """Colour by id."""
        return {obj.id: PALETTE[self._draw(obj.id)] for obj in objects}

    def _draw(self, id: str) -> int:
        index = self._index_of.get(id)
        if index is None:
            suggested = zlib.crc32(id.encode()) % len(PALETTE)
            free = self._unused or self._used[:1]
            index = min(free, key=lambda other: (other - suggested) % len(PALETTE))
            self._unused.discard(index)
            self._index_of[id] = index
            if len(self._index_of) > REMEMBERED:
                self._index_of.popitem(last=False)
        self._index_of.move_to_end(id)
        if index in self._used:
            self._used.remove(index)
        self._used.append(index)
        return index
