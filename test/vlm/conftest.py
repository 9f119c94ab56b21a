from pathlib import Path

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, trainers

from hispatial_ros.vlm.checkpoint import load_model

torch.set_num_threads(1)  # the models are tiny: threads that wait for each other cost more

GOLDEN = Path(__file__).parent / "golden"
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
LOCATIONS = 6  # of 1024: all that fits the small vocabulary


@pytest.fixture(scope="session")
def golden():
    """The folder of checkpoints with what the official code computes on them."""
    return GOLDEN


@pytest.fixture(scope="session", params=["tiny", "small"])
def checkpoint(request):
    return GOLDEN / request.param


@pytest.fixture(scope="session")
def tiny():
    return load_model(GOLDEN / "tiny")


@pytest.fixture(scope="session")
def small():
    return load_model(GOLDEN / "small")


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory):
    """A tokenizer.json built as Gemma's is: byte fallback, no prefix space, location tokens."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "<eos>", "<bos>", "<unk>", *BYTES],
        initial_alphabet=list("abcdefghijklmnopqrstuvwxyz\n"),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["how far is the chair"], trainer)
    tokenizer.add_tokens([AddedToken(f"<loc{i:04d}>", normalized=False) for i in range(LOCATIONS)])
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path
