"""The layout of the released HiSpatial data in the wild, as its own loader reads it.

``key.jpg``, ``key.png`` (logarithmic depth), ``key.intrinsics.pt`` (3 x 3 tensor, normalised by
the image's size, from the corner of the first pixel: the middle of pixel 0 is at 0.5) and
``key.pt``: lists by level of items with all their formats, among which the loader draws. Only
tensors, dicts, lists, strings and numbers, so that ``torch.load(weights_only=True)`` reads them.

What that loader does is kept in mind: it draws boxes that a name mentions, turns True/False into
Yes/No, labels the options itself, takes the first option that is part of the answer for the right
one, and makes Level 0 by itself. Level 3 by steps has no place in this layout's list of types.
"""

import io
from typing import Any

import torch

from hispatial_ros.dataset.capture import Item
from hispatial_ros.dataset.questions import CHOICE, TEXT, YES_NO, Pair
from hispatial_ros.dataset.sample import Sample
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.shards.log_depth import encode_log_depth
from hispatial_ros.dataset.shards.open_layout import jpeg, metres
from hispatial_ros.dataset.wordings import WORDINGS

FORMAT = {TEXT: "text", CHOICE: "mcq", YES_NO: "true_false"}
# Keys of the objects of an item: one object has none of the letters.
LETTERS = "ijklmn"


def encode(item: Item, sample: Sample, settings: BuildSettings) -> dict[str, bytes]:
    """A sample's files: ending -> content."""
    camera = sample.frame.camera
    intrinsics = torch.tensor(
        [
            [camera.fx / camera.width, 0.0, (camera.cx + 0.5) / camera.width],
            [0.0, camera.fy / camera.height, (camera.cy + 0.5) / camera.height],
            [0.0, 0.0, 1.0],
        ],
        dtype=torch.float32,
    )
    return {
        "jpg": jpeg(sample.frame, settings.jpeg_quality),
        "png": encode_log_depth(metres(sample.frame)),
        "intrinsics.pt": _saved(intrinsics),
        "pt": _saved(describe(sample)),
    }


def describe(sample: Sample) -> dict[str, list[dict[str, Any]]]:
    """Lists of items by level and type."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for group in sample.groups:
        fact = group[0].fact
        official = WORDINGS[fact.type].official
        pairs = [made for pair in group if (made := _pair(pair)) is not None]
        if fact.level == 0 or not official.startswith("vqa_") or not pairs:
            continue
        made = {"qa_type": official, "object": _objects(sample, group[0]), "qa_pairs": pairs}
        lists.setdefault(f"level{fact.level}_{fact.type}_list", []).append(made)
    return lists


def _pair(pair: Pair) -> dict[str, Any] | None:
    # The loader takes the first option that is contained in the answer.
    if any(option != pair.answer and option in pair.answer for option in pair.options):
        return None
    answer = pair.answer
    if pair.format == YES_NO:
        answer = "True" if answer.lower().startswith("yes") else "False"
    return {
        "question": pair.question,
        "answer": answer,
        "options": list(pair.options) or None,
        "format": FORMAT[pair.format],
        "qa_type": pair.fact.type,
    }


def _objects(sample: Sample, pair: Pair) -> dict[str, Any]:
    colours = {i: colour for colour, i in (pair.boxes or {}).items()}
    found: dict[str, Any] = {}
    fact = pair.fact
    for letter, i in zip(LETTERS, fact.objects, strict=False):
        end = "" if len(fact.objects) == 1 else f"_{letter}"
        box = sample.measurement.objects[i].region.box
        found[f"referring{end}"] = sample.references[i].name(colours.get(i, ""))
        found[f"raw{end}"] = {"raw_bbox": [float(x) for x in box]}
    return found


def _saved(value: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()
