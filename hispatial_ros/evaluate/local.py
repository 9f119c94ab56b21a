"""Makes the node's own backends ready for a benchmark."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hispatial_ros.detect.detector import Detector
from hispatial_ros.evaluate.backends import LocalAsker
from hispatial_ros.evaluate.frames import DepthCache, Frames
from hispatial_ros.frame.region import Region
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.settings.settings import Settings


def local_asker(
    backend: str,
    *,
    checkpoint: str = "",
    device: str = "auto",
    batch: int = 8,
    depth_model: Path | None = None,
    depth_cache: Path | None = None,
    detect: bool = False,
    boxes: Mapping[str, Sequence[Region]] | None = None,
) -> LocalAsker:
    """An asker of one of ``backends.LOCAL``.

    Args:
        backend: its name.
        checkpoint: of "model" and "auto".
        device: of the checkpoint.
        batch: questions that the model answers at a time.
        depth_model: MoGe-2 file, for images without depth.
        depth_cache: folder of estimated depth; None: the user's cache.
        detect: find objects where none are given.
        boxes: given ones, by image or question id.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if a model cannot be loaded.
    """
    depth = None
    if depth_model is not None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = depth_cache or cache / "hispatial_ros" / "depth"
        depth = DepthCache(load_estimator(depth_model), depth_model, folder)
    finder = Detector() if detect else None
    settings = Settings()
    if backend != "measured":
        model = replace(
            settings.model,
            checkpoint=checkpoint,
            device=device,
            max_batch=batch,
            max_prompt_tokens=1024,
        )
        settings = replace(settings, model=model)
    frames = Frames(depth, finder, {k: list(v) for k, v in (boxes or {}).items()})
    return LocalAsker(backend, settings, frames)
