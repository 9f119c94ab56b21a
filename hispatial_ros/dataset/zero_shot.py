"""Objects of any classes by a zero-shot detector of transformers (see `vlm.detector`)."""

from collections.abc import Sequence

import numpy as np

from hispatial_ros.dataset.captions import Grounder
from hispatial_ros.dataset.objects import Finder
from hispatial_ros.detect.detector import one_name_each
from hispatial_ros.detect.nanodet import MAX_OVERLAP, Detection
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region, iou
from hispatial_ros.vlm.detector import DetectorEngine, create
from hispatial_ros.vlm.inputs import model_image

# Names in one pass. Larger: Grounding DINO's text ends before the last.
NAMES = 16
# [share] Of the threshold at which something may be there, see `objects.MAYBE`.
MAYBE = 0.5


def load(model: str, threshold: float) -> DetectorEngine:
    """A zero-shot detector.

    Args:
        model: folder or hub id of an OWL-ViT, OWLv2 or Grounding DINO.
        threshold: least score of a detection, 0 to 1.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE.
    """
    options = {"model": model, "revision": "main", "device": "auto", "dtype": "auto"}
    return create(options | {"threshold": threshold, "max_batch": 1}, lambda what, fraction: None)


def finder(engine: DetectorEngine, classes: Sequence[str], threshold: float) -> Finder:
    """Finds every object of some classes.

    Args:
        engine: a loaded detector.
        classes: names, in the words that objects shall have.
        threshold: least score of a detection, 0 to 1.

    Raises:
        SpatialError: BAD_REQUEST without classes.
    """
    if not classes:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "a zero-shot detector has to be told what to look for: --classes 'pallet, forklift'",
        )

    def find(frame: Frame) -> tuple[list[Region], list[str]]:
        found = detections(engine, frame, classes, MAYBE * threshold)
        sure = [each.region for each in found if each.score >= threshold]
        return sure, [each.label for each in found if each.score < threshold]

    return find


def grounder(engine: DetectorEngine, threshold: float) -> Grounder:
    """Finds what an expression names."""

    def ground(frame: Frame, phrase: str) -> list[Region]:
        found = detections(engine, frame, [phrase.removeprefix("the ")], MAYBE * threshold)
        return [each.region for each in found]

    return ground


def detections(
    engine: DetectorEngine, frame: Frame, classes: Sequence[str], least: float
) -> list[Detection]:
    """What the detector sees, best first; each thing once."""
    size = engine.image_size
    nothing = np.empty((0, size, size), np.float32)
    (image,) = engine.encode([engine.prepare(model_image(frame.rgb, size), nothing)])
    width, height = frame.camera.width, frame.camera.height
    scale = np.array([width, height, width, height])
    found: list[Detection] = []
    for start in range(0, len(classes), NAMES):
        names = classes[start : start + NAMES]
        ((boxes, scores),) = engine.score([image], [list(names)])
        best, which = (each.tolist() for each in scores.max(1))
        corners = np.clip(boxes.double().numpy(), 0, 1) * scale
        for score, k, box in zip(best, which, corners.tolist(), strict=True):
            if score >= least and box[0] + 1 <= box[2] and box[1] + 1 <= box[3]:
                found.append(Detection(names[k], score, (box[0], box[1], box[2], box[3])))
    found.sort(key=lambda each: (-each.score, each.label, each.box))
    return one_name_each(_once(found))


def _once(detections: Sequence[Detection]) -> list[Detection]:
    """Without further boxes of the same thing; best first, as they came."""
    kept: list[Detection] = []
    for each in detections:
        same = [other.box for other in kept if other.label == each.label]
        if not same or iou(np.array([each.box]), np.array(same)).max() <= MAX_OVERLAP:
            kept.append(each)
    return kept
