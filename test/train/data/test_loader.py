"""Batches: the same for the same run, resumed at the next one, whatever is broken on the way."""

import json
import os
import shutil
import signal
from dataclasses import replace
from unittest.mock import Mock

import pytest
import torch

from hispatial_ros.dataset.shards.tar import TarWriter, read_samples
from hispatial_ros.errors import SpatialError
from hispatial_ros.train.batch import NO_LOSS, PADDING
from hispatial_ros.train.data.loader import BatchLoader
from hispatial_ros.train.data.source import Source
from test.train.data.conftest import FRAMES


def take(loader, number):
    return [next(loader) for _ in range(number)]


def same(one, other):
    names = ("pixel_values", "xyz_values", "input_ids", "labels", "sample_ids", "position_ids")
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)


def all_same(ones, others):
    return len(ones) == len(others) and all(map(same, ones, others))


def test_batches_are_as_promised_and_repeatable(plan, config):
    loader = BatchLoader(plan)
    batches = take(loader, 6)
    for batch in batches:
        batch.check(config.image_token_id, 256)
        assert batch.input_ids.shape == (plan.rows, plan.tokens)
        assert batch.pixel_values.shape[1:] == (3, 224, 224)
    assert all_same(batches, take(BatchLoader(plan), 6))
    assert not same(batches[0], next(BatchLoader(replace(plan, seed=1))))
    assert loader.epochs[0] > 0
    assert loader.samples >= sum(batch.samples for batch in batches)
    filled = sum(int((b.sample_ids != PADDING).sum()) for b in batches)
    assert filled / (6 * plan.rows * plan.tokens) > 0.7


def test_unpacked_is_one_sample_a_row(plan):
    batch = next(BatchLoader(replace(plan, pack=False, rows=3)))
    assert batch.samples == 3
    assert set(batch.sample_ids.unique().tolist()) <= {0, PADDING}
    lengths = (batch.sample_ids == 0).sum(1)
    assert lengths.max() == batch.input_ids.shape[1]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_resumed_loader_goes_on_with_the_next_batch(plan, opened, wild, workers):
    plan = replace(plan, sources=[Source(opened, 2), Source(wild, 1)])
    loader = BatchLoader(plan, workers=workers)
    take(loader, 2)
    state = json.loads(json.dumps(loader.state_dict()))  # plain values
    expected = take(loader, 3)
    again = BatchLoader(plan, workers=workers)
    again.load_state_dict(state)
    assert all_same(take(again, 3), expected)
    assert again.state_dict() == loader.state_dict()
    assert loader.waited > 0
    loader.close()
    assert same(next(loader), next(again))


def test_several_questions_share_an_image_and_resume(plan, config):
    plan = replace(plan, questions=3, pack=False, rows=6)
    loader = BatchLoader(plan)
    first = next(loader)
    first.check(config.image_token_id, 256)
    assert first.samples == 6
    assert first.points_of.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(first.xyz_values) == 2
    assert len({tuple(row.tolist()) for row in first.input_ids}) > 2
    state = json.loads(json.dumps(loader.state_dict()))
    again = BatchLoader(plan)
    again.load_state_dict(state)
    assert same(next(loader), next(again))


def test_a_worker_that_is_killed_costs_no_batch(plan):
    expected = take(BatchLoader(plan), 6)  # a worker makes the same batches
    told = []
    loader = BatchLoader(plan, workers=1, listener=told.append)
    batches = take(loader, 2)
    os.kill(loader._batches._workers[0].pid, signal.SIGKILL)
    batches += take(loader, 4)
    assert all_same(batches, expected)
    assert any("has died" in text for text in told)


@pytest.mark.parametrize(
    "error",
    [
        EOFError(),
        ConnectionResetError(104, "reset by peer"),
        RuntimeError("Pin memory thread exited unexpectedly"),
    ],
)
def test_a_worker_that_dies_while_it_hands_over_a_batch(plan, error):
    """Its connections end before it is seen to be dead."""
    expected = take(BatchLoader(plan), 3)
    told = []
    loader = BatchLoader(plan, workers=1, listener=told.append)
    batches = take(loader, 1)
    loader._batches._try_get_data = Mock(side_effect=error)
    batches += take(loader, 2)
    assert all_same(batches, expected)
    assert any("has died" in text for text in told)


def test_an_error_in_a_worker_is_no_death(plan):
    loader = BatchLoader(plan, workers=1)
    take(loader, 1)
    text = "Caught EOFError in DataLoader worker process 0."
    loader._batches._try_get_data = Mock(side_effect=EOFError(text))
    with pytest.raises(EOFError, match="Caught"):
        take(loader, 3)


