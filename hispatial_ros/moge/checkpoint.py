"""The official MoGe-2 network from its checkpoint.

Needs the packages of ``requirements/moge-export.txt`` and ``moge-official.txt``.
"""

import os
import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.model_file import file_hash

if TYPE_CHECKING:
    from moge.model.v2 import MoGeModel


def load_checkpoint(checkpoint: Path | str) -> "tuple[MoGeModel, str]":
    """The official model and the SHA-256 of its file.

    Unlike the official loader, which leaves missing weights random, this one refuses a checkpoint
    without all weights that depth needs.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE.
    """
    torch, model_class = import_official()
    path = _locate(checkpoint)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        config, weights = content["model_config"], content["model"]
        if "neck" not in config:
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"{path} is not a MoGe-2 checkpoint (a MoGe-1 one?): use Ruicheng/moge-2-vits-"
                "normal, -vitb-normal or -vitl-normal",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = model_class(**config)
        missing, _ = model.load_state_dict(weights, strict=False)
    except (
        OSError,
        EOFError,
        RuntimeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{path} is not an official MoGe-2 model.pt, or a damaged one "
            f"({type(error).__name__}: {str(error)[:200]}): download it again",
        ) from error
    needed = [name for name in missing if not name.startswith("normal_head.")]
    absent = [name for name in ("points_head", "mask_head") if not hasattr(model, name)]
    if needed or absent:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{path} lacks {len(needed) or 'all'} weights that depth needs "
            f"({', '.join((absent + needed)[:3])}, ..): download it again",
        )
    return model.eval(), file_hash(path)


def import_official():
    """PyTorch and the official class.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if either is not installed.
    """
    # xformers' attention, where installed, cannot be exported or captured.
    os.environ.setdefault("XFORMERS_DISABLED", "1")
    try:
        import torch
        from moge.model.v2 import MoGeModel
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"this needs PyTorch and the official moge package ({error}): pip install -r "
            "requirements/moge-export.txt, and --no-deps -r requirements/moge-official.txt",
        ) from error
    return torch, MoGeModel


def _locate(checkpoint: Path | str) -> Path:
    """The local file of a path or hub id."""
    path = Path(checkpoint)
    if path.is_file():
        return path
    name = str(checkpoint)
    if path.suffix or path.is_absolute() or name.startswith(".") or name.count("/") != 1:
        raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, f"there is no checkpoint at {path}")
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repo_id=name, filename="model.pt"))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{name} is neither a file nor can it be fetched from the Hugging Face hub "
            f"({type(error).__name__}): check the name and the network, or copy model.pt here and "
            "give its path",
        ) from error
