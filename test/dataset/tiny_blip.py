"""A BLIP captioner of the real class, with random weights, in a few hundred kB."""

import torch
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipProcessor,
)

SIZE = 64
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def make(folder):
    """Save a captioner to ``folder``."""
    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS]
    tokenizer = BertTokenizer(vocab={word: i for i, word in enumerate(words)})
    small = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    text = {
        **small,
        "vocab_size": len(words),
        "encoder_hidden_size": 32,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "sep_token_id": 3,
        "pad_token_id": 0,
        "max_position_embeddings": 64,
    }
    vision = {**small, "image_size": SIZE, "patch_size": 16}
    network = BlipForConditionalGeneration(
        BlipConfig(text_config=text, vision_config=vision, projection_dim=32)
    )
    images = BlipImageProcessorPil(size={"height": SIZE, "width": SIZE})
    network.save_pretrained(folder)
    BlipProcessor(images, tokenizer).save_pretrained(folder)
    return folder
