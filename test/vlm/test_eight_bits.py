"""Eight bits: how far products and answers are from those of more, and where they are refused."""

import pytest
import torch

from hispatial_ros.errors import SpatialError
from hispatial_ros.vlm.checkpoint import load_model
from hispatial_ros.vlm.eight_bits import as_they_are, check_device, product, rounded, simulated
from hispatial_ros.vlm.layers import layers_of, to_eight_bits
from hispatial_ros.vlm.verify import compare, load_golden


def test_a_value_is_rounded_to_four_bits_of_its_own(golden):
    matrix = torch.randn((5, 64), generator=torch.Generator().manual_seed(0))
    matrix[1] *= 1e4  # each row has its scale
    matrix[2] = 0
    bits, scale = rounded(matrix)
    back = bits.float() * scale[:, None]
    assert bits.dtype is torch.float8_e4m3fn
    largest = matrix.abs().amax(1, keepdim=True)
    assert ((back - matrix).abs() <= matrix.abs() / 16 + largest / 448 / 512).all()
    assert (back.abs().amax(1) == largest[:, 0]).all()


@pytest.mark.parametrize("shape", [(1, 1, 64), (2, 7, 64)])
def test_a_product_errs_by_the_rounding_alone(shape):
    generator = torch.Generator().manual_seed(1)
    x, weight = torch.randn(shape, generator=generator), torch.randn((48, 64), generator=generator)
    found = product(x.bfloat16(), rounded(weight))
    assert found.dtype is torch.bfloat16
    assert found.shape == (*shape[:-1], 48)
    expected = x @ weight.T
    assert (found.float() - expected).pow(2).mean().sqrt() < 0.06 * expected.std()
    exact = rounded(x.bfloat16())
    again = (exact.bits.float() * exact.scale[..., None]) @ (
        rounded(weight).bits.float() * rounded(weight).scale[:, None]
    ).T
    torch.testing.assert_close(found.float(), again, atol=0.1, rtol=2**-7)


def test_layers_keep_half_the_bytes_and_most_answers(checkpoint):
    model = load_model(checkpoint, dtype=torch.bfloat16)
    before = sum(w.nbytes for layer in layers_of(model, False) for w in layer.gate_up)
    to_eight_bits(model)
    layers = layers_of(model, join=True)
    assert sum(layer.gate_up[0].bits.nbytes for layer in layers) == before // 2
    report = compare(model, load_golden(checkpoint / "golden.npz", model))
    assert report.agreement > 0.7
    assert all(difference < 1.0 for difference in report.differences.values())


@pytest.mark.parametrize(
    ("capability", "sides", "says"),
    [((8, 6), {64}, "has 8.6: choose bf16"), ((9, 0), {36, 64}, "multiples of 16")],
)
def test_a_gpu_that_cannot_is_refused(monkeypatch, capability, sides, says):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    with pytest.raises(SpatialError, match=says):
        check_device(torch.device("cuda"), sides)
    check_device(torch.device("cpu"), sides)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_multiplied_as_they_are_or_simulated_is_the_same(rows, device):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    generator = torch.Generator().manual_seed(1)
    x = rounded(torch.randn((rows, 64), generator=generator).to(device))
    weight = rounded(torch.randn((48, 64), generator=generator).to(device))
    try:
        found = as_they_are(x, weight, torch.bfloat16)
    except (RuntimeError, ValueError) as error:
        if device == "cpu":
            pytest.skip(f"not on this CPU: {error}")
        raise
    torch.testing.assert_close(found, simulated(x, weight, torch.bfloat16), atol=0.02, rtol=0.02)
