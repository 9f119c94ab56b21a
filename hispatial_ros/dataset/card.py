"""A page about a data set, to be looked at before anybody trains: one HTML file, no network."""

import base64
import html
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from hispatial_ros.dataset.shards.jpeg import encode_jpeg
from hispatial_ros.dataset.shards.read import read_dataset
from hispatial_ros.errors import ErrorCode, SpatialError

SHOWN_PAIRS = 14  # beside a picture: of each type one before any has two
PICTURE = 460  # pixels wide
COMMON = 12  # most frequent answers that a histogram shows
COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2")
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1180px; color: #222 }
table { border-collapse: collapse; margin: .5rem 0 }
td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.bar { background: #4269d0; height: .8rem; display: inline-block }
.row { display: flex; gap: 2rem; flex-wrap: wrap }
.shot { display: grid; grid-template-columns: 460px 1fr; gap: 1.2rem; margin: 1.5rem 0 }
.q { white-space: pre-wrap } .a { white-space: pre-wrap; color: #064 }
.t { color: #888; font-size: 12px } h3 { margin: .2rem 0 }
@media (max-width: 900px) { .shot { grid-template-columns: 1fr } }
"""


@dataclass
class _Counts:
    """What is counted over all pairs."""

    tables: dict[str, Counter[str]] = field(
        default_factory=lambda: {n: Counter() for n in ("level", "type", "format", "named by")}
    )
    answers: dict[str, Counter[str]] = field(default_factory=dict)
    images: int = 0
    objects: int = 0

    def add(self, about: dict[str, Any]) -> None:
        self.images += 1
        self.objects += len(about["objects"])
        for o in about["objects"]:
            self.tables["named by"][o["named_by"]] += 1
        for pair in about["pairs"]:
            for name in ("level", "type", "format"):
                self.tables[name][str(pair[name])] += 1
            kind = f"{pair['type']}, {pair['format']}"
            self.answers.setdefault(kind, Counter())[pair["answer"][:40]] += 1


def write_card(folder: Path, images: int) -> Path:
    """Write ``card.html`` into a data set's folder.

    Args:
        folder: of a data set in the open layout.
        images: in the gallery, evenly spread over the data set.

    Returns:
        The page's path.

    Raises:
        SpatialError: BAD_REQUEST if the folder has no shards of the open layout, or cannot be
            written.
    """
    total = sum(1 for _ in read_dataset(folder))
    if not total:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{folder} has no samples")
    wanted = set(np.linspace(0, total - 1, min(images, total)).round().astype(int).tolist())
    counts, shots = _Counts(), []
    for n, sample in enumerate(read_dataset(folder)):
        counts.add(sample.about)
        if n in wanted:
            shots.append(_shot(sample.about, sample.jpeg))
    summary = _summary(folder)
    page = folder / "card.html"
    try:
        page.write_text(_page(folder.resolve().name, counts, summary, shots), encoding="utf-8")
    except OSError as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{page} cannot be written: {error.strerror}"
        ) from error
    return page


def _summary(folder: Path) -> dict[str, Any]:
    path = folder / "dataset.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def _page(name: str, counts: _Counts, summary: dict, shots: Sequence[str]) -> str:
    pairs = sum(counts.tables["level"].values())
    left_out = "".join(
        f"<div><h3>{title}</h3>{_table(Counter(summary[key]))}</div>"
        for title, key in (
            ("Images left out", "dropped"),
            ("Facts left out", "facts_left_out"),
        )
        if summary.get(key)
    )
    tables = "".join(
        f"<div><h3>By {key}</h3>{_table(table)}</div>" for key, table in counts.tables.items()
    )
    answers = "".join(
        f"<div><h3>{html.escape(kind)}</h3>{_table(table, COMMON)}</div>"
        for kind, table in sorted(counts.answers.items())
    )
    return (
        f"<!doctype html><meta charset=utf-8><title>{html.escape(name)}</title>"
        f"<style>{STYLE}</style><h1>{html.escape(name)}</h1>"
        f"<p>Images: {counts.images}. Objects: {counts.objects}. Question-answer pairs: {pairs}, "
        f"{pairs / max(counts.images, 1):.0f} an image. Shards: {len(summary.get('shards', []))}. "
        f"Sources: {html.escape(', '.join(summary.get('sources', [])))}.</p>"
        f"<div class=row>{tables}{left_out}</div>"
        f"<h2>Images</h2>{''.join(shots)}"
        f"<h2>Answers</h2><div class=row>{answers}</div>"
    )


def _table(counter: Counter[str], most: int | None = None) -> str:
    top = max(counter.values(), default=1)
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td class=n>{count}</td>"
        f"<td><span class=bar style='width:{120 * count / top:.0f}px'></span></td></tr>"
        for name, count in counter.most_common(most)
    )
    return f"<table>{rows}</table>"


def _shot(about: dict[str, Any], jpeg: bytes) -> str:
    rows = "".join(
        f"<tr><td class=t>{html.escape(pair['type'])}<br>level {pair['level']}</td>"
        f"<td><div class=q>{html.escape(pair['prompt'])}</div>"
        f"<div class=a>{html.escape(pair['response'])}</div></td>"
        f"<td class=n>{_measure(pair)}</td></tr>"
        for pair in _varied(about["pairs"])
    )
    picture = base64.b64encode(_drawn(about, jpeg)).decode()
    return (
        f"<div class=shot><div><img width={PICTURE} src='data:image/jpeg;base64,{picture}'>"
        f"<div class=t>{html.escape(about['key'])}: {len(about['pairs'])} pairs</div></div>"
        f"<table>{rows}</table></div>"
    )


def _measure(pair: dict[str, Any]) -> str:
    if pair.get("value") is not None and pair.get("unit") and pair.get("stddev") is not None:
        return f"{pair['value']:.3f} ± {2 * pair['stddev']:.3f} m"
    return f"p {pair['probability']:.3f}"


def _varied(pairs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Some pairs, one of each type before any has two."""
    seen: Counter[str] = Counter()
    ranked = []
    for pair in pairs:
        ranked.append((seen[pair["type"]], pair))
        seen[pair["type"]] += 1
    ranked.sort(key=lambda each: each[0])
    step = max(1, min(len(seen), len(ranked)) // SHOWN_PAIRS)
    yield from (pair for _, pair in ranked[: SHOWN_PAIRS * step : step])


def _drawn(about: dict[str, Any], jpeg: bytes) -> bytes:
    """The picture with boxes, outlines and names."""
    image = np.array(Image.open(io.BytesIO(jpeg)).convert("RGB"))
    things = [
        (o["reference"].removeprefix("the "), o["box"], o["outline"]) for o in about["objects"]
    ]
    return picture(image, things)


def picture(image: np.ndarray, things: Sequence[tuple[str, Sequence[float], Any]]) -> bytes:
    """A JPEG of an image with things in it, at most ``PICTURE`` wide.

    Args:
        image: [H, W, 3] uint8.
        things: name, box (x0, y0, x1, y1), and outline [N, 2] or None, in pixels.
    """
    image = image.copy()
    for n, (text, box, outline) in enumerate(things):
        value = COLOURS[n % len(COLOURS)].lstrip("#")
        colour = tuple(int(value[i : i + 2], 16) for i in (0, 2, 4))
        x0, y0, x1, y1 = (round(x) for x in box)
        if outline is not None and len(outline):
            points = np.array(outline).round().astype(np.int32)
            shade = image.copy()
            cv2.fillPoly(shade, [points], colour)
            image = cv2.addWeighted(image, 0.65, shade, 0.35, 0)
        cv2.rectangle(image, (x0, y0), (x1, y1), colour, 2)
        at = (x0 + 3, max(12, y0 + 13))
        cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(
            image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA
        )
    scale = PICTURE / image.shape[1]
    if scale < 1:
        size = (PICTURE, round(image.shape[0] * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return encode_jpeg(image, 80)
