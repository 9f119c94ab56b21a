"""Referring expressions by a captioning model, for objects that would need a drawn box.

A caption is kept only if the zero-shot detector, asked for it, finds the object again and nothing
else: as in the HiSpatial paper the two masks must overlap by more than 0.7.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from hispatial_ros.dataset.chat import Chat
from hispatial_ros.dataset.objects import Outliner
from hispatial_ros.dataset.referring import Reference
from hispatial_ros.dataset.shards.jpeg import encode_jpeg
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region, iou

# Expressions for the objects in regions of an image [H, W, 3] uint8.
Captioner = Callable[[np.ndarray, Sequence[Region]], list[str]]
# Where an expression is found, best first, with scores.
Grounder = Callable[[Frame, str], list[Region]]

# Overlap of the object's mask with that of what its caption finds, as in the paper.
SAME = 0.7
# [ratio] Score of another thing by that of the object, from which on the caption means both.
RIVAL = 0.8
# Words and characters of an expression. More are a description.
MOST_WORDS, MOST_LETTERS = 14, 90
LINE = 2  # pixels, of the box that shows the object to a language model
QUALITY = 90  # of the JPEG that it sees
PROMPT = (
    "Name the {label} in the red box by a short referring expression that fits nothing else in "
    "this picture, such as 'the mug with the white handle'. Do not mention the box. Reply with the "
    "expression only."
)


class Captions:
    """Captions of objects without a name of their own, checked by finding them again.

    Args:
        captioner: makes them.
        grounder: finds them.
        outliner: outlines what was found, where objects have outlines; None: boxes are compared.
    """

    def __init__(self, captioner: Captioner, grounder: Grounder, outliner: Outliner | None = None):
        self._captioner, self._grounder, self._outliner = captioner, grounder, outliner

    def name(
        self, frame: Frame, regions: Sequence[Region], references: Sequence[Reference]
    ) -> tuple[list[Reference], Counter[str]]:
        """The references, with a caption in place of a box where one is good; and what became
        of the captions, by outcome."""
        assert frame.rgb is not None
        counts: Counter[str] = Counter()
        named = list(references)
        boxed = [i for i, reference in enumerate(references) if reference.boxed]
        captions = self._captioner(frame.rgb, [regions[i] for i in boxed]) if boxed else []
        phrases = [phrase_of(text) for text in captions]
        for i, phrase in zip(boxed, phrases, strict=True):
            if not phrase or phrase in {r.phrase for r in named if not r.boxed}:
                outcome = "no expression"
            elif phrases.count(phrase) > 1:
                outcome = "fits two objects"
            else:
                outcome = self._grounded(frame, regions[i], phrase)
            counts[outcome] += 1
            if outcome == "kept":
                named[i] = Reference(phrase, "caption", references[i].label)
        return named, counts

    def _grounded(self, frame: Frame, region: Region, phrase: str) -> str:
        found = self._grounder(frame, phrase)
        if not found:
            return "not found again"
        best, rest = found[0], found[1:]
        if self._outliner is not None and region.outline is not None:
            (best,) = self._outliner(frame, [best])
        if mask_iou(region, best, (frame.camera.width, frame.camera.height)) <= SAME:
            return "found elsewhere"
        boxes = np.array([best.box])
        for other in rest:
            if other.score > RIVAL * best.score and iou(boxes, np.array([other.box]))[0, 0] < SAME:
                return "fits two objects"
        return "kept"


def phrase_of(text: str) -> str:
    """A caption as a noun phrase with "the"; empty if it is of no use as one."""
    words = text.strip().strip("\"'").rstrip(".").split()
    if words and words[0].lower() in ("a", "an", "the", "this", "that"):
        words = words[1:]
    phrase = " ".join(words)
    if not 1 <= len(words) <= MOST_WORDS or len(phrase) > MOST_LETTERS:
        return ""
    if not re.fullmatch(r"[^\W\d_][\w\s',-]*", phrase) or re.search(r"\bbox\b|\d", phrase):
        return ""
    return f"the {phrase[0].lower()}{phrase[1:]}"


def mask_iou(one: Region, other: Region, size: tuple[int, int]) -> float:
    """Overlap of two regions over their union: of their outlines if both have one, else of their
    boxes."""
    if one.outline is None or other.outline is None:
        return float(iou(np.array([one.box]), np.array([other.box]))[0, 0])
    masks = []
    for region in (one, other):
        mask = np.zeros((size[1], size[0]), np.uint8)
        # The pixel with index 0 has its middle at 0.5.
        points = np.asarray(region.outline) - 0.5
        cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
        masks.append(mask > 0)
    union = (masks[0] | masks[1]).sum()
    return float((masks[0] & masks[1]).sum() / max(union, 1))


def chat_captioner(chat: Chat) -> Captioner:
    """A vision-language model behind an address, which sees the object in a red box.

    Raises:
        SpatialError: when called: BACKEND_UNAVAILABLE.
    """

    def caption(rgb: np.ndarray, regions: Sequence[Region]) -> list[str]:
        texts = []
        for region in regions:
            picture = np.array(rgb)
            x0, y0, x1, y1 = (round(v) for v in region.box)
            cv2.rectangle(picture, (x0, y0), (x1, y1), (255, 0, 0), LINE)
            prompt = PROMPT.format(label=region.label or "object")
            texts.append(chat.ask(prompt, [encode_jpeg(picture, QUALITY)]))
        return texts

    return caption
