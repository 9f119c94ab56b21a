"""The zero-shot object detectors of transformers, from a folder or the Hugging Face hub.

OWL-ViT (arXiv 2205.06230), OWLv2 (2306.09683), Grounding DINO (2303.05499), MM Grounding DINO
(2401.02361). Nothing of a checkpoint is executed: no remote code, and safetensors only.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, HTTPError, LocalEntryNotFoundError
from transformers import AutoConfig, AutoModelForZeroShotObjectDetection, AutoProcessor

from hispatial_ros.errors import backend_unavailable, first_line
from hispatial_ros.vlm.whole import UNUSABLE, load_whole

SCORES_NAMES = ("owlvit", "owlv2")  # one score per box and name
SCORES_TOKENS = ("grounding-dino", "mm-grounding-dino")  # per box and token of the names
_FILES = ["*.safetensors", "*.json", "*.txt"]
_TOKENIZER = (("tokenizer.json",), ("vocab.json", "merges.txt"), ("vocab.txt",))


def load_detector(model: str, revision: str, dtype: torch.dtype) -> tuple[Any, Any]:
    """Processor and network.

    Args:
        model: folder or hub id; what was downloaded once is used without asking the hub.
        revision: commit, tag or branch on the hub.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE, saying what to do.
    """
    folder = _folder(model, revision)
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        if config.model_type not in SCORES_NAMES + SCORES_TOKENS:
            raise ValueError(f"it is a {config.model_type}")
        if not any(all((folder / name).is_file() for name in names) for names in _TOKENIZER):
            raise ValueError("its tokenizer is missing")  # transformers makes up an empty one
        processor = AutoProcessor.from_pretrained(folder, trust_remote_code=False)
        network = load_whole(
            AutoModelForZeroShotObjectDetection,
            folder,
            config=config,
            dtype=dtype,
            trust_remote_code=False,
        )
    except UNUSABLE as error:
        raise backend_unavailable(
            f"detector.model {model} cannot be used ({error}): give the folder or hub id of an "
            "OWL-ViT, OWLv2 or Grounding DINO with its processor's files and safetensors weights"
        ) from error
    return processor, network


def _folder(model: str, revision: str) -> Path:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    try:
        with suppress(LocalEntryNotFoundError):
            folder = Path(snapshot_download(model, revision=revision, local_files_only=True))
        if any(folder.glob("*.safetensors")):
            return folder
        return Path(snapshot_download(model, revision=revision, allow_patterns=_FILES))
    except (HTTPError, HFValidationError, OSError) as error:
        raise backend_unavailable(
            f"detector.model {model} (revision {revision}) is not on this machine and could not "
            f"be downloaded ({first_line(error)}): check the id, the network and "
            "HF_HUB_OFFLINE; if it is gated or private, accept its licence on the hub and run "
            f"`hf auth login`; or copy its {', '.join(_FILES)} into a folder and give that",
        ) from error
