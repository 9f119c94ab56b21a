"""Held-out frames: what a miniature is asked about them, and which of its answers are right."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hispatial_ros.dataset.questions import TEXT
from hispatial_ros.dataset.shards.read import ReadSample
from hispatial_ros.evaluate.benchmarks.simulated import PLAIN
from hispatial_ros.train.data.question import SkipError, Wanted
from hispatial_ros.train.data.questions import draw_question
from hispatial_ros.train.data.sample import SampleMaker, TrainingSample, model_view
from hispatial_ros.train.data.source import Source
from hispatial_ros.train.miniature import SIDE
from hispatial_ros.vlm.checkpoint import load_model, read_config
from hispatial_ros.vlm.generate import GenerationRequest, Generator
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.parse import Kind, ParsedAnswer, parse_answer
from hispatial_ros.vlm.tokenizer import PromptTokenizer

WITHIN = 0.25  # of the truth, for a length to be right
DRAWS = 2  # questions of each level and image
BATCH, LONGEST_PROMPT, LONGEST_ANSWER = 16, 64, 50
TYPES = tuple(PLAIN.types)
FORMATS = (TEXT,)
SIDES = re.compile(r"\b(left|right|in front|behind)\b", re.IGNORECASE)
OPPOSITES = (("left", "right"), ("in front", "behind"))
QUALITATIVE, QUANTITATIVE, LEVEL_3 = "qualitative", "quantitative", "Level 3"
Answers = dict[str, list[list[bool]]]  # measure -> of each image, which answers are right
MEASURES = (QUALITATIVE, QUANTITATIVE, LEVEL_3)  # the first two of Levels 1 and 2


@dataclass(frozen=True, eq=False)
class Asked:
    """A question about a held-out frame: ``measure`` and ``kind`` say how it counts."""

    image: str
    sample: TrainingSample
    response: str
    kind: str
    measure: str


def maker_of(checkpoint: Path, points: str) -> SampleMaker:
    """Of samples with the points that a variant gets."""
    config = read_config(checkpoint)
    return SampleMaker(PromptTokenizer(checkpoint, config), config, points)


def views(data: Path) -> Iterator[tuple[str, ReadSample, ModelInput]]:
    """Every frame: its name, itself, and the model's input for it."""
    for index, number in Source(data).samples():
        sample = index.read(number)
        yield f"{index.path.name} {number}", sample, model_view(sample, SIDE)


def questions(checkpoint: Path, data: Path, points: str) -> list[Asked]:
    """The same ones for all variants, with the points that a variant gets."""
    maker, rng = maker_of(checkpoint, points), np.random.default_rng(0)
    return [asked for view in views(data) for asked in _of_frame(*view, maker, rng)]


def _of_frame(
    image: str, sample: ReadSample, view: ModelInput, maker: SampleMaker, rng: np.random.Generator
) -> Iterator[Asked]:
    for level in (1, 2, 3):
        wanted = Wanted(frozenset({level}), frozenset(TYPES), frozenset(FORMATS))
        for _ in range(DRAWS):
            try:
                question = draw_question(sample, view, wanted, rng)
            except SkipError:
                break
            kind = kind_of(question.prompt, question.response)
            made = maker.encode(view, question)
            if kind is None or len(made.prefix) - maker.image_tokens > LONGEST_PROMPT:
                continue
            yield Asked(image, made, question.response, kind, LEVEL_3 if level == 3 else kind)


def kind_of(prompt: str, response: str) -> str | None:
    """QUALITATIVE for choices, sides and yes or no, QUANTITATIVE for one length; else None."""
    parsed = parse_answer(response)
    if parsed.kind is Kind.LENGTH and len(parsed.values) == 1 and parsed.values[0] > 0:
        return QUANTITATIVE
    plain = response.rstrip(".").lower() in ("yes", "no") or side_of(response)
    return QUALITATIVE if plain or f"\n{response}. " in prompt else None


def side_of(text: str) -> str:
    """The side that a text states; empty if none or several."""
    sides = {side.lower() for side in SIDES.findall(text)}
    return sides.pop() if len(sides) == 1 else ""


def is_right(kind: str, response: str, answer: str) -> bool:
    """The same side, else the same text; a length within WITHIN of the response's."""
    said, true = parse_answer(answer), parse_answer(response)
    if kind == QUALITATIVE:
        side = side_of(response)
        return side_of(said.text) == side if side else said.text == response
    return said.kind is true.kind and abs(length_of(said) / length_of(true) - 1) <= WITHIN


def length_of(said: ParsedAnswer) -> float:
    """The length that an answer states, m; of a point the distance from the camera."""
    return float(np.linalg.norm(said.values)) if said.kind is Kind.POINT else said.values[0]


def guessed(asked: Sequence[Asked]) -> float:
    """Share of the lengths that the best single answer gets right: what can be had unseen."""
    said = (parse_answer(a.response) for a in asked if a.measure == QUANTITATIVE)
    lengths = [*map(length_of, said)]
    if not lengths:
        return float("nan")
    guesses = np.geomspace(min(lengths), max(lengths), 200)
    return float(np.max([(np.abs(g / np.array(lengths) - 1) <= WITHIN).mean() for g in guesses]))


def majority(asked: Sequence[Asked], measure: str) -> float:
    """Share of the sides that the commoner one of each pair of opposites is."""
    counts = Counter(side_of(one.response) for one in asked if one.measure == measure)
    best = sum(max(counts[one], counts[other]) for one, other in OPPOSITES)
    total = sum(counts[side] for pair in OPPOSITES for side in pair)
    return best / total if total else float("nan")


def evaluate(checkpoint: Path, asked: Sequence[Asked]) -> Answers:
    """Which answers are right."""
    model = load_model(checkpoint)
    tokenizer = PromptTokenizer(checkpoint, model.config)
    generator = Generator(
        model, max_batch=BATCH, max_text=LONGEST_PROMPT, max_new_tokens=LONGEST_ANSWER
    )
    right: dict[str, defaultdict[str, list[bool]]] = {m: defaultdict(list) for m in MEASURES}
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        features = generator.encode([ModelInput(a.sample.rgb, a.sample.xyz) for a in batch])
        generations = generator.add(
            [
                GenerationRequest(image, a.sample.prefix[model.image_tokens :], LONGEST_ANSWER)
                for image, a in zip(features, batch, strict=True)
            ]
        )
        while generator.under_way:
            generator.step()
        for a, generation in zip(batch, generations, strict=True):
            answer = tokenizer.decode(generation.tokens)
            right[a.measure][a.image].append(is_right(a.kind, a.response, answer))
    return {name: list(images.values()) for name, images in right.items()}


def mean(runs: Sequence[Answers], measure: str) -> float:
    """Of the answers of all seeds; NaN where none was asked for."""
    answers = [right for run in runs for image in run[measure] for right in image]
    return float(np.mean(answers)) if answers else float("nan")
