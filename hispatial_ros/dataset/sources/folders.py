"""Folders of images: plain ones, RGB-D folders like the desk, sequences of TUM and ScanNet.

A TUM sequence may hold a ``camera.json`` of its own.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.dataset.capture import Capture, Item
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_frame, load_regions, load_rgb
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.images import decode_samples, open_image
from hispatial_ros.measure.types import Gravity

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
# [degrees] Horizontal field of view of a plain image until a depth model finds the focal length.
VIEW = 60.0
# [s] TUM lists colour and depth with stamps of their own; nearest within this belong together.
SLOP = 0.02
# Kinect intrinsics that TUM recommends for its sequences, and its depth unit (5000 to the metre):
# Sturm et al., "A benchmark for the evaluation of RGB-D SLAM systems", IROS 2012.
TUM_CAMERA = (525.0, 525.0, 319.5, 239.5)
TUM_UNIT = 1 / 5000


def is_rgbd(folder: Path) -> bool:
    """Whether a folder holds one frame: rgb.png, depth.png, camera.json."""
    return (folder / "camera.json").is_file() and _first(folder, "rgb") is not None


def is_tum(folder: Path) -> bool:
    """Whether a folder is a sequence of TUM's RGB-D benchmark."""
    return (folder / "rgb.txt").is_file() and (folder / "depth.txt").is_file()


def is_scannet(folder: Path) -> bool:
    """Whether a folder is a scan as ScanNet's own tool exports it."""
    return (folder / "color").is_dir() and (folder / "intrinsic" / "intrinsic_color.txt").is_file()


def items(folder: Path, name: str) -> Iterator[Item]:
    """What a folder and those below it hold, in the order of their names.

    Args:
        folder: any of the kinds above, or a folder of such.
        name: starts the keys.

    Raises:
        SpatialError: BAD_REQUEST if the folder cannot be listed.
    """
    if is_rgbd(folder):
        yield Item(name, "", partial(_load_rgbd, folder), {"folder": folder.name})
        return
    if is_tum(folder):
        yield from _tum(folder, name)
        return
    if is_scannet(folder):
        yield from _scannet(folder, name)
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{folder} cannot be listed: {error.strerror}"
        ) from error
    for entry in entries:
        key = f"{name}/{clean(entry.stem if entry.is_file() else entry.name)}"
        if entry.is_dir() and not entry.is_symlink():
            yield from items(entry, key)
        elif entry.suffix.lower() in IMAGES:
            yield Item(key, "", partial(_load_image, entry), {"file": entry.name})


def clean(name: str) -> str:
    """A part of a key: no dots, which end keys in WebDataset, and no blanks."""
    return "".join("_" if c.isspace() or c in "./\\" else c for c in name)


def _first(folder: Path, stem: str) -> Path | None:
    return next((p for p in sorted(folder.glob(f"{stem}.*")) if p.suffix.lower() in IMAGES), None)


def _load_rgbd(folder: Path) -> Capture:
    rgb = _first(folder, "rgb")
    depth = next((p for p in sorted(folder.glob("depth.*"))), None)
    frame = load_frame(rgb, depth, folder / "camera.json")
    regions = None
    if (folder / "regions.json").is_file():
        size = (frame.camera.width, frame.camera.height)
        regions = load_regions(folder / "regions.json", size, rgb or "")
    return Capture(frame, regions)


def _load_image(path: Path) -> Capture:
    rgb = load_rgb(path)
    height, width = rgb.shape[:2]
    focal = width / 2 / np.tan(np.radians(VIEW / 2))
    camera = Camera(width, height, focal, focal, width / 2, height / 2)
    return Capture(Frame(rgb, None, camera), calibrated=False)


def _tum(folder: Path, name: str) -> Iterator[Item]:
    colour, depth = (_stamped(folder / f"{kind}.txt") for kind in ("rgb", "depth"))
    stamps = np.array([stamp for stamp, _ in depth])
    for stamp, file in colour:
        nearest = int(np.abs(stamps - stamp).argmin()) if len(stamps) else -1
        paired = nearest >= 0 and abs(stamps[nearest] - stamp) <= SLOP
        other = folder / depth[nearest][1] if paired else None
        load = partial(_load_tum, folder / file, other, round(stamp * 1e9))
        yield Item(f"{name}/{clean(file)}", name, load, {"file": file, "stamp": stamp})


def _stamped(path: Path) -> list[tuple[float, str]]:
    rows = []
    for line in path.read_text(errors="replace").splitlines():
        words = line.split()
        if len(words) >= 2 and not line.startswith("#"):
            try:
                rows.append((float(words[0]), words[1]))
            except ValueError as error:
                raise SpatialError(
                    ErrorCode.BAD_REQUEST, f"{path}: {line[:80]!r} has no stamp: {error}"
                ) from error
    return rows


def _load_tum(rgb_path: Path, depth_path: Path | None, stamp_ns: int) -> Capture:
    rgb = load_rgb(rgb_path)
    own = rgb_path.parent.parent / "camera.json"
    camera = load_frame(None, None, own).camera if own.is_file() else Camera(640, 480, *TUM_CAMERA)
    camera = camera.scaled(rgb.shape[1], rgb.shape[0])
    depth = None if depth_path is None else _depth(depth_path, TUM_UNIT)
    return Capture(Frame(rgb, depth, camera, stamp_ns))


def _scannet(folder: Path, name: str) -> Iterator[Item]:
    for rgb in sorted((folder / "color").iterdir(), key=lambda path: (len(path.stem), path.stem)):
        if rgb.suffix.lower() in IMAGES:
            load = partial(_load_scannet, folder, rgb)
            yield Item(f"{name}/{clean(rgb.stem)}", name, load, {"file": rgb.name})


def _load_scannet(folder: Path, rgb_path: Path) -> Capture:
    rgb = load_rgb(rgb_path)
    k = _matrix(folder / "intrinsic" / "intrinsic_color.txt")
    height, width = rgb.shape[:2]
    camera = Camera(width, height, k[0, 0], k[1, 1], k[0, 2], k[1, 2])
    depth_path = folder / "depth" / f"{rgb_path.stem}.png"
    depth = _depth(depth_path, 0.001) if depth_path.is_file() else None
    pose_path = folder / "pose" / f"{rgb_path.stem}.txt"
    pose = _matrix(pose_path) if pose_path.is_file() else None
    gravity = None
    if pose is not None and np.isfinite(pose).all():
        gravity = Gravity(pose[2, :3], "given")  # ScanNet's worlds have z up
    return Capture(Frame(rgb, depth, camera), gravity=gravity, pose=pose)


def _matrix(path: Path) -> np.ndarray:
    try:
        return np.loadtxt(path).reshape(4, 4)
    except (OSError, ValueError) as error:
        raise SpatialError(
            ErrorCode.BAD_CALIBRATION, f"{path} holds no 4 x 4 matrix: {error}"
        ) from error


def _depth(path: Path, unit: float) -> np.ndarray:
    raw = decode_samples(open_image(path.read_bytes(), str(path)), str(path))
    return np.where(raw > 0, raw * unit, np.nan).astype(np.float32)
