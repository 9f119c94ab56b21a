"""Masks, packing, and the three implementations of attention."""

from dataclasses import fields
from types import SimpleNamespace

import pytest
import torch
from synthetic import make_batch
from torch.nn.attention.flex_attention import flex_attention
from torch.utils.checkpoint import CheckpointPolicy

from hispatial_ros.errors import SpatialError
from hispatial_ros.train import attention
from hispatial_ros.train import model as train_model
from hispatial_ros.train.attention import EAGER, FLEX, SDPA, kernel_options, masks
from hispatial_ros.train.model import TrainingModel

SAMPLES = [(3, 4), (7, 2), (1, 9), (5, 5)]


def losses(model, batch):
    """(sum of losses, gradients by name)."""
    model.zero_grad()
    loss = model(batch)
    loss.backward()
    gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    return loss.item(), gradients


def assert_equal(found, expected):
    """Of ``losses``, up to rounding."""
    (loss, gradients), (expected_loss, expected_gradients) = found, expected
    assert loss == pytest.approx(expected_loss, rel=1e-6)
    for name, gradient in gradients.items():
        scale = expected_gradients[name].abs().max()
        assert (gradient - expected_gradients[name]).abs().max() < 1e-4 * scale, name


def packed_and_not(config):
    """The same samples in rows of their own, and packed in two rows."""
    alone = make_batch(config, [[one] for one in SAMPLES])
    packed = make_batch(config, [SAMPLES[:2], SAMPLES[2:]])
    return alone, packed


def test_packed_loss_equals_the_unpacked_one(model):
    alone, packed = packed_and_not(model.hispatial.config)
    assert torch.equal(alone.pixel_values, packed.pixel_values)
    assert_equal(losses(model, packed), losses(model, alone))


def test_loss_is_the_sum_by_the_tokens_weights(model):
    batch = make_batch(model.hispatial.config, [SAMPLES])
    whole = losses(model, batch)
    batch.weights = torch.ones(batch.labels.shape)
    assert_equal(losses(model, batch), whole)
    parts = []
    for chosen in (batch.sample_ids < 2, batch.sample_ids >= 2):
        batch.weights = torch.where(chosen, 1.0, 0.0)
        parts.append(losses(model, batch)[0])
    assert min(parts) > 0
    assert sum(parts) == pytest.approx(whole[0], rel=1e-6)
    batch.weights = torch.where(batch.sample_ids < 2, 0.25, 1.0)
    assert losses(model, batch)[0] == pytest.approx(0.25 * parts[0] + parts[1], rel=1e-6)


def test_a_weighted_loss_is_not_rounded_by_autocast(model):
    batch = make_batch(model.hispatial.config, [SAMPLES])
    batch.weights = torch.full(batch.labels.shape, 0.3)
    with torch.autocast("cpu", torch.bfloat16):
        assert model(batch).dtype is torch.float32


@pytest.mark.parametrize(("shared", "small"), [(101_376, True), (166_912, False), (232_448, False)])
def test_blocks_fit_what_a_gpu_shares(monkeypatch, shared, small):
    monkeypatch.setattr(
        torch.cuda,
        "get_device_properties",
        lambda device: SimpleNamespace(shared_memory_per_block_optin=shared),
    )
    assert bool(kernel_options(torch.device("cuda"), FLEX)) == small
    assert not kernel_options(torch.device("cuda"), EAGER)
    assert not kernel_options(torch.device("cpu"), FLEX)


def test_options_reach_the_kernel(model, monkeypatch):
    seen = []

    def attend(*arguments, kernel_options, **others):
        seen.append(kernel_options)
        return flex_attention(*arguments, **others)

    monkeypatch.setattr(attention, "flex_attention", attend)
    options = {"kernel_options": {"fwd_num_stages": 2}}
    monkeypatch.setattr(train_model, "kernel_options", lambda device, implementation: options)
    flexible = TrainingModel(model.hispatial, 50.0, FLEX)
    with torch.no_grad():
        flexible(make_batch(model.hispatial.config, [SAMPLES]))
    assert seen == [options["kernel_options"]] * len(flexible.blocks)


def test_products_are_kept_but_for_an_adapters_wide_ones():
    products = torch.ops.aten.mm.default, torch.ops.aten.addmm.default
    save, repeat = CheckpointPolicy.MUST_SAVE, CheckpointPolicy.PREFER_RECOMPUTE
    for inner, width, expected in ((64, 256, save), (256, 4, save), (4, 256, repeat)):
        a, b = torch.ones(3, inner), torch.ones(inner, width)
        assert train_model._keep_products(None, products[0], a, b) is expected
        assert train_model._keep_products(None, products[1], a[0], a, b) is expected
    assert train_model._keep_products(None, torch.ops.aten.tanh.default, a) is repeat


