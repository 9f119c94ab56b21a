"""Speed, warm-up and memory of HiSpatial beside the official recipe, with random weights.

One call on a GPU gives all figures: ``python -m benchmarks vlm``. It needs neither ROS nor data.
"""

import gc
import platform
import subprocess
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
import transformers
from rich.console import Console
from rich.table import Table

from benchmarks.vlm_attention import measure_attention
from benchmarks.vlm_compiled import measure_compiled
from benchmarks.vlm_floor import Floor, Speeds, measure_speeds
from benchmarks.vlm_model import ANSWER, PROMPT, Official, Ours, Text, random_frame, random_model
from benchmarks.vlm_setup import MS, Row, Setup, median_ms, read_setup
from hispatial_ros.errors import first_line
from hispatial_ros.frame.frame import Frame
from hispatial_ros.vlm.inputs import prepare


def measure(setup: Setup, say: Callable[[str], None]) -> list[Row]:
    rng = np.random.default_rng(0)
    frames = [random_frame(rng) for _ in range(setup.together)]
    texts = [[2, *rng.integers(5, 1000, PROMPT - 1).tolist()] for _ in frames]
    speeds = measure_speeds(setup.device, setup.dtype)
    say("the official recipe")
    official_ms, official_gb = _measure_official(setup, frames[0], texts[0])
    _release(setup.device)
    say("one question at a time")
    rows, four_gb = _measure_single(setup, frames, texts, official_ms, speeds, say)
    _release(setup.device)
    say(f"{setup.together} at a time")
    rows += _measure_concurrent(setup, frames, texts, speeds)
    _release(setup.device)
    if setup.on_gpu:
        rows += [
            Row("official recipe: GPU memory", official_gb, "GB"),
            Row("batch 4: GPU memory", four_gb, "GB", goal=8),
        ]
        rows += measure_attention(setup)
        say("compiling")
        try:
            rows += measure_compiled(setup)
        except subprocess.SubprocessError as error:
            rows.append(Row(f"compiled: {first_line(error)}", float("nan"), "", goal=0))
    return rows


def _measure_official(setup: Setup, frame: Frame, text: Text) -> tuple[float, float]:
    official = Official(setup.size, setup.device)
    milliseconds = median_ms(lambda: official.answer(frame, text), setup.repeats)
    return milliseconds, _peak_gb(setup.device)


def _measure_single(
    setup: Setup,
    frames: Sequence[Frame],
    texts: Sequence[Text],
    official_ms: float,
    speeds: Speeds,
    say: Callable[[str], None],
) -> tuple[list[Row], float]:
    model = random_model(setup.size, setup.device, setup.dtype)
    ours = Ours(model, 4, compiled=False)
    floor = Floor(model, speeds, PROMPT)
    say(floor.in_words())
    new_ms = median_ms(lambda: ours.answer(ours.encode(frames[:1]), texts[:1]), setup.repeats)
    features = ours.encode(frames[:1])
    second_ms = median_ms(lambda: ours.answer(features, texts[1:2]), setup.repeats)
    stages = _stages(setup, ours, frames[0], features[0], texts[0], floor)
    ours.answer(ours.encode(frames[:4]), texts[:4])
    steps = (ANSWER - 1) * floor.token()
    rows = [
        Row("until the first answer, loaded", ours.until_answers, "s"),
        Row("warm-up, all graphs", ours.until_warm, "s"),
        Row("official recipe: question to answer", official_ms, "ms"),
        Row(
            "new frame: question to answer",
            new_ms, "ms", MS * (floor.frame + floor.prompt + steps), 50,
        ),
        Row("  times faster than the official recipe", official_ms / new_ms, "x", None, 8, True),
        Row("second question on the frame", second_ms, "ms", MS * (floor.prompt + steps), 40),
        *stages,
    ]  # fmt: skip
    return rows, _peak_gb(setup.device)


