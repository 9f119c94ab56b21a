"""Shards of images as a source: any WebDataset of ``jpg`` or ``png``, or our own open layout."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.dataset.capture import Capture, Item
from hispatial_ros.dataset.shards.log_depth import decode_log_depth
from hispatial_ros.dataset.shards.tar import read_samples
from hispatial_ros.dataset.sources.folders import VIEW, clean
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.images import decode_rgb, open_image
from hispatial_ros.frame.region import Region

ENDINGS = ("jpg", "jpeg", "png", "webp")


def items(path: Path, name: str) -> Iterator[Item]:
    """One item for each sample with an image."""
    for key, parts in read_samples(path):
        if any(ending in parts for ending in ENDINGS):
            yield Item(f"{name}/{clean(key)}", "", _Load(parts), {"shard": path.name, "key": key})


@dataclass(frozen=True)
class _Load:
    parts: dict[str, bytes]

    def __call__(self) -> Capture:
        ending = next(e for e in ENDINGS if e in self.parts)
        rgb = decode_rgb(open_image(self.parts[ending], ending), ending)
        height, width = rgb.shape[:2]
        about = self._about()
        camera = about.get("camera")
        if camera is None:
            focal = width / 2 / np.tan(np.radians(VIEW / 2))
            guess = Camera(width, height, focal, focal, width / 2, height / 2)
            return Capture(Frame(rgb, None, guess), calibrated=False)
        camera = Camera(**(camera | {"d": tuple(camera["d"])}))
        depth = None
        if "depth.png" in self.parts:
            depth = decode_log_depth(self.parts["depth.png"])
        regions = [
            Region(o["label"], tuple(o["box"]), o["outline"] and np.array(o["outline"]))
            for o in about["objects"]
        ]
        source = about["depth_source"]
        return Capture(Frame(rgb, depth, camera, depth_source=source), regions)

    def _about(self) -> dict:
        """What our own layout says; nothing for other shards."""
        try:
            about = json.loads(self.parts.get("json", b"{}"))
        except ValueError as error:
            raise SpatialError(ErrorCode.BAD_REQUEST, f"its JSON is damaged: {error}") from error
        return about if isinstance(about, dict) and "camera" in about else {}
