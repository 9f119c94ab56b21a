"""Export as LLaMA-Factory reads it: JSON in ShareGPT form beside a folder of images.

A question that shows an object by a coloured box gets an image with that box drawn in.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hispatial_ros.dataset.referring import BOX_COLOURS
from hispatial_ros.dataset.shards.jpeg import encode_jpeg
from hispatial_ros.dataset.shards.read import ReadSample, read_dataset
from hispatial_ros.errors import ErrorCode, SpatialError

LINE = 2  # pixels, as the released model knows boxes


def export_sharegpt(folder: Path, out: Path) -> int:
    """Write ``data.json``, ``dataset_info.json`` and ``images/`` of a data set.

    Returns:
        The number of pairs.

    Raises:
        SpatialError: BAD_REQUEST if the data set cannot be read or ``out`` not be written.
    """
    count = 0
    try:
        (out / "images").mkdir(parents=True, exist_ok=True)
        with (out / "data.json").open("w", encoding="utf-8") as file:
            file.write("[")  # written one by one: a data set may be larger than memory
            for sample in read_dataset(folder):
                for entry in _entries(sample, out):
                    file.write(",\n" if count else "\n")
                    json.dump(entry, file, ensure_ascii=False)
                    count += 1
            file.write("\n]\n")
        info = {
            "hispatial": {
                "file_name": "data.json",
                "formatting": "sharegpt",
                "columns": {"messages": "conversations", "images": "images"},
            }
        }
        (out / "dataset_info.json").write_text(json.dumps(info, indent=2) + "\n")
    except OSError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{out} cannot be written: {error.strerror or error}"
        ) from error
    return count


def _entries(sample: ReadSample, out: Path) -> Sequence[dict[str, Any]]:
    written: dict[tuple, str] = {}
    entries = []
    for pair in sample.about["pairs"]:
        boxes = pair.get("boxes", {})
        key = tuple(sorted(boxes.items()))
        if key not in written:
            name = f"{sample.key}-{len(written)}.jpg" if boxes else f"{sample.key}.jpg"
            written[key] = f"images/{name}"
            data = sample.jpeg if not boxes else with_boxes(sample, boxes)
            (out / written[key]).write_bytes(data)
        entries.append(
            {
                "conversations": [
                    {"from": "human", "value": f"<image>{pair['prompt']}"},
                    {"from": "gpt", "value": pair["response"]},
                ],
                "images": [written[key]],
            }
        )
    return entries


def with_boxes(sample: ReadSample, boxes: Mapping[str, int]) -> bytes:
    """The sample's picture as JPEG, with boxes drawn: colour -> object."""
    image = np.ascontiguousarray(sample.rgb)
    for colour, i in boxes.items():
        x0, y0, x1, y1 = (round(x) for x in sample.about["objects"][i]["box"])
        cv2.rectangle(image, (x0, y0), (x1, y1), BOX_COLOURS[colour], LINE)
    return encode_jpeg(image, 95)
