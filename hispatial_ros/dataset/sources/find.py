"""What a path is: a folder, a recording, shards; and its images."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from hispatial_ros.dataset.capture import Item
from hispatial_ros.dataset.sources import folders, shards, simulated
from hispatial_ros.dataset.sources.folders import clean
from hispatial_ros.dataset.sources.topics import Topics
from hispatial_ros.errors import ErrorCode, SpatialError


def find_items(paths: list[Path], topics: Topics) -> Iterator[Item]:
    """The images of all sources, in their order; keys are unique.

    Raises:
        SpatialError: BAD_REQUEST, saying what the path would have to be.
    """
    names: dict[str, int] = {}
    parts = []
    for path in paths:
        name = "simulated"
        if not simulated.is_simulated(str(path)):
            _check_exists(path)
            name = clean(path.resolve().stem if path.is_file() else path.resolve().name) or "source"
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name = f"{name}-{names[name]}"
        parts.append(_of_path(path, name, topics))
    return chain.from_iterable(parts)


def count_images(paths: list[Path], topics: Topics) -> int | None:
    """How many images ``find_items`` will give, where that is cheap to tell; for the progress."""
    total = 0
    for path in paths:
        if simulated.is_simulated(str(path)):
            total += simulated.count(str(path))
            continue
        _check_exists(path)
        if path.is_file() and not is_bag(path):
            return None  # a tar would have to be read
        if is_bag(path):
            from hispatial_ros.dataset.sources import bags

            total += bags.count(path, topics)
        else:
            total += sum(1 for _ in folders.items(path, ""))
    return total


def _check_exists(path: Path) -> None:
    if not path.exists():
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{path} does not exist")


def _of_path(path: Path, name: str, topics: Topics) -> Iterator[Item]:
    if simulated.is_simulated(str(path)):
        return simulated.items(str(path), name)
    if is_bag(path):
        from hispatial_ros.dataset.sources import bags

        return bags.items(path, name, topics)
    if path.is_file():
        if path.suffix == ".tar":
            return shards.items(path, name)
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{path} is no source: give a folder of images, an RGB-D folder (rgb, depth, "
            "camera.json), a rosbag2 folder, an .mcap or .db3 file, a .tar shard, or "
            "simulated:COUNT",
        )
    return folders.items(path, name)


def is_bag(path: Path) -> bool:
    """Whether a path is a recording."""
    if path.is_file():
        return path.suffix in (".mcap", ".db3")
    return path.is_dir() and (path / "metadata.yaml").is_file()
