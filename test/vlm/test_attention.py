"""Fused or product by product, with keys shared by queries, with and without a bias."""

import pytest
import torch

from hispatial_ros.vlm.attention import attend


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("length", [1, 5])
@pytest.mark.parametrize("biased", ["no", "keys", "queries"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_equals_the_definition(fused, length, biased, dtype):
    generator = torch.Generator().manual_seed(1)
    queries = torch.randn((2, length, 6, 8), generator=generator).to(dtype)
    keys, values = torch.randn((2, 2, 3, 7, 8), generator=generator).to(dtype)
    bias = None
    if biased != "no":
        rows = length if biased == "queries" else 1
        hidden = torch.rand((2, 1, rows, 7), generator=generator) < 0.4
        bias = torch.zeros(hidden.shape, dtype=dtype).masked_fill(hidden, torch.finfo(dtype).min)
    found = attend(queries, keys, values, bias, 0.3, fused)
    k, v = (each.float().repeat_interleave(2, 1) for each in (keys, values))
    scores = 0.3 * queries.float().transpose(1, 2) @ k.mT
    if bias is not None:
        scores = scores + bias.float()
    expected = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
    tolerance = 1e-6 if dtype is torch.float32 else 2e-2
    torch.testing.assert_close(found.float(), expected, atol=tolerance, rtol=tolerance)
    assert found.stride() == torch.empty(found.shape).stride()
