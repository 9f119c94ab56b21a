"""Names, places and sides: what a miniature learns before it is asked anything.

HiSpatial starts from PaliGemma-2, which names what it sees and finds what is named. Random weights
learn that from single questions only after very many: each tells of one object, and of it only
when several layers have learned their part. Here an image tells of all its objects at once: first
its tokens alone, then the language model in answers that list names with their places. Beside that
it learns in text alone which side follows from places: among other questions that takes ten times
as many. Points play no part, as in PaliGemma.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.attention import SDPA
from hispatial_ros.train.base import load_training_model
from hispatial_ros.train.batch import Batch
from hispatial_ros.train.data.packing import collate, normalised
from hispatial_ros.train.data.question import Question
from hispatial_ros.train.data.sample import TrainingSample, answer_tokens
from hispatial_ros.train.data.source import Source
from hispatial_ros.train.miniature import LOCATIONS, whole_folder, write_weights
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.optimizer import GuardedStep, make_optimizer, scheduled
from hispatial_ros.train.sights import Sight, draw_question, sights_of
from hispatial_ros.vlm.model import HiSpatial
from hispatial_ros.vlm.tokenizer import PromptTokenizer

LOOKS, BATCH = 64, 32  # images of a step of the first and of the second stage
READ = 24  # questions in text alone of a step of the second
TOLD = 0.02  # what the loss of their places counts, which are there to be read
LOOK_RATE, RATE = 2e-3, 1e-3
DECAY, CLIP, WARM_UP = 0.01, 1.0, 100
SHOWS = 0.06  # share of an image token's pixels that an object covers, if the token shows it
UNSURE = (0.4, -3.0)  # factor and offset of a word's score at first: few tokens show a word
PLACES = 0.02  # weight of a token's own place beside what it shows
ADDED = 0.3  # rms of what a block's halves add to image tokens and words of rms 1
ATTENDS = 2.8  # by how much its keys are larger: tokens are alike by a cosine of 0.3 or more


def ground(
    base: Path,
    out: Path,
    sources: Sequence[Source],
    images: int,
    looks: int,
    steps: int,
    seed: int = 0,
) -> Path:
    """A checkpoint that knows names, places and sides.

    Args:
        base: an untrained miniature.
        out: folder of the result; kept if it is there.
        sources: shards in the open layout.
        images: that it is shown.
        looks, steps: of the first and of the second stage.
        seed: of what is drawn.

    Returns:
        ``out``.

    Raises:
        SpatialError: BAD_REQUEST if the sources show no objects with names.
        OSError: it cannot be written.
    """
    if out.is_dir():
        return out
    model = load_training_model(base, SDPA, seed=seed, train_vision=True)
    config = model.hispatial.config
    size, patch = config.vision_config.image_size, config.vision_config.patch_size
    sights = [s for s in sights_of(sources, size, patch, images) if s.named]
    if not sights:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "the data has no objects with names: look at it with `hispatial dataset card`",
        )
    tokenizer, rng = PromptTokenizer(base, config), np.random.default_rng(seed)
    locations = [tokenizer.encode_answer(f"<loc{n:04d}>")[0] for n in range(LOCATIONS)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _arrange(model.hispatial, locations)
        _leave_points_out(model)
        _see(model, tokenizer, sights, looks, rng)
        _find(model, tokenizer, sights, steps, rng)
    with whole_folder(out) as partial:
        shutil.copytree(base, partial)
        write_weights(model.hispatial, partial)
    return out


def _leave_points_out(model: TrainingModel) -> None:
    """The part of the projector that reads points is 0 and stays so, as it begins on PaliGemma."""
    weight = model.hispatial.model.multi_modal_projector.linear.weight
    features = torch.arange(model.hispatial.config.vision_config.hidden_size, weight.shape[1])
    with torch.no_grad():
        weight[:, features] = 0
    weight.register_hook(lambda gradient: gradient.index_fill(1, features, 0))


def _arrange(model: HiSpatial, locations: Sequence[int]) -> None:
    """Random weights from which few steps suffice.

    Matrices keep the size of what they multiply, so that a step changes little of them. The blocks
    add little at first to what image tokens and words say. Queries are made as keys are, so that a
    word attends to image tokens like it, wherever they are: only the slow half of the rotary pairs
    is used. Location tokens have a part in common.
    """
    text: Any = model.model.language_model
    embedding = model.get_input_embeddings().weight
    width = embedding.shape[1]
    with torch.no_grad():
        for parameter in text.parameters():
            if parameter.ndim > 1 and parameter is not embedding:
                parameter.normal_(0, width**-0.5)
        for number, block in enumerate(text.layers):
            for norm in (block.post_attention_layernorm, block.post_feedforward_layernorm):
                norm.weight.fill_(ADDED - 1)  # Gemma adds 1 to what it stores
            if number:
                _look_alike(block.self_attn)
        embedding *= width**-0.5 / embedding.std()
        embedding[locations] += torch.randn(width) * width**-0.5


def _look_alike(attention: Any) -> None:
    size = attention.head_dim
    keys = attention.k_proj.weight.unflatten(0, (-1, size))
    fast = torch.arange(size) % (size // 2) < size // 4
    keys[:, fast] = 0
    keys *= ATTENDS
    queries = attention.q_proj.weight.unflatten(0, (-1, size))
    queries.copy_(keys.repeat_interleave(len(queries) // len(keys), 0))


def _see(
    model: TrainingModel,
    tokenizer: PromptTokenizer,
    sights: Sequence[Sight],
    steps: int,
    rng: np.random.Generator,
) -> None:
    """Each image token tells the words of what it shows.

    The score of a word is the product of the projected token and the word's embedding: so the
    language model finds image tokens like its words.
    """
    tower, projector = model.vision_tower, model.hispatial.model.multi_modal_projector.linear
    embedding = model.hispatial.get_input_embeddings()
    known = {name: _ids(tokenizer, name) for sight in sights for name in sight.names}
    words = sorted({word for ids in known.values() for word in ids})
    column = {word: i for i, word in enumerate(words)}
    side = round(model.hispatial.image_tokens**0.5)
    place = torch.nn.Linear(len(projector.weight), 2 * side)  # tells a token's row and column
    own = torch.arange(side * side)
    own = torch.stack([own // side, own % side])
    scale, offset = (torch.nn.Parameter(torch.tensor(value)) for value in UNSURE)
    trained = [*tower.parameters(), *projector.parameters(), embedding.weight, scale, offset]
    trained += place.parameters()
    optimizer = torch.optim.AdamW(
        [{"params": trained, "share": 1.0}], LOOK_RATE, weight_decay=DECAY
    )

    def loss() -> torch.Tensor:
        chosen = [sights[i] for i in rng.integers(len(sights), size=LOOKS)]
        shown = torch.zeros(LOOKS, chosen[0].seen.shape[1], len(words))
        for target, sight in zip(shown, chosen, strict=True):
            for name, seen in zip(sight.names, torch.from_numpy(sight.seen >= SHOWS), strict=True):
                for word in known[name]:
                    target[seen, column[word]] = 1
        features = tower(normalised([sight.rgb for sight in chosen])).last_hidden_state
        image_half = projector.weight[:, : features.shape[-1]]
        projected = functional.linear(features, image_half, projector.bias)
        scores = projected @ (embedding.weight[words] * embedding.embed_scale).T
        scores = scores / len(image_half) ** 0.5 * scale + offset
        told = place(projected).unflatten(-1, (2, side)).permute(0, 3, 2, 1)
        named = functional.binary_cross_entropy_with_logits(scores, shown)
        return named + PLACES * functional.cross_entropy(told, own.expand(LOOKS, -1, -1))

    _learn("names of what is seen", loss, optimizer, steps, steps // 2)


def _find(
    model: TrainingModel,
    tokenizer: PromptTokenizer,
    sights: Sequence[Sight],
    steps: int,
    rng: np.random.Generator,
) -> None:
    """The language model tells the places of what a prompt names, and sides by places."""
    for part in (model.vision_tower, model.hispatial.model.depth_encoder):
        part.requires_grad_(False)
    model.train_vision = False

    questions = [question for sight in sights for question in sight.sides]

    def loss() -> torch.Tensor:
        chosen = [sights[i] for i in rng.integers(len(sights), size=BATCH)]
        batches = [place_lists(chosen, model.hispatial, tokenizer, rng)]
        if questions:
            read = [questions[i] for i in rng.integers(len(questions), size=READ)]
            batches.append(in_text_alone(read, len(chosen[0].rgb), tokenizer))
        return torch.stack([model(batch) / batch.total for batch in batches]).sum()

    optimizer = make_optimizer(model, RATE, DECAY)
    _learn("places of what is named", loss, optimizer, steps, steps // 4)


def _learn(
    what: str,
    loss: Callable[[], torch.Tensor],
    optimizer: torch.optim.AdamW,
    steps: int,
    cool_down: int,
) -> None:
    """Steps down the losses of batch after batch, at the optimizer's rate."""
    step = GuardedStep(optimizer, CLIP, "cpu")
    rate = optimizer.defaults["lr"]
    for number in tqdm(range(steps), what, disable=None):
        value = loss()
        value.backward()
        step(value.detach(), scheduled(rate, number, steps, WARM_UP, cool_down))


