"""The models that one worker holds, loaded in its own process as the settings say."""

import os
from dataclasses import dataclass, field
from importlib.util import find_spec

from hispatial_ros.dataset.captions import Captions, chat_captioner
from hispatial_ros.dataset.chat import Chat
from hispatial_ros.dataset.geometry import DepthModel, moge
from hispatial_ros.dataset.objects import builtin_finder
from hispatial_ros.dataset.orientation import load_orienter
from hispatial_ros.dataset.propose import Proposer
from hispatial_ros.dataset.rewrite import Rewriter
from hispatial_ros.dataset.sample import Models
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.shards.layouts import Encoder, encoder
from hispatial_ros.errors import ErrorCode, SpatialError


@dataclass
class Tools:
    """What an image goes through, besides what needs no model."""

    settings: BuildSettings
    depth_model: DepthModel | None = None
    models: Models = field(default_factory=Models)
    rewriter: Rewriter | None = None
    proposer: Proposer | None = None
    encode: Encoder = field(init=False)

    def __post_init__(self) -> None:
        self.encode = encoder(self.settings.layout)

    @classmethod
    def load(cls, settings: BuildSettings) -> "Tools":
        """All models that the settings ask for.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE, or BAD_REQUEST for settings that do not go together.
        """
        rewriter = proposer = None
        if settings.rewrite_url:
            rewriter = Rewriter(_chat(settings.rewrite_url, settings.rewrite_model, "rewrite"))
        if settings.propose_url:
            chat = _chat(settings.propose_url, settings.propose_model, "propose")
            proposer = Proposer(chat, settings.propose)
        return cls(
            settings,
            moge(settings) if settings.depth_model else None,
            _models(settings),
            rewriter,
            proposer,
        )


def _chat(address: str, model: str, option: str) -> Chat:
    key = os.environ.get("OPENAI_API_KEY", "")
    return Chat(address, model, key, f"--{option}-url and --{option}-model")


def _models(settings: BuildSettings) -> Models:
    """Those that see the image's objects. The ones that need torch are imported only if used."""
    models = Models(finder=builtin_finder() if settings.detector else None)
    if settings.masks:
        _needs_torch("--masks sam2")
        from hispatial_ros.dataset.masks import outliner

        models.outliner = outliner(settings.mask_model)
    if settings.orientation:
        models.orienter = load_orienter(settings.orientation)
    if settings.detector_model:
        _needs_torch("--detector-model")
        from hispatial_ros.dataset import zero_shot

        threshold = settings.detector_threshold
        engine = zero_shot.load(settings.detector_model, threshold)
        classes = [name.strip() for name in settings.classes.split(",") if name.strip()]
        if classes or not settings.caption_model:
            models.finder = zero_shot.finder(engine, classes, threshold)
        if settings.caption_model:
            ground = zero_shot.grounder(engine, threshold)
            models.captions = Captions(_captioner(settings), ground, models.outliner)
    elif settings.caption_model:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "--caption-model needs --detector-model, which has to find each caption's object again",
        )
    return models


def _captioner(settings: BuildSettings):
    if settings.caption_url:
        return chat_captioner(_chat(settings.caption_url, settings.caption_model, "caption"))
    from hispatial_ros.dataset.caption_model import captioner

    return captioner(settings.caption_model)


def _needs_torch(option: str) -> None:
    """Check that torch is there, and give it one core: there are as many workers as cores.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE.
    """
    if missing := [name for name in ("torch", "transformers") if find_spec(name) is None]:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{option} needs {' and '.join(missing)}: pip install -r requirements/model.txt",
        )
    import torch

    torch.set_num_threads(1)
