import numpy as np
import torch

from hispatial_ros.vlm.point_encoder import CHANNELS, PointEncoder, encode_points


def test_channels_are_sines_then_cosines_per_axis_then_validity():
    rng = np.random.default_rng(0)
    xyz = rng.uniform(-250, 250, (2, 4, 3, 5)).astype(np.float32)
    encoded = encode_points(torch.from_numpy(xyz)).numpy()
    assert encoded.shape == (2, CHANNELS, 3, 5)
    frequency = 10000.0 ** (-np.arange(32) / 32)
    phase = xyz[:, :3, None].astype(float) * frequency[:, None, None]
    for axis in range(3):
        start = 64 * axis
        np.testing.assert_allclose(
            encoded[:, start : start + 32], np.sin(phase[:, axis]), atol=5e-5
        )
        np.testing.assert_allclose(
            encoded[:, start + 32 : start + 64], np.cos(phase[:, axis]), atol=5e-5
        )
    np.testing.assert_array_equal(encoded[:, -1], xyz[:, 3])


def test_low_precision_is_only_the_last_step():
    xyz = torch.full((1, 4, 1, 1), 249.7)
    exact = encode_points(xyz)
    rounded = encode_points(xyz, torch.bfloat16)
    assert torch.equal(rounded, exact.to(torch.bfloat16))


def test_patches_are_those_of_the_convolution():
    encoder = PointEncoder(features=5, patch_size=2)
    xyz = torch.rand(3, 4, 4, 6)
    whole = encoder(xyz)
    assert whole.shape == (3, 6, 5)
    torch.testing.assert_close(whole, encoder.conv(encode_points(xyz)).flatten(2).transpose(1, 2))
