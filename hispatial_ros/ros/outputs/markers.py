"""One answer at a time in RViz, that neither blinks nor lingers.

What is shown is one picture: the objects, lines and target of the newest answer. The next one
replaces it wholly; without one it is deleted after a lifetime. Whatever is in both pictures keeps
its markers' ids, so that RViz moves it instead of drawing it anew. Every message holds the whole
picture, so that a late subscriber needs no other.
"""

from collections.abc import Iterable

from visualization_msgs.msg import Marker, MarkerArray

from hispatial_ros.ros.outputs.marker_shapes import Picture


class MarkerTracker:
    """What is shown. ``now`` is any monotonic clock in seconds. Not thread-safe."""

    def __init__(self) -> None:
        self._shown: dict[tuple[str, int], Marker] = {}  # by namespace and id
        self._ids: dict[str, int] = {}  # by what the marker shows
        self._next_id = 0
        self._since = 0.0

    def show(self, picture: Picture, now: float) -> MarkerArray:
        """The message that shows a picture, and nothing of the one before."""
        self._ids = {key: self._id_of(key) for key in picture}
        for key, markers in picture.items():
            for marker in markers:
                marker.id = self._ids[key]
        self._since = now
        return self._replace(marker for markers in picture.values() for marker in markers)

    def expire(self, lifetime: float, now: float) -> MarkerArray | None:
        """The message that deletes what is older than ``lifetime`` s (0: never); None if nothing
        is."""
        if self._shown and lifetime > 0 and now - self._since > lifetime:
            return self.clear()
        return None

    def clear(self) -> MarkerArray:
        """The message that deletes everything."""
        self._ids = {}
        return self._replace(())

    def _id_of(self, key: str) -> int:
        if key in self._ids:
            return self._ids[key]
        self._next_id = (self._next_id + 1) % 2**31
        return self._next_id

    def _replace(self, markers: Iterable[Marker]) -> MarkerArray:
        before, self._shown = self._shown, {(marker.ns, marker.id): marker for marker in markers}
        deleted = [
            Marker(header=marker.header, ns=marker.ns, id=marker.id, action=Marker.DELETE)
            for name, marker in before.items()
            if name not in self._shown
        ]
        return MarkerArray(markers=deleted + list(self._shown.values()))
