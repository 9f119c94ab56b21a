"""The objects of an image: those its source names, or what a detector sees."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hispatial_ros.dataset.capture import Capture
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region

# Finds regions in a frame: those that are sure, and the labels of others that may be there.
Finder = Callable[[Frame], tuple[list[Region], list[str]]]
# Outlines of regions, each with one or as it was.
Outliner = Callable[[Frame, Sequence[Region]], list[Region]]
# Score of a detection that is not sure but may be there, so that no count or name relies on its
# absence. Smaller: hardly any image has a class that is known completely.
MAYBE = 0.2
MAX_OBJECTS = 40  # in one image; more are a crowd that nothing is known about completely


@dataclass(frozen=True)
class FoundObjects:
    regions: Sequence[Region]
    others: Sequence[str]  # labels of what may be there besides


def find_objects(capture: Capture, finder: Finder | None) -> FoundObjects:
    """The source's own regions, else what ``finder`` sees; of many, the largest."""
    others: list[str] = []
    if capture.regions is not None:
        regions = list(capture.regions)
    elif finder is not None:
        regions, others = finder(capture.frame)
    else:
        regions = []
    boxes = [r for r in regions if not r.is_point]
    boxes.sort(key=lambda r: -(r.box[2] - r.box[0]) * (r.box[3] - r.box[1]))
    kept = set(map(id, boxes[:MAX_OBJECTS]))
    others = [*others, *(r.label for r in boxes[MAX_OBJECTS:])]
    return FoundObjects([r for r in regions if id(r) in kept], others)


def builtin_finder() -> Finder:
    """The built-in detector.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE without ONNX Runtime.
    """
    from hispatial_ros.detect.detector import Detector

    sure, maybe = Detector(threads=1), Detector(MAYBE, threads=1)

    def find(frame: Frame) -> tuple[list[Region], list[str]]:
        regions = sure.regions(frame)
        found = {r.box for r in regions}
        return regions, [r.label for r in maybe.regions(frame) if r.box not in found]

    return find
