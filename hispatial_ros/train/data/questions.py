"""Which question is asked about an image, by the layout of its shard."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hispatial_ros.dataset.questions import CHOICE, YES_NO
from hispatial_ros.dataset.shards.read import ReadSample
from hispatial_ros.dataset.wordings import WORDINGS
from hispatial_ros.train.data.formats import (
    BY_STEPS,
    FINAL,
    Named,
    multiple_choice,
    places,
    yes_no,
)
from hispatial_ros.train.data.question import (
    ALL_LEVELS,
    SKIP_QUESTION,
    Question,
    SkipError,
    Wanted,
    drawn_box,
    mentioned_boxes,
)
from hispatial_ros.train.data.released import (
    OTHER_ROOMS,
    PIXELS,
    ROOMS,
    STEPS,
    WILD,
    draw_pair,
    weighted,
    write,
)
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.prompts import location_tokens, on_model_image

OWN_WEIGHT = 300.0  # of types that the released data has not
LEVEL = re.compile(r"level(\d)")


def draw_question(
    sample: ReadSample, view: ModelInput, wanted: Wanted, rng: np.random.Generator
) -> Question:
    """One of the questions of a sample.

    Args:
        sample: of any layout.
        view: the model's input for it, on which boxes are drawn.
        wanted: which may be asked.
        rng: draws type, pair, format and boxes.

    Raises:
        SkipError: it has no such question.
        KeyError, ValueError, TypeError: its questions are not as the layout says.
    """
    if sample.layout != "open" and (wanted.types or wanted.formats):
        raise SkipError("released layouts have no types and formats to choose by")
    if sample.layout == "open":
        return _open(sample.about, view, wanted, rng)
    if sample.layout == "wild":
        return _wild(sample, view, wanted.levels, rng)
    return _rooms(sample, view, wanted.levels, rng)


def _open(about: Mapping[str, Any], view: ModelInput, wanted: Wanted, rng) -> Question:
    types = defaultdict(list)
    for pair in about["pairs"]:
        if pair in wanted:
            wording = WORDINGS.get(pair["type"])
            official = wording.official if wording and not wanted.types else ""
            types[official or pair["type"]].append(pair)
    if not types:
        raise SkipError(SKIP_QUESTION)
    weights = {name: WILD.get(name, OWN_WEIGHT) for name in types}
    pairs = types[weighted(weights, rng)]
    pair = pairs[rng.integers(len(pairs))]
    question, answer = pair["question"], pair["answer"]
    plain = answer.rstrip(".").lower()
    if pair["format"] == CHOICE:
        prompt, response = multiple_choice(question, pair["options"], answer, rng)
    elif pair["format"] == YES_NO and plain in ("yes", "no") and pair["response"] == answer:
        prompt, response = yes_no(question, plain == "yes", rng)
    else:
        prompt, response = pair["prompt"], text_of(pair, wanted)
    objects, size = about["objects"], (about["camera"]["width"], about["camera"]["height"])
    boxes = [
        (colour, drawn_box(objects[i]["box"], *size, view, rng))
        for colour, i in pair.get("boxes", {}).items()
    ]
    told = places(named_in(pair, about)) if wanted.places and pair["objects"] else ""
    return Question(prompt, after_places(told, response), pair["type"], tuple(boxes), told)


def text_of(pair: Mapping[str, Any], wanted: Wanted) -> str:
    """The answer in text; reasoning by steps stays whole."""
    response: str = pair["response"]
    return pair.get("short", response) if wanted.short and response == pair["answer"] else response


def after_places(told: str, response: str) -> str:
    """A response with the places of what it is about; without them as it is."""
    return f"{told}{FINAL}{response}" if told else response


def named_in(pair: Mapping[str, Any], about: Mapping[str, Any]) -> list[Named]:
    """What a pair of the open layout is about."""
    size = np.array([about["camera"]["width"], about["camera"]["height"]] * 2)
    known = (about["objects"][i] for i in pair["objects"])
    return [(one["reference"].removeprefix("the "), one["box"] / size) for one in known]


def _wild(sample: ReadSample, view: ModelInput, levels, rng) -> Question:
    """As the released loader: a type by its weight, an item of it, a format, a pair.

    Where an image has no such question a pixel is asked about.
    """
    if 0 in levels and weighted(WILD, rng) == PIXELS:
        return _pixel(view, rng)
    types = defaultdict(list)
    for name, items in sample.about["qa"].items():
        level = LEVEL.match(name)
        if "metadata" in name or (level and int(level[1]) not in levels):
            continue
        for item in items:
            if item is not None and item["qa_type"] in WILD:
                types[item["qa_type"]].append(item)
    written = None
    if types:
        items = types[weighted({name: WILD[name] for name in types}, rng)]
        item = items[rng.integers(len(items))]
        written = _item(item, rng)
    if written is None:
        if 0 not in levels:
            raise SkipError(SKIP_QUESTION)
        return _pixel(view, rng)
    boxes = mentioned_boxes(item.get("object"), sample.size, view, rng)
    return Question(*written, item["qa_type"], boxes)


def _item(item: Mapping[str, Any], rng) -> tuple[str, str] | None:
    if "qa_pairs" in item:
        return draw_pair(item["qa_pairs"] or (), rng)
    asked, answered = ("question", "answer") if "question" in item else ("prefix", "suffix")
    pair = {"question": item[asked], "answer": item[answered]}
    return write(pair, "text", rng)


def _rooms(sample: ReadSample, view: ModelInput, levels, rng) -> Question:
    if levels != ALL_LEVELS:
        raise SkipError("annotated rooms have no levels to choose by")
    pairs: Sequence[Mapping[str, Any]] = sample.about["qa"]
    if not pairs:
        return _pixel(view, rng)
    types = defaultdict(list)
    for pair in pairs:
        name = pair.get("qa_type") or ""
        types[next((known for known in ROOMS if known in name), "")].append(pair)
    if [*types] == [""]:
        chosen = types[""]
    else:
        chosen = types[weighted({name: ROOMS.get(name, OTHER_ROOMS) for name in types}, rng)]
    pair = chosen[rng.integers(len(chosen))]
    prompt, response = pair["prefix"], pair["suffix"]
    about = pair.get("meta") or {}
    if pair.get("qa_type") == STEPS:
        prompt += BY_STEPS[rng.integers(len(BY_STEPS))]
        response = _steps(about) or response
    boxes = mentioned_boxes(pair.get("object"), sample.size, view, rng)
    if "(highlighted by a red box)" in prompt and about.get("2dbox") is not None:
        box = on_model_image(about["2dbox"], *sample.size, len(view.rgb))
        boxes = (("red", box), *boxes)
    return Question(prompt, response, pair.get("qa_type") or "", boxes)


def _steps(about: Mapping[str, Any]) -> str:
    """The reasoning of a pair, a line each; empty without."""
    try:
        steps = json.loads(about["student_cot"])["cot_simple"]
    except (KeyError, TypeError, ValueError):
        return ""
    if isinstance(steps, dict):
        steps = [*steps.values()]
    return "\n".join(steps) + "\n" if isinstance(steps, list) else str(steps)


def _pixel(view: ModelInput, rng) -> Question:
    """Where a pixel with valid depth is; Level 0 as the released loader makes it."""
    valid = np.flatnonzero(view.xyz[3] == 1)
    if not len(valid):
        raise SkipError("no valid depth")
    size = len(view.rgb)
    row, column = divmod(int(valid[rng.integers(len(valid))]), size)
    token = location_tokens((column, row, column, row), size, size)
    x, y, z = (round(float(value), 2) for value in view.xyz[:3, row, column])
    prompt = f"what is the xyz of the pixel in {token}"
    return Question(prompt, f"{x:.2f}m {y:.2f}m {z:.2f}m", PIXELS)
