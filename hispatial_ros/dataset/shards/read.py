"""Reading shards back, without unpickling anything that could run code."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from hispatial_ros.dataset.shards.log_depth import decode_log_depth
from hispatial_ros.dataset.shards.tar import read_samples
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.images import decode_rgb, open_image

T = TypeVar("T")
# What NumPy's numbers and arrays are pickled with, under its old name and its new one: the released
# loader unpickles anything. They make arrays and nothing else.
_MAKERS = {
    "scalar": np.float64(0).__reduce__()[0],
    "_reconstruct": np.zeros(1).__reduce__()[0],
}
NUMPY: list[Any] = [
    *(
        (make, f"numpy.{core}.multiarray.{name}")
        for name, make in _MAKERS.items()
        for core in ("core", "_core")
    ),
    *(np.ndarray, np.dtype),
    *{type(np.dtype(kind)) for kind in "?bBhHiIlLqQefdU"},
]


@dataclass(eq=False)
class ReadSample:
    """One sample of any layout; images are decoded when asked for."""

    key: str
    layout: str  # "open", "wild" or "3d" (the two of the released data)
    parts: dict[str, bytes]
    about: dict[str, Any]  # of the open layout: its JSON; of the others {"qa": .., "K": ..}

    @property
    def jpeg(self) -> bytes:
        return self.parts["jpg"]

    @property
    def rgb(self) -> np.ndarray:
        """[H, W, 3] uint8."""
        return decode_rgb(open_image(self.parts["jpg"], self.key), self.key)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image, pixels; reads its header only."""
        return open_image(self.parts["jpg"], self.key).size

    @property
    def depth(self) -> np.ndarray:
        """[H, W] float32 m, NaN without."""
        if self.layout == "3d":
            metres = np.load(io.BytesIO(self.parts["npy"]), allow_pickle=False)
            return np.where((metres > 0) & (metres < 30), metres, np.nan).astype(np.float32)
        return decode_log_depth(self.parts["depth.png" if self.layout == "open" else "png"])

    @property
    def intrinsics(self) -> np.ndarray:
        """[3, 3] in pixels."""
        if self.layout == "open":
            c = self.about["camera"]
            return np.array([[c["fx"], 0, c["cx"]], [0, c["fy"], c["cy"]], [0, 0, 1.0]])
        k = np.asarray(self.about["K"], float)
        if self.layout == "3d":
            return k
        width, height = self.size
        pixels = k * np.array([[width], [height], [1.0]])
        pixels[:2, 2] -= 0.5  # normalised intrinsics count from the corner of the first pixel
        return pixels


def shard_paths(folder: Path) -> list[Path]:
    """The finished shards of a folder, or of its ``shards``, in order.

    Raises:
        SpatialError: BAD_REQUEST if there are none.
    """
    inner = folder / "shards"
    paths = sorted((inner if inner.is_dir() else folder).glob("*.tar"))
    if not paths:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{folder} has no shards (*.tar): build a data set with `hispatial dataset build`",
        )
    return paths


def read_dataset(folder: Path) -> Iterator[ReadSample]:
    """Samples of all shards of a folder in the open layout.

    Raises:
        SpatialError: BAD_REQUEST if it has none, or a shard is damaged or of another layout.
    """
    for path in shard_paths(folder):
        for sample in read_shard(path):
            if sample.layout != "open":
                raise SpatialError(
                    ErrorCode.BAD_REQUEST,
                    f"{path} is of the layout '{sample.layout}': this needs --layout open",
                )
            yield sample


def read_shard(path: Path) -> Iterator[ReadSample]:
    """Samples of a shard of any of the layouts: ours, and both of the released data.

    Raises:
        SpatialError: BAD_REQUEST if it is damaged or of no known layout; BACKEND_UNAVAILABLE if it
            holds tensors and torch is not installed.
    """
    for key, parts in together(read_samples(path)):
        yield interpret(key, parts, path)


def interpret(key: str, parts: dict[str, bytes], path: Path) -> ReadSample:
    """The sample that members of a shard make, of whichever layout they are.

    Raises:
        SpatialError: as `read_shard`.
    """
    if "json" in parts and "depth.png" in parts:
        try:
            return ReadSample(key, "open", parts, json.loads(parts["json"]))
        except ValueError as error:
            raise _unknown(path, key, f"its JSON is damaged: {error}") from error
    if {"png", "intrinsics.pt", "pt"} <= set(parts):
        about = {"K": _plain(parts["intrinsics.pt"], path), "qa": _plain(parts["pt"], path)}
        return ReadSample(key, "wild", parts, about)
    if {"npy", "intrinsics", "qa"} <= set(parts):
        k = _plain(parts["intrinsics"], path)
        about = {"K": k["K"] if isinstance(k, dict) else k, "qa": _plain(parts["qa"], path)}
        return ReadSample(key, "3d", parts, about)
    raise _unknown(path, key, f"it has {', '.join(sorted(parts))}")


def together(samples: Iterator[tuple[str, dict[str, T]]]) -> Iterator[tuple[str, dict[str, T]]]:
    """Members named base_image.jpg, base_depth.npy, .. as one sample."""
    base = ""
    gathered: dict[str, T] = {}
    for key, parts in samples:
        stem, _, part = key.rpartition("_")
        if part not in ("image", "depth", "intrinsics", "qa", "meta"):
            if gathered:
                yield base, gathered
                gathered = {}
            yield key, parts
            continue
        if stem != base and gathered:
            yield base, gathered
            gathered = {}
        base = stem
        for ending, data in parts.items():
            gathered[part if ending in ("pt", "json") else ending] = data
    if gathered:
        yield base, gathered


def _plain(data: bytes, path: Path) -> Any:
    """What a ``.pt`` holds, if it is plain tensors, arrays and containers."""
    try:
        import torch
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{path} holds torch tensors, and {error}: pip install -r requirements/model.txt",
        ) from error
    try:
        with torch.serialization.safe_globals(NUMPY):
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{path} holds more than plain tensors, dicts and lists, and is not unpickled: "
            f"{str(error)[:200]}",
        ) from error


def _unknown(path: Path, key: str, why: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_REQUEST, f"{path}: sample {key} is of no known layout: {why}")
