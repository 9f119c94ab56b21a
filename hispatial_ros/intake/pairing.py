"""Which image and which depth image belong together."""

from hispatial_ros.intake.stream import Stream

# However large the slop: two streams of the same rate never differ by more than half a period.
SLOP_OF_PERIOD = 0.6


class Pairing:
    """An image and a depth image form a pair if each is the other's nearest in stamp and they are
    at most the slop apart: whatever the order in which they arrive, the outcome is the same.

    Not thread-safe: the owner locks.
    """

    def __init__(self, images: Stream, depths: Stream, slop_ns: int) -> None:
        self._images = images
        self._depths = depths
        self._slop = slop_ns
        self._paired = self._unpaired = 0  # images that have left
        images.on_evict = self._retire

    def depth_of(self, image_stamp: int) -> int | None:
        """Stamp of the depth image that pairs with this image."""
        depth = self._depths.nearest(image_stamp, self._slop)
        if depth is None or self._images.nearest(depth, self._slop) != image_stamp:
            return None
        apart = abs(depth - image_stamp)
        if not apart:  # the usual case, and periods take time to find
            return depth
        # A neighbour's depth must not pass for that of an image which has lost its own.
        for period in (self._images.period, self._depths.period):
            if period is not None and apart > round(SLOP_OF_PERIOD * period):
                return None
        return depth

    def counts(self) -> tuple[int, int]:
        """Images with a depth image and images without, those that have left included."""
        paired = [self.depth_of(stamp) is not None for stamp in self._images.stamps()]
        return self._paired + sum(paired), self._unpaired + len(paired) - sum(paired)

    def _retire(self, image_stamp: int) -> None:
        """Count an image that leaves. Its depth leaves with it: it must not pair with the next."""
        depth = self.depth_of(image_stamp)
        if depth is None:
            self._unpaired += 1
        else:
            self._paired += 1
            self._depths.discard(depth)
