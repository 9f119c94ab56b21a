"""A page of what went wrong, with pictures: one HTML file, no network."""

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from hispatial_ros.dataset.card import PICTURE, STYLE, picture
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.evaluate.journal import Entry
from hispatial_ros.evaluate.question import Question
from hispatial_ros.evaluate.score import Score, Verdict, verdict

PAGE = "failures.html"
SHOWN = 60  # failures with a picture, one of each type before any has two


def write_page(
    folder: Path,
    title: str,
    questions: Sequence[Question],
    entries: Mapping[str, Entry],
    rows: Sequence[Score],
    shown: int = SHOWN,
) -> Path:
    """Write ``failures.html`` into a run's folder; returns its path.

    Raises:
        SpatialError: BAD_REQUEST if it cannot be written; what reading the images raises.
    """
    failures: dict[str, list[tuple[Question, Verdict]]] = {}
    for question in questions:
        if (entry := entries.get(question.id)) is None:
            continue
        found = verdict(question, entry, next(iter(question.rules)))
        if found is not Verdict.RIGHT:
            failures.setdefault(question.type, []).append((question, found))
    ranked = sorted(
        (
            (rank, kind, *each)
            for kind, group in failures.items()
            for rank, each in enumerate(group)
        ),
        key=lambda each: each[:2],
    )
    shots = "".join(_shot(q, v, entries[q.id]) for _, _, q, v in ranked[:shown])
    page = folder / PAGE
    try:
        page.write_text(
            f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"
            f"<style>{STYLE}</style><h1>{html.escape(title)}</h1>{_table(rows)}"
            f"<h2>Not right: {min(shown, len(ranked))} of {len(ranked)}</h2>{shots}",
            encoding="utf-8",
        )
    except OSError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{page} cannot be written: {error.strerror}"
        ) from error
    return page


def _table(rows: Sequence[Score]) -> str:
    head = "<tr><td>type<td>rule<td>asked<td>right<td>wrong<td>unparsed<td>refused<td>%<td>95 %"
    lines = "".join(
        f"<tr><td>{html.escape(row.type)}<td>{html.escape(row.rule)}"
        + "".join(
            f"<td class=n>{n}" for n in (row.asked, row.right, row.wrong, row.unparsed, row.refused)
        )
        + f"<td class=n>{100 * row.accuracy:.1f}"
        f"<td class=n>{100 * row.low:.1f} to {100 * row.high:.1f}"
        for row in rows
    )
    return f"<table>{head}{lines}</table>"


def _shot(question: Question, found: Verdict, entry: Entry) -> str:
    view = question.view()
    if view.drawn is not None:
        jpeg = picture(view.drawn, [])
    else:
        jpeg = picture(view.rgb, [(r.label, r.box, r.outline) for r in view.regions or ()])
    encoded = base64.b64encode(jpeg).decode()
    said = entry.refused or entry.answer
    return (
        f"<div class=shot><img width={PICTURE} src='data:image/jpeg;base64,{encoded}'><div>"
        f"<div class=t>{html.escape(question.type)}, {html.escape(question.id)}: {found.value}"
        f"</div><div class=q>{html.escape(question.text)}</div>"
        f"<div class=a>truth: {html.escape(question.truth)}</div>"
        f"<div class=q>answer: {html.escape(said)}</div></div></div>"
    )
