"""Views made into frames: depth estimated where none was given, objects detected."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.durable import sync
from hispatial_ros.errors import SpatialError, backend_unavailable
from hispatial_ros.evaluate.question import Question, View
from hispatial_ros.frame.estimated import read_estimated
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.moge.engine import DepthEstimate
from hispatial_ros.pointmap.noise import MONOCULAR_NOISE

KEPT = 4  # frames, of which further questions may come


class Estimates(Protocol):
    """Estimates depth and camera of a colour image, as ``moge.estimator.Estimator``."""

    def estimate(self, rgb: np.ndarray, camera: Camera | None = None) -> DepthEstimate:
        """Raises SpatialError."""


class DepthCache:
    """Depth that was estimated once, in files of `hispatial depth`'s form.

    Args:
        estimator: of depth.
        model: its file, whose contents are part of the files' names.
        folder: of the files.
    """

    def __init__(self, estimator: Estimates, model: Path, folder: Path):
        self._estimator = estimator
        with model.open("rb") as file:
            self._model = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        self._folder = folder

    def estimate(self, rgb: np.ndarray) -> tuple[np.ndarray, Camera]:
        """Depth [H, W] float32 m, NaN invalid, and the camera.

        Raises:
            SpatialError: what the estimator raises; NO_VALID_DEPTH and the like cost one question.
            OSError: the folder cannot be written.
        """
        height, width = rgb.shape[:2]
        key = hashlib.sha256(f"{self._model} {rgb.shape}".encode() + rgb.tobytes()).hexdigest()
        path = self._folder / key[:2] / f"{key}.npz"
        with suppress(SpatialError):  # not there, or damaged: estimated again
            if (written := read_estimated(path)) is not None:
                depth, k = written
                fx, fy, cx, cy = k[[0, 1, 0, 1], [0, 1, 2, 2]].tolist()
                return depth, Camera(width, height, fx, fy, cx, cy)
        found = self._estimator.estimate(rgb)
        c = found.camera
        k = np.array([[c.fx, 0, c.cx], [0, c.fy, c.cy], [0, 0, 1]])
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        depth = np.asarray(found.depth, np.float32)
        with partial.open("wb") as file:
            np.savez_compressed(file, depth=depth, mask=np.isfinite(depth), K=k)
        sync(partial)
        partial.rename(path)
        return depth, c


class Finder(Protocol):
    """Finds objects, as ``detect.detector.Detector``."""

    def regions(self, frame: Frame) -> list[Region]:
        """Raises SpatialError."""


@dataclass(frozen=True, eq=False)
class Ready:
    """A frame that can be asked about."""

    frame: Frame
    drawn: Frame  # with the boxes that are drawn for a model
    regions: Sequence[Region]
    options: MeasureOptions


class Frames:
    """Makes frames of the views of questions; the last few are kept.

    Args:
        depth: for views without; None: only those with depth can be asked about.
        finder: of objects, for views without regions.
        boxes: regions that the user gives, by image or question id; they come before any others.
    """

    def __init__(
        self,
        depth: DepthCache | None,
        finder: Finder | None = None,
        boxes: dict[str, list[Region]] | None = None,
    ):
        self._depth, self._finder, self._boxes = depth, finder, boxes or {}
        self._kept: OrderedDict[str, Ready] = OrderedDict()

    def of(self, question: Question) -> Ready:
        """The frame that a question is about.

        Raises:
            SpatialError: what reading, estimating and detecting raise; BACKEND_UNAVAILABLE
                without a depth model where one is needed.
        """
        # A view may draw its question's own boxes, so frames are kept by image and question.
        key = question.image if not question.measured_text else question.id
        if key not in self._kept:
            self._kept[key] = self._make(question, question.view())
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def _make(self, question: Question, view: View) -> Ready:
        options = view.options
        if view.depth is not None and view.camera is not None:
            frame = Frame(view.rgb, view.depth, view.camera)
        elif self._depth is None:
            raise backend_unavailable(
                f"{question.id} has a colour image only, and this backend needs depth: give a "
                "MoGe-2 file with --depth-model (docs/moge.md says where it comes from)"
            )
        else:
            depth, camera = self._depth.estimate(view.rgb)
            frame = Frame(view.rgb, depth, camera, depth_source="moge")
            options = MeasureOptions(MONOCULAR_NOISE)
        drawn = frame
        if view.drawn is not None:
            f = frame
            drawn = Frame(view.drawn, f.depth, f.camera, depth_source=f.depth_source)
        regions = self._boxes.get(question.id) or self._boxes.get(question.image) or view.regions
        if regions is None:
            regions = self._finder.regions(frame) if self._finder is not None else []
        return Ready(frame, drawn, regions, options)
