"""A frame with what was measured in it, as a picture for people."""

from collections.abc import Sequence

from PIL import Image

from hispatial_ros.answer.annotate import annotate
from hispatial_ros.answer.masks import object_masks
from hispatial_ros.frame.frame import Frame
from hispatial_ros.measure.types import MeasuredObject, Relation
from hispatial_ros.pointmap.pointmap import PointMap

SMALL = 1000  # pixels of width; smaller images are drawn twice as large, so that names fit


def picture(
    frame: Frame,
    objects: Sequence[MeasuredObject],
    relations: Sequence[Relation] = (),
    text: str = "",
) -> Image.Image:
    """The colour image with masks, boxes, names, lines and a caption; see `annotate`.

    Args:
        frame: with colour and depth.
        objects: measured on it, in the optical frame.
        relations: drawn as lines.
        text: caption.
    """
    assert frame.rgb is not None
    scale = 2 if frame.camera.width < SMALL else 1
    masks = object_masks(PointMap(frame), objects)
    return Image.fromarray(
        annotate(frame.rgb, frame.camera, objects, relations, text, scale, masks=masks)
    )
