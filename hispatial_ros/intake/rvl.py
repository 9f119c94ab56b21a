"""RVL, the lossless code of depth images that the transport ``compressedDepth`` offers beside PNG.

A. D. Wilson, "Fast Lossless Depth Image Compression", ISS 2017. Pixels come as runs: how many are
0, how many are not, and for each of the latter its difference to the one before that was not 0,
with the sign in the lowest bit. A number is written in groups of 3 bits, the lowest first, each
with a bit before it that says whether another follows. Eight groups make a 32-bit word, the first
in its highest bits. compressed_depth_image_transport puts width and height before the words.
"""

import struct

import numpy as np

SIZE = struct.Struct("<II")
MAX_GROUPS = 11  # of one number of 32 bits
MAX_WORDS = 4  # per pixel: a difference of 6 groups and two counts of 11


def rvl_size(data: bytes) -> tuple[int, int]:
    """Width and height. ValueError if the data is too short for them, or one of them is 0."""
    if len(data) < SIZE.size:
        raise ValueError(f"{len(data)} bytes are too short")
    width, height = SIZE.unpack_from(data)
    if not width * height:
        raise ValueError(f"it is empty ({width}x{height})")
    return width, height


def decode_rvl(data: bytes) -> np.ndarray:
    """Depth image [H, W] uint16. ValueError if the data is cut short or damaged."""
    width, height = rvl_size(data)
    pixels = width * height
    count = min((len(data) - SIZE.size) // 4, MAX_WORDS * pixels + 2)
    numbers = _numbers(np.frombuffer(data, "<u4", count, SIZE.size))
    zeros, others = _runs(numbers, pixels)
    # Before a difference lie all differences before it, and two counts for each run.
    order = np.arange(int(others.sum()))  # of the pixels that are not 0
    coded = numbers[order + np.repeat(2 * np.arange(1, len(others) + 1), others)]
    differences = (coded >> 1) ^ -(coded & 1)
    depth = np.zeros(pixels, np.uint16)
    depth[order + np.repeat(np.cumsum(zeros), others)] = np.cumsum(differences) & 0xFFFF
    return depth.reshape(height, width)


def _numbers(words: np.ndarray) -> np.ndarray:
    """All numbers in the words, int64; one that is cut off at the end is left out."""
    shifts = np.arange(28, -1, -4, dtype=np.uint32)
    groups = ((words[:, None] >> shifts) & 15).astype(np.uint8).ravel()
    ends = np.flatnonzero(groups < 8)
    if not len(ends):
        return np.zeros(0, np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    numbers = np.zeros(len(ends), np.int64)
    for i in range(min(int(lengths.max()), MAX_GROUPS)):
        longer = np.flatnonzero(lengths > i)
        numbers[longer] |= (groups[starts[longer] + i] & 7).astype(np.int64) << (3 * i)
    return numbers


def _runs(numbers: np.ndarray, pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of pixels that are 0 and of those that are not, run by run."""
    at, left = 0, pixels
    known = memoryview(numbers)
    zeros, others = [], []
    while left > 0:
        if at + 2 > len(numbers):
            break
        zero, other = known[at], known[at + 1]
        at += 2 + other
        left -= zero + other
        zeros.append(zero)
        others.append(other)
    if left > 0 or at > len(numbers):
        raise ValueError(f"it is cut short, {max(left, 0)} of {pixels} pixels are missing")
    if left < 0:
        raise ValueError("it is damaged: it holds more pixels than its size says")
    return np.array(zeros, np.int64), np.array(others, np.int64)
