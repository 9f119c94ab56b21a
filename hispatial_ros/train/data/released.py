"""Rules of the released data: how often a type is asked, and which of its pairs are sound.

Of the configuration and loader that were published with the data in April 2026.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hispatial_ros.train.data.formats import multiple_choice, yes_no

PIXELS = "level0"
STEPS = "problem_solving"
# How often each type of the data in the wild is asked, relative to the others.
WILD: Mapping[str, float] = {
    "vqa_distance_single": 180,
    "vqa_relative_position_new_perspective_no_orient": 600,
    "vqa_orientation_comparison_two_objects": 500,
    "vqa_counting_objects": 700,
    "vqa_distance_each_axis_multi": 350,
    "vqa_distance_multi": 600,
    "vqa_object_relation_multi_world": 700,
    "vqa_orientation": 500,
    "vqa_closest_distance_multi": 400,
    "vqa_object_direction_multi": 300,
    "vqa_relative_position_new_perspective": 600,
    "vqa_distance_three_objects": 350,
    "vqa_distance_three_objects_comparision": 350,
    "vqa_object_relation_multi": 700,
    "vqa_distance_each_axis_multi_world": 350,
    "vqa_most_objects_in_class": 600,
    "vqa_query_aabb": 300,
    "vqa_object_size_single": 300,
    "vqa_comparison_multiple_objects": 650,
    PIXELS: 350,
    "vqa_spatial_mcq_multiangle_world": 625,
    "vqa_spatial_mcq_multiangle": 625,
}
# Of annotated rooms: a type is what its name contains first.
ROOMS: Mapping[str, float] = {
    "orientation": 0.8,
    "perspective_taking": 1.0,
    "spatial_relation": 1.0,
    "distance": 0.8,
    "object_depth_comparison": 1.0,
    "object_width": 1.0,
    "object_height": 1.0,
    STEPS: 1.0,
}
OTHER_ROOMS = 0.05
FORMATS = {"text": 0.3, "mcq": 0.4, "true_false": 0.3}
# Types of pairs that are known to be wrong.
WRONG = {"x_distance_w_lf", "y_distance_w_lf", "z_distance_w_lf", "distance_description"}
NOT_OPTIONS = "relation_3choice"
SIDES = {"x": ("left", "right"), "y": ("above", "below"), "z": ("front", "behind")}

Pair = Mapping[str, Any]


def weighted(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    """A key, drawn by its weight."""
    shares = np.array([*weights.values()], float)
    return [*weights][rng.choice(len(shares), p=shares / shares.sum())]


def draw_pair(pairs: Sequence[Pair], rng: np.random.Generator) -> tuple[str, str] | None:
    """Prompt and response of one of an item's pairs; None if no pair is sound."""
    formats: dict[str, list[Pair]] = {}
    for pair in pairs:
        kind = pair.get("format") or (pair.get("type") or "").replace("open_ended", "text")
        kind = "text" if "text" in kind else kind
        type_ = pair.get("qa_type", "")
        if type_ not in WRONG and not (kind == "mcq" and NOT_OPTIONS in type_):
            formats.setdefault(kind, []).append(pair)
    formats["true_false"] = _balanced(formats.get("true_false", []))
    weights = {kind: share for kind, share in FORMATS.items() if formats.get(kind)}
    if not weights:
        return None
    kind = weighted(weights, rng)
    return write(formats[kind][rng.integers(len(formats[kind]))], kind, rng)


def write(pair: Pair, kind: str, rng: np.random.Generator) -> tuple[str, str] | None:
    """Prompt and response of a pair, of which parts may have several wordings; None: unsound."""
    question, answer = _one(pair["question"], rng), pair["answer"]
    if kind == "mcq" and pair.get("options"):
        options = [_one(option, rng) for option in pair["options"]]
        # The answer may be a sentence that holds the right option.
        answer = next((option for option in options if option in answer), "")
        return multiple_choice(question, options, answer, rng) if answer else None
    answer = _one(answer, rng)
    if answer.lower() in ("true", "false"):
        return yes_no(question, answer.lower() == "true", rng)
    return question.replace("True or False", "Yes or No"), answer


def _balanced(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs of true or false without those that give away an axis.

    Objects that overlap along an axis have no sides there, and the pairs of an axis stay only if as
    many of them are false as true.
    """

    def is_true(pair: Pair) -> bool:
        return pair.get("answer", "").lower() in ("true", "yes")

    kept = [pair for pair in pairs if "overlap" not in pair.get("qa_type", "")]
    for axis, sides in SIDES.items():
        ends = ("",) if axis == "z" else ("_tf",)
        if any(f"{axis}_overlap_tf" in p.get("qa_type", "") and is_true(p) for p in pairs):
            words = [side + end for side in sides for end in ends]
            kept = [p for p in kept if not any(w in p.get("qa_type", "") for w in words)]
        types = [f"{axis}_{side}_tf" for side in sides]
        asked = [pair for pair in kept if pair.get("qa_type", "") in types]
        false = sum(pair.get("answer", "").lower() in ("false", "no") for pair in asked)
        if 2 * false != len(asked):
            kept = [pair for pair in kept if pair.get("qa_type", "") not in types]
    return kept


def _one(text: str | Sequence[str], rng: np.random.Generator) -> str:
    return text if isinstance(text, str) else text[int(rng.integers(len(text)))]