def _stages(
    setup: Setup, ours: Ours, frame: Frame, features: torch.Tensor, text: Text, floor: Floor
) -> list[Row]:
    """Where the time of a question goes."""
    generator = ours.generator
    size = generator.model.image_size
    prepared = generator.prepare(prepare(frame, size))

    def encode() -> None:
        generator.encode([prepared])[0][0, 0].item()  # waits

    def first() -> None:
        generator.cancel(ours.start([features], [text])[0])

    prepare_ms = median_ms(lambda: generator.prepare(prepare(frame, size)), setup.repeats)
    encode_ms = median_ms(encode, setup.repeats)
    first_ms = median_ms(first, setup.repeats)
    (answer,) = ours.start([features], [text], tokens=8 * setup.repeats)
    token_ms = median_ms(generator.step, 4 * setup.repeats)
    generator.cancel(answer)
    return [
        Row("  CPU's part of a frame", prepare_ms, "ms"),
        Row("  encoding a frame", encode_ms, "ms", MS * floor.frame),
        Row("  a prompt's first token", first_ms, "ms", MS * floor.prompt),
        Row("  another token", token_ms, "ms", MS * floor.token()),
    ]


def _measure_concurrent(
    setup: Setup, frames: Sequence[Frame], texts: Sequence[Text], speeds: Speeds
) -> list[Row]:
    model = random_model(setup.size, setup.device, setup.dtype)
    count = setup.together
    ours = Ours(model, count, compiled=False)
    floor = Floor(model, speeds, PROMPT)
    rows = []
    for name, used in (("one frame", frames[:1]), (f"{count} frames", frames)):
        firsts: list[float] = []

        def together(used=used, firsts=firsts) -> None:
            firsts.append(_together(ours, used, texts))

        one_ms = median_ms(lambda used=used: _each(ours, used, texts), setup.repeats)
        all_ms = median_ms(together, setup.repeats)
        prompts = len(used) * floor.frame + count * floor.prompt
        one_floor = MS * (prompts + count * (ANSWER - 1) * floor.token())
        all_floor = MS * (prompts + (ANSWER - 1) * floor.token(count))
        rows += [
            Row(f"{count} questions on {name}, one at a time", one_ms, "ms", one_floor),
            Row(f"{count} questions on {name}, concurrent", all_ms, "ms", all_floor),
            Row("  times the throughput", one_ms / all_ms, "x", one_floor / all_floor, 8, True),
            Row(
                f"  last of the {count} first tokens",
                MS * float(np.median(firsts[1:])), "ms", MS * prompts, 120,
            ),
        ]  # fmt: skip
    return rows


def _each(ours: Ours, frames: Sequence[Frame], texts: Sequence[Text]) -> None:
    features = ours.encode(frames) if len(frames) == 1 else None
    for i, text in enumerate(texts):
        ours.answer(features or ours.encode(frames[i : i + 1]), [text])


def _together(ours: Ours, frames: Sequence[Frame], texts: Sequence[Text]) -> float:
    start = time.perf_counter()
    features = ours.encode(frames)
    return ours.answer(features * (len(texts) // len(features)), texts) - start


def _peak_gb(device: torch.device) -> float:
    return torch.cuda.max_memory_reserved(device) / 1e9 if device.type == "cuda" else float("nan")


def _release(device: torch.device) -> None:
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def main(argv: list[str], console: Console) -> int:
    """Exit status 1 if a goal was measured and missed."""
    setup = read_setup(argv)
    rows = measure(setup, console.print)
    hold = setup.on_gpu and setup.size == "3b"
    name = torch.cuda.get_device_name(setup.device) if setup.on_gpu else platform.machine()
    table = Table(
        title=f"HiSpatial, {setup.size}, {str(setup.dtype).removeprefix('torch.')} on {name}; "
        f"640x480 RGB-D, {PROMPT} tokens asked, {ANSWER} answered; torch {torch.__version__}, "
        f"transformers {transformers.__version__}, {torch.get_num_threads()} CPU threads, "
        f"{time.strftime('%Y-%m-%d')}"
    )
    table.add_column("figure")
    for heading in ("measured", "floor", "goal for 3B on an H100-class GPU", ""):
        table.add_column(heading, justify="right")
    missed = 0
    for row in rows:
        goal = verdict = ""
        if row.goal is not None:
            goal = f"{'>=' if row.at_least else '<='} {row.goal:g} {row.unit}"
            verdict = ("met" if row.met() else "MISSED") if hold else "not measured here"
            missed += hold and not row.met()
        floor = "" if row.floor is None else f"{row.floor:.1f}"
        table.add_row(row.name, f"{row.value:.1f} {row.unit}", floor, goal, verdict)
    console.print(table)
    if not hold:
        console.print(
            "No goal was measured: they are for the 3B model on a GPU. The figures above are those "
            f"of a {setup.size} model on this machine; graphs, compiling and GPU memory were not "
            "measured at all."
        )
    return int(missed > 0)
