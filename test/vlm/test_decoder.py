"""Padded prompts and padded reads of the cache give what unpadded ones do, and read no more."""

import numpy as np
import pytest
import torch

from hispatial_ros.vlm import graphs
from hispatial_ros.vlm.checkpoint import load_model
from hispatial_ros.vlm.decoder import CAPACITY_STEP, Decoder
from hispatial_ros.vlm.graphs import Graphs

EDGES = [1, 31, 32, 33, 63, 64, 65, 70]  # text lengths at and beside those that prompts get


@pytest.fixture(scope="module", params=["tiny", "small"])
def model(request, golden):
    return load_model(golden / request.param)


@pytest.fixture(scope="module")
def decoders(model):
    """One that pads and replays, one that does neither."""
    import tape

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graphs, "capture", tape.capture)
        recorded = Graphs(torch.device("cpu"))
        padding = Decoder(model, 4, 70, 20, recorded)
        with torch.inference_mode():
            for key, function in padding.recordable():
                recorded.record(key, function)
    return padding, Decoder(model, 4, 70, 20)


def prompts(model, lengths):
    rng = np.random.default_rng(sum(lengths))
    config = model.config.text_config
    shape = (len(lengths), model.image_tokens, config.hidden_size)
    features = torch.from_numpy(rng.normal(size=shape).astype(np.float32))
    top = config.vocab_size
    return list(features), [rng.integers(0, top, length).tolist() for length in lengths]


@pytest.mark.parametrize("lengths", [*([n] for n in EDGES), [33, 32], [64, 1, 70], [5, 31, 33, 65]])
def test_padding_changes_neither_logits_nor_tokens(model, decoders, lengths):
    features, texts = prompts(model, lengths)
    ends, logits, tokens = [], [], []
    for decoder in decoders:
        hidden, first = decoder.prefill(features, texts, 0)
        ends.append(hidden)
        logits.append(model.logits(hidden))
        chosen = [first.tolist()]
        for i in range(12):
            positions = [model.image_tokens + length + i for length in lengths]
            chosen.append(decoder.step(chosen[-1], positions).tolist())
        tokens.append(chosen)
    torch.testing.assert_close(ends[0], ends[1], atol=2e-5, rtol=1e-5)
    torch.testing.assert_close(logits[0], logits[1], atol=2e-5, rtol=1e-5)
    assert tokens[0] == tokens[1]


def test_padded_prompts_are_recorded_for_these_edges(model, decoders):
    padding, plain = decoders
    recorded = {key[1:] for key in padding._graphs._recorded if key[0] == "prompt"}
    assert recorded == {(rows, length) for rows in (1, 2) for length in (32, 64, 128)}
    assert not plain.graphed


def test_a_token_reads_the_cache_up_to_the_next_step_only(model, decoders, monkeypatch):
    """Bytes of keys and values are 2 * layers * rows * heads * size * capacity * bytes each."""
    padding, plain = decoders
    read = []
    attend = torch.nn.functional.scaled_dot_product_attention

    def watched(queries, keys, values, *arguments, **options):
        read.append(keys.nbytes + values.nbytes)
        return attend(queries, keys, values, *arguments, **options)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", watched)
    position = model.image_tokens + 3
    text = model.config.text_config
    each = 2 * text.num_key_value_heads * text.head_dim * 4  # of a token, float32
    plain.step([1, 1], [position, position - 2])
    assert read == [2 * each * (position + 1)] * text.num_hidden_layers
    read.clear()
    capacity = -(-(position + 1) // CAPACITY_STEP) * CAPACITY_STEP
    with torch.inference_mode():
        padding._step(padding._tokens[:, :2], capacity, True)
    assert read == [2 * each * capacity] * text.num_hidden_layers


@pytest.mark.parametrize("rows", [1, 3, 6])
def test_any_number_of_rows_finds_its_graphs(model, rows, tapes):
    recorded = Graphs(torch.device("cpu"))
    decoder = Decoder(model, rows, 32, 4, recorded)
    with torch.inference_mode():
        for key, function in decoder.recordable():
            recorded.record(key, function)
    replayed = []
    replay = recorded.replay
    recorded.replay = lambda key: replayed.append(key) or replay(key)
    features, texts = prompts(model, [9] * rows)
    decoder.prefill(features, texts, 0)
    decoder.step([1] * rows, [model.image_tokens + 9] * rows)
    together = {1: [1], 3: [2, 1], 6: [2, 2, 2]}[rows]
    prompts_replayed = [("prompt", count, 32) for count in together]
    assert replayed[:-1] == prompts_replayed
    assert replayed[-1][:2] == ("step", rows)