def test_a_sample_is_not_seen_by_its_neighbour(model):
    _, packed = packed_and_not(model.hispatial.config)
    mask = masks(packed, ["full_attention"], None, EAGER, torch.float32)["full_attention"]
    sees = mask[:, 0] == 0
    same = packed.sample_ids[:, :, None] == packed.sample_ids[:, None]
    assert not (sees & ~same).any()
    suffix = packed.token_type_ids == 1
    place = torch.arange(suffix.shape[1])
    for row in range(2):
        inside = packed.sample_ids[row] >= 0
        for query in place[inside]:
            whole_prefix = same[row, query] & ~suffix[row]
            earlier = same[row, query] & suffix[row] & (place <= query)
            expected = whole_prefix | (earlier if suffix[row, query] else earlier & False)
            assert torch.equal(sees[row, query], expected)


def test_sliding_window_hides_what_is_behind(model):
    _, packed = packed_and_not(model.hispatial.config)
    kinds = ["full_attention", "sliding_attention"]
    found = masks(packed, kinds, 5, EAGER, torch.float32)
    place = torch.arange(packed.input_ids.shape[1])
    near = place[:, None] - place < 5
    full, sliding = found["full_attention"] == 0, found["sliding_attention"] == 0
    assert torch.equal(sliding, full & near)


def test_fused_attention_equals_eager_without_a_cap(model):
    _, packed = packed_and_not(model.hispatial.config)
    for block in model.blocks:
        block.self_attn.attn_logit_softcapping = None
    expected = losses(model, packed)
    model.hispatial.config.text_config._attn_implementation = SDPA
    assert_equal(losses(model, packed), expected)


def test_fused_attention_is_refused_where_scores_are_capped(model):
    with pytest.raises(SpatialError, match="use --attention eager"):
        TrainingModel(model.hispatial, 50.0, SDPA)


def test_flex_attention_equals_eager(model):
    """Forward only: on a CPU, FlexAttention has no gradients."""
    _, packed = packed_and_not(model.hispatial.config)
    text = model.hispatial.config.text_config
    with torch.no_grad():
        expected = model(packed)
        for block in model.blocks:  # so that the cap counts
            block.self_attn.q_proj.weight *= 8
            block.self_attn.attn_logit_softcapping = 2.0
        capped = model(packed)
        text._attn_implementation = FLEX
        assert model(packed).item() == pytest.approx(capped.item(), rel=1e-6)
        for block in model.blocks:
            block.self_attn.q_proj.weight /= 8
            block.self_attn.attn_logit_softcapping = 50.0
        assert model(packed).item() == pytest.approx(expected.item(), rel=1e-6)
    assert abs(capped - expected) > 1e-3


@pytest.mark.parametrize("recompute", ["selective", "full"])
def test_recomputed_activations_change_nothing(model, recompute):
    _, packed = packed_and_not(model.hispatial.config)
    expected, expected_gradients = losses(model, packed)
    model.recompute = recompute
    found, gradients = losses(model, packed)
    assert found == expected
    assert all(torch.equal(gradients[name], expected_gradients[name]) for name in gradients)


def test_vision_tower_is_frozen(model):
    _, packed = packed_and_not(model.hispatial.config)
    _, gradients = losses(model, packed)
    assert not any("vision_tower" in name for name in gradients)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained == set(gradients)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b, token: b.input_ids.masked_fill_(b.input_ids == token, 9), "slots"),
        (lambda b, token: b.labels.fill_(-100), None),
        (lambda b, token: b.labels[:, 0].fill_(7), "label"),
        (lambda b, token: b.position_ids.sub_(1), "from 1"),
    ],
)
def test_wrong_batches_are_told(small, model, change, message):
    config = model.hispatial.config
    batch = make_batch(config, [SAMPLES[:2]])
    tokens = model.hispatial.image_tokens
    batch.check(config.image_token_id, tokens)
    change(batch, config.image_token_id)
    if message is None:
        batch = type(batch)(*(getattr(batch, n) for n in list(batch.__dataclass_fields__)[:-1]))
        message = "no token has a label"
    with pytest.raises(SpatialError, match=message):
        batch.check(config.image_token_id, tokens)


def test_questions_about_one_image_share_it(model):
    """Encoded once, losses and gradients are those of an image for each."""
    alone = make_batch(model.hispatial.config, [[(3, 4), (5, 2)], [(4, 9)]])
    for values in (alone.pixel_values, alone.xyz_values):
        values[1] = values[0]
    alone.pixel_values[1, 0] += 0.1  # a box is drawn
    names = [one.name for one in fields(alone) if one.init]
    shared = type(alone)(*(getattr(alone, name) for name in names))
    shared.xyz_values = alone.xyz_values[[0, 2]]
    shared.points_of = torch.tensor([0, 0, 1])
    shared.check(model.hispatial.config.image_token_id, model.hispatial.image_tokens)
    expected, expected_gradients = losses(model, alone)
    found, gradients = losses(model, shared)
    assert found == expected
    for name, gradient in gradients.items():
        scale = expected_gradients[name].abs().max()
        assert (gradient - expected_gradients[name]).abs().max() < 1e-5 * scale, name
