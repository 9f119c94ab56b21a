"""Questions to token ids and back, with the checkpoint's ``tokenizer.json``."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PaliGemmaConfig

from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable

FILE = "tokenizer.json"


class PromptTokenizer:
    """Tokens of one checkpoint. The prompt is image tokens, bos, question, newline.

    Args:
        folder: of the checkpoint.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if tokenizer.json is missing, unreadable, or not this
            checkpoint's.
    """

    def __init__(self, folder: Path, config: PaliGemmaConfig):
        path = folder / FILE
        if not path.is_file():
            raise backend_unavailable(
                f"{path} is missing: copy it there from the released checkpoint, or fetch it with "
                "`hispatial download`"
            )
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing more specific
            raise backend_unavailable(f"{path} is not a tokenizer: {error}") from error
        vocabulary = self._tokenizer.get_vocab()
        known = [id for id in vocabulary.values() if id != config.image_token_id]
        if "<bos>" not in vocabulary or max(known) >= config.text_config.vocab_size:
            raise backend_unavailable(
                f"{path} is not of this checkpoint: it needs <bos>, and ids below the vocabulary "
                f"size {config.text_config.vocab_size} of config.json"
            )
        self._bos = vocabulary["<bos>"]
        control = {vocabulary.get(token) for token in ("<bos>", "<eos>", "<pad>", "<image>")}
        self._control = control | {config.image_token_id}

    def encode(self, question: str) -> list[int]:
        """Token ids that follow the image tokens.

        Raises:
            SpatialError: BAD_QUESTION if the question holds a control token such as <image>.
        """
        ids = self._tokenizer.encode(question + "\n", add_special_tokens=False).ids
        if self._control.intersection(ids):
            raise SpatialError(
                ErrorCode.BAD_QUESTION,
                "the question holds a control token such as <image> or <eos>: leave it out, the "
                "prompt is completed here",
            )
        return [self._bos, *ids]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of generated tokens, location tokens included."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=False)
