import struct
import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hispatial_ros.demo import DESK
from hispatial_ros.intake.rvl import decode_rvl, rvl_size

from .rvl import encode_rvl

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)


def test_what_the_paper_s_code_writes():
    """Two zeros, then 1 and 10: counts 2 and 2, differences +1 and +9 as 2 and 18 = 2 + 2 * 8."""
    data = struct.pack("<III", 4, 1, 0x222A2000)
    assert decode_rvl(data).tolist() == [[0, 0, 1, 10]]
    assert encode_rvl(np.array([[0, 0, 1, 10]], np.uint16)) == data


@settings(max_examples=300)
@given(arrays.arrays(np.uint16, SHAPES, elements=st.integers(0, 65535) | st.just(0)))
def test_round_trip(depth):
    found = decode_rvl(encode_rvl(depth))
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, depth)


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (480, 1), (480, 640)])
@pytest.mark.parametrize("kind", ["zero", "flat", "noise", "every other", "full range"])
def test_sizes(shape, kind):
    rng = np.random.default_rng(3)
    depth = {
        "zero": lambda: np.zeros(shape),
        "flat": lambda: np.full(shape, 1500),
        "noise": lambda: rng.integers(0, 65536, shape),
        "every other": lambda: np.arange(np.prod(shape)).reshape(shape) % 2 * 1500,
        "full range": lambda: np.arange(np.prod(shape)).reshape(shape) % 2 * 65534 + 1,
    }[kind]().astype(np.uint16)
    np.testing.assert_array_equal(decode_rvl(encode_rvl(depth)), depth)


def test_a_real_frame():
    depth = cv2.imread(str(DESK / "depth.png"), cv2.IMREAD_UNCHANGED)
    data = encode_rvl(depth)
    assert rvl_size(data) == (640, 480)
    assert len(data) < depth.nbytes / 3
    start = time.perf_counter()
    np.testing.assert_array_equal(decode_rvl(data), depth)
    assert time.perf_counter() - start < 1


def test_every_truncation_is_told():
    data = encode_rvl(np.random.default_rng(1).integers(0, 3000, (6, 8)).astype(np.uint16))
    for size in range(len(data)):
        with pytest.raises(ValueError, match=r"short|missing"):
            decode_rvl(data[:size])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (struct.pack("<II", 0, 5), "empty"),
        (struct.pack("<III", 2, 1, 0x50000000), "more pixels"),
        (struct.pack("<II", 8, 8) + b"\xff" * 400, "short"),  # a number without an end
        (struct.pack("<II", 8, 8) + b"\0" * 400, "short"),  # runs of nothing
    ],
)
def test_damaged_data_is_told(data, words):
    with pytest.raises(ValueError, match=words):
        decode_rvl(data)


@settings(max_examples=300)
@given(st.integers(1, 20), st.integers(1, 20), st.binary(max_size=400))
def test_any_data_is_decoded_or_refused(width, height, data):
    try:
        found = decode_rvl(struct.pack("<II", width, height) + data)
    except ValueError:
        return
    assert found.shape == (height, width)
