"""The two parts of a layer compiled: their small kernels become few.

Only what lies around the attention is compiled, for single tokens: one graph for each part and
number of rows, whatever the number of layers, of lengths and of decoders in the process.
"""

import functools
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from hispatial_ros import __version__
from hispatial_ros.vlm.layers import after_attention, attention_inputs

log = logging.getLogger(__name__)


class Parts(NamedTuple):
    """``layers.attention_inputs`` and ``layers.after_attention``, or what they were compiled to."""

    before: Callable[..., tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
    after: Callable[..., torch.Tensor]


PLAIN = Parts(attention_inputs, after_attention)


@functools.cache
def compiled_parts(backend: Any = "inductor") -> Parts:
    """The same for all decoders of the process. They compile when called with new shapes."""
    options: dict[str, Any] = {"backend": backend, "fullgraph": True, "dynamic": False}
    before, after = (torch.compile(part, **options) for part in PLAIN)
    return Parts(before, after)  # type: ignore[arg-type]


class Compilation:
    """Compiles ``parts`` for these inputs on a thread of its own, so that answers go on meanwhile.

    Args:
        inputs: of the two parts, for each number of rows.
    """

    def __init__(self, parts: Parts, inputs: list[tuple[tuple, tuple]], device: torch.device):
        self._parts = parts
        self._inputs = inputs
        self._device = device
        self._threads = torch.get_num_threads()
        self._thread = threading.Thread(target=self._run, name="compiling", daemon=True)
        self.succeeded = False
        self._thread.start()

    @property
    def under_way(self) -> bool:
        return self._thread.is_alive()

    def wait(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        # States of the thread: what compiled code is valid for, and how often it may be made.
        torch.set_num_threads(self._threads)
        torch._dynamo.config.recompile_limit = 64  # numbers of rows; 8 would be 128 rows at most
        try:
            with torch.inference_mode(), _own_stream(self._device):
                for i, (before, after) in enumerate(self._inputs):
                    self._parts.before(*before)
                    self._parts.after(*after)
                    log.info("compiled %d of %d sizes of a layer", i + 1, len(self._inputs))
        except Exception as error:  # noqa: BLE001 - whatever a compiler raises, answers go on
            log.warning("decoding is not compiled: %s: %s", type(error).__name__, error)
        else:
            self.succeeded = True


def _own_stream(device: torch.device) -> Any:
    return torch.cuda.stream(torch.cuda.Stream(device) if device.type == "cuda" else None)


def keep_compiled(device: torch.device) -> Path | None:
    """Have the compiler keep what it makes, in a folder of these versions and this GPU.

    The compiler itself finds there only what fits code and versions; what it finds is executed, so
    a folder that others may write to is not used. One that is set in ``TORCHINDUCTOR_CACHE_DIR``
    stays. Only before the first compilation.
    """
    if found := os.environ.get("TORCHINDUCTOR_CACHE_DIR"):
        return Path(found)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    version = f"{__version__}-torch-{torch.__version__}-{name}".replace(" ", "-").replace("/", "-")
    root = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = root / "hispatial_ros" / "compiled" / version
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        log.warning("what is compiled is not kept, and is compiled at each start: %s", error)
        return None
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        log.warning(
            "%s is not used to keep what is compiled, as others may write to it: chmod 700 it",
            folder,
        )
        return None
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder)
    os.environ.setdefault("TRITON_CACHE_DIR", str(folder / "triton"))
    return folder
