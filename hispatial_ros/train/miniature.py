"""HiSpatial in miniature: the same architecture in 3.5 M parameters, to be trained from nothing.

For experiments and tests. Trained on simulated rooms it knows nothing of real images.
"""

import json
import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.trainers import BpeTrainer
from transformers import Gemma2Config, PaliGemmaConfig, SiglipVisionConfig

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.data.question import SkipError
from hispatial_ros.train.data.questions import draw_question
from hispatial_ros.train.data.sample import DAMAGED, model_view
from hispatial_ros.train.data.source import Source
from hispatial_ros.vlm.checkpoint import CONFIG, WEIGHTS, released_name
from hispatial_ros.vlm.model import HiSpatial
from hispatial_ros.vlm.tokenizer import FILE

SIDE, PATCH = 112, 14  # pixels: 64 image tokens
WORDS = 1024  # pieces of text in the vocabulary
LOCATIONS = 1024  # <loc0000> .. <loc1023>
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
CONTROL = ["<pad>", "<eos>", "<bos>", "<unk>"]
IMAGES = 1000  # of the data whose texts make the vocabulary
WAVES = 16  # that make up the location tokens
TEXTS = 8  # questions and answers of each


def make_miniature(folder: Path, sources: Sequence[Source], seed: int) -> Path:
    """An untrained checkpoint whose vocabulary is that of the sources; kept if it is there.

    Args:
        folder: of the checkpoint. seed: of the weights.

    Raises:
        SpatialError: BAD_REQUEST if the sources have no questions.
        OSError: it cannot be written.
    """
    if folder.is_dir():
        return folder
    texts = [text for source in sources for text in texts_of(source, IMAGES // len(sources))]
    if not texts:
        paths = ", ".join(str(source.path) for source in sources)
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{paths}: no questions to make a vocabulary of; look at the data with `hispatial "
            "dataset card`",
        )
    with whole_folder(folder) as partial:
        write_miniature(partial, train_tokenizer(texts), seed)
    return folder


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """What is written into the folder that is given appears as ``folder`` once it is whole."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    yield partial
    partial.rename(folder)


def texts_of(source: Source, images: int) -> Iterator[str]:
    """Questions and answers as they are trained, of so many images at most."""
    rng = np.random.default_rng(0)
    for index, number in islice(source.samples(), images):
        try:
            sample = index.read(number)
            view = model_view(sample, SIDE)
            for _ in range(TEXTS):
                question = draw_question(sample, view, source.wanted, rng)
                yield question.prompt
                yield question.response
        except (SkipError, *DAMAGED):
            continue  # training skips it too, and counts it


def miniature_config(vocabulary: int) -> PaliGemmaConfig:
    """The architecture.

    Args:
        vocabulary: tokens of the tokenizer; the image token follows them.
    """
    text = {
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "query_pre_attn_scalar": 32,
        # The released model is trained with this cap and run without it. Without it from the start,
        # fused attention can be used.
        "attn_logit_softcapping": None,
        "vocab_size": vocabulary + 1,
        "sliding_window": 4096,
        "max_position_embeddings": 512,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "bos_token_id": 2,
    }
    vision = {
        "hidden_size": 64,
        "intermediate_size": 192,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": PATCH,
        "vision_use_head": False,
        "projection_dim": 128,
    }
    return PaliGemmaConfig(
        vision_config=SiglipVisionConfig(**vision),
        text_config=Gemma2Config(**text),
        pad_token_id=text["pad_token_id"],
        eos_token_id=text["eos_token_id"],
        bos_token_id=text["bos_token_id"],
        image_token_index=vocabulary,
        projection_dim=text["hidden_size"],
        hidden_size=text["hidden_size"],
    )


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Built as Gemma's: byte fallback, single digits and newlines, location tokens.

    Its words are those of ``texts``.
    """
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\d|\n|▁?[^▁\d\n]+|▁"), "isolated")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    trainer = BpeTrainer(
        vocab_size=len(CONTROL) + len(BYTES) + WORDS,
        special_tokens=CONTROL + BYTES,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(f"<loc{i:04d}>", normalized=False) for i in range(LOCATIONS)])
    return tokenizer


def _begin(model: HiSpatial, tokenizer: Tokenizer) -> None:
    """What a small model cannot learn from few examples is there from the start.

    Each of the point encoder's values is a sum of 37,828 inputs, so its weights are small, as a
    convolution of torch begins. Location tokens that are near each other are alike: sums of waves.
    """
    convolution = model.model.depth_encoder.conv
    convolution.reset_parameters()
    tokens = model.get_input_embeddings().weight
    place = torch.arange(LOCATIONS)[:, None] / LOCATIONS
    frequencies = torch.rand(WAVES) * WAVES / 2
    phase = 2 * math.pi * (place * frequencies + torch.rand(WAVES))
    waves = phase.cos() @ torch.randn(WAVES, tokens.shape[1]) * (2 / WAVES) ** 0.5
    places = [tokenizer.token_to_id(f"<loc{n:04d}>") for n in range(LOCATIONS)]
    with torch.no_grad():
        tokens[places] = waves * tokens.std()


def write_miniature(folder: Path, tokenizer: Tokenizer, seed: int) -> PaliGemmaConfig:
    """An untrained checkpoint in the released layout.

    Args:
        folder: is made.
        tokenizer: of ``train_tokenizer``.
        seed: of its weights.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = miniature_config(tokenizer.get_vocab_size())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = HiSpatial(config)
        _begin(model, tokenizer)
    model.lm_head.weight = model.get_input_embeddings().weight
    write_weights(model, folder)
    (folder / CONFIG).write_text(json.dumps(config.to_dict(), indent=1) + "\n")
    tokenizer.save(str(folder / FILE))
    return config


def write_weights(model: HiSpatial, folder: Path) -> None:
    """In the released layout."""
    state = {released_name(name): value.contiguous() for name, value in model.state_dict().items()}
    torch.save(state, folder / WEIGHTS)
