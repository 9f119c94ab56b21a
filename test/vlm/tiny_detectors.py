"""Zero-shot detectors of the real architectures, with random weights, in a few hundred kB."""

import torch
from transformers import (
    BertConfig,
    BertTokenizer,
    CLIPTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessorPil,
    GroundingDinoProcessor,
    Owlv2Config,
    Owlv2ForObjectDetection,
    Owlv2ImageProcessorPil,
    Owlv2Processor,
    OwlViTConfig,
    OwlViTForObjectDetection,
    OwlViTImageProcessorPil,
    OwlViTProcessor,
    SwinConfig,
)

SIZE = 128
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TOWER = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}

_OWLS = {
    "owlvit": (OwlViTConfig, OwlViTForObjectDetection, OwlViTImageProcessorPil, OwlViTProcessor),
    "owlv2": (Owlv2Config, Owlv2ForObjectDetection, Owlv2ImageProcessorPil, Owlv2Processor),
}


def make(kind, folder):
    """Save a detector to ``folder``: "owlvit", "owlv2" or "grounding-dino"."""
    torch.manual_seed(0)
    network, processor = _grounding_dino() if kind == "grounding-dino" else _owl(kind)
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _owl(kind):
    config, network, images, processor = _OWLS[kind]
    words = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), "<|startoftext|>", "<|endoftext|>"]
    start, end = len(words) - 2, len(words) - 1
    tokenizer = CLIPTokenizer(
        vocab={word: i for i, word in enumerate(words)}, merges=[], model_max_length=16
    )
    text = {"vocab_size": len(words), "max_position_embeddings": 16, "pad_token_id": end}
    sizes = {"size": {"height": SIZE, "width": SIZE}}
    return (
        network(
            config(
                text_config={**_TOWER, **text, "bos_token_id": start, "eos_token_id": end},
                vision_config={**_TOWER, "image_size": SIZE, "patch_size": 16},
                projection_dim=32,
            )
        ),
        processor(images(**sizes), tokenizer),
    )


def _grounding_dino():
    # The network knows the numbers of BERT's special tokens.
    words = [f"[unused{i}]" for i in range(1030)]
    for i, word in {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]"}.items():
        words[i] = word
    words[1012], words[1029] = ".", "?"
    words += [*LETTERS, *(f"##{letter}" for letter in LETTERS)]
    tokenizer = BertTokenizer(vocab={word: i for i, word in enumerate(words)})
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=SIZE,
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            out_indices=[2, 3, 4],
        ),
        text_config=BertConfig(vocab_size=len(words), **_TOWER),
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        num_queries=20,
        max_text_len=64,
    )
    images = GroundingDinoImageProcessorPil(size={"shortest_edge": SIZE, "longest_edge": 2 * SIZE})
    return GroundingDinoForObjectDetection(config), GroundingDinoProcessor(images, tokenizer)
