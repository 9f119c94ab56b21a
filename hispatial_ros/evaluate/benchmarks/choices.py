"""CV-Bench, EmbSpatial-Bench, RoboSpatial-Home and 3DSRBench: multiple choice and yes/no."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np

from hispatial_ros.evaluate import rules
from hispatial_ros.evaluate.files import Row, bad, find, picture, rows
from hispatial_ros.evaluate.question import Question, View
from hispatial_ros.frame.region import Region

VLMEVALKIT = "as VLMEvalKit"
CV_BENCH_FILES = ("test_2d*.parquet", "test_3d*.parquet", "test-*.parquet", "test.jsonl")
# HiSpatial evaluates these; of others (counting) VLMEvalKit's extraction is the rule.
CV_BENCH_TASKS = ("Relation", "Depth", "Distance")
THREE_D_SR_BENCH_TYPES = ("height", "location", "orientation", "multi_object")


def cv_bench(path: Path, images: Path | None = None) -> Iterator[Question]:
    """CV-Bench 2D and 3D, hub ``nyu-visionx/CV-Bench``.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    columns = ("idx", "type", "task", "choices", "answer", "prompt", "image")
    for file in find(path, CV_BENCH_FILES, "CV-Bench"):
        for row in rows(file, columns, "image"):
            letter = row["answer"].strip().strip("()")
            choices = dict(zip(ascii_uppercase, row["choices"], strict=False))
            _check_letter(letter, choices, file, row["idx"])
            official = {"official": rules.cv_bench(letter, choices)}
            if row["task"] not in CV_BENCH_TASKS:
                official = {}
            id_ = f"{row['type']}-{row['idx']}"
            yield Question(
                id_,
                f"{row['type']} {row['task']}",
                row["prompt"],
                f"{letter}. {choices[letter]}",
                id_,
                _viewer(row["image"], f"{file}, {id_}", images or file.parent),
                official | {VLMEVALKIT: rules.extracted(letter, choices)},
                choices,
            )


def embspatial(path: Path, images: Path | None = None) -> Iterator[Question]:
    """EmbSpatial-Bench, hub ``Phineas476/EmbSpatial-Bench``.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    columns = ("question_id", "question", "answer_options", "answer", "image", "relation")
    for file in find(path, ("embspatial_bench.json",), "EmbSpatial-Bench"):
        for row in rows(file, columns):
            options = row["answer_options"]
            choices = dict(zip("ABCDEF", options, strict=False))
            letter = "ABCDEF"[row["answer"]] if 0 <= row["answer"] < 6 else ""
            id_ = str(row["question_id"])
            _check_letter(letter, choices, file, id_)
            lines = [row["question"], *(f"{c}. {text}" for c, text in choices.items())]
            yield Question(
                id_,
                row["relation"],
                "\n".join(lines),
                f"{letter}. {choices[letter]}",
                id_,
                _viewer(row["image"], f"{file}, {id_}", images, _objects(row)),
                {
                    "official": rules.embspatial(letter, choices),
                    VLMEVALKIT: rules.extracted(letter, choices),
                },
                choices,
            )


def _objects(row: Row) -> list[Region] | None:
    """The boxes that come with a question, [x, y, width, height]; None if they do not."""
    found = []
    for each in row.get("objects") or ():
        name, box = each.get("name"), each.get("bbox")
        if not name or not box or len(box) != 4:
            return None
        x, y, width, height = map(float, box)
        found.append(Region(name, (x, y, x + width, y + height)))
    return found or None


def robospatial(path: Path, images: Path | None = None) -> Iterator[Question]:
    """RoboSpatial-Home, its configuration part, hub ``chanhee-luke/RoboSpatial-Home``.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    for file in find(path, ("configuration*.parquet",), "RoboSpatial-Home"):
        for number, row in enumerate(rows(file, ("question", "answer", "img"), "img")):
            id_ = f"configuration-{number:04d}"
            yield Question(
                id_,
                "configuration",
                row["question"],
                row["answer"],
                id_,
                _viewer(row["img"], f"{file}, {id_}", images),
                {"official": rules.robospatial(row["answer"])},
            )


def three_d_sr_bench(path: Path, images: Path | None = None) -> Iterator[Question]:
    """3DSRBench in VLMEvalKit's circular layout, hub ``ccvl/3DSRBench``.

    All variants of a question, its options shuffled and its image mirrored, must be right.
    Images that the file names by their address are read from ``images``, by the address's last
    part, and mirrored where the variant's name says so; those in the file are mirrored already.

    Raises:
        SpatialError: BAD_REQUEST.
    """
    columns = ("qid", "question", *"ABCD", "answer", "category", "image")
    for file in find(path, ("3dsrbench*circular.tsv",), "3DSRBench"):
        whole: dict[str, str] = {}  # an image may be that of another row, by its index
        for row in rows(file, columns):
            choices = {c: row[c].strip() for c in "ABCD" if row[c].strip()}
            letter, id_ = row["answer"].strip(), row["qid"].strip()
            _check_letter(letter, choices, file, id_)
            cell = row["image"].strip()
            whole[row.get("index", id_)] = cell = whole.get(cell, cell) if cell else ""
            mirrored = not cell and "-flip" in id_
            cell = cell or row.get("image_url", "").strip().rpartition("/")[2]
            category = row["category"].strip()
            known = [t for t in THREE_D_SR_BENCH_TYPES if category.startswith(t)]
            lines = [row["question"].strip(), *(f"{c}. {text}" for c, text in choices.items())]
            yield Question(
                id_,
                known[0] if known else category,
                "\n".join(lines),
                f"{letter}. {choices[letter]}",
                f"{id_.partition('-')[0]}{'-flip' * ('-flip' in id_)}",
                _viewer(cell, f"{file}, {id_}", images, mirrored=mirrored),
                {
                    "official": rules.three_d_sr_bench(letter, choices),
                    "first two characters": rules.embspatial(letter, choices),
                    VLMEVALKIT: rules.extracted(letter, choices),
                },
                choices,
                group=id_.partition("-")[0],
            )


def _viewer(
    cell: Any,
    name: str,
    images: Path | None,
    regions: Sequence[Region] | None = None,
    mirrored: bool = False,
) -> Callable[[], View]:
    def view() -> View:
        rgb = picture(cell, name, images)
        seen = View(rgb, regions=regions)
        return replace(seen, rgb=np.ascontiguousarray(rgb[:, ::-1])) if mirrored else seen

    return view


def _check_letter(letter: str, choices: dict[str, str], file: Path, id_: Any) -> None:
    if letter not in choices:
        raise bad(
            f"{file}, {id_}: the answer {letter!r} is none of its options "
            f"{', '.join(choices) or '(none)'}: fetch the file again"
        )
