"""Rows: nothing cut, nothing lost, each token where its sample says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.train.batch import NO_LOSS, PADDING
from hispatial_ros.train.data.packing import FirstFit, collate
from hispatial_ros.train.data.sample import TrainingSample

IMAGE, TOKENS = 99, 4


def sample(n: int, prompt: int, answer: int) -> TrainingSample:
    rgb = np.full((2, 2, 3), n % 256, np.uint8)
    xyz = np.full((4, 2, 2), n, np.float32)
    prefix = [IMAGE] * TOKENS + [n % 50 + 1] * prompt
    return TrainingSample(rgb, xyz, prefix, [n % 50 + 50] * answer + [1])


SAMPLES = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 11)), max_size=60)


@given(SAMPLES, st.integers(1, 5), st.sampled_from([None, 1, 2]))
@settings(max_examples=100, deadline=None)
def test_rows_hold_every_sample_once_and_none_is_too_full(sizes, window, most):
    fit: FirstFit[int] = FirstFit(40, window, least=TOKENS + 2, most=most)
    lengths = [TOKENS + prompt + answer + 1 for prompt, answer in sizes]
    closed = []
    for n, length in enumerate(lengths):
        closed += fit.add(n, length)
        assert len(fit.rows) <= window
        again: FirstFit[int] = FirstFit(40, window, least=TOKENS + 2, most=most)
        again.restore([[(m, lengths[m]) for m in row] for row in fit.rows])
        assert again.rows == fit.rows
    rows = closed + fit.rows
    assert sorted(n for row in rows for n in row) == [*range(len(sizes))]
    assert all(sum(lengths[n] for n in row) <= 40 for row in rows)
    assert all(0 < len(row) <= (most or 40) for row in rows)


@given(SAMPLES.filter(bool))
@settings(max_examples=60, deadline=None)
def test_tokens_masks_and_positions_of_a_batch_are_those_of_its_samples(sizes):
    samples = [sample(n, *size) for n, size in enumerate(sizes)]
    fit: FirstFit[TrainingSample] = FirstFit(64, 3)
    rows = [row for one in samples for row in fit.add(one, len(one))] + fit.rows
    batch = collate(rows, 64, padding=0)
    batch.check(IMAGE, TOKENS)
    ordered = [one for row in rows for one in row]
    assert batch.xyz_values[:, 0, 0, 0].tolist() == [one.xyz[0, 0, 0] for one in ordered]
    assert batch.pixel_values.abs().max() <= 1
    place = 0
    for r, row in enumerate(rows):
        for n, one in enumerate(row):
            at = batch.sample_ids[r] == n
            assert at.nonzero()[:, 0].diff().eq(1).all()
            assert batch.input_ids[r, at].tolist() == one.prefix + one.suffix
            assert batch.position_ids[r, at].tolist() == [*range(1, len(one) + 1)]
            assert batch.token_type_ids[r, at].tolist() == [0] * len(one.prefix) + [1] * len(
                one.suffix
            )
            assert batch.labels[r, at].tolist() == [NO_LOSS] * len(one.prefix) + one.suffix
            place += len(one)
        rest = batch.sample_ids[r] == PADDING
        assert (batch.input_ids[r, rest] == 0).all()
        assert (batch.labels[r, rest] == NO_LOSS).all()
    assert int((batch.sample_ids != PADDING).sum()) == place


def test_tokens_of_places_have_their_own_weight():
    plain, with_places = sample(0, 2, 5), sample(1, 3, 5)
    with_places.told, with_places.told_weight = 4, 0.125
    assert collate([[plain]], 40, padding=0).weights is None
    batch = collate([[plain, with_places]], 40, padding=0)
    second = batch.weights[0, batch.sample_ids[0] == 1]
    start = len(with_places.prefix)
    assert second.tolist() == [1] * start + [0.125] * 4 + [1] * 2
    assert batch.total == 6 + 4 * 0.125 + 2
    assert collate([[plain]], 40, padding=0).total == 6
