"""A tokenizer small enough for the tiny checkpoints."""

from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, trainers

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
VOCABULARY = 512  # of the tiny checkpoint
LOCATIONS = 6  # of 1024: all that fits the small vocabulary


def save_tokenizer(path: Path, *, talkative: bool = False) -> None:
    """A tokenizer.json built as Gemma's: byte fallback, no prefix space, location tokens.

    Talkative: for the tiny checkpoint, every token and each newline is something to read, so that
    what its random weights say is not empty.
    """
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            *([decoders.Replace("\n", "well\n")] if talkative else []),
            decoders.Fuse(),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "<eos>", "<bos>", "<unk>", *BYTES],
        initial_alphabet=list("abcdefghijklmnopqrstuvwxyz\n"),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["how far is the chair"], trainer)
    tokenizer.add_tokens([AddedToken(f"<loc{i:04d}>", normalized=False) for i in range(LOCATIONS)])
    if talkative:
        filler = range(tokenizer.get_vocab_size(), VOCABULARY)
        tokenizer.add_tokens([AddedToken(f"[{i}]", normalized=False) for i in filler])
    tokenizer.save(str(path))
