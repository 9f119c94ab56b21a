"""A stand-in for CUDA graphs: operations are remembered with their tensors and done again.

As with a graph, no Python runs at a replay, so what was decided on values stays decided; inputs are
read where they were, results appear where they did, and those of other tapes are overwritten.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
# In inference mode also operations that are made of others are seen as such.
# What waits for the device, has a shape that depends on values, or brings data from the host.
FORBIDDEN = {
    aten.item.default,
    aten.nonzero_numpy.default,
    aten.argwhere.default,
    aten.unique_dim.default,
    aten._unique2.default,
    aten.allclose.default,
    aten._local_scalar_dense.default,
    aten.nonzero.default,
    aten.masked_select.default,
    aten.equal.default,
    aten.is_nonzero.default,
    aten.lift_fresh.default,
    aten.unique_consecutive.default,
    aten._pin_memory.default,
}
# Wait for the number of those that are true where indices are masks.
INDEXING = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default}


class Tape(TorchDispatchMode):
    """Remembers what is done while it is active. Raises RuntimeError, as a capture does."""

    def __init__(self, others):
        super().__init__()
        self._done = []
        self._others = others  # of the same memory
        self.results = ()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        indices = args[1] if func in INDEXING else ()
        if func in FORBIDDEN or any(i is not None and i.dtype is torch.bool for i in indices):
            raise RuntimeError(f"operation not permitted when stream is capturing: {func}")
        result = func(*args, **kwargs)
        self._done.append((func, args, kwargs, result))
        return result

    def replay(self):
        with torch.inference_mode():
            for tape in self._others:
                for result in tape.results if tape is not self else ():
                    result.fill_(float("nan") if result.is_floating_point() else -1)
            for func, args, kwargs, result in self._done:
                again = func(*args, **kwargs)
                for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                    if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                        assert old.shape == new.shape
                        old.copy_(new)

    def pool(self):
        return self._others

    def __len__(self):
        return len(self._done)


def capture(function, device, pool=None):
    """In place of ``graphs.capture``."""
    function()
    tape = Tape([] if pool is None else pool)
    with tape:
        tape.results = function()
    tape.pool().append(tape)
    return tape, tape.results
