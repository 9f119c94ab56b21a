"""Where samples come from: the shards of a folder, and what is in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hispatial_ros.dataset.shards.read import ReadSample, interpret, together
from hispatial_ros.dataset.shards.tar import Span, index_samples
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.data.question import ALL, Wanted


@dataclass(frozen=True)
class Source:
    """Shards that are one part of a mix.

    Attributes:
        path: one tar file, or a folder with them, with sub-folders.
        weight: share of the samples, relative to the other sources.
        wanted: which questions.
    """

    path: Path
    weight: float = 1.0
    wanted: Wanted = ALL

    @cached_property
    def shards(self) -> tuple[Path, ...]:
        """In order of their names.

        Raises:
            SpatialError: BAD_REQUEST if there are none.
        """
        if self.path.is_file():
            return (self.path,)
        hidden = (path for path in self.path.rglob("*.tar") if not path.name.startswith("."))
        shards = tuple(sorted(hidden))
        if not shards:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{self.path} has no shards (*.tar): build a data set with `hispatial dataset "
                "build`, or name a folder that holds one",
            )
        return shards

    def samples(self) -> Iterator[tuple["Index", int]]:
        """Every sample in order: the index of its shard, and its number there."""
        for path in self.shards:
            index = index_shard(path)
            for number in range(len(index.samples)):
                yield index, number


@dataclass(frozen=True, eq=False)
class Index:
    """Where the samples of a shard lie; ``problem`` if it is damaged behind the last of them."""

    path: Path
    samples: Sequence[tuple[str, dict[str, Span]]]
    problem: str = ""

    def read(self, number: int) -> ReadSample:
        """A sample; only its own bytes are read.

        Raises:
            SpatialError: BAD_REQUEST if it is of no known layout or damaged.
            OSError: the shard cannot be read any more.
        """
        key, members = self.samples[number]
        parts = {}
        with self.path.open("rb") as file:
            for ending, (start, size) in members.items():
                file.seek(start)
                parts[ending] = file.read(size)
                if len(parts[ending]) < size:
                    raise SpatialError(ErrorCode.BAD_REQUEST, f"{self.path} is cut short")
        return interpret(key, parts, self.path)


def index_shard(path: Path) -> Index:
    """Never raises: of a shard that is cut short there are the samples before the cut."""
    samples: list[tuple[str, dict[str, Span]]] = []
    try:
        for sample in together(index_samples(path)):
            samples.append(sample)  # one by one: what came before an error counts
    except SpatialError as error:
        return Index(path, samples, str(error))
    return Index(path, samples, "" if samples else f"{path} is empty")
