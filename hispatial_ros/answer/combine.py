"""One answer out of the model's and the measurement's."""

from dataclasses import dataclass, replace

import numpy as np

from hispatial_ros.answer.agreement import Z95, compare
from hispatial_ros.answer.types import Agreement, Answer, Level, Source
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.vlm.parse import Kind, ParsedAnswer


@dataclass(frozen=True)
class Policy:
    """Which of two answers speaks, and how far the model is trusted.

    prefer: "model", "measured", or "auto": the measured text for Levels 0 to 2 where its 95 %
    interval is no wider than +-``tight`` (relative) and its choices are at least
    ``sure`` probable, else the model's.
    """

    prefer: str = "auto"
    tight: float = 0.1
    sure: float = 0.9
    model_relative_stddev: float = 0.1


def combine(measured: Answer | None, model: Answer, parsed: ParsedAnswer, policy: Policy) -> Answer:
    """The final answer: the preferred one's text and values, with what both found.

    Args:
        measured: None if the question could not be measured.
        model, parsed: the same answer as a whole and as the structure of its text.
    """
    if measured is None:
        return model
    agreement = compare(measured, parsed, policy.model_relative_stddev)
    chosen = model if _model_speaks(measured, model.level, policy) else measured
    notes = [*model.notes, *measured.notes]
    if agreement is Agreement.DISAGREE:
        other = measured if chosen is model else model
        who = "measurement" if chosen is model else "model"
        notes.append(f"model and measurement disagree; the {who} says: {other.text}")
    return replace(
        chosen,
        source=Source.BOTH,
        agreement=agreement,
        measured_text=measured.text,
        model_text=model.model_text,
        objects=measured.objects or model.objects,
        relations=measured.relations,
        notes=notes,
        timing={**measured.timing, **model.timing},
        frame=measured.frame,
        reference_frame=measured.reference_frame,
        target=measured.target,
    )


def _model_speaks(measured: Answer, level: Level, policy: Policy) -> bool:
    if policy.prefer != "auto":
        return policy.prefer == "model"
    if level is Level.REASONING:
        return True
    stddevs = measured.values_stddev
    loose = any(
        Z95 * stddev > policy.tight * abs(value)
        for value, stddev in zip(measured.values, stddevs, strict=False)
    )
    # A vector is judged as a whole: a coordinate near zero has no relative error.
    if measured.unit in ("m", "1") and len(measured.values) in (3, 6) and stddevs:
        scale = float(np.linalg.norm(measured.values))
        loose = Z95 * max(stddevs) > policy.tight * scale
    unsure = bool(measured.choice) and any(
        relation.confidence < policy.sure for relation in measured.relations
    )
    return loose or unsure


def answer_of_model(question: str, text: str, parsed: ParsedAnswer, level: Level) -> Answer:
    """What the model's text says, as an answer on its own."""
    answer = Answer(
        question=question,
        text=parsed.text,
        level=level,
        source=Source.MODEL,
        values=list(parsed.values),
        unit=parsed.unit,
        choice=parsed.choice,
        model_text=text,
    )
    if parsed.kind is Kind.BOX:
        answer.objects = [_stated_box(np.array(parsed.values))]
        answer.notes.append("the 3D box is the model's, not measured")
    if parsed.reasoning:
        answer.notes.append(f"reasoning: {parsed.reasoning}")
    return answer


def _stated_box(corners: np.ndarray) -> MeasuredObject:
    """xmin ymin zmin xmax ymax zmax [6], m -> an object that rests on no measured point."""
    low, high = np.minimum(corners[:3], corners[3:]), np.maximum(corners[:3], corners[3:])
    nearest = np.clip(np.zeros(3), low, high)
    unknown = np.full(3, np.nan)
    return MeasuredObject(
        id="model",
        label="stated by the model",
        region=Region("stated by the model", (0.0, 0.0, 0.0, 0.0)),
        center=(low + high) / 2,
        rotation=np.eye(3),
        size=high - low,
        size_stddev=unknown,
        covariance=np.full((6, 6), np.nan),
        extent=high - low,
        extent_stddev=unknown,
        nearest=nearest,
        distance=float(np.linalg.norm(nearest)),
        distance_stddev=float("nan"),
        num_points=0,
        valid_fraction=0.0,
        surface=np.empty((0, 3), np.float32),
    )
