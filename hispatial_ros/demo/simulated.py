"""A simulated room, asked: the exact truth, what is measured, and what a model says."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from hispatial_ros.answer.picture import picture
from hispatial_ros.evaluate.backends import Asker, RefusedError
from hispatial_ros.evaluate.benchmarks.simulated import PLAIN, simulated
from hispatial_ros.evaluate.local import local_asker
from hispatial_ros.evaluate.question import Question, View
from hispatial_ros.frame.frame import Frame
from hispatial_ros.measure.engine import measure

# Of a room that no model was trained on, where the miniature is right about as often as elsewhere.
SEED = 9_100_001
MARKS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[red]?[/]"}


@dataclass(frozen=True)
class Said:
    """An answer, or why there is none, and whether it is right; None: that cannot be judged."""

    text: str
    right: bool | None
    answered: bool = True


def run(seed: int, checkpoint: str, out: Path, console: Console) -> int:
    """Ask, print a table, draw; exit status 0 only if every question was answered.

    Args:
        seed: of the room.
        checkpoint: of the model, as `vlm.checkpoint`; empty: none is asked.
        out: folder of ``room.png`` and ``room.json``.
        console: for the table.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the model cannot be loaded.
        OSError: ``out`` cannot be written.
    """
    questions = list(simulated(1, seed, PLAIN))
    said = {"measured": _ask(local_asker("measured"), questions)}
    if checkpoint:
        with console.status("starting the model ..."):
            model = local_asker("model", checkpoint=checkpoint)
        said["model"] = _ask(model, questions)
    _print(questions, said, console)
    path = out / "room.json"
    rows = [
        {"question": q.text, "truth": q.truth} | {who: asdict(s[i]) for who, s in said.items()}
        for i, q in enumerate(questions)
    ]
    path.write_text(json.dumps(rows, indent=1))
    print(f"answers       {path}")
    print(f"picture       {_draw(questions[0].view(), seed, out / 'room.png')}")
    return int(not all(one.answered for answers in said.values() for one in answers))


def _ask(asker: Asker, questions: Sequence[Question]) -> list[Said]:
    said = []
    try:
        for question in questions:
            (judge,) = question.rules.values()
            try:
                text = asker.ask(question, asker.prepare(question))
            except RefusedError as refusal:
                said.append(Said(str(refusal).partition(". ")[0], None, answered=False))
            else:
                said.append(Said(text, judge(text)))
    finally:
        asker.close()
    return said


def _print(questions: Sequence[Question], said: dict[str, list[Said]], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), leading=1)
    for name, ratio in (("question", 5), ("truth", 3), *((who, 3) for who in said)):
        table.add_column(name, ratio=ratio)
    for i, question in enumerate(questions):
        answers = (f"{MARKS[s[i].right]} {s[i].text}" for s in said.values())
        table.add_row(question.text, question.truth, *answers)
    right = (f"{sum(bool(one.right) for one in s)} of {len(s)} right" for s in said.values())
    table.add_section()
    table.add_row("", "", *right, style="bold")
    console.print(table)


def _draw(view: View, seed: int, path: Path) -> Path:
    assert view.camera is not None
    frame = Frame(view.rgb, view.depth, view.camera)
    objects = measure(frame, view.regions or (), relations=False).objects
    picture(frame, objects, text=f"A simulated room, seed {seed}").save(path)
    return path
