"""Samples packed into rows of a fixed length; no sample is cut."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

import numpy as np
import torch

from hispatial_ros.train.batch import NO_LOSS, PADDING, Batch
from hispatial_ros.train.data.sample import TrainingSample

T = TypeVar("T")


class FirstFit(Generic[T]):
    """Puts each item into the first open row with room for it, deterministically.

    A row is closed when the shortest item would not fit any more, or, being the fullest, when
    ``window`` rows are open and another one is needed.

    Args:
        length: of a row. window: rows that are open at most.
        least: length of the shortest item. most: items of a row at most.
    """

    def __init__(self, length: int, window: int, least: int = 1, most: int | None = None):
        self._length, self._window, self._least, self._most = length, window, least, most
        self._open: list[list[tuple[T, int]]] = []

    def add(self, item: T, length: int) -> list[list[T]]:
        """Rows that are closed by an item, which fits into an empty row."""
        closed = []
        row = next((row for row in self._open if self._room(row) >= length), None)
        if row is None:
            if len(self._open) == self._window:
                fullest = min(range(self._window), key=lambda r: self._room(self._open[r]))
                closed.append(self._open.pop(fullest))  # the oldest of equals
            row = []
            self._open.append(row)
        row.append((item, length))
        if self._room(row) < self._least or len(row) == self._most:
            self._open = [other for other in self._open if other is not row]
            closed.append(row)
        return [[item for item, _ in row] for row in closed]

    @property
    def rows(self) -> list[list[T]]:
        """The open rows, oldest first."""
        return [[item for item, _ in row] for row in self._open]

    def restore(self, rows: Iterable[Iterable[tuple[T, int]]]) -> None:
        """Open rows with the items and their lengths, as `rows` gave them."""
        self._open = [[*row] for row in rows]

    def _room(self, row: Sequence[tuple[T, int]]) -> int:
        return self._length - sum(length for _, length in row)


def collate(rows: Sequence[Sequence[TrainingSample]], length: int, padding: int) -> Batch:
    """A batch of rows of samples.

    Args:
        rows: samples by row. length: L, of every row. padding: id of padding tokens.
    """
    shape = (len(rows), length)
    ids, positions = np.full(shape, padding, np.int64), np.zeros(shape, np.int64)
    types, owners = np.zeros(shape, np.int64), np.full(shape, PADDING, np.int64)
    labels, weights = np.full(shape, NO_LOSS, np.int64), np.ones(shape, np.float32)
    for r, row in enumerate(rows):
        start = 0
        for n, sample in enumerate(row):
            answer, end = start + len(sample.prefix), start + len(sample)
            ids[r, start:answer] = sample.prefix
            ids[r, answer:end] = labels[r, answer:end] = sample.suffix
            types[r, answer:end] = 1
            weights[r, answer : answer + sample.told] = sample.told_weight
            positions[r, start:end] = np.arange(1, len(sample) + 1)
            owners[r, start:end] = n
            start = end
    samples = [sample for row in rows for sample in row]
    images, image_of = _shared([(s.rgb, None if s.boxed else s.image) for s in samples])
    points, points_of = _shared([(s.xyz, s.image) for s in samples])
    return Batch(
        pixel_values=normalised(images),
        xyz_values=torch.from_numpy(np.stack(points)),
        input_ids=torch.from_numpy(ids),
        position_ids=torch.from_numpy(positions),
        token_type_ids=torch.from_numpy(types),
        labels=torch.from_numpy(labels),
        sample_ids=torch.from_numpy(owners),
        weights=None if (weights == 1).all() else torch.from_numpy(weights),
        image_of=image_of,
        points_of=points_of,
    )


def normalised(images: Sequence[np.ndarray]) -> torch.Tensor:
    """Images [S, S, 3] uint8 as SigLIP takes them: [N, 3, S, S] float32."""
    rgb = torch.from_numpy(np.stack(images))
    return (rgb.permute(0, 3, 1, 2).contiguous() / 255 - 0.5) / 0.5


def _shared(
    arrays: Sequence[tuple[np.ndarray, Hashable]],
) -> tuple[list[np.ndarray], torch.Tensor | None]:
    """Each array once, and which one every sample has; None if no two samples share one.

    Args:
        arrays: with what those that are equal have in common; None: it is the only one.
    """
    numbers: dict[Hashable, int] = {}
    kept: list[np.ndarray] = []
    which = []
    for i, (array, name) in enumerate(arrays):
        number = numbers.setdefault(("alone", i) if name is None else name, len(kept))
        which.append(number)
        if number == len(kept):
            kept.append(array)
    return kept, None if len(kept) == len(arrays) else torch.tensor(which)
