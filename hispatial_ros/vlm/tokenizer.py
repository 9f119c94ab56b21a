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
        self._eos = vocabulary.get("<eos>")
        control = {vocabulary.get(token) for token in ("<bos>", "<eos>", "<pad>", "<image>")}
        self._control = control | {config.image_token_id}

    def encode(self, question: str) -> list[int]:
        """Token ids that follow the image tokens.

        Raises:
            SpatialError: BAD_QUESTION if the question holds a control token such as <image>.
        """
        return [self._bos, *self._text(question + "\n", "question")]

    def encode_answer(self, answer: str) -> list[int]:
        """Token ids of an answer as it is trained, <eos> included.

        Raises:
            SpatialError: BAD_QUESTION if the answer holds a control token; BACKEND_UNAVAILABLE if
                the vocabulary has no <eos>.
        """
        if self._eos is None:
            raise backend_unavailable(
                "tokenizer.json has no <eos>, without which no answer ends: take the tokenizer of "
                "the checkpoint that is trained on"
            )
        return [*self._text(answer, "answer"), self._eos]

    def _text(self, text: str, what: str) -> list[int]:
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        if self._control.intersection(ids):
            raise SpatialError(
                ErrorCode.BAD_QUESTION,
                f"the {what} holds a control token such as <image> or <eos>: leave it out, the "
                "prompt is completed here",
            )
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of generated tokens, location tokens included."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=False)
