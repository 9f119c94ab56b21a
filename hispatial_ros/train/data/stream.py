"""An endless stream of batches that can be resumed at any of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from transformers import PaliGemmaConfig

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.batch import Batch
from hispatial_ros.train.data.order import Mix, Order, Place
from hispatial_ros.train.data.packing import FirstFit, collate
from hispatial_ros.train.data.points import METRIC
from hispatial_ros.train.data.question import SkipError
from hispatial_ros.train.data.sample import SampleMaker, TrainingSample
from hispatial_ros.train.data.source import Index, Source, index_shard
from hispatial_ros.vlm.tokenizer import PromptTokenizer

WINDOW_ROWS = 4  # that are filled at the same time
# Epochs without one usable sample after which a source is given up. With shards split among many
# streams, one of them may get only bad ones for some epochs.
PASSES = 20
INDEXES = 256  # shards whose index is kept
NAMED = 20  # skipped samples of each reason that are named; the others are counted
SHORTEST = 4  # tokens of a sample beside its image: bos, newline, one of the answer, eos


@dataclass(frozen=True)
class Plan:
    """What the batches of a run are made of; the same on all ranks.

    Attributes:
        sources: with their weights.
        tokenizer, config: of the checkpoint.
        tokens: L, length of a row. rows: B, of a batch.
        questions: about each image, one after the other.
        pack: several samples in a row; else one, padded to the longest of the batch.
        shuffle: samples that are mixed with each other.
        seed: of order, questions and formats.
        points: one of ``points.POINTS``, as which the model gets them.
    """

    sources: Sequence[Source]
    tokenizer: PromptTokenizer
    config: PaliGemmaConfig
    tokens: int
    rows: int
    pack: bool = True
    shuffle: int = 2000
    seed: int = 0
    points: str = METRIC
    questions: int = 1


@dataclass(eq=False)
class Packed:
    """A batch, the state of its stream after it, and which samples were skipped since the last."""

    batch: Batch
    state: dict[str, Any]
    skips: list[str] = field(default_factory=list)

    def pin_memory(self) -> "Packed":
        """For the DataLoader of torch, which calls it by name."""
        return Packed(self.batch.pin_memory(), self.state, self.skips)


@dataclass(frozen=True, eq=False)
class _Placed:
    sample: TrainingSample
    at: tuple[int, Place, int]  # number of its source, place in that, which question about it


class Stream:
    """Batches for one worker of one rank.

    Args:
        plan: of the run. stream, streams: which one of all workers of all ranks.
        state: of a stream of the same plan, to go on behind that.

    Raises:
        SpatialError: BAD_REQUEST if a source has no shards.
    """

    def __init__(
        self, plan: Plan, stream: int = 0, streams: int = 1, state: dict[str, Any] | None = None
    ):
        self._plan = plan
        self._maker = SampleMaker(plan.tokenizer, plan.config, plan.points)
        self._index = lru_cache(INDEXES)(self._open_index)
        self._skips: list[str] = []
        self._damaged: set[tuple[int, int]] = set()  # shards that were counted: source, shard
        self.skipped: Counter[str] = Counter()
        self.samples = 0
        self._mix = Mix([source.weight for source in plan.sources])
        self._orders = [
            Order(
                len(source.shards),
                lambda shard, s=s: len(self._index(s, shard).samples),  # type: ignore[misc]
                (plan.seed, s),
                stream,
                streams,
                plan.shuffle,
            )
            for s, source in enumerate(plan.sources)
        ]
        self._fruitful = [0] * len(plan.sources)  # the last epoch with a usable sample
        self._rows: FirstFit[_Placed] = FirstFit(
            plan.tokens,
            WINDOW_ROWS,
            self._maker.image_tokens + SHORTEST,
            None if plan.pack else 1,
        )
        self._closed: list[list[_Placed]] = []
        if state is not None:
            self._load(state)

    def __iter__(self) -> Iterator[Packed]:
        """Without end.

        Raises:
            SpatialError: BAD_REQUEST if a source has no usable sample.
        """
        while True:
            while len(self._closed) < self._plan.rows:
                for placed in self._next():
                    self.samples += 1
                    self._closed += self._rows.add(placed, len(placed.sample))
            rows = [[placed.sample for placed in row] for row in self._closed[: self._plan.rows]]
            self._closed = self._closed[self._plan.rows :]
            length = self._plan.tokens
            if not self._plan.pack:
                length = max(len(sample) for row in rows for sample in row)
            batch = collate(rows, length, self._plan.config.pad_token_id or 0)
            yield Packed(batch, self.state_dict(), self._skips)
            self._skips = []

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and dicts."""

        def places(rows: Sequence[Sequence[_Placed]]) -> list[list[list[int]]]:
            return [[[p.at[0], *p.at[1], p.at[2]] for p in row] for row in rows]

        return {
            "mix": self._mix.state_dict(),
            "orders": [order.state_dict() for order in self._orders],
            "fruitful": [*self._fruitful],
            "open": places(self._rows.rows),
            "closed": places(self._closed),
            "samples": self.samples,
            "skipped": dict(self.skipped),
            "damaged": sorted([*shard] for shard in self._damaged),
        }

    def _load(self, state: dict[str, Any]) -> None:
        self._damaged = {(source, shard) for source, shard in state["damaged"]}
        self._mix.load_state_dict(state["mix"])
        for order, its in zip(self._orders, state["orders"], strict=True):
            order.load_state_dict(its)
        self._fruitful = [*state["fruitful"]]

        def again(rows: Sequence[Sequence[Sequence[int]]]) -> list[list[_Placed]]:
            return [[self._make(s, Place(*at), which) for s, *at, which in row] for row in rows]

        self._rows.restore([[(p, len(p.sample)) for p in row] for row in again(state["open"])])
        self._closed = again(state["closed"])
        self.samples = state["samples"]
        self.skipped = Counter(state["skipped"])

    def _next(self) -> list[_Placed]:
        """All questions about the next image that has them."""
        source = self._mix.next()
        order = self._orders[source]
        while True:
            place = order.next(self._fruitful[source] + PASSES - order.epoch)
            if place is None:
                raise self._barren(source)
            placed = []
            for which in range(self._plan.questions):
                try:
                    placed.append(self._make(source, place, which))
                except SkipError as error:
                    index = self._index(source, place.shard)
                    self._skip(str(error), f"{index.path}: {index.samples[place.number][0]}", error)
            if placed:
                self._fruitful[source] = place.epoch
                return placed

    def _make(self, source: int, place: Place, which: int) -> _Placed:
        """The same sample whenever and wherever it is made.

        Raises:
            SkipError: it cannot be trained on.
        """
        index = self._index(source, place.shard)
        rng = np.random.default_rng([self._plan.seed, source, *place, which])
        sample = self._maker.make(index, place.number, self._plan.sources[source].wanted, rng)
        if len(sample) > self._plan.tokens:
            raise SkipError("longer than a row")
        sample.image = (source, *place)
        return _Placed(sample, (source, place, which))

    def _open_index(self, source: int, shard: int) -> Index:
        index = index_shard(self._plan.sources[source].shards[shard])
        if index.problem and (source, shard) not in self._damaged:
            self._damaged.add((source, shard))
            reason = "shard cut short" if index.samples else "unreadable shard"
            self._skip(reason, index.problem)
        return index

    def _skip(self, reason: str, what: str, error: Exception | None = None) -> None:
        self.skipped[reason] += 1
        if self.skipped[reason] <= NAMED:
            why = "" if error is None or error.__cause__ is None else f" ({error.__cause__})"
            self._skips.append(f"{what}: {reason}{why}")

    def _barren(self, source: int) -> SpatialError:
        reasons = ", ".join(f"{n} x {reason}" for reason, n in sorted(self.skipped.items()))
        return SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{self._plan.sources[source].path} has no sample to train on ({reasons}): look at it "
            "with `hispatial dataset card`, or leave it out of the mix",
        )
