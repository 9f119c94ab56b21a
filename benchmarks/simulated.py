"""The measuring engine's score on our own benchmark, by level and type."""

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from tqdm import tqdm

from hispatial_ros.cli.evaluate import print_table
from hispatial_ros.evaluate.backends import LocalAsker
from hispatial_ros.evaluate.benchmarks.simulated import FRAMES, SEED, simulated
from hispatial_ros.evaluate.frames import Frames
from hispatial_ros.evaluate.journal import Journal
from hispatial_ros.evaluate.question import Question
from hispatial_ros.evaluate.run import ask_all
from hispatial_ros.evaluate.score import Score, scores
from hispatial_ros.settings.settings import Settings

LEAST = 2000  # questions


def main(arguments: list[str], console: Console) -> int:
    """A table; exit status 1 if there are too few questions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks simulated", description=__doc__)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args(arguments)
    questions = list(tqdm(simulated(args.frames, args.seed), "questions"))
    asker = LocalAsker("measured", Settings(), Frames(None))
    with TemporaryDirectory() as folder, tqdm(total=len(questions), desc="measured") as bar:
        journal = Journal(Path(folder), {})
        ask_all(questions, asker, journal, progress=lambda question, entry: bar.update())
        journal.close()
    asker.close()
    print_table(
        f"measured, {len(questions)} questions about {args.frames} simulated frames",
        by_level(questions, scores(questions, journal.entries), journal),
        console,
    )
    return int(len(questions) < LEAST)


def by_level(questions: list[Question], rows: list[Score], journal: Journal) -> list[Score]:
    """The total, each level, and each type (which begins with its level)."""
    made = rows[:1]
    for level in sorted({q.type[0] for q in questions}):
        chosen = [q for q in questions if q.type[0] == level]
        total, *_ = scores(chosen, journal.entries)
        made.append(replace(total, type=f"level {level}"))
        made += [row for row in rows[1:] if row.type[0] == level]
    return made
