"""RVL as compressed_depth_image_transport writes it, number by number."""

import struct

import numpy as np


def encode_rvl(depth: np.ndarray) -> bytes:
    """Width, height, then the words, of a depth image [H, W] uint16."""
    groups: list[int] = []

    def write(number: int) -> None:
        while number > 7:
            groups.append(number & 7 | 8)
            number >>= 3
        groups.append(number)

    pixels, at, previous = depth.ravel().tolist(), 0, 0
    while at < len(pixels):
        start = at
        while at < len(pixels) and not pixels[at]:
            at += 1
        write(at - start)
        start = at
        while at < len(pixels) and pixels[at]:
            at += 1
        write(at - start)
        for value in pixels[start:at]:
            difference = value - previous
            write(2 * difference if difference >= 0 else -2 * difference - 1)
            previous = value
    groups += [0] * (-len(groups) % 8)
    words = [
        sum(group << (28 - 4 * i) for i, group in enumerate(groups[first : first + 8]))
        for first in range(0, len(groups), 8)
    ]
    height, width = depth.shape
    return struct.pack(f"<II{len(words)}I", width, height, *words)
