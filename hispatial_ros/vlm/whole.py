"""Networks of transformers that are whole: every weight is from the checkpoint's safetensors."""

from typing import Any

from safetensors import SafetensorError

# What a folder that is no usable checkpoint ends in.
UNUSABLE = (OSError, ValueError, KeyError, RuntimeError, SafetensorError)


def load_whole(kind: Any, folder: Any, **options: Any) -> Any:
    """A network of a class of transformers.

    Args:
        kind: the class, or an ``AutoModelFor...``.
        folder: of the checkpoint.
        options: of ``from_pretrained``.

    Raises:
        ValueError: weights are missing; transformers would make them up.
        OSError, KeyError, RuntimeError, SafetensorError: see `UNUSABLE`.
    """
    network, loaded = kind.from_pretrained(
        folder, use_safetensors=True, output_loading_info=True, **options
    )
    if missing := sorted(loaded["missing_keys"]):
        raise ValueError(f"weights are missing: {', '.join(missing)}")
    return network