def test_other_data_is_not_resumed(plan):
    state = BatchLoader(plan).state_dict()
    for other in (replace(plan, seed=3), replace(plan, tokens=800)):
        with pytest.raises(SpatialError, match="cannot be resumed"):
            BatchLoader(other).load_state_dict(state)
    with pytest.raises(SpatialError, match="world: 1 -> 2"):
        BatchLoader(plan, world=2).load_state_dict(state)


def test_ranks_and_workers_see_different_samples(plan, opened):
    """Each picture once in the first epoch of all streams together."""
    plan = replace(plan, pack=False, rows=1)
    seen = []
    for rank in range(2):
        loader = BatchLoader(plan, rank=rank, world=2, workers=0)
        while True:
            batch = next(loader)
            if loader.epochs[0] > 0:
                break
            seen.append(batch.xyz_values[0].double().sum().item())
    assert len(set(seen)) == len(seen) == FRAMES


def damaged(opened, folder, parts_of):
    """A copy of the first shard, with the parts of its first sample changed."""
    folder.mkdir(exist_ok=True)
    samples = [*read_samples(sorted((opened / "shards").glob("*.tar"))[0])]
    with TarWriter(folder / "bad.tar") as tar:
        for n, (key, parts) in enumerate(samples):
            tar.add(key, parts_of(parts) if n == 0 else parts)
    return folder


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda parts: {"jpg": parts["jpg"]}, "unreadable sample"),
        (lambda parts: parts | {"jpg": parts["jpg"][:500]}, "unreadable sample"),
        (lambda parts: parts | {"depth.png": b"no PNG"}, "unreadable sample"),
        (lambda parts: parts | {"json": b"{"}, "unreadable sample"),
        (lambda parts: parts | {"json": b'{"pairs": []}'}, "unreadable sample"),
        (lambda parts: parts | {"json": b"[]"}, "unreadable sample"),
    ],
)
def test_a_bad_sample_is_skipped_counted_and_named(plan, opened, tmp_path, change, reason):
    folder = damaged(opened, tmp_path / "bad", change)
    told = []
    loader = BatchLoader(replace(plan, sources=[Source(folder)]), listener=told.append)
    take(loader, 2)
    assert loader.skipped[reason] >= 1
    first = next(key for key, _ in read_samples(folder / "bad.tar"))
    assert any(first in text and "bad.tar" in text for text in told)


def test_bad_shards_are_skipped_counted_and_named(plan, opened, tmp_path):
    for path in (opened / "shards").glob("*.tar"):
        shutil.copy(path, tmp_path)
    first, *_ = sorted(tmp_path.glob("*.tar"))
    size = first.stat().st_size
    (tmp_path / "cut.tar").write_bytes(first.read_bytes()[: size - size // 4])
    (tmp_path / "text.tar").write_text("this is no tar file " * 100)
    (tmp_path / "empty.tar").write_bytes(b"")
    told = []
    loader = BatchLoader(replace(plan, sources=[Source(tmp_path)]), listener=told.append)
    take(loader, 12)
    assert loader.skipped == {"shard cut short": 1, "unreadable shard": 2}
    for name in ("cut.tar", "text.tar", "empty.tar"):
        assert sum(name in text for text in told) == 1


def test_a_source_without_a_usable_sample_is_an_error(plan, opened, tmp_path):
    with pytest.raises(SpatialError, match="has no shards"):
        BatchLoader(replace(plan, sources=[Source(tmp_path)]))
    (tmp_path / "text.tar").write_text("this is no tar file " * 100)
    plan = replace(plan, sources=[Source(opened), Source(tmp_path)])
    for workers in (0, 1):
        with pytest.raises(SpatialError, match="1 x unreadable shard"):
            take(BatchLoader(plan, workers=workers), 3)
    with pytest.raises(SpatialError, match="above zero"):
        BatchLoader(replace(plan, sources=[Source(opened, 0.0)]))


def test_too_long_samples_are_dropped_not_cut(plan, config):
    loader = BatchLoader(replace(plan, tokens=340))
    batches = take(loader, 3)
    assert loader.skipped["longer than a row"] > 0
    for batch in batches:
        for row, labels in zip(batch.input_ids, batch.labels, strict=True):
            kept = labels[labels != NO_LOSS]
            assert kept[-1] == config.eos_token_id
            assert int((row == config.eos_token_id).sum()) == 1


def test_weights_are_kept(plan, opened, rooms):
    plan = replace(plan, sources=[Source(opened, 1), Source(rooms, 3)], rows=1, pack=False)
    loader = BatchLoader(plan)
    take(loader, 12)
    assert loader.state_dict()["streams"][0]["mix"]["counts"] == [3, 9]