def place_lists(
    sights: Sequence[Sight], model: HiSpatial, tokenizer: PromptTokenizer, rng: np.random.Generator
) -> Batch:
    """Places of what is named about each sight."""
    config, size = model.config, len(sights[0].rgb)
    slots = [config.image_token_id] * model.image_tokens
    nothing = np.zeros((4, size, size), np.float32)
    samples = []
    for sight in sights:
        prompt, answer = draw_question(sight, rng)
        prefix = [*slots, *tokenizer.encode(prompt)]
        suffix = tokenizer.encode_answer(answer)
        # As if boxes were drawn: each has its own image, and all have one point map.
        samples.append(
            TrainingSample(sight.rgb, nothing, prefix, suffix, boxed=True, image="nothing")
        )
    return _a_row_each(samples)


def in_text_alone(questions: Sequence[Question], size: int, tokenizer: PromptTokenizer) -> Batch:
    """Answers by the places that they tell, without image tokens."""
    rgb, nothing = np.zeros((size, size, 3), np.uint8), np.zeros((4, size, size), np.float32)
    samples = []
    for one in questions:
        prefix, (suffix, told) = tokenizer.encode(one.prompt), answer_tokens(one, tokenizer)
        samples.append(TrainingSample(rgb, nothing, prefix, suffix, told, TOLD, image="nothing"))
    return _a_row_each(samples)


def _a_row_each(samples: Sequence[TrainingSample]) -> Batch:
    return collate([[sample] for sample in samples], max(map(len, samples)), 0)


def _ids(tokenizer: PromptTokenizer, name: str) -> list[int]:
    """Of a name within a sentence."""
    return tokenizer.encode_answer(f" {name}")[:-1]
