"""One training sample: an image with its point map, a question and its answer as tokens."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from transformers import PaliGemmaConfig

from hispatial_ros.camera.model import Camera
from hispatial_ros.dataset.shards.read import ReadSample
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.train.data.points import METRIC, given_points
from hispatial_ros.train.data.question import Question, SkipError, Wanted
from hispatial_ros.train.data.questions import draw_question
from hispatial_ros.train.data.source import Index
from hispatial_ros.vlm.inputs import ModelInput, prepare
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.tokenizer import PromptTokenizer

# What reading files that are not as their layout says ends in.
DAMAGED = (
    *(SpatialError, OSError, ValueError, LookupError, TypeError, AttributeError),
    *(ArithmeticError, AssertionError),
)
KEPT = 4  # images, for the next questions about them


@dataclass(eq=False)
class TrainingSample:
    """rgb: [S, S, 3] uint8 with boxes drawn. xyz: [4, S, S] float32, as `ModelInput`.

    prefix: ids of image tokens, bos, prompt and newline. suffix: ids of the answer and <eos>.
    told: tokens of places, with which the suffix begins. told_weight: what the loss of each of them
    counts, where others count 1. boxed: whether boxes are drawn. image: equal for samples about one
    image, which are encoded together; None: of its own.
    """

    rgb: np.ndarray
    xyz: np.ndarray
    prefix: list[int]
    suffix: list[int]
    told: int = 0
    told_weight: float = 1.0
    boxed: bool = False
    image: Hashable = None

    def __len__(self) -> int:
        return len(self.prefix) + len(self.suffix)


class SampleMaker:
    """Makes samples for one checkpoint.

    Args:
        tokenizer: of the checkpoint. config: of the checkpoint.
        points: one of ``points.POINTS``, as which the model gets them.
    """

    def __init__(self, tokenizer: PromptTokenizer, config: PaliGemmaConfig, points: str = METRIC):
        self._tokenizer = tokenizer
        self._points = points
        vision = config.vision_config
        self.size = vision.image_size
        self.image_tokens = (vision.image_size // vision.patch_size) ** 2
        self._slots = [config.image_token_id] * self.image_tokens
        self._read = lru_cache(KEPT)(self._read_view)

    def make(
        self, index: Index, number: int, wanted: Wanted, rng: np.random.Generator
    ) -> TrainingSample:
        """A question about a sample of a shard, drawn by ``rng``.

        Raises:
            SkipError: it is damaged, or has no such question.
        """
        try:
            sample, view, xyz = self._read(index, number)
            question = draw_question(sample, view, wanted, rng)
            return self._encode(view.rgb, xyz, question, wanted.places_weight)
        except DAMAGED as error:
            if isinstance(error, SpatialError) and error.code == ErrorCode.BAD_QUESTION:
                raise SkipError("a control token in its text") from error
            raise SkipError("unreadable sample") from error

    def encode(self, view: ModelInput, question: Question) -> TrainingSample:
        """The sample of a question about an image.

        Raises:
            SpatialError: BAD_QUESTION if a text holds a control token.
        """
        return self._encode(view.rgb, given_points(view.xyz, self._points), question)

    def _read_view(self, index: Index, number: int) -> tuple[ReadSample, ModelInput, np.ndarray]:
        sample = index.read(number)
        view = model_view(sample, self.size)
        return sample, view, given_points(view.xyz, self._points)

    def _encode(
        self, rgb: np.ndarray, xyz: np.ndarray, question: Question, places_weight: float = 1.0
    ) -> TrainingSample:
        prompt = question.prompt.strip().replace("<image>", "")
        suffix, told = answer_tokens(question, self._tokenizer)
        return TrainingSample(
            Prompt(prompt, question.boxes).draw(rgb),
            xyz,
            [*self._slots, *self._tokenizer.encode(prompt)],
            suffix,
            told=told,
            told_weight=places_weight,
            boxed=bool(question.boxes),
        )


def answer_tokens(question: Question, tokenizer: PromptTokenizer) -> tuple[list[int], int]:
    """Ids of the answer and <eos>, and how many of them tell places."""
    encode = tokenizer.encode_answer
    told = len(encode(question.places)) - 1 if question.places else 0
    return encode(question.response), told


def model_view(sample: ReadSample, size: int) -> ModelInput:
    """The model's input for a sample of any layout; invalid pixels are (0, 0, 0).

    Raises:
        SpatialError: the image or its depth cannot be read, or the calibration does not fit.
    """
    rgb, depth = sample.rgb, sample.depth
    height, width = rgb.shape[:2] if sample.layout != "3d" else depth.shape
    k = sample.intrinsics
    about = sample.about.get("camera", {})
    camera = Camera(
        width=width,
        height=height,
        fx=float(k[0, 0]),
        fy=float(k[1, 1]),
        cx=float(k[0, 2]),
        cy=float(k[1, 2]),
        distortion_model=about.get("distortion_model", "plumb_bob"),
        d=tuple(about.get("d", ())),
    )
    return prepare(Frame(rgb, depth, camera), size)
