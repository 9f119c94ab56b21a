"""The model's input for one frame in anonymous shared memory.

A memfd has no name in the file system: it is gone with the last process that holds it, however
that process ends, so nothing can leak.
"""

import itertools
import mmap
import os

import numpy as np

_numbers = itertools.count(1)  # next() is atomic


class SharedInput:
    """Model image and perhaps point map of one frame, for every process that gets the descriptor.

    ``key`` identifies the frame's content among all that this process shares.
    """

    def __init__(self, rgb: np.ndarray, xyz: np.ndarray | None = None):
        """rgb: [S, S, 3] uint8. xyz: [4, S, S] float32, metres and validity."""
        size = rgb.shape[0]
        if xyz is None:
            xyz = np.empty((0, size, size), np.float32)
        if rgb.shape != (size, size, 3) or xyz.shape not in ((4, size, size), (0, size, size)):
            raise ValueError(f"model input of shapes {rgb.shape} and {xyz.shape}")
        self.key = f"{os.getpid()}-{next(_numbers)}"
        self.size = size
        self.fd = os.memfd_create("hispatial_frame", os.MFD_CLOEXEC)
        try:
            os.truncate(self.fd, rgb.nbytes + xyz.nbytes)
            with mmap.mmap(self.fd, 0) as memory:
                memory[: rgb.nbytes] = np.ascontiguousarray(rgb, np.uint8).tobytes()
                memory[rgb.nbytes :] = np.ascontiguousarray(xyz, np.float32).tobytes()
        except BaseException:
            os.close(self.fd)
            raise

    def __del__(self) -> None:
        if hasattr(self, "fd"):
            os.close(self.fd)


def read_shared(fd: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Views of rgb [S, S, 3] uint8 and xyz [4, S, S] float32, or [0, S, S] if there is none.

    Closes ``fd``.
    """
    try:
        memory = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(fd)
    rgb = np.frombuffer(memory, np.uint8, size * size * 3).reshape(size, size, 3)
    xyz = np.frombuffer(memory, np.float32, offset=rgb.nbytes).reshape(-1, size, size)
    return rgb, xyz
